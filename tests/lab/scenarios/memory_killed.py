"""The kernel kills redis-server for memory. The kill is real (SIGKILL); the kernel's line is synthetic."""

import signal
import time

from .common import shop, variants

CAUSE = "memory-killed"
EXPECT = {"connection-refused"}
VARIANTS = variants(
    ("1", "redis-py", "asctime", "json"),
    ("2", "ioredis", "pino", "nginx", {"wrap": "kubectl"}),
    ("3", "redis-rb", "logger", "logfmt", {"split": "kept-out"}),
    errors="short", acceptable=["out-of-memory"],
    synthetic="kernel.log, whose lines follow the kernel's format for such a kill (a real one would have needed a memory cgroup)",
    rationale="redis-server was killed with signal 9; the kernel log shows the out-of-memory kill of it; it was started again 8 s later.",
    also={"app-only": {"root_cause": "redis-down", "acceptable": ["memory-killed"], "rationale": "From the applications' lines alone: the server went away and came back."}})


def run(ctx):
    redis = ctx.redis(maxclients=200)
    carts = ctx.service("cart", redis, pool=10, workers=6)
    orders = ctx.service("orders", redis, pool=10, workers=6)
    edge = ctx.edge()
    ctx.polls(redis, every=5, commands=["INFO memory"])
    ctx.fact("4 requests/s")
    edge.traffic(14, 4, shop(carts, orders))
    pid = redis.process.pid
    redis.signal(signal.SIGKILL)
    ctx.extra_logs["kernel.log"] = kernel(time.time(), pid)
    ctx.fact("SIGKILL to redis-server; kernel.log written")
    edge.traffic(8, 3, shop(carts, orders))
    redis.start()
    ctx.fact("redis-server was started again")
    edge.traffic(12, 4, shop(carts, orders))


def kernel(when, pid):
    stamp = time.strftime("%b %e %H:%M:%S", time.gmtime(when))
    up = 812345.221904
    rows = [
        "redis-server invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=985",
        "memory: usage 524288kB, limit 524288kB, failcnt 1873",
        "Tasks state (memory values in pages):",
        "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name",
        f"[{pid:7d}]   999 {pid:5d}   152013   129872  1171456        0           985 redis-server",
        f"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=cri-containerd-4b1c.scope,mems_allowed=0,oom_memcg=/kubepods.slice/kubepods-burstable.slice,task_memcg=/kubepods.slice/kubepods-burstable.slice/cri-containerd-4b1c.scope,task=redis-server,pid={pid},uid=999",
        f"Memory cgroup out of memory: Killed process {pid} (redis-server) total-vm:608052kB, anon-rss:516204kB, file-rss:3284kB, shmem-rss:0kB, UID:999 pgtables:1144kB oom_score_adj:985",
    ]
    return [f"{stamp} node-1 kernel: [{up + n / 1000:.6f}] {row}" for n, row in enumerate(rows)]
