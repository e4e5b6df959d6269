"""The limit is low for ordinary traffic: a service is added, requests stay flat, connections step to the limit."""

from .common import cart, checkout, save, variants

CAUSE = "maxclients-too-low"
EXPECT = {"maxclients-reached"}
VARIANTS = variants(
    ("1", "redis-py", "asctime", "json", {"errors": "full"}),
    ("2", "ioredis", "pino", "nginx"),
    ("3", "redis-py", "json", "json", {"wrap": "kubectl"}),
    ("4", "redis-rs", "tracing", "logfmt", {"split": "kept-out"}),
    limit=30, rps=5, errors="short", acceptable=["pool-oversized-fanout", "idle-connections-kept"],
    rationale="maxclients 30; a third service with ordinary pools was started; requests did not rise.",
    also={"app-only": {"answerable": False, "acceptable": ["pool-oversized-fanout", "connection-leak", "traffic-spike", "idle-connections-kept"]}})


def run(ctx):
    v = ctx.variant
    redis = ctx.redis(maxclients=v["limit"])
    eager = v["lang"] in ("ioredis", "redis-rs")  # these connect again and again by themselves, and log each time
    warm, pool = (8, 10) if eager else (9, 20)
    first = ctx.service("cart", redis, pool=pool, workers=16, warm=warm)
    second = ctx.service("orders", redis, pool=pool, workers=16, warm=warm)
    edge = ctx.edge()
    ctx.polls(redis, every=5, commands=["INFO clients", "INFO stats"], wide=["CLIENT LIST"], wide_every=4, held=True)
    routes = [cart(first), save(first), checkout(first, second)]
    for route in routes:
        route["calls"] = [(s, c + [["PING"]], {"mode": "session", "pause_ms": 1200}) for s, c, _ in route["calls"]]
    ctx.fact(f"maxclients {v['limit']}, two services, {v['rps']} requests/s")
    edge.traffic(15, v["rps"], routes)
    third = ctx.service("recommendations", redis, pods=4 if v["lang"] == "redis-rs" else 3, pool=4 if eager else 20, workers=8, warm=3 if eager else 6)
    ctx.fact("a third service, some pods with pooled connections, was started; the request rate stayed the same")
    routes.append({"route": "GET /recommendations/{id}", "weight": 5, "calls": [(third, [["SMEMBERS", "rec:{id}"]])]})
    edge.traffic(10 if eager else 15, v["rps"], routes)
    third.stop()
    ctx.fact("the third service was stopped")
    edge.traffic(8, v["rps"], routes[:3])
