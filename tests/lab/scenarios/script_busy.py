"""A Lua script runs for seconds; past the limit every other command is answered with BUSY."""

from .common import cart, save, session, variants

CAUSE = "script-busy"
EXPECT = {"script-busy"}
VARIANTS = variants(
    ("1", "redis-py", "asctime", "json"),
    ("2", "node-redis", "console", "nginx", {"wrap": "kubectl"}),
    ("3", "phpredis", "monolog", "logfmt", {"split": "kept-out"}),
    errors="short", acceptable=["slow-commands"], rationale="Three scripts of several seconds each ran with busy-reply-threshold 400.",
    also={"app-only": {}, "server-only": {"acceptable": ["slow-commands"]}})

SCRIPT = "local n=0 for i=1,{count} do n=n+i%7 end return n"


def run(ctx):
    redis = ctx.redis(maxclients=200, busy_reply_threshold=400)
    carts = ctx.service("cart", redis, pool=10, workers=8)
    pricing = ctx.service("pricing", redis, pool=4, workers=2)
    edge = ctx.edge()
    ctx.polls(redis, every=6, commands=["INFO clients"], wide=["SLOWLOG GET 3"], wide_every=2)
    routes = [cart(carts), save(carts), session(carts)]
    ctx.fact("4 requests/s")
    edge.traffic(14, 4, routes)
    reprice = {"route": "POST /pricing/{id}/recalculate", "weight": 1,
               "calls": [(pricing, [["EVAL", SCRIPT.format(count=350_000_000), "0"]])]}
    for _ in range(3):
        edge.slots.acquire()
        edge.once(reprice)
        ctx.fact("a long EVAL was started")
        edge.traffic(7, 3, routes)
    edge.traffic(10, 4, routes)
