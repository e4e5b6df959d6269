"""The name of the server stops resolving; processes that connect anew fail, open connections go on."""

from labkit.names import Names

from .common import cart, save, variants

CAUSE = "dns"
EXPECT = {"dns-failure"}
NEEDS_NAMESPACES = True  # has its own /etc/resolv.conf and name server
HOST = "redis-cache.shop.svc.cluster.local"
VARIANTS = variants(
    ("1", "redis-py", "asctime", "json", {"how": "unknown"}),
    ("2", "ioredis", "pino", "nginx", {"how": "silent", "unhandled": True}),
    ("3", "node-redis", "console", "json", {"how": "unknown", "wrap": "kubectl"}),
    ("4", "phpredis", "monolog", "logfmt", {"how": "unknown", "split": "kept-out"}),
    errors="short", acceptable=[], rationale="The name server forgot the name (or fell silent) for 16 s.",
    also={"app-only": {}})


def run(ctx):
    names = Names(ctx, {HOST: "127.0.0.1"})
    redis = ctx.redis(maxclients=200)
    carts = ctx.service("cart", redis, host=HOST, pool=10, workers=8)
    quotes = ctx.service("quotes", redis, host=HOST, pool=6, workers=6)
    edge = ctx.edge()
    ctx.polls(redis, every=6, commands=["INFO clients", "INFO server"])
    routes = [cart(carts), save(carts), {"route": "GET /quotes/{id}", "weight": 4, "calls": [(quotes, [["GET", "quote:{id}"]], {"mode": "fresh"})]}]
    ctx.fact("4 requests/s; quotes connects for each request, cart keeps its connections")
    edge.traffic(14, 4, routes)
    if ctx.variant["how"] == "unknown":
        names.table.clear()
        ctx.fact("the name server answers NXDOMAIN")
    else:
        names.silent = True
        ctx.fact("the name server does not answer")
    edge.traffic(16, 3, routes)
    names.table, names.silent = {HOST: "127.0.0.1"}, False
    ctx.fact("the name resolves again")
    edge.traffic(12, 4, routes)
