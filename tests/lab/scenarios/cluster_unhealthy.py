"""A cluster of three masters without replicas loses one: its slots are not served."""

import subprocess
import time

from .common import cart, save, variants

CAUSE = "cluster-unhealthy"
EXPECT = {"cluster-down"}
VARIANTS = variants(
    ("1", "redis-py", "asctime", "json"),
    ("2", "ioredis", "pino", "nginx"),
    ("3", "node-redis", "console", "json", {"wrap": "kubectl"}),
    ("4", "redis-py", "logfmt", "logfmt", {"split": "kept-out"}),
    errors="short", acceptable=["redis-down"], rationale="One of three cluster masters was killed for 14 s; cluster-require-full-coverage was on.",
    also={"app-only": {"acceptable": ["redis-down"]}, "server-only": {"acceptable": ["redis-down"]}})


def run(ctx):
    nodes = []
    for n in range(3):
        node = ctx.redis(f"redis-{n}", 7000 + n, cluster_enabled="yes", cluster_node_timeout=1500, maxclients=200,
                         **{"cluster-port": ctx.port(17000 + n)})
        nodes.append(node)
    created = subprocess.run(["redis-cli", "--cluster", "create", *[f"127.0.0.1:{n.port}" for n in nodes], "--cluster-yes"],
                             capture_output=True, text=True, timeout=40)
    assert "All 16384 slots covered" in created.stdout, created.stdout + created.stderr
    time.sleep(1.5)
    carts = ctx.service("cart", nodes[0], host="127.0.0.1", cluster=True, timeout=1.0, workers=8)
    edge = ctx.edge()
    ctx.polls(nodes[0], every=6, commands=["CLUSTER INFO"])
    routes = [cart(carts), save(carts)]
    ctx.fact("4 requests/s on a cluster of three masters")
    edge.traffic(14, 4, routes)
    nodes[2].kill()
    ctx.fact("the third node was killed (SIGKILL)")
    edge.traffic(14, 3, routes)
    nodes[2].start()
    ctx.fact("the third node was started again")
    edge.traffic(14, 4, routes)
