"""Sentinel moves the master; services that hold the old address write to what is now a replica."""

import signal
import time

from .common import shop, variants

CAUSE = "failover"
EXPECT = {"readonly-replica"}
VARIANTS = variants(
    ("1", "redis-py", "asctime", "json", {"how": "command"}),
    ("2", "ioredis", "pino", "nginx", {"how": "stop"}),
    ("3", "redis-rb", "logger", "logfmt", {"how": "command", "split": "kept-out"}),
    errors="short", rationale="Sentinel promoted the replica; the services went on with the old master's address until they were restarted.",
    also={"app-only": {"acceptable": ["config-change"]}, "server-only": {}})


def run(ctx):
    v = ctx.variant
    master = ctx.redis("redis-0", 6379, maxclients=200, repl_diskless_sync_delay=0)
    replica = ctx.redis("redis-1", 6380, maxclients=200, replicaof=f"127.0.0.1 {master.port}", repl_diskless_sync_delay=0)
    sentinel = ctx.redis("sentinel", 26379, start=False)
    sentinel.conf = {"port": sentinel.port, "bind": "127.0.0.1", "dir": sentinel.dir, "logfile": sentinel.log, "sentinel": [
        f"monitor shop-master 127.0.0.1 {master.port} 1", "down-after-milliseconds shop-master 1500", "failover-timeout shop-master 6000"]}
    sentinel.start_sentinel()
    time.sleep(1.5)
    carts = ctx.service("cart", master, pool=10, workers=6, timeout=1.0)
    orders = ctx.service("orders", master, pool=10, workers=6, timeout=1.0)
    edge = ctx.edge()
    ctx.polls(master, every=6, commands=["INFO replication"])
    ctx.fact("4 requests/s")
    edge.traffic(14, 4, shop(carts, orders))
    if v["how"] == "command":
        sentinel.cli("SENTINEL", "FAILOVER", "shop-master")
        ctx.fact("SENTINEL FAILOVER")
        edge.traffic(16, 3, shop(carts, orders))
    else:
        master.signal(signal.SIGSTOP)
        ctx.fact("the master was stopped (SIGSTOP)")
        edge.traffic(8, 3, shop(carts, orders))
        master.signal(signal.SIGCONT)
        ctx.fact("the old master went on (SIGCONT)")
        edge.traffic(14, 3, shop(carts, orders))
    for service in (carts, orders):
        service.stop()
        service.add_pod(port=replica.port)
    ctx.fact("the services were restarted with the new master's address")
    edge.traffic(10, 4, shop(carts, orders))
