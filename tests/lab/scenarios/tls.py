"""The server's certificate changes to one that clients do not trust, or the port begins to speak TLS."""

from labkit import certificates

from .common import shop, variants

CAUSE = "tls"
EXPECT = {"tls-failure"}
VARIANTS = variants(
    ("1", "redis-py", "asctime", "json", {"how": "authority"}),
    ("2", "ioredis", "pino", "nginx", {"how": "authority"}),
    ("3", "node-redis", "winston", "json", {"how": "plain"}),
    ("4", "redis-rb", "logger", "logfmt", {"how": "plain", "split": "kept-out"}),
    errors="short", acceptable=["config-change"], rationale="",
    also={"app-only": {"answerable": True}, "server-only": {}})
for _one in VARIANTS:
    if _one["how"] == "authority":
        _one["rationale"] = "The server was restarted with a certificate of an authority that the services do not trust."
        _one["also"] = {"app-only": {}, "server-only": {"answerable": True, "acceptable": ["config-change"]}}
    else:
        _one["rationale"] = "The server was restarted with TLS on its port; the services went on in plain text."
        _one["also"] = {"app-only": {"answerable": False, "acceptable": ["config-change", "redis-down", "network-partition", "server-bug"]},
                        "server-only": {}}


def run(ctx):
    how = ctx.variant["how"]
    first, second = certificates.authority(ctx, "ca-one"), certificates.authority(ctx, "ca-two")
    one, two = certificates.server(ctx, "server-one", first), certificates.server(ctx, "server-two", second)
    ctx.tls_cli = ["--tls", "--cacert", first[1]]
    secure = {"tls-cert-file": one[1], "tls-key-file": one[0], "tls-ca-cert-file": first[1], "tls-auth-clients": "no"}
    redis = ctx.redis(start=False, maxclients=200)
    plain_port = redis.port
    if how == "authority":
        redis.conf.update({"port": 0, "tls-port": plain_port, **secure})
    redis.start()
    security = {"ca": first[1]} if how == "authority" else {}
    carts = ctx.service("cart", redis, pool=4, workers=4, timeout=2.0, **security)
    orders = ctx.service("orders", redis, pool=4, workers=4, timeout=2.0, **security)
    edge = ctx.edge()
    ctx.fact("4 requests/s")
    edge.traffic(12, 4, shop(carts, orders))
    redis.terminate()
    if how == "authority":
        redis.conf.update({"tls-cert-file": two[1], "tls-key-file": two[0]})
        ctx.fact("the server was restarted with a certificate of another authority")
    else:
        redis.conf.update({"port": 0, "tls-port": plain_port, **secure})
        ctx.fact("the server was restarted with tls-port instead of port")
    redis.start(wait=False)
    edge.traffic(16, 3, shop(carts, orders))
    redis.terminate()
    if how == "authority":
        redis.conf.update({"tls-cert-file": one[1], "tls-key-file": one[0]})
    else:
        redis.conf.pop("tls-port")
        redis.conf["port"] = plain_port
    redis.start()
    ctx.fact("the change was taken back")
    edge.traffic(10, 4, shop(carts, orders))
