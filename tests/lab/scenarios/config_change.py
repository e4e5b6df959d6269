"""A service is deployed with a wrong setting, or a server setting is changed, right before the onset."""

from .common import cart, save, session, variants

CAUSE = "config-change"
EXPECT = {"config-error", "connection-refused", "maxclients-reached"}
VARIANTS = variants(
    ("1", "redis-py", "asctime", "json", {"how": "database"}),
    ("2", "ioredis", "pino", "nginx", {"how": "port"}),
    ("3", "node-redis", "console", "json", {"how": "maxclients", "wrap": "kubectl"}),
    ("4", "redis-rb", "logger", "logfmt", {"how": "port", "split": "kept-out"}),
    errors="short", acceptable=[], rationale="")
_WHY = {
    "database": "The new version of the cart service was deployed with database 20; the server has 16.",
    "port": "The new version of the cart service was deployed with port 6390, on which nothing listens; the others kept the right one.",
    "maxclients": "maxclients was lowered from 200 to 6 with CONFIG SET.",
}
for _one in VARIANTS:
    _one["rationale"] = _WHY[_one["how"]]
    if _one["how"] == "maxclients":
        _one["acceptable"] = ["maxclients-too-low"]
        _one["also"] = {"app-only": {"answerable": False, "acceptable": ["maxclients-too-low", "connection-leak", "traffic-spike", "idle-connections-kept"]}}
    elif _one["how"] == "port":
        _one["acceptable"] = []
        _one["also"] = {"app-only": {"acceptable": []}}
    else:
        _one["also"] = {"app-only": {}}


def run(ctx):
    how = ctx.variant["how"]
    redis = ctx.redis(maxclients=200)
    carts = ctx.service("cart", redis, pool=10, workers=8)
    sessions = ctx.service("sessions", redis, pool=10, workers=8)
    edge = ctx.edge()
    ctx.polls(redis, every=5, commands=["INFO clients", "INFO stats"], held=True)
    routes = [cart(carts), save(carts), session(sessions)]
    if how == "maxclients":
        routes.append({"route": "GET /quotes/{id}", "weight": 14, "calls": [(sessions, [["GET", "quote:{id}"], ["TTL", "quote:{id}"]], {"mode": "fresh", "pause_ms": 2000})]})
    ctx.fact("4 requests/s")
    edge.traffic(14, 4, routes)
    if how == "maxclients":
        redis.cli("CONFIG", "SET", "maxclients", "6")
        ctx.fact("CONFIG SET maxclients 6")
    else:
        carts.stop()
        if how == "port":
            carts.add_pod(port=6390)
        elif ctx.variant["lang"] == "ioredis":
            carts.add_pod(ioredis={"db": 20})
        else:
            carts.add_pod(db=20)
        ctx.fact("the cart service was deployed anew: " + _WHY[how])
    edge.traffic(9 if how == "maxclients" else 16, 4, routes)
    if how == "maxclients":
        redis.cli("CONFIG", "SET", "maxclients", "200")
    else:
        carts.stop()
        carts.add_pod()
    ctx.fact("taken back")
    edge.traffic(10, 4, routes)
