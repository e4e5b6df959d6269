"""Starts, breaks and stops redis-server processes."""

import os
import shutil
import signal
import subprocess
import time


class Server:
    def __init__(self, ctx, name, port, bind, conf, prefix=()):
        self.ctx, self.name, self.port, self.bind = ctx, name, port, bind
        self.prefix = list(prefix)
        self.dir = conf.pop("dir", None) or os.path.join(ctx.tmp, name)
        os.makedirs(self.dir, exist_ok=True)
        self.log = os.path.join(ctx.tmp, name + ".log")
        self.conf = {"port": port, "bind": bind, "dir": self.dir, "logfile": self.log,
                     "save": '""', "appendonly": "no", "protected-mode": "no",
                     "latency-tracking": "no", **conf}
        self.process = self.kept_log = None

    def conf_lines(self):
        for key, value in self.conf.items():
            for one in value if isinstance(value, list) else [value]:
                yield f"{key} {one}"

    def start(self, wait=True, limits=None):
        path = os.path.join(self.ctx.tmp, self.name + ".conf")
        with open(path, "w", encoding="utf-8") as out:
            out.write("\n".join(self.conf_lines()) + "\n")
        self.process = subprocess.Popen(
            [*self.prefix, shutil.which("redis-server"), path], preexec_fn=limits, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.ctx.owned.append(self.process)
        if wait:
            self.wait()
        return self

    def start_sentinel(self):
        path = os.path.join(self.ctx.tmp, self.name + ".conf")
        with open(path, "w", encoding="utf-8") as out:
            out.write("\n".join(self.conf_lines()) + "\n")
        self.process = subprocess.Popen([shutil.which("redis-sentinel"), path], start_new_session=True,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.ctx.owned.append(self.process)
        self.wait()

    def wait(self, seconds=10):
        end = time.time() + seconds
        while time.time() < end:
            if self.cli("PING").startswith(("PONG", "NOAUTH", "(error) NOAUTH", "LOADING")):
                return
            time.sleep(0.05)
        raise RuntimeError(f"{self.name} did not start")

    def cli_argv(self, *args):
        host = self.bind.split()[0]
        tls = self.ctx.tls_cli if self.conf.get("tls-port") else []
        port = self.conf.get("tls-port") or self.port
        auth = ["-a", self.conf["requirepass"], "--no-auth-warning"] if "requirepass" in self.conf else []
        return [*self.prefix, "redis-cli", "-h", host, "-p", str(port), *tls, *auth, *map(str, args)]

    def cli(self, *args, timeout=3):
        """What `redis-cli` prints for one command, its errors included."""
        try:
            done = subprocess.run(self.cli_argv(*args), capture_output=True, text=True, timeout=timeout,
                                  errors="replace", stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            return ""
        return done.stdout + done.stderr

    def signal(self, number):
        if self.process and self.process.poll() is None:
            os.kill(self.process.pid, number)

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process and self.process.wait()

    def terminate(self):
        self.signal(signal.SIGTERM)
        try:
            self.process and self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.kill()

    def keep_log(self):
        """The log as it is now: what the lab itself does at the end is no part of the run."""
        self.kept_log = self.read_log()

    def read_log(self):
        if self.kept_log is not None:
            return self.kept_log
        try:
            with open(self.log, encoding="utf-8", errors="replace") as text:
                return text.read()
        except OSError:
            return ""
