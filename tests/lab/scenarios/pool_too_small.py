"""The service's own pool is empty while the server has room: transactions hold connections across a slow call."""

from .common import cart, session, variants

CAUSE = "pool-too-small"
EXPECT = {"pool-exhausted"}
VARIANTS = variants(
    ("1", "redis-py", "asctime", "json", {"errors": "full"}),
    ("2", "node-redis", "console", "nginx", {"wrap": "kubectl"}),
    ("3", "ioredis", "winston", "json"),
    ("4", "redis-py", "bracket", "bracket", {"wait": None}),
    ("5", "redis-rb", "logger", "logfmt", {"split": "kept-out"}),
    ("6", "redis-rs", "tracing", "logfmt", {"split": "kept-out"}),
    pool=2, wait=0.5, rps=4, errors="short", acceptable=["pool-misconfigured"],
    rationale="A pool of 2 connections for 12 workers whose transactions hold one for 800 ms; the server had room.",
    also={"app-only": {"acceptable": ["pool-misconfigured", "connection-leak", "blocking-commands"]}})


def run(ctx):
    v = ctx.variant
    redis = ctx.redis(maxclients=1000)
    orders = ctx.service("checkout-api", redis, pool=v["pool"], pool_wait=v["wait"], workers=12)
    sessions = ctx.service("sessions", redis, pool=20, workers=8, warm=3)
    edge = ctx.edge()
    ctx.polls(redis, every=5, commands=["INFO clients", "INFO stats"], wide=["CLIENT LIST", "SLOWLOG GET 5"], wide_every=4)
    pay = {"route": "POST /checkout/{id}/pay", "weight": 14,
           "calls": [(sessions, [["HGETALL", "session:{id}"]]),
                     (orders, [["GET", "cart:{id}"], ["SET", "order:{id}", "{trace}", "EX", "600"]], {"mode": "session", "pause_ms": 800})]}
    ctx.fact(f"pool of {v['pool']}, a caller waits {v['wait']} s; 1 request/s")
    edge.traffic(14, 1.2, [pay, cart(orders), session(sessions)])
    ctx.fact(f"ordinary evening traffic: {v['rps']} requests/s, within what the server takes easily")
    edge.traffic(22, v["rps"], [pay, cart(orders), session(sessions)])
    ctx.fact("back to 1 request/s")
    edge.traffic(10, 1.2, [pay, cart(orders), session(sessions)])
