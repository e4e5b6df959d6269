"""One service runs O(N) commands over big keys; the others time out while the server computes."""

from .common import cart, save, session, variants

CAUSE = "slow-commands"
EXPECT = {"slow-command"}
VARIANTS = variants(
    ("1", "redis-py", "asctime", "nginx", {"errors": "full"}),
    ("2", "ioredis", "pino", "json", {"heavy": "keys"}),
    ("3", "redis-py", "json", "json", {"heavy": "union", "wrap": "kubectl"}),
    ("4", "phpredis", "monolog", "logfmt", {"split": "kept-out"}),
    ("5", "redis-rs", "tracing", "logfmt", {"heavy": "keys", "timeout": 0.12, "split": "kept-out"}),
    heavy="sort", timeout=0.25, retries=0, errors="short",
    rationale="A reporting service ran an O(N) command over big data; the others' reads timed out in those moments.",
    also={"app-only": {"answerable": False, "acceptable": ["persistence-fork-latency", "network-partition", "client-starvation", "script-busy", "traffic-spike"]}})

HEAVY = {
    "sort": ["SORT", "report:events", "ALPHA", "LIMIT", "0", "10"],
    "keys": ["KEYS", "report:*:2026"],
    "union": ["SUNIONSTORE", "report:all", "report:set:1", "report:set:2"],
}
FILL = {
    "sort": "local n=0 for i=1,2600 do local a={} for j=1,200 do n=n+1 a[j]='member:'..(n*7919%1000003) end "
            "redis.call('RPUSH','report:events',unpack(a)) end return n",
    "keys": "local b=redis.call('DBSIZE') for i=b,b+280000 do redis.call('SET','report:'..i..':day:'..(i%365),'') end",
    "union": "for s=1,2 do for i=1,1300 do local a={} for j=1,200 do a[j]='m'..s..':'..(i*200+j) end "
             "redis.call('SADD','report:set:'..s,unpack(a)) end end",
}


def run(ctx):
    v = ctx.variant
    redis = ctx.redis(maxclients=200, slowlog_log_slower_than=10000, busy_reply_threshold=60000)  # filling it is no part of the run
    for _ in range(3 if v["heavy"] == "keys" else 1):
        redis.cli("EVAL", FILL[v["heavy"]], 0, timeout=60)
    redis.cli("SLOWLOG", "RESET")
    redis.cli("CONFIG", "RESETSTAT")
    carts = ctx.service("cart", redis, timeout=v["timeout"], retries=v["retries"], pool=30, workers=12)
    sessions = ctx.service("sessions", redis, timeout=v["timeout"], retries=v["retries"], pool=30, workers=12)
    reports = ctx.service("reporting", redis, pool=4, workers=2)
    edge = ctx.edge()
    ctx.polls(redis, every=6, commands=["INFO clients", "INFO commandstats"], wide=["SLOWLOG GET 6"], wide_every=2, timeout=8)
    routes = [cart(carts), save(carts), session(sessions)]
    ctx.fact("ordinary traffic, 4 requests/s")
    edge.traffic(14, 4, routes)
    heavy = {"route": "GET /reports/{id}", "weight": 1, "calls": [
        (reports, [HEAVY[v["heavy"]]])]}
    ctx.fact("the reporting service began to run " + " ".join(HEAVY[v["heavy"]]))
    edge.background(24, 0.35, [heavy])
    edge.traffic(26, 4, routes)
    ctx.fact("no more reports")
    edge.traffic(10, 4, routes)
