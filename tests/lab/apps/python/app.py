"""A small shop service on redis-py. Requests come as JSON lines on stdin, the log goes to stderr."""

import json
import queue
import resource
import sys
import threading
import time

import logsetup
import store

CONFIG = json.load(open(sys.argv[1], encoding="utf-8"))
log = logsetup.configure(CONFIG)
OUT = threading.Lock()


def reply(number, status):
    with OUT:
        sys.stdout.write(json.dumps({"id": number, "status": status}) + "\n")
        sys.stdout.flush()


def handle(cart, request):
    began = time.monotonic()
    logsetup.trace.set(request["trace"])
    try:
        cart.run(request)
    except Exception as error:
        ms = (time.monotonic() - began) * 1000
        if CONFIG.get("errors") == "short":
            log.error("%s failed after %.0fms: %s: %s", request["route"], ms, type(error).__name__, error)
        else:
            log.exception("%s failed after %.0fms", request["route"], ms)
        return reply(request["id"], 500)
    ms = (time.monotonic() - began) * 1000
    log.info("%s 200 %.1fms", request["route"], ms)
    reply(request["id"], 200)


def serve(cart, requests):
    while True:
        handle(cart, requests.get())


def main():
    if CONFIG.get("nofile"):
        resource.setrlimit(resource.RLIMIT_NOFILE, (CONFIG["nofile"], CONFIG["nofile"]))
    cart = store.Store(CONFIG)
    requests = queue.Queue()
    for _ in range(CONFIG.get("workers", 8)):
        threading.Thread(target=serve, args=(cart, requests), daemon=True).start()
    for loop in CONFIG.get("loops", []):
        threading.Thread(target=consume, args=(cart, loop), daemon=True).start()
    log.info("service started, %d workers", CONFIG.get("workers", 8))
    if CONFIG.get("warm"):
        try:
            cart.warm(CONFIG["warm"])
        except Exception:
            log.exception("preload failed")
    for line in sys.stdin:
        requests.put(json.loads(line))


def consume(cart, loop):
    """A queue consumer: takes jobs with the given command for ever."""
    while True:
        logsetup.trace.set("-")
        try:
            job = cart.client.execute_command(*loop)
        except Exception:
            log.exception("job loop error")
            time.sleep(1)
            continue
        if job:
            body = job[-1]
            logsetup.trace.set(body.split("|")[0] if isinstance(body, str) else "-")
            log.info("job processed")


main()
