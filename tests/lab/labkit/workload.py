"""The edge: bounded open-loop load, one trace id a request, one access line a request."""

import random
import threading
import time

from . import logstyles


class Edge:
    def __init__(self, ctx, style="json", name="edge", timeout=8.0, limit=48):
        self.ctx, self.style, self.name, self.timeout = ctx, style, name, timeout
        self.lines, self.limit, self.slots = [], limit, threading.Semaphore(limit)
        self.counts, self.failed = {}, []  # failed: (trace, service that answered with an error)
        self.pod = f"{name}-{ctx.hexid(9)}-{ctx.hexid(5)}"

    def handle(self, route):
        trace = self.ctx.trace_id()
        ident = self.ctx.rng.randint(1000, 9999)
        method, path = route["route"].format(id=ident).split(" ", 1)
        began, status = time.time(), 200
        for service, commands, *rest in route["calls"]:
            options = rest[0] if rest else {}
            filled = [[str(part).replace("{id}", str(ident)).replace("{trace}", trace) for part in one] for one in commands]
            reply = service.call({"trace": trace, "route": f"{method} {path}", "cmds": filled, **options}, self.timeout)
            if reply["status"] >= 400:
                status = reply["status"]
                if not reply.get("edge"):
                    self.failed.append((trace, service.name))
                break
        ended = time.time()
        self.counts[status] = self.counts.get(status, 0) + 1
        self.lines.append((ended, self.pod, logstyles.access(
            self.style, ended, self.name, method, path, status, (ended - began) * 1000, trace, self.ctx.rng)))
        self.slots.release()

    def traffic(self, seconds, rps, routes):
        """Poisson arrivals for about so many seconds (stretched by the run's seed); a request that finds no slot is dropped, so nothing piles up."""
        seconds, rps = seconds * self.ctx.stretch, rps * self.ctx.pace
        weights = [route.get("weight", 1) for route in routes]
        end, threads = time.time() + seconds, []
        while time.time() < end:
            time.sleep(min(4.0 / rps, random.expovariate(rps)))
            if not self.slots.acquire(blocking=False):
                continue
            route = self.ctx.rng.choices(routes, weights)[0]
            thread = threading.Thread(target=self.handle, args=(route,), daemon=True)
            thread.start()
            threads.append(thread)
        return threads

    def once(self, route):
        threading.Thread(target=self.handle, args=(route,), daemon=True).start()

    def background(self, *args):
        thread = threading.Thread(target=self.traffic, args=args, daemon=True)
        thread.start()
        return thread

    def drain(self, seconds=9):
        end = time.time() + seconds
        while time.time() < end and self.slots._value < self.limit:
            time.sleep(0.1)
