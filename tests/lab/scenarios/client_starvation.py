"""One service computes on the thread that reads its replies; the others use the same server well."""

from .common import cart, save, session, variants

CAUSE = "client-starvation"
EXPECT = {"command-timeout", "connect-timeout"}
VARIANTS = variants(
    ("1", "ioredis", "pino", "json"),
    ("2", "node-redis", "console", "nginx", {"wrap": "kubectl"}),
    ("3", "redis-py-async", "logfmt", "logfmt", {"split": "kept-out"}),
    errors="short", rationale="The export service blocked its event loop for more than half a second at a time; carts used the same server without trouble.",
    also={"app-only": {"acceptable": ["slow-commands", "pool-misconfigured"]}, "no-polls": {}})


def run(ctx):
    v = ctx.variant
    redis = ctx.redis(maxclients=200)
    carts = ctx.service("cart", redis, pool=10, workers=8, timeout=0.25, retries=0)
    exports = ctx.service("export", redis, workers=20, timeout=0.25, retries=0)
    mode = {"mode": "fresh"} if v["lang"] == "node-redis" else {}  # its command timeout ends once a command is sent
    edge = ctx.edge()
    ctx.polls(redis, every=5, commands=["INFO clients"], wide=["SLOWLOG GET 5", "INFO commandstats"], wide_every=3)
    look = {"route": "GET /export/{id}", "weight": 10, "calls": [(exports, [["GET", "export:{id}"]], mode)]}
    ctx.fact("5 requests/s")
    edge.traffic(14, 5, [cart(carts), save(carts), session(carts), look])
    burst = {"cpu_ms": 600}
    render = {"route": "POST /export/{id}/render", "weight": 1, "calls": [(exports, [["GET", "export:{id}"], ["SET", "export:{id}", "done", "EX", "60"]], burst)]}
    ctx.fact("export began to render reports of 0.6 s on its main thread")
    # A connect fails only where one block follows another at once: nine tenths of the time.
    edge.background(18, 1.5 if v["lang"] == "node-redis" else 1.1, [render])
    edge.traffic(20, 5, [cart(carts), save(carts), session(carts), look])
    edge.traffic(10, 5, [cart(carts), save(carts), session(carts), look])
