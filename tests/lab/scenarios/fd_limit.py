"""Too few file descriptors: of the server (maxclients is reduced at its start), or of a client process."""

import os
import resource

from .common import cart, save, variants

CAUSE = "fd-limit"
EXPECT = {"fd-limit"}
VARIANTS = variants(
    ("1", "redis-py", "asctime", "json", {"side": "server"}),
    ("2", "ioredis", "pino", "nginx", {"side": "server"}),
    ("3", "redis-py", "bracket", "json", {"side": "client"}),
    ("4", "redis-rb", "logger", "logfmt", {"side": "server", "split": "kept-out"}),
    errors="short", rationale="")
for _one in VARIANTS:
    if _one["side"] == "server":
        _one["rationale"] = "redis-server ran under a limit of 72 open files, so that it reduced maxclients from 1000 to 40."
        _one["acceptable"] = ["maxclients-too-low"]
        _one["also"] = {"server-only": {"answerable": True, "acceptable": ["maxclients-too-low", "config-change"]},
                        "app-only": {"root_cause": "fd-limit", "answerable": False,
                                     "acceptable": ["maxclients-too-low", "connection-leak", "traffic-spike", "pool-oversized-fanout", "idle-connections-kept"]}}
    else:
        _one["rationale"] = "The export service's process ran under a limit of 40 open files and opened a connection for each request."
        _one["acceptable"] = ["connection-leak"]
        _one["also"] = {"app-only": {"acceptable": ["connection-leak"]}}


def few_files():
    resource.setrlimit(resource.RLIMIT_NOFILE, (72, 72))
    if os.getuid() == 0:
        os.setgid(65534)
        os.setuid(65534)


def run(ctx):
    on_server = ctx.variant["side"] == "server"
    redis = ctx.redis(start=False, maxclients=1000)
    if on_server:
        os.chmod(ctx.tmp, 0o777)
        os.chmod(redis.dir, 0o777)
    redis.start(limits=few_files if on_server else None)
    carts = ctx.service("cart", redis, pool=20, workers=8, warm=6)
    exports = ctx.service("export", redis, pool=20, workers=8, **({} if on_server else {"nofile": 40}))
    edge = ctx.edge()
    ctx.polls(redis, every=5, commands=["INFO clients", "INFO stats"], wide=["CONFIG GET maxclients"], wide_every=3, held=True)
    mode = {"mode": "keep"} if not on_server else {}
    look = {"route": "GET /export/{id}", "weight": 8, "calls": [(exports, [["GET", "export:{id}"]], mode)]}
    ctx.fact("4 requests/s")
    if on_server:
        edge.traffic(14, 4, [cart(carts), save(carts), look])
        more = ctx.service("recommendations", redis, pods=4, pool=10, warm=7 if ctx.variant["lang"] == "ioredis" else 9, workers=4)
        ctx.fact("a service of 4 pods with preloaded connections was started")
        edge.traffic(14, 4, [cart(carts), save(carts, mode="fresh"), look,
                             {"route": "GET /recommendations/{id}", "weight": 4, "calls": [(more, [["SMEMBERS", "rec:{id}"]])]}])
        more.stop()
        ctx.fact("that service was stopped")
    else:
        edge.traffic(34, 3, [cart(carts), save(carts), look])
        exports.stop()
        exports.add_pod()
        ctx.fact("export was restarted")
    edge.traffic(8, 4, [cart(carts), save(carts), look])
