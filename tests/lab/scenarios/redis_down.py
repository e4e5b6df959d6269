"""The server's process ends, is away for some seconds, and starts again."""

import signal

from .common import shop, variants

CAUSE = "redis-down"
EXPECT = {"connection-refused"}
VARIANTS = variants(
    ("1", "redis-py", "asctime", "nginx", {"end": "kill"}),
    ("2", "ioredis", "pino", "json", {"end": "term", "unhandled": True}),
    ("3", "node-redis", "console", "bracket", {"end": "kill", "wrap": "kubectl"}),
    ("4", "phpredis", "laravel", "logfmt", {"end": "term", "split": "kept-out"}),
    ("5", "redis-rs", "tracing-json", "json", {"end": "kill", "split": "kept-out"}),
    errors="short", rationale="redis-server was ended and started again 9 s later.",
    also={"app-only": {"acceptable": ["memory-killed"]},
          "server-only": {"acceptable": ["memory-killed", "config-change"]}})
for _one in VARIANTS:
    if _one["end"] == "kill":  # without the kernel's lines nobody can know who killed it
        _one["acceptable"] = ["memory-killed"]


def run(ctx):
    v = ctx.variant
    redis = ctx.redis(maxclients=200, save="60 100")
    carts = ctx.service("cart", redis, pool=10, workers=6)
    orders = ctx.service("orders", redis, pool=10, workers=6, onerror=True)
    edge = ctx.edge()
    ctx.polls(redis, every=4, commands=["INFO clients", "INFO server"])
    ctx.fact("4 requests/s")
    edge.traffic(14, 4, shop(carts, orders))
    if v["end"] == "kill":
        redis.signal(signal.SIGKILL)
        ctx.fact("SIGKILL to redis-server")
    else:
        redis.signal(signal.SIGTERM)
        ctx.fact("SIGTERM to redis-server")
    edge.traffic(9, 3, shop(carts, orders))
    redis.start()
    ctx.fact("redis-server was started again")
    edge.traffic(14, 4, shop(carts, orders))
