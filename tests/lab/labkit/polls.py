"""Writes captures as an engineer's shell loop would: `date`, then what redis-cli prints."""

import subprocess
import threading
import time


class Polls(threading.Thread):
    """Polls a server every few seconds.

    `commands` are run at each poll; `wide` (CLIENT LIST, SLOWLOG GET) only every `wide_every`-th.
    With `held` one redis-cli keeps its connection, as an exporter does; else each command
    connects anew, and is refused when everybody else is.
    """

    def __init__(self, server, every=5, commands=None, wide=None, wide_every=3, held=False, timeout=3,
                 terminal=True):
        super().__init__(daemon=True)
        self.terminal = terminal
        self.server, self.every, self.held, self.timeout = server, every, held, timeout
        self.commands = commands or ["INFO clients", "INFO stats"]
        self.wide, self.wide_every = wide or [], wide_every
        self.lines, self.done, self.cli = [], threading.Event(), None

    def run(self):
        n, due = 0, time.time()
        while not self.done.is_set():
            self.poll(self.commands + (self.wide if n % self.wide_every == 0 else []))
            n += 1
            due += self.every
            self.done.wait(max(0.0, due - time.time()))

    def poll(self, commands):
        self.lines.append(time.strftime("%a %b %e %H:%M:%S UTC %Y", time.gmtime()))
        for command in commands:
            text = self.ask_held(command) if self.held else self.ask(command)
            kept = [line.rstrip("\r") for line in text.replace("\r\n", "\n").split("\n")]
            self.lines.append(f"$ redis-cli {command}")
            self.lines.extend(line for line in kept if line)

    def ask(self, command):
        words = command.split()
        options = ["--no-raw"] if self.terminal and words[0] != "INFO" else []
        return self.server.cli(*options, *words, timeout=self.timeout)

    def ask_held(self, command):
        if self.cli is None or self.cli.poll() is not None:
            self.cli = subprocess.Popen(self.server.cli_argv(), stdin=subprocess.PIPE, text=True, bufsize=1,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace")
            self.server.ctx.owned.append(self.cli)
        box = []
        reader = threading.Thread(target=self._exchange, args=(command, box), daemon=True)
        reader.start()
        reader.join(self.timeout * 4)
        return "\n".join(box)

    def _exchange(self, command, box):
        mark = f"--{time.monotonic_ns()}--"
        try:
            self.cli.stdin.write(f"{command}\nECHO {mark}\n")
            for line in self.cli.stdout:
                if mark in line:
                    return
                box.append(line.rstrip("\n"))
                if "Could not connect" in line or "Server closed" in line:
                    self.cli.kill()
                    return
        except (OSError, ValueError):
            pass

    def stop(self):
        self.done.set()
        self.join(self.timeout * 4 + 1)
        if self.cli:
            self.cli.kill()
        return self.lines
