#!/usr/bin/env python3
"""Breaks real redis-server processes on purpose and records what clients, servers and polls say.

    python3 tests/lab/lab.py --out DIR [--only cause[/variant]] [--quick] [--seed N] [--list]
"""

import argparse
import concurrent.futures
import importlib
import json
import os
import pkgutil
import subprocess
import sys
import tempfile
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import scenarios  # noqa: E402
from labkit import record, tools  # noqa: E402
from labkit.ctx import Ctx  # noqa: E402

FIRST_PORT, LAST_PORT, PORTS_PER_RUN = 17200, 17399, 8
ONE_RUN_SECONDS = 150


def load():
    """Every scenario module: its cause, and its variants in order."""
    found = {}
    for module in pkgutil.iter_modules(scenarios.__path__):
        scenario = importlib.import_module(f"scenarios.{module.name}")
        if hasattr(scenario, "CAUSE"):
            found[scenario.CAUSE] = scenario
            keep_few(scenario.VARIANTS)
    return found


def keep_few(variants):
    """The applications' lines alone are written again only for the first run of each split: they are big."""
    seen = set()
    for variant in variants:
        split = variant.get("split", "tune")
        if split in seen:
            variant["also"] = {k: v for k, v in variant.get("also", {}).items() if k not in ("app-only", "no-polls")}
        seen.add(split)


def chosen(args, found):
    runs, skipped, built_here = [], [], 0
    for cause, scenario in sorted(found.items()):
        variants = scenario.VARIANTS
        if args.only:
            wanted = [only.split("/") for only in args.only]
            variants = [v for v in variants
                        if any(w[0] == cause and (len(w) == 1 or w[1] == v["id"]) for w in wanted)]
        if args.quick:
            able = [v for v in variants if not needs(v, scenario, args)]
            rust = [v for v in able if v["lang"] == "redis-rs"]
            built_here += bool(rust)
            # Of the causes that redis-rs can show every other one is shown by it.
            turn = rust if rust and (built_here + args.seed) % 2 else able
            few = min(getattr(scenario, "QUICK", 1), len(turn))
            variants = [turn[(args.seed + n) % len(turn)] for n in range(few)] or variants[:1]
        for variant in variants:
            missing = needs(variant, scenario, args)
            (skipped if missing else runs).append((cause, variant["id"], missing))
    return runs, skipped


def needs(variant, scenario, args):
    missing = [lang for lang in [variant["lang"], *variant.get("langs", [])] if not tools.client_version(lang)]
    if not tools.redis_server():
        missing.append("redis-server")
    if getattr(scenario, "NEEDS_NAMESPACES", False) and (args.no_namespaces or not tools.namespaces()):
        missing.append("namespaces (unshare)")
    return missing


def run_one(args, found):
    """In a process of its own, in its own namespaces where the machine allows it."""
    cause, variant_id = args.one.split("/")
    scenario = found[cause]
    variant = next(v for v in scenario.VARIANTS if v["id"] == variant_id)
    own_net = os.environ.get("LAB_OWN_NAMESPACES") == "1"
    if getattr(scenario, "NEEDS_NAMESPACES", False) and not own_net:
        sys.exit(f"{cause} mounts files and changes the network: it never runs outside of its own namespaces")
    ctx = Ctx(cause, variant, args.seed, tempfile.mkdtemp(prefix="lab-"), own_net, args.port_base)
    try:
        try:
            scenario.run(ctx)
        finally:
            ctx.close()
        rows = record.write(ctx, args.out)
        expected = getattr(scenario, "EXPECT", set())
        if expected and not expected & set(rows[0]["symptoms"]):
            record.discard(args.out, rows)
            raise RuntimeError(f"the system did not break: none of {sorted(expected)} in the lines")
        for row in rows:
            print(json.dumps(row))
    except Exception:
        traceback.print_exc()
        return 1
    finally:
        ctx.remove()
    return 0


def spawn(args, number, cause, variant):
    span = (LAST_PORT - FIRST_PORT + 1) // PORTS_PER_RUN
    argv = [sys.executable, os.path.abspath(__file__), "--one", f"{cause}/{variant}", "--out", args.out,
            "--seed", str(args.seed), "--port-base", str(FIRST_PORT + number % span * PORTS_PER_RUN)]
    env = dict(os.environ)
    if tools.namespaces() and not args.no_namespaces:
        argv = ["unshare", "-n", "-m", "-u", "-p", "-f", "--kill-child", "--mount-proc", *argv]
        env["LAB_OWN_NAMESPACES"] = "1"
    with tempfile.TemporaryDirectory(prefix="whyredis-lab-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)  # a server that runs as nobody must reach its files
        env["TMPDIR"] = folder
        try:
            for _ in range(3):  # a busy machine may blunt the break
                done = subprocess.run(argv, capture_output=True, text=True, timeout=ONE_RUN_SECONDS, env=env)
                if done.returncode == 0:
                    break
        except subprocess.TimeoutExpired:
            return [], f"{cause}/{variant}: over {ONE_RUN_SECONDS} s"
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if done.stderr.strip():
        sys.stderr.write(done.stderr)
    return rows, None if done.returncode == 0 and rows else f"{cause}/{variant}: failed"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", help="folder for the recorded runs")
    parser.add_argument("--only", action="append", help="a cause, or cause/variant; may be repeated")
    parser.add_argument("--quick", action="store_true", help="one fresh run of each cause that is fast")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=6, help="runs at the same time")
    parser.add_argument("--list", action="store_true", help="only show the runs, and what would be skipped")
    parser.add_argument("--no-namespaces", action="store_true", help="use ports 17200-17399 on loopback")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--port-base", type=int, default=FIRST_PORT, help=argparse.SUPPRESS)
    args = parser.parse_args()
    found = load()
    if args.one:
        sys.exit(run_one(args, found))

    required = os.environ.get("WHYREDIS_LAB_REQUIRED") == "1"
    for lang in tools.LANGS:
        print(f"{lang}: {tools.client_version(lang) or 'missing'}")
    print(f"redis-server: {tools.redis_server() or 'missing'}")
    print(f"namespaces: {'yes' if tools.namespaces() else 'no (loopback ports instead)'}")
    if required and not (tools.redis_server() and tools.client_version("redis-py")):
        sys.exit("the lab is required, but redis-server or redis-py is missing")
    runs, skipped = chosen(args, found)
    for cause, variant, missing in skipped:
        print(f"skipped {cause}/{variant}: no {', '.join(missing)}")
    if args.list:
        for cause, variant, _ in runs:
            print(f"{cause}/{variant}")
        return
    if not args.out:
        parser.error("--out is needed")
    args.out = os.path.abspath(args.out)
    os.makedirs(args.out, exist_ok=True)
    failures = 0
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        jobs = [pool.submit(spawn, args, n, cause, variant) for n, (cause, variant, _) in enumerate(runs)]
        for job in concurrent.futures.as_completed(jobs):
            rows, failure = job.result()
            for row in rows:
                print("{case:44} {lang:10} {style:8} {inputs:12} {split:9} {lines:5} lines {bytes:7} bytes  {0}".format(
                    ",".join(row["symptoms"]), **row), flush=True)
            if failure:
                failures += 1
                print("FAILED " + failure, flush=True)
    if failures and required:
        sys.exit(1)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
