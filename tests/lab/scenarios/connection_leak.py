"""One service opens a client for each request and keeps it; requests stay flat; others meet the limit."""

from .common import cart, save, variants

CAUSE = "connection-leak"
EXPECT = {"maxclients-reached"}
VARIANTS = variants(
    ("1", "redis-py", "bracket", "bracket"),
    ("2", "ioredis", "pino", "nginx", {"unhandled": True}),
    ("3", "phpredis", "monolog", "json", {"split": "kept-out"}),
    limit=32, errors="short", acceptable=["maxclients-too-low"],
    rationale="The profile service created a client for each request and never closed it; the request rate was flat; maxclients 32 was ample before.",
    also={"app-only": {"answerable": False, "acceptable": ["maxclients-too-low", "idle-connections-kept", "pool-oversized-fanout", "no-pooling-churn", "traffic-spike"]}})


def run(ctx):
    v = ctx.variant
    redis = ctx.redis(maxclients=v["limit"])
    carts = ctx.service("cart", redis, pool=20, workers=8)
    profiles = ctx.service("profile", redis, pool=6, workers=8)
    edge = ctx.edge()
    ctx.polls(redis, every=5, commands=["INFO clients", "INFO stats"], wide=["CLIENT LIST"], wide_every=5, held=True)
    # The cart reconnects now and then, as services do that close idle connections.
    routes = [cart(carts), save(carts, mode="fresh"),
              {"route": "GET /profile/{id}", "weight": 3, "calls": [(profiles, [["HGETALL", "profile:{id}"]], {"mode": "pool"})]}]
    ctx.fact("4 requests/s")
    edge.traffic(12, 4, routes)
    ctx.fact("a new version of the profile service was started: it keeps a client for each request")
    profiles.stop()
    profiles.add_pod()
    routes[2]["calls"] = [(profiles, [["HGETALL", "profile:{id}"]], {"mode": "keep"})]
    # At the limit for some seconds on a busy machine, too.
    edge.traffic(40, 4, routes)
    ctx.fact("the profile service was rolled back")
    profiles.stop()
    profiles.add_pod()
    routes[2]["calls"] = [(profiles, [["HGETALL", "profile:{id}"]], {"mode": "pool"})]
    edge.traffic(8, 4, routes)
