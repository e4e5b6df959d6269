"""A connection for every command: the client runs out of local ports (TIME_WAIT)."""

from .common import cart, variants

CAUSE = "no-pooling-churn"
EXPECT = {"ports-exhausted"}
NEEDS_NAMESPACES = True  # the port range of a whole machine is not ours to narrow
VARIANTS = variants(
    ("1", "redis-py", "asctime", "nginx"),
    ("2", "ioredis", "pino", "json"),
    ("3", "phpredis", "monolog", "logfmt", {"split": "kept-out"}),
    errors="short",
    rationale="Each request opened and closed several connections; the namespace had 50 local ports, so TIME_WAIT used them up.",
    also={"app-only": {}})


def run(ctx):
    ctx.script("sysctl", "-w", "net.ipv4.ip_local_port_range=40000 40049", "net.ipv4.tcp_tw_reuse=0")
    redis = ctx.redis(maxclients=500)
    prices = ctx.service("pricing", redis, pool=6, workers=8)
    carts = ctx.service("cart", redis, lang="redis-py" if ctx.variant["lang"] == "phpredis" else None,
                        style="json" if ctx.variant["lang"] == "phpredis" else None, pool=6, workers=4)
    edge = ctx.edge()
    ctx.polls(redis, every=5, commands=["INFO clients", "INFO stats"], held=True)
    price = {"route": "GET /price/{id}", "weight": 4, "calls": [(prices, [["GET", "price:{id}"]], {"mode": "fresh"})]}
    ctx.fact("1 request/s")
    edge.traffic(12, 1, [price, cart(carts)])
    ctx.fact("5 requests/s, each with its own connection")
    edge.traffic(34, 6, [price, cart(carts)])
