"""A replica's output buffer passes its limit during each full sync: closed, and again from the start."""

import signal

from .common import cart, save, variants

CAUSE = "replication-output-buffer"
EXPECT = {"output-buffer-overflow"}
VARIANTS = variants(
    ("1", "redis-py", "asctime", "json"),
    ("2", "ioredis", "pino", "nginx"),
    ("3", "redis-py", "logfmt", "logfmt", {"split": "kept-out"}),
    errors="short", rationale="client-output-buffer-limit replica 1mb; each full sync took seconds while over 1 MB/s was written.",
    also={"server-only": {}})


def run(ctx):
    if ctx.own_net:  # socket buffers of a usual size, lest the kernel keep what Redis should
        ctx.script("sysctl", "-w", "net.ipv4.tcp_wmem=4096 16384 262144", "net.ipv4.tcp_rmem=4096 65536 262144")
    limit = {"client-output-buffer-limit": "replica 1mb 700kb 2", "repl-backlog-size": "16kb", "rdb-key-save-delay": 1200}
    master = ctx.redis("redis-0", 6379, maxclients=200, repl_diskless_sync_delay=0)
    for key, value in limit.items():
        master.cli("CONFIG", "SET", key, value)
    master.cli("EVAL", "for i=1,3000 do redis.call('SET','catalog:'..i,'v'..i) end", 0)
    replica = ctx.redis("redis-1", 6380, maxclients=200, replicaof=f"127.0.0.1 {master.port}", repl_diskless_sync_delay=0)
    carts = ctx.service("cart", master, pool=6, workers=6)
    reads = ctx.service("catalog", replica, pool=6, workers=6)
    feed = ctx.service("feed", master, pool=4, workers=3)
    edge = ctx.edge()
    ctx.polls(master, every=8, commands=["INFO replication", "INFO stats"])
    look = {"route": "GET /catalog/{id}", "weight": 4, "calls": [(reads, [["GET", "catalog:{id}"]])]}
    routes = [cart(carts), save(carts), look]
    ctx.fact("4 requests/s; the replica follows")
    edge.traffic(12, 3, routes)
    replica.conf["replica-serve-stale-data"] = "no"
    replica.cli("CONFIG", "SET", "replica-serve-stale-data", "no")
    write = "return redis.call('SET', KEYS[1], string.rep('x', 110000))"
    push = {"route": "POST /feed/{id}", "weight": 1, "calls": [(feed, [["EVAL", write, "1", "feed:" + str(n)] for n in range(4)])]}
    ctx.fact("the feed began to write over 1 MB/s")
    edge.background(24, 4, [push])
    edge.traffic(3, 4, routes)
    replica.signal(signal.SIGSTOP)
    ctx.fact("the replica's process was stopped for 5 s (SIGSTOP)")
    edge.traffic(5, 4, routes)
    replica.signal(signal.SIGCONT)
    edge.traffic(16, 4, routes)
    ctx.fact("the feed was over")
    edge.traffic(9, 3, routes)
