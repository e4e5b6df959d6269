"""The same wish (a timeout, a pool, a password) in each client library's own options."""


def translate(lang, timeout=None, connect_timeout=None, pool=None, pool_wait=None, retries=None, username=None,
              password=None, db=None, ca=None, **rest):
    """`pool` is a size; `pool_wait` the seconds that a caller waits for a connection (none: it does not wait)."""
    out = dict(rest)
    if lang.startswith("redis-py"):
        _set(out, socket_timeout=timeout, socket_connect_timeout=connect_timeout or timeout, retries=retries,
             username=username, password=password, db=db)
        if pool:
            out["pool"] = {"max": pool, **({"kind": "blocking", "timeout": pool_wait} if pool_wait else {})}
        if ca:
            out.update(ssl=True, ssl_ca_certs=ca)
    elif lang == "ioredis":
        options = dict(out.pop("ioredis", {}))
        _set(options, commandTimeout=_ms(timeout), connectTimeout=_ms(connect_timeout or timeout),
             maxRetriesPerRequest=retries, username=username, password=password, db=db)
        if ca:
            options["tls"] = {"caFile": ca}
        out["ioredis"] = options
        if pool:
            out["pool"] = {"max": pool, "timeout": pool_wait or 1}
    elif lang == "node-redis":
        socket, options = {}, {}
        _set(socket, connectTimeout=_ms(connect_timeout or timeout))
        _set(options, username=username, password=password, database=db)
        if timeout:
            options["commandOptions"] = {"timeout": _ms(timeout)}
        if ca:
            socket.update(tls=True, caFile=ca)
        out.update(socket=socket, node_redis=options)
        if pool:
            out["pool"] = {"max": pool, "timeout": pool_wait or 1}
    else:
        _set(out, timeout=timeout, read_timeout=timeout, username=username, password=password, db=db,
             reconnect_attempts=retries, ca_file=ca, ssl=True if ca else None)
        if pool:
            out["pool"] = {"max": pool, "timeout": pool_wait or 1}
    if lang == "phpredis":
        out["processes"] = min(pool or 4, 8)  # php-fpm: one connection a worker process
    return out


def _ms(seconds):
    return None if seconds is None else int(seconds * 1000)


def _set(target, **values):
    target.update({key: value for key, value in values.items() if value is not None})
