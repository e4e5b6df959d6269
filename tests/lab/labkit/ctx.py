"""One run: its seed, addresses, processes, facts, and how all of it ends."""

import os
import random
import shutil
import signal
import subprocess
import time

from .clients import translate
from .polls import Polls
from .server import Server
from .service import Service
from .workload import Edge


REDIS_NAMES = ["redis", "redis-cache", "redis-master", "shop-redis", "sessions-redis"]

# Services go by other names in other runs.
NAMES = {
    "cart": ["cart", "basket-api", "cart-service", "shopping-cart"],
    "orders": ["orders", "order-service", "checkout"],
    "sessions": ["sessions", "auth-api", "user-session"],
    "checkout-api": ["checkout-api", "payments", "billing-api"],
    "recommendations": ["recommendations", "search-api", "related-items"],
    "profile": ["profile", "accounts", "users-api"],
    "catalog": ["catalog", "product-api", "inventory"],
    "pricing": ["pricing", "quotes-api", "offers"],
    "reporting": ["reporting", "analytics", "backoffice"],
    "export": ["export", "documents", "invoice-pdf"],
    "import": ["import", "sync-worker", "catalog-loader"],
}


class Ctx:
    def __init__(self, cause, variant, seed, tmp, own_net, port_base):
        self.cause, self.variant, self.seed, self.tmp = cause, variant, seed, tmp
        self.rng = random.Random(f"{cause}/{variant['id']}/{seed}")
        plain = variant["id"] == "1" and seed == 1
        self.stretch, self.pace = (1.0, 1.0) if plain else (self.rng.uniform(0.85, 1.12), self.rng.uniform(0.9, 1.08))
        self.names = {} if plain else {old: self.rng.choice(new) for old, new in sorted(NAMES.items())}
        self.redis_name = self.rng.choice(REDIS_NAMES)
        self.own_net, self.port_base, self.next_port = own_net, port_base, 0
        self.owned, self.servers, self.services, self.polls_list = [], [], [], []
        self.edge_process, self.facts, self.extra_logs, self.tls_cli = None, [], {}, []
        self.began = time.time()
        self.app_dir = "/srv/app" if own_net else os.path.join(tmp, "cwd")
        os.makedirs(self.app_dir, exist_ok=True)
        if own_net:
            isolate(self)

    def hexid(self, n):
        return "".join(self.rng.choice("bcdfghjklmnpqrstvwxz2456789") for _ in range(n))

    def trace_id(self):
        return f"{self.rng.getrandbits(128):032x}"

    def port(self, wanted=6379):
        """Redis' own port where the run has its own network, else one of the lab's range."""
        if self.own_net:
            return wanted
        self.next_port += 1
        return self.port_base + self.next_port - 1

    def host(self):
        return self.redis_name if self.own_net else "127.0.0.1"

    def redis(self, name="redis", port=6379, bind="127.0.0.1", prefix=(), start=True, limits=None, **conf):
        conf = {key.replace("_", "-"): value for key, value in conf.items()}
        server = Server(self, name, self.port(port), bind, conf, prefix)
        self.servers.append(server)
        if start:
            server.start(limits=limits)
        return server

    def service(self, name, server=None, lang=None, style=None, **config):
        config.setdefault("host", self.host())
        config.setdefault("port", server.port if server else self.port())
        lang = lang or self.variant["lang"]
        config.setdefault("onerror", not self.variant.get("unhandled"))
        config.setdefault("errors", self.variant.get("errors"))
        service = Service(self, self.names.get(name, name), lang, style or self.variant["style"], **translate(lang, **config))
        self.services.append(service)
        return service

    def edge(self, **config):
        self.edge_process = Edge(self, self.variant.get("edge", "json"), **config)
        time.sleep(0.7)
        return self.edge_process

    def polls(self, server, **config):
        polls = Polls(server, **config)
        self.polls_list.append(polls)
        polls.start()
        return polls

    def fact(self, text):
        """What was done to the system, with its second since the run began."""
        self.facts.append((time.time() - self.began, text))

    def script(self, *argv, **kwargs):
        return subprocess.run(argv, capture_output=True, text=True, timeout=30, **kwargs)

    def close(self):
        """Stops what this run started, by process id."""
        if self.edge_process:
            self.edge_process.drain()
        for polls in self.polls_list:
            polls.stop()
        time.sleep(0.3)
        for server in self.servers:
            server.keep_log()
        for service in self.services:
            service.stop()
        for server in self.servers:
            server.signal(signal.SIGCONT)
            server.kill()
        for process in self.owned:
            if process.poll() is None:
                process.kill()
        time.sleep(0.2)

    def remove(self):
        shutil.rmtree(self.tmp, ignore_errors=True)


def isolate(ctx):
    """Inside the run's own namespaces: loopback up, a neutral host name, /srv/app, names for Redis."""
    ctx.script("ip", "link", "set", "lo", "up")
    ctx.script("hostname", "node-1")
    ctx.script("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", "/srv")
    os.makedirs("/srv/app", exist_ok=True)
    hosts = os.path.join(ctx.tmp, "hosts")
    with open(hosts, "w", encoding="utf-8") as out:
        out.write(f"127.0.0.1 localhost {' '.join(REDIS_NAMES)}\n")
    ctx.script("mount", "--bind", hosts, "/etc/hosts")
