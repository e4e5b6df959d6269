"""What the service asks of Redis."""

import time

import redis


class Store:
    def __init__(self, config):
        self.config = config
        self.options = {"host": config["host"], "port": config["port"], "decode_responses": True}
        for key in ("socket_timeout", "socket_connect_timeout", "username", "password", "db", "client_name",
                    "ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_cert_reqs", "ssl_check_hostname"):
            if key in config:
                self.options[key] = config[key]
        if "retries" in config:
            from redis.backoff import ConstantBackoff
            from redis.retry import Retry
            self.options["retry"] = Retry(ConstantBackoff(0.05), config["retries"])
        if config.get("ssl"):
            self.options["connection_class"] = redis.SSLConnection
        self.kept = []
        self.client = self.connect()

    def connect(self):
        if self.config.get("cluster"):
            options = {k: v for k, v in self.options.items() if k != "connection_class"}
            return redis.RedisCluster(**options)
        pool = self.config.get("pool", {})
        if pool.get("kind") == "blocking":
            source = redis.BlockingConnectionPool(
                max_connections=pool["max"], timeout=pool.get("timeout", 1), **self.options)
        else:
            source = redis.ConnectionPool(max_connections=pool.get("max", 100), **self.options)
        return redis.Redis(connection_pool=source)

    def warm(self, count):
        """Opens so many connections at the start, as services do that preload their pool."""
        pool, taken = self.client.connection_pool, []
        try:
            for _ in range(count):
                taken.append(pool.get_connection())
        finally:
            for connection in taken:
                pool.release(connection)

    def run(self, request):
        mode = request.get("mode", "pool")
        if mode == "fresh":
            client = self.connect()
            try:
                return self.commands(client, request)
            finally:
                client.connection_pool.disconnect()
        if mode == "keep":
            client = self.connect()
            self.kept.append(client)
            return self.commands(client, request)
        if mode == "session":
            with self.client.client() as client:
                return self.commands(client, request)
        return self.commands(self.client, request)

    def commands(self, client, request):
        if request.get("cpu_ms"):
            burn(request["cpu_ms"])
        for n, command in enumerate(request["cmds"]):
            if n and request.get("pause_ms"):
                time.sleep(request["pause_ms"] / 1000)
            client.execute_command(*command)


def burn(ms):
    """Renders a report in pure Python."""
    end, rows = time.monotonic() + ms / 1000, 0
    while time.monotonic() < end:
        rows += len(",".join(str(n * n) for n in range(2000)))
    return rows
