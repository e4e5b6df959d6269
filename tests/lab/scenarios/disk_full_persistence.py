"""The data directory is a tmpfs of 1 MB that snapshots (or the append-only file) no longer fit into."""

import os

from .common import cart, save, session, variants

CAUSE = "disk-full-persistence"
EXPECT = {"misconf-persistence"}
NEEDS_NAMESPACES = True  # mounts a tmpfs
VARIANTS = variants(
    ("1", "redis-py", "asctime", "nginx", {"kind": "rdb"}),
    ("2", "node-redis", "winston", "json", {"kind": "rdb"}),
    ("3", "ioredis", "pino", "json", {"kind": "aof"}),
    ("4", "phpredis", "monolog", "logfmt", {"kind": "rdb", "split": "kept-out"}),
    errors="short", rationale="The data directory was a 1 MB tmpfs; what Redis had to write outgrew it.",
    also={"app-only": {"answerable": False, "acceptable": ["persistence-fork-latency", "out-of-memory", "config-change"]}, "server-only": {}})
for _one in VARIANTS:
    if _one["kind"] == "aof":  # the clients are told "No space left on device"; the server's log only says "Short write"
        _one["also"] = {"app-only": {}, "server-only": {"acceptable": ["persistence-fork-latency"]}}


def run(ctx):
    v = ctx.variant
    folder = os.path.join(ctx.tmp, "redis-data")
    os.makedirs(folder)
    ctx.script("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder)
    conf = {"save": "3 1", "rdbcompression": "no"} if v["kind"] == "rdb" else {"appendonly": "yes", "appendfsync": "everysec", "auto-aof-rewrite-percentage": "0"}
    redis = ctx.redis(maxclients=200, dir=folder, **conf)
    carts = ctx.service("cart", redis, pool=6, workers=6)
    media = ctx.service("media", redis, pool=4, workers=2)
    edge = ctx.edge()
    ctx.polls(redis, every=6, commands=["INFO persistence"])
    routes = [cart(carts), save(carts), session(carts)]
    # Short commands for big values: a client that logs its failed command would else log the value.
    write = "return redis.call('SET', KEYS[1], string.rep('x', 40000))"
    upload = {"route": "PUT /media/{id}", "weight": 1, "calls": [(media, [["EVAL", write, "1", "media:{id}:" + str(n)] for n in range(3)])]}
    ctx.fact("4 requests/s; the directory has 1 MB")
    edge.traffic(12, 4, routes)
    ctx.fact("uploads of 120 kB began")
    edge.background(12, 1.2, [upload])
    edge.traffic(24, 4, routes)
    ctx.script("mount", "-o", "remount,size=16m", folder)
    ctx.fact("the volume was grown to 16 MB")
    edge.traffic(12, 4, routes)
