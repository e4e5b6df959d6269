"""A service is scaled from 2 to 5 pods, each with a pool of 10: the step is pods x pool, and passes the limit."""

from .common import cart, save, variants

CAUSE = "pool-oversized-fanout"
EXPECT = {"maxclients-reached"}
VARIANTS = variants(
    ("1", "redis-py", "bracket", "json", {"wrap": "kubectl"}),
    ("2", "ioredis", "winston", "nginx", {"wrap": "kubectl", "combined": False, "also": {
        "app-only": {"answerable": False, "acceptable": ["maxclients-too-low", "network-partition", "redis-down", "unknown"]}}}),
    ("3", "redis-py", "logfmt", "logfmt", {"wrap": "kubectl", "split": "kept-out"}),
    errors="short", acceptable=["maxclients-too-low"],
    rationale="2 pods x 10 connections became 5 pods x 10 (and a second service's 8) against maxclients 50 at the same request rate.",
    also={"app-only": {"answerable": True, "acceptable": ["maxclients-too-low", "idle-connections-kept", "connection-leak"]}})


def run(ctx):
    redis = ctx.redis(maxclients=50)
    catalog = ctx.service("catalog", redis, pods=2, pool=10, warm=10, workers=6)
    carts = ctx.service("cart", redis, pool=16, warm=4, workers=8)
    edge = ctx.edge()
    ctx.polls(redis, every=4, commands=["INFO clients", "INFO stats"], wide=["CLIENT LIST"], wide_every=6, held=True)
    look = {"route": "GET /catalog/{id}", "weight": 8, "calls": [(catalog, [["HGETALL", "sku:{id}"]])]}
    slow_save = save(carts, mode="fresh")
    ctx.fact("catalog has 2 pods, pool 10 each; 4 requests/s")
    edge.traffic(16, 4, [look, cart(carts), slow_save])
    for _ in range(3):
        catalog.add_pod()
    ctx.fact("catalog was scaled to 5 pods; the request rate stayed the same")
    edge.traffic(9 if ctx.variant["lang"] == "ioredis" else 18, 4, [look, cart(carts), slow_save])
    catalog.stop(catalog.processes[2:])
    ctx.fact("catalog was scaled back to 2 pods")
    edge.traffic(10, 4, [look, cart(carts), slow_save])
