"""The same service on redis.asyncio: one event loop for everything."""

import asyncio
import json
import sys
import time

import redis.asyncio as redis

import logsetup
from store import burn

CONFIG = json.load(open(sys.argv[1], encoding="utf-8"))
log = logsetup.configure(CONFIG)


async def handle(client, request):
    logsetup.trace.set(request["trace"])
    began, status = time.monotonic(), 200
    try:
        if request.get("cpu_ms"):
            burn(request["cpu_ms"])
        for command in request["cmds"]:
            await client.execute_command(*command)
        log.info("%s 200 %.1fms", request["route"], (time.monotonic() - began) * 1000)
    except Exception as error:
        status, ms = 500, (time.monotonic() - began) * 1000
        if CONFIG.get("errors") == "short":
            log.error("%s failed after %.0fms: %s: %s", request["route"], ms, type(error).__name__, error)
        else:
            log.exception("%s failed after %.0fms", request["route"], ms)
    print(json.dumps({"id": request["id"], "status": status}), flush=True)


async def main():
    client = redis.Redis(host=CONFIG["host"], port=CONFIG["port"], decode_responses=True,
                         socket_timeout=CONFIG.get("socket_timeout"), socket_connect_timeout=CONFIG.get("socket_connect_timeout"),
                         **({"retry": None} if CONFIG.get("retries") == 0 else {}))
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    log.info("service started")
    tasks = set()
    while line := await reader.readline():
        task = asyncio.create_task(handle(client, json.loads(line)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


asyncio.run(main())
