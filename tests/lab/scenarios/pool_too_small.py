"""The service's own pool is empty while the server has room: transactions hold connections across a slow call."""

from .common import session, cart

CAUSE = "pool-too-small"
VARIANTS = [
    {"id": "1", "lang": "redis-py", "style": "asctime", "edge": "json", "pool": {"kind": "blocking", "max": 2, "timeout": 0.5},
     "rps": 4, "acceptable": ["pool-misconfigured"],
     "rationale": "A blocking pool of 2 connections for 12 workers whose transactions hold one for 400 ms; the server had room.",
     "also": {"app-only": {"acceptable": ["pool-misconfigured", "connection-leak", "blocking-commands"]}}},
]


def run(ctx):
    v = ctx.variant
    redis = ctx.redis(maxclients=1000)
    orders = ctx.service("checkout-api", redis, pool=v["pool"], workers=12, errors=v.get("errors"))
    sessions = ctx.service("sessions", redis, pool={"max": 20}, workers=8, warm=3)
    edge = ctx.edge()
    ctx.polls(redis, every=5, commands=["INFO clients", "INFO stats"], wide=["CLIENT LIST", "SLOWLOG GET 5"], wide_every=4)
    pay = {"route": "POST /checkout/{id}/pay", "weight": 4,
           "calls": [(sessions, [["HGETALL", "session:{id}"]]),
                     (orders, [["GET", "cart:{id}"], ["SET", "order:{id}", "{trace}", "EX", "600"]], {"mode": "session", "pause_ms": 400})]}
    ctx.fact(f"pool {v['pool']}; 1 request/s")
    edge.traffic(14, 1.2, [pay, cart(orders), session(sessions)])
    ctx.fact(f"ordinary evening traffic: {v['rps']} requests/s, within what the server takes easily")
    edge.traffic(22, v["rps"] * 1.6, [pay, cart(orders), session(sessions)])
    ctx.fact("back to 1 request/s")
    edge.traffic(10, 1.2, [pay, cart(orders), session(sessions)])
