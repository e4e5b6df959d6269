"""Queue consumers hold the pool's connections in BLPOP; requests of the same service find none."""

from .common import session, variants

CAUSE = "blocking-commands"
EXPECT = {"pool-exhausted", "command-timeout"}
VARIANTS = variants(
    ("1", "redis-py", "asctime", "json"),
    ("2", "node-redis", "bracket", "nginx", {"wrap": "kubectl"}),
    ("3", "ioredis", "pino", "json", {"one_connection": True}),
    ("4", "redis-rb", "logger", "logfmt", {"split": "kept-out"}),
    errors="short", acceptable=["pool-too-small"],
    rationale="12 consumers waited in BLPOP on connections of the pool (13) that requests used too.",
    also={"app-only": {"answerable": False, "acceptable": ["pool-too-small", "pool-misconfigured", "connection-leak", "slow-commands"]}})


def run(ctx):
    v = ctx.variant
    redis = ctx.redis(maxclients=200)
    loops = [["BLPOP", "jobs", "4"]] * (1 if v.get("one_connection") else 12)
    settings = {"timeout": 1.0, "retries": 1} if v.get("one_connection") else {"pool": 13, "pool_wait": 0.4}
    jobs = ctx.service("orders", redis, workers=10, **settings)
    sessions = ctx.service("sessions", redis, pool=10, workers=6)
    edge = ctx.edge()
    ctx.polls(redis, every=5, commands=["INFO clients"], wide=["CLIENT LIST"], wide_every=3, terminal=False)
    order = {"route": "POST /orders/{id}", "weight": 8, "calls": [
        (jobs, [["GET", "stock:{id}"], ["SET", "order:{id}", "{trace}", "EX", "600"]], {"mode": "session" if not v.get("one_connection") else "pool", "pause_ms": 500})]}
    push = {"route": "POST /jobs/{id}", "weight": 2, "calls": [(sessions, [["RPUSH", "jobs", "{trace}|{id}"]])]}
    ctx.fact("orders without consumers; 5 requests/s")
    edge.traffic(14, 5, [order, session(sessions)])
    jobs.stop()
    jobs.add_pod(loops=loops, loops_share=True)
    ctx.fact(f"a version of orders was started that takes jobs with BLPOP on {len(loops)} of its pool's connections")
    edge.traffic(24, 5, [order, session(sessions), push])
    jobs.stop()
    jobs.add_pod()
    ctx.fact("rolled back")
    edge.traffic(8, 5, [order, session(sessions)])
