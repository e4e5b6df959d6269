"""One service process: JSON requests on its stdin, replies on its stdout, its log on stderr."""

import json
import os
import re
import subprocess
import threading
import time

from . import tools


class Service:
    def __init__(self, ctx, name, lang, style, host, port, pods=1, processes=1, **config):
        self.ctx, self.name, self.lang, self.style = ctx, name, lang, style
        self.config = {"service": name, "style": style, "host": host, "port": port, **config}
        self.lines = []  # (arrival time, pod, line)
        self.waiting, self.lock, self.next = {}, threading.Lock(), 0
        self.late = []  # (trace, slot) of requests that the edge gave up on; a reply may still come
        self.processes, self.turn = [], 0
        self.per_pod = processes
        for _ in range(pods):
            self.add_pod()

    def add_pod(self, **changes):
        pod = f"{self.name}-{self.ctx.hexid(9)}-{self.ctx.hexid(5)}"
        return [self._spawn(pod, changes) for _ in range(self.per_pod)]

    def _spawn(self, pod, changes):
        config = {**self.config, **changes, "pod": pod}
        path = os.path.join(self.ctx.tmp, f"{pod}-{len(self.processes)}.json")
        with open(path, "w", encoding="utf-8") as out:
            json.dump(config, out)
        env = {"PATH": os.environ.get("PATH", ""), "HOSTNAME": pod, "LANG": "C.UTF-8", "TZ": "UTC", "NO_COLOR": "1",
               "PYTHONDONTWRITEBYTECODE": "1",
               "NODE_PATH": os.path.join(tools.NODE_DIR, "node_modules"), **self.config.get("env", {})}
        process = subprocess.Popen(
            tools.command(self.lang, path), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, bufsize=1, errors="replace", env=env, cwd=self.ctx.app_dir, start_new_session=True)
        process.pod = pod
        self.ctx.owned.append(process)
        self.processes.append(process)
        threading.Thread(target=self._read_replies, args=(process,), daemon=True).start()
        threading.Thread(target=self._read_log, args=(process, pod), daemon=True).start()
        return process

    def _read_replies(self, process):
        for line in process.stdout:
            try:
                reply = json.loads(line)
            except ValueError:
                self.lines.append((time.time(), process.pod, line.rstrip("\n")))
                continue
            with self.lock:
                slot = self.waiting.pop(reply.get("id"), None)
            if slot:
                slot["reply"] = reply
                slot["event"].set()

    def _read_log(self, process, pod):
        for line in process.stderr:
            self.lines.append((time.time(), pod, line.rstrip("\n")))

    def call(self, request, timeout):
        """Sends one request to the next live process and waits; 504 when nothing came."""
        live = [p for p in self.processes if p.poll() is None]
        if not live:
            return {"status": 503, "edge": True}
        slot = {"event": threading.Event(), "reply": {"status": 504, "edge": True}}
        with self.lock:
            self.next += 1
            self.turn += 1
            number, process = self.next, live[self.turn % len(live)]
            self.waiting[number] = slot
            try:
                process.stdin.write(json.dumps({**request, "id": number}) + "\n")
                process.stdin.flush()
            except OSError:
                return {"status": 503, "edge": True}
        if not slot["event"].wait(timeout):
            self.late.append((request["trace"], slot))
        return slot["reply"]

    def complains(self):
        """Whether it wrote an error line: its client may report one outside of any request."""
        return any(re.search(r"(?i)\berror\b", line) for _, _, line in self.lines)

    def failed_late(self):
        """Traces of requests that ended with an error after the edge had given up on them."""
        return [trace for trace, slot in self.late if not slot["reply"].get("edge") and slot["reply"]["status"] >= 400]

    def stop(self, processes=None):
        for process in processes or self.processes:
            if process.poll() is None:
                process.terminate()
        for process in processes or self.processes:
            try:
                process.wait(3)
            except subprocess.TimeoutExpired:
                process.kill()
