"""Requests rise far above their own baseline and fall again; limits that were ample at the baseline are met."""

from .common import cart, checkout, save, variants

CAUSE = "traffic-spike"
EXPECT = {"maxclients-reached", "connection-reset"}
VARIANTS = variants(
    ("1", "redis-py", "asctime", "nginx"),
    ("2", "node-redis", "console", "json", {"pool": 26, "peak": 22}),
    ("3", "redis-rb", "logfmt", "logfmt", {"split": "kept-out"}),
    limit=36, pool=60, base=2.5, peak=24, hold=850, errors="short",
    acceptable=["maxclients-too-low"],
    rationale="maxclients 36 held about 6 clients at 2.5 requests/s; the rate rose tenfold for 12 s and fell again; nothing else was done.",
    also={"app-only": {"acceptable": ["maxclients-too-low", "pool-too-small"]}})


def run(ctx):
    v = ctx.variant
    redis = ctx.redis(maxclients=v["limit"])
    carts = ctx.service("cart", redis, pool=v["pool"], pool_wait=None if v["lang"] == "redis-py" else 1, workers=40)
    orders = ctx.service("orders", redis, pool=v["pool"], pool_wait=None if v["lang"] == "redis-py" else 1, workers=40)
    edge = ctx.edge(limit=64)
    ctx.polls(redis, every=5, commands=["INFO clients", "INFO stats"], held=True)
    held = {"mode": "session", "pause_ms": v["hold"]}
    routes = [cart(carts), save(carts), checkout(carts, orders)]
    for route in routes:
        route["calls"] = [(service, commands + [["EXISTS", "promo:{id}"]], held) for service, commands, _ in route["calls"]]
    ctx.fact(f"{v['base']} requests/s")
    edge.traffic(16, v["base"], routes)
    ctx.fact(f"{v['peak']} requests/s")
    edge.traffic(10, v["peak"], routes)
    ctx.fact(f"{v['base']} requests/s again")
    edge.traffic(14, v["base"], routes)
