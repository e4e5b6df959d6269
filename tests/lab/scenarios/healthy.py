"""Runs in which Redis does not fail: what must not be called an incident."""

import time

from .common import cart, save, session, shop

CAUSE = "healthy"
QUICK = 3  # variants in a quick run: in none may an incident be found
_COMMON = {"root_cause": "none", "acceptable": [], "errors": "short"}
VARIANTS = [
    {**_COMMON, "id": "traffic", "lang": "ioredis", "style": "pino", "edge": "nginx", "rationale": "Ordinary traffic with a calm rise and fall."},
    {**_COMMON, "id": "rolling-restart", "lang": "redis-py", "style": "json", "edge": "json", "wrap": "kubectl",
     "rationale": "Each pod was replaced in turn, and the server restarted for half a second; retries succeeded and no request failed."},
    {**_COMMON, "id": "bgsave", "lang": "redis-py", "style": "asctime", "edge": "nginx", "rationale": "Snapshots every few seconds under load, all of them good."},
    {**_COMMON, "id": "idle-workers", "lang": "node-redis", "style": "bracket", "edge": "bracket",
     "rationale": "14 queue workers wait in BLPOP on connections of their own, as they should."},
    {**_COMMON, "id": "one-reset", "lang": "node-redis", "style": "console", "edge": "json", "rationale": "Every client was disconnected once; they came back at once and all requests succeeded after it."},
    {**_COMMON, "id": "one-error", "lang": "redis-py", "style": "asctime", "edge": "json", "split": "kept-out",
     "rationale": "One connection was cut under a request of a service without retries: one error, and successes before and after."},
]


def run(ctx):
    {"traffic": traffic, "rolling-restart": rolling_restart, "bgsave": bgsave, "idle-workers": idle_workers,
     "one-reset": one_reset, "one-error": one_error}[ctx.variant["id"]](ctx)


def pair(ctx, redis, **settings):
    return ctx.service("cart", redis, pool=8, workers=6, **settings), ctx.service("orders", redis, pool=8, workers=6, **settings)


def traffic(ctx):
    redis = ctx.redis(maxclients=1000)
    carts, orders = pair(ctx, redis)
    edge = ctx.edge()
    ctx.polls(redis, every=8, commands=["INFO clients", "INFO stats"], wide=["SLOWLOG GET 5", "CLIENT LIST"], wide_every=3)
    for rate in (3, 5, 8, 5, 3):
        ctx.fact(f"{rate} requests/s")
        edge.traffic(8, rate, shop(carts, orders))


def rolling_restart(ctx):
    redis = ctx.redis(maxclients=200, appendonly="yes")
    carts = ctx.service("cart", redis, pods=3, pool=8, workers=6, retries=25)
    edge = ctx.edge()
    ctx.polls(redis, every=8, commands=["INFO clients", "INFO server"])
    routes = [cart(carts), save(carts), session(carts)]
    edge.traffic(10, 4, routes)
    for old in list(carts.processes):
        carts.add_pod()
        edge.traffic(3, 4, routes)
        carts.stop([old])
        ctx.fact("a pod was replaced")
        edge.traffic(2, 4, routes)
    redis.terminate()
    time.sleep(0.2)
    redis.start()
    ctx.fact("redis-server was restarted (SIGTERM, start after 0.2 s)")
    edge.traffic(12, 4, routes)


def bgsave(ctx):
    redis = ctx.redis(maxclients=200, save="2 1")
    carts, orders = pair(ctx, redis)
    redis.cli("EVAL", "for i=1,20000 do redis.call('SET','sku:'..i,string.rep('x',100)) end", 0)
    edge = ctx.edge()
    ctx.polls(redis, every=8, commands=["INFO persistence"])
    ctx.fact("save 2 1")
    edge.traffic(36, 5, shop(carts, orders))


def idle_workers(ctx):
    redis = ctx.redis(maxclients=200)
    carts, orders = pair(ctx, redis)
    workers = ctx.service("mailer", redis, loops=[["BLPOP", "mails", "5"]] * 14)
    edge = ctx.edge()
    ctx.polls(redis, every=6, commands=["INFO clients"], wide=["CLIENT LIST"], wide_every=4, terminal=False)
    mail = {"route": "POST /mails/{id}", "weight": 1, "calls": [(carts, [["RPUSH", "mails", "{trace}|{id}"]])]}
    ctx.fact(f"{len(workers.processes)} process with 14 consumers")
    edge.traffic(38, 5, [*shop(carts, orders), mail])


def one_reset(ctx):
    redis = ctx.redis(maxclients=200)
    carts, orders = pair(ctx, redis)
    edge = ctx.edge()
    ctx.polls(redis, every=8, commands=["INFO clients", "INFO server"])
    edge.traffic(18, 4, shop(carts, orders))
    time.sleep(1)
    redis.cli("CLIENT", "KILL", "TYPE", "normal")
    ctx.fact("CLIENT KILL TYPE normal")
    time.sleep(1)
    edge.traffic(20, 4, shop(carts, orders))


def one_error(ctx):
    redis = ctx.redis(maxclients=200)
    carts = ctx.service("cart", redis, pool=8, workers=1, retries=0)
    edge = ctx.edge()
    ctx.polls(redis, every=8, commands=["INFO clients", "INFO server"])
    slow = {"route": "GET /quotes/{id}", "weight": 1, "calls": [(carts, [["BLPOP", "never:{id}", "2"]])]}
    edge.traffic(16, 4, [cart(carts), save(carts)])
    edge.slots.acquire()
    edge.once(slow)
    time.sleep(0.5)
    redis.cli("CLIENT", "KILL", "TYPE", "normal")
    ctx.fact("CLIENT KILL TYPE normal while one command waited")
    edge.traffic(20, 4, [cart(carts), save(carts)])
