"""Writes a finished run: the input files of each variant, label.json, ABOUT.md."""

import json
import os
import re
import shutil
import sys

from . import logstyles, symptoms, tools

LIMIT = 150_000


def sanitise(ctx, text):
    """No path of this machine, no password, no host name."""
    rules = [
        (re.escape(os.path.join(tools.APPS, "")) + r"(?:python|node|ruby|php|rust)/", "/srv/app/"),
        (re.escape(os.path.realpath(tools.VENV)) + r"/lib/python[\d.]+/site-packages/", "/usr/lib/python3/dist-packages/"),
        (re.escape(tools.VENV) + r"/lib/python[\d.]+/site-packages/", "/usr/lib/python3/dist-packages/"),
        (r"(?:/root|/home/\w+)/\.pyenv/versions/[\d.]+/lib/", "/usr/lib/"),
        (re.escape(tools.NODE_DIR) + "/node_modules/", "/srv/app/node_modules/"),
        (re.escape(os.path.realpath(tools.NODE_DIR)) + "/node_modules/", "/srv/app/node_modules/"),
        (r"/root/\.cargo/registry/src/[^/]+/", "/usr/local/cargo/registry/src/"),
        (re.escape(ctx.tmp) + r"/?", "/data/"),
    ]
    text = re.sub(r'("password": )"[^"]*"', r'\1"..."', text)
    for pattern, replacement in rules:
        text = re.sub(pattern, lambda _: replacement, text)
    return text


def merge(lines, kind):
    """Lines in arrival order; a traceback's lines share their second and keep their order (the sort is stable)."""
    return [logstyles.wrap(kind, when, pod, line) for when, pod, line in sorted(lines, key=lambda x: x[0])]


def app_files(ctx):
    kind = ctx.variant.get("wrap", "plain")
    files = {}
    if kind == "kubectl" and ctx.variant.get("combined", True):
        every = [line for service in ctx.services for line in service.lines]
        edge = ctx.edge_process.lines if ctx.edge_process else []
        files["app-all.log"] = merge(every + edge, kind)
        return files
    for service in ctx.services:
        name = f"app-{service.name}.log"
        files.setdefault(name, [])
        files[name] += merge(service.lines, kind)
    if ctx.edge_process:
        files["edge.log"] = merge(ctx.edge_process.lines, kind)
    return files


def all_files(ctx):
    files = {"app": app_files(ctx), "server": {}, "polls": {}}
    for server in ctx.servers:
        text = server.read_log()
        if text:
            files["server"][f"{server.name}.log"] = text.rstrip("\n").split("\n")
    for n, polls in enumerate(ctx.polls_list):
        files["polls"]["polls.log" if n == 0 else f"polls-{polls.server.name}.log"] = polls.lines
    files["server"].update({k: v for k, v in ctx.extra_logs.items()})
    return files


PARTS = {"all": ("app", "server", "polls"), "app-only": ("app",), "no-polls": ("app", "server"),
         "server-only": ("server",), "server-and-polls": ("server", "polls")}


def write(ctx, out):
    """Records the run, and each further input variant of it; returns rows for the table."""
    found, rows = all_files(ctx), []
    base = {"root_cause": ctx.variant.get("root_cause", ctx.cause), "acceptable": [], "answerable": True,
            "split": "tune", "inputs": "all", "rationale": ""}
    base.update({k: v for k, v in ctx.variant.items() if k in base})
    recorded = [(ctx.variant["id"], base)]
    for inputs, changes in ctx.variant.get("also", {}).items():
        recorded.append((f"{ctx.variant['id']}-{inputs}", {**base, "inputs": inputs, **changes}))
    for name, label in recorded:
        files = {}
        for part in PARTS[label["inputs"]]:
            files.update(found[part])
        rows.append(write_one(ctx, os.path.join(out, f"{ctx.cause}-{name}"), files, label))
    return rows


def speechless(ctx):
    """Traces of failed requests of which no line says more than `Error`: nothing ties them to Redis."""
    said = {}
    for _, _, line in (line for service in ctx.services for line in service.lines):
        reason, trace = re.search(r"failed after \d+ms: (.*)", line), re.search(r"\b[0-9a-f]{32}\b", line)
        if reason and trace:
            said.setdefault(trace.group(), []).append(reason.group(1))
    return {trace for trace, reasons in said.items() if all(re.match(r'Error(?:"|$)', reason) for reason in reasons)}


def discard(out, rows):
    for row in rows:
        shutil.rmtree(os.path.join(out, row["case"]), ignore_errors=True)


def write_one(ctx, folder, files, label):
    os.makedirs(folder, exist_ok=True)
    for old in os.listdir(folder):
        os.remove(os.path.join(folder, old))
    total, count, texts = 0, 0, {}
    for name, lines in files.items():
        text = sanitise(ctx, "\n".join(lines)) + "\n"
        texts[name] = text
        total, count = total + len(text.encode()), count + text.count("\n")
        with open(os.path.join(folder, name), "w", encoding="utf-8") as out:
            out.write(text)
    # What the edge saw fail; ids are cut, the files hold them whole.
    failed = set()
    if ctx.edge_process and label["inputs"] not in ("server-only", "server-and-polls"):
        failed.update(ctx.edge_process.failed)
        failed.update((trace, service.name) for service in ctx.services for trace in service.failed_late())
    failed = {(trace, name) for trace, name in failed if trace not in speechless(ctx)}
    services = {name for _, name in failed}
    if services:
        services.update(service.name for service in ctx.services if service.complains())
    affected = {"services": sorted(services), "traces": " ".join(sorted(trace[:8] for trace, _ in failed))}
    label = {"root_cause": label["root_cause"], "acceptable": label["acceptable"], "symptoms": symptoms.in_texts(texts),
             "answerable": label["answerable"], "split": label["split"], "inputs": label["inputs"],
             "langs": sorted({service.lang for service in ctx.services}),
             "rationale": label["rationale"], "affected": affected}
    with open(os.path.join(folder, "label.json"), "w", encoding="utf-8") as out:
        json.dump(label, out, indent=2)
        out.write("\n")
    with open(os.path.join(folder, "ABOUT.md"), "w", encoding="utf-8") as out:
        out.write(sanitise(ctx, about(ctx, files, label)))
    if total > LIMIT:
        print(f"warning: {os.path.basename(folder)} has {total} bytes", file=sys.stderr)
    return {"case": os.path.basename(folder), "lang": ctx.variant["lang"], "style": ctx.variant["style"],
            "inputs": label["inputs"], "split": label["split"], "lines": count, "bytes": total,
            "symptoms": label["symptoms"]}


def about(ctx, files, label):
    langs = sorted({service.lang for service in ctx.services})
    out = [f"# {ctx.cause}-{ctx.variant['id']}", "",
           f"A recorded run of the lab (`tests/lab`), seed {ctx.seed}: real processes, real clients, nothing written by hand"
           + ("" if not ctx.variant.get("synthetic") else f", except: {ctx.variant['synthetic']}") + ".", "",
           "    python3 tests/lab/lab.py --out DIR --only " + f"{ctx.cause}/{ctx.variant['id']} --seed {ctx.seed}", "",
           f"Given: {label['inputs']} ({', '.join(sorted(files))}).", "", "## Versions", "",
           f"- redis-server {tools.redis_server()}"]
    out += [f"- {lang} {tools.client_version(lang)} on {tools.runtime_version(lang)}" for lang in langs]
    out += ["", "## Servers", ""]
    for server in ctx.servers:
        shown = "; ".join(line for line in server.conf_lines() if not line.startswith(("dir ", "logfile ", "requirepass")))
        out.append(f"- {server.name}: `{shown}`")
    out += ["", "## Services", ""]
    for service in ctx.services:
        shown = {k: v for k, v in service.config.items() if k not in ("service", "password", "env")}
        out.append(f"- {service.name}: {service.lang}, {len({p.pod for p in service.processes})} pods, `{json.dumps(shown)}`")
    out += ["", "## What was done (seconds since the run began)", ""]
    out += [f"- {when:.1f} {text}" for when, text in ctx.facts]
    return "\n".join(out) + "\n"
