"""maxmemory with noeviction: the data set reaches it, writes are refused, reads go on."""

from .common import cart, save, session, variants

CAUSE = "out-of-memory"
EXPECT = {"oom-maxmemory"}
VARIANTS = variants(
    ("1", "redis-py", "asctime", "json"),
    ("2", "ioredis", "pino", "nginx"),
    ("3", "node-redis", "winston", "json"),
    ("4", "redis-rb", "logfmt", "logfmt", {"split": "kept-out"}),
    ("5", "redis-rs", "tracing-json", "bracket"),
    errors="short", rationale="maxmemory 6mb, noeviction; an import without expiry filled it; a flush of the import ended it.",
    also={"app-only": {}})


def run(ctx):
    redis = ctx.redis(maxclients=200, maxmemory="6mb", maxmemory_policy="noeviction")
    carts = ctx.service("cart", redis, pool=10, workers=6)
    loader = ctx.service("import", redis, pool=4, workers=2)
    edge = ctx.edge()
    ctx.polls(redis, every=6, commands=["INFO memory"], wide=["CONFIG GET maxmemory*"], wide_every=4)
    routes = [cart(carts), save(carts), session(carts)]
    load = {"route": "POST /import/{id}", "weight": 1, "calls": [(loader, [["SETRANGE", "import:{id}:" + str(n), "60000", "x"] for n in range(5)])]}
    ctx.fact("4 requests/s")
    edge.traffic(12, 4, routes)
    ctx.fact("an import began to write 60 kB values without expiry")
    edge.background(26, 1.6, [load])
    edge.traffic(28, 4, routes)
    redis.cli("EVAL", "local k=redis.call('keys','import:*') for _,n in ipairs(k) do redis.call('del',n) end return #k", 0)
    ctx.fact("the import's keys were deleted")
    edge.traffic(8, 4, routes)
