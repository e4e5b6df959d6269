"""The server sits in a network of its own behind a cable; the cable is cut (or swallows packets) and mended."""

from .common import shop, variants

CAUSE = "network-partition"
EXPECT = {"connect-timeout", "command-timeout"}
NEEDS_NAMESPACES = True
VARIANTS = variants(
    ("1", "redis-py", "asctime", "json", {"how": "swallow"}),
    ("2", "ioredis", "pino", "nginx", {"how": "swallow"}),
    ("3", "node-redis", "winston", "json", {"how": "cut"}),
    ("4", "redis-rb", "logger", "logfmt", {"how": "swallow", "split": "kept-out"}),
    errors="short", rationale="The link between the services and the server lost every packet for 14 s; the server itself ran on, idle.",
    also={"app-only": {"acceptable": ["redis-down", "persistence-fork-latency", "slow-commands"]}})


def run(ctx):
    ip = lambda *words: ctx.script("ip", *words, check=True)  # noqa: E731
    ctx.script("mount", "-t", "tmpfs", "tmpfs", "/run")
    ip("netns", "add", "db")
    ip("link", "add", "shop0", "type", "veth", "peer", "name", "db0")
    ip("link", "set", "db0", "netns", "db")
    ip("addr", "add", "10.20.0.1/24", "dev", "shop0")
    ip("link", "set", "shop0", "up")
    inside = ("ip", "netns", "exec", "db")
    for words in (("addr", "add", "10.20.0.5/24", "dev", "db0"), ("link", "set", "db0", "up"), ("link", "set", "lo", "up")):
        ctx.script(*inside, "ip", *words, check=True)
    redis = ctx.redis(bind="127.0.0.1 10.20.0.5", prefix=inside, maxclients=200)
    carts = ctx.service("cart", redis, host="10.20.0.5", pool=10, workers=8, timeout=1.0)
    orders = ctx.service("orders", redis, host="10.20.0.5", pool=10, workers=8, timeout=1.0)
    edge = ctx.edge()
    ctx.polls(redis, every=5, commands=["INFO clients", "INFO server"], wide=["SLOWLOG GET 3"], wide_every=3)
    ctx.fact("4 requests/s; the poller runs beside the server")
    edge.traffic(14, 4, shop(carts, orders))
    if ctx.variant["how"] == "swallow":
        ctx.script(*inside, "ip", "route", "add", "blackhole", "10.20.0.1/32", check=True)
        ctx.fact("a blackhole route swallows what the server sends")
    else:
        ctx.script(*inside, "ip", "link", "set", "db0", "down", check=True)
        ctx.fact("the server's interface was set down")
    edge.traffic(14, 3, shop(carts, orders))
    if ctx.variant["how"] == "swallow":
        ctx.script(*inside, "ip", "route", "del", "blackhole", "10.20.0.1/32")
    else:
        ctx.script(*inside, "ip", "link", "set", "db0", "up")
    ctx.fact("mended")
    edge.traffic(14, 4, shop(carts, orders))
