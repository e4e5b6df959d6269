"""One service runs O(N) commands over big keys; the others time out while the server computes."""

from .common import cart, save, session

CAUSE = "slow-commands"
VARIANTS = [
    {"id": "1", "lang": "redis-py", "style": "asctime", "edge": "json", "timeout": 0.4, "retries": 0, "members": 1_200_000,
     "rationale": "A reporting service ran KEYS, SORT and big SUNIONSTOREs; the others' reads timed out in those moments.",
     "also": {"app-only": {"acceptable": ["persistence-fork-latency", "network-partition", "client-starvation", "script-busy", "traffic-spike"],
                           "answerable": False}}},
]


def run(ctx):
    v = ctx.variant
    redis = ctx.redis(maxclients=200, slowlog_log_slower_than=10000)
    redis.cli("EVAL", "local n=0 for i=1,%d/200 do local a={} for j=1,200 do n=n+1 a[j]='member:'..(n*7919%%1000003) end "
              "redis.call('RPUSH','report:events',unpack(a)) end return n" % v["members"], 0, timeout=30)
    redis.cli("SLOWLOG", "RESET")
    carts = ctx.service("cart", redis, socket_timeout=v["timeout"], retries=v["retries"], pool={"max": 30}, workers=12, errors=v.get("errors"))
    sessions = ctx.service("sessions", redis, socket_timeout=v["timeout"], retries=v["retries"], pool={"max": 30}, workers=12, errors="short")
    reports = ctx.service("reporting", redis, pool={"max": 4}, workers=2)
    edge = ctx.edge()
    ctx.polls(redis, every=6, commands=["INFO clients", "INFO commandstats"], wide=["SLOWLOG GET 6"], wide_every=2, timeout=4)
    routes = [cart(carts), save(carts), session(sessions)]
    ctx.fact("ordinary traffic, 4 requests/s")
    edge.traffic(14, 4, routes)
    heavy = {"route": "GET /reports/{id}", "weight": 1, "calls": [
        (reports, [["SORT", "report:events", "ALPHA", "LIMIT", "0", "10"]])]}
    ctx.fact(f"the reporting service began to SORT a list of {v['members']} members, one request every 4 s")
    edge.background(24, 0.25, [heavy])
    edge.traffic(26, 4, routes)
    ctx.fact("no more reports")
    edge.traffic(10, 4, routes)
