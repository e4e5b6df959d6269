"""Preloaded pools stand idle near the limit from the start; `timeout 0`; whoever comes anew is refused."""

from .common import cart, variants

CAUSE = "idle-connections-kept"
EXPECT = {"maxclients-reached"}
VARIANTS = variants(
    ("1", "redis-py", "json", "json"),
    ("2", "ioredis", "console", "nginx"),
    ("3", "redis-rb", "logger", "logfmt", {"split": "kept-out"}),
    errors="short", acceptable=["maxclients-too-low", "pool-oversized-fanout"],
    rationale="Four services held preloaded idle connections (41 of 44) from the start at 2 requests/s with timeout 0; an hourly job found no room.",
    also={"app-only": {"answerable": False, "acceptable": ["maxclients-too-low", "pool-oversized-fanout", "connection-leak", "no-pooling-churn", "traffic-spike"]}})


def run(ctx):
    redis = ctx.redis(maxclients=44, timeout=0)
    pools = [ctx.service(name, redis, lang="redis-py" if ctx.variant["lang"] == "redis-rb" else None,
                         style="json" if ctx.variant["lang"] == "redis-rb" else None, pool=20, workers=4,
                         warm=warm - (ctx.variant["lang"] == "ioredis"))
             for name, warm in (("cart", 14), ("sessions", 13), ("search", 13))]
    jobs = ctx.service("billing", redis, pool=6, workers=4)
    edge = ctx.edge()
    ctx.polls(redis, every=6, commands=["INFO clients", "INFO stats"], wide=["CLIENT LIST", "CONFIG GET timeout"], wide_every=4, held=True)
    routes = [cart(one) for one in pools]
    ctx.fact("2 requests/s; 41 connections were opened at the start and hardly used")
    edge.traffic(26, 2, routes)
    bill = {"route": "POST /billing/{id}/run", "weight": 1, "calls": [
        (jobs, [["GET", "bill:{id}"], ["SET", "bill:{id}", "open", "EX", "60"]], {"mode": "fresh", "pause_ms": 900})]}
    ctx.fact("the billing job began: 2 short connections a second")
    edge.background(20, 3.5, [bill])
    edge.traffic(22, 2, routes)
    ctx.fact("the job was over")
    edge.traffic(8, 2, routes)
