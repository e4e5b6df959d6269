"""A password is changed, or a user loses a right, and services keep the old one."""

from .common import shop, variants

CAUSE = "auth-or-acl"
EXPECT = {"auth-failed", "acl-denied"}
VARIANTS = variants(
    ("1", "redis-py", "asctime", "json", {"how": "password"}),
    ("2", "ioredis", "pino", "nginx", {"how": "rights"}),
    ("3", "node-redis", "console", "json", {"how": "password", "wrap": "kubectl"}),
    ("4", "phpredis", "monolog", "logfmt", {"how": "rights", "split": "kept-out"}),
    ("5", "redis-rb", "logfmt", "logfmt", {"how": "required", "split": "kept-out"}),
    ("6", "redis-rs", "tracing", "json", {"how": "rights"}),
    errors="short", acceptable=["config-change"], rationale="The server's credentials or rights were changed under running services.",
    also={"app-only": {}})


def run(ctx):
    how = ctx.variant["how"]
    redis = ctx.redis(maxclients=200)
    login = {}
    if how != "required":
        redis.cli("ACL", "SETUSER", "shop", "on", ">first-secret", "~*", "+@all")
        login = {"username": "shop", "password": "first-secret"}
    pool = 2 if ctx.variant["lang"] == "node-redis" else 6
    carts = ctx.service("cart", redis, pool=pool, workers=6, **login)
    orders = ctx.service("orders", redis, pool=pool, workers=6, **login)
    edge = ctx.edge()
    ctx.polls(redis, every=6, commands=["INFO clients", "INFO stats"], wide=["ACL LOG"], wide_every=4, held=how == "required")
    ctx.fact("4 requests/s")
    edge.traffic(14, 4, shop(carts, orders))
    if how == "password":
        redis.cli("ACL", "SETUSER", "shop", "resetpass", ">second-secret")
        redis.cli("CLIENT", "KILL", "USER", "shop")
        ctx.fact("the password of user shop was changed and its clients were disconnected")
    elif how == "required":
        redis.cli("CONFIG", "SET", "requirepass", "first-secret")
        for service in (carts, orders):
            service.stop()
            service.add_pod()
        ctx.fact("requirepass was set, and the services were restarted without a password")
    else:
        redis.cli("ACL", "SETUSER", "shop", "-set", "-incr")
        ctx.fact("user shop lost SET and INCR")
    edge.traffic(12, 3, shop(carts, orders))
    if how == "password":
        redis.cli("ACL", "SETUSER", "shop", ">first-secret")
    elif how == "required":
        redis.cli("-a", "first-secret", "CONFIG", "SET", "requirepass", "")
    else:
        redis.cli("ACL", "SETUSER", "shop", "+@all")
    ctx.fact("the change was taken back")
    edge.traffic(10, 4, shop(carts, orders))
