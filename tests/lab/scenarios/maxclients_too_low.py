"""The limit is low for ordinary traffic: a service is added, requests stay flat, connections step to the limit."""

from .common import cart, checkout, save

CAUSE = "maxclients-too-low"
VARIANTS = [
    {"id": "1", "lang": "redis-py", "style": "asctime", "edge": "json", "limit": 30, "rps": 6,
     "acceptable": ["pool-oversized-fanout"],
     "rationale": "maxclients 30; a third service with ordinary pools was started; requests did not rise.",
     "also": {"app-only": {"acceptable": ["pool-oversized-fanout", "connection-leak", "traffic-spike", "idle-connections-kept"]}}},
]


def run(ctx):
    v = ctx.variant
    redis = ctx.redis(maxclients=v["limit"])
    first = ctx.service("cart", redis, pool={"max": 20}, workers=16, warm=9, errors=v.get("errors"))
    second = ctx.service("orders", redis, pool={"max": 20}, workers=16, warm=9, errors=v.get("errors"))
    edge = ctx.edge()
    ctx.polls(redis, every=5, commands=["INFO clients", "INFO stats"], wide=["CLIENT LIST"], wide_every=4, held=True)
    routes = [cart(first), save(first), checkout(first, second)]
    for route in routes:
        route["calls"] = [(s, c + [["PING"]], {"mode": "session", "pause_ms": 1200}) for s, c in route["calls"]]
    ctx.fact(f"maxclients {v['limit']}, two services, {v['rps']} requests/s")
    edge.traffic(15, v["rps"], routes)
    third = ctx.service("recommendations", redis, pool={"max": 20}, workers=16, errors=v.get("errors"), warm=16)
    ctx.fact("a third service with 16 pooled connections was started; the request rate stayed the same")
    routes.append({"route": "GET /recommendations/{id}", "weight": 1, "calls": [(third, [["SMEMBERS", "rec:{id}"]])]})
    edge.traffic(22, v["rps"], routes)
    redis.cli("PING")
    third.stop()
    ctx.fact("the third service was stopped")
    edge.traffic(8, v["rps"], routes[:3])
