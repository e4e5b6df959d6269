"""Finds what is installed. Whatever is missing is named, and its runs are skipped."""

import os
import shutil
import subprocess
from functools import lru_cache

PREFIX = os.environ.get("WHYREDIS_LAB_HOME", "/tmp/whyredis-lab")
VENV = os.environ.get("WHYREDIS_LAB_VENV", os.path.join(PREFIX, "venv"))
NODE_DIR = os.environ.get("WHYREDIS_LAB_NODE", os.path.join(PREFIX, "node"))
RUST_BIN = os.environ.get("WHYREDIS_LAB_RUST", os.path.join(PREFIX, "rust", "lab-app"))
APPS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "apps")


def _output(*argv, **kwargs):
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=20, **kwargs)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


@lru_cache(None)
def redis_server():
    """`7.0.15`, or None."""
    text = shutil.which("redis-server") and _output("redis-server", "--version")
    return text.split("v=")[1].split()[0] if text else None


@lru_cache(None)
def python():
    venv = os.path.join(VENV, "bin", "python3")
    return venv if os.path.exists(venv) else shutil.which("python3")


@lru_cache(None)
def client_version(lang):
    """The version of a client library, or None where the language or the client is missing."""
    if lang.startswith("redis-py"):
        return _output(python(), "-c", "import redis; print(redis.__version__)")
    if lang in ("ioredis", "node-redis"):
        package = {"ioredis": "ioredis", "node-redis": "redis"}[lang]
        return shutil.which("node") and _output(
            "node", "-p", f"require('{package}/package.json').version", cwd=NODE_DIR)
    if lang == "redis-rb":
        return shutil.which("ruby") and _output("ruby", "-e", "require 'redis'; print Redis::VERSION")
    if lang == "phpredis":
        return shutil.which("php") and _output("php", "-r", "echo phpversion('redis');") or None
    if lang == "redis-rs":
        return os.access(RUST_BIN, os.X_OK) and _output(RUST_BIN, "--version") or None
    raise ValueError(lang)


@lru_cache(None)
def runtime_version(lang):
    if lang.startswith("redis-py"):
        return _output(python(), "--version")
    if lang in ("ioredis", "node-redis"):
        return "Node.js " + (_output("node", "--version") or "?")
    if lang == "redis-rb":
        return _output("ruby", "-e", "print 'Ruby ' + RUBY_VERSION")
    if lang == "phpredis":
        return _output("php", "-r", "echo 'PHP ' . PHP_VERSION;")
    return "Rust"


LANGS = ("redis-py", "ioredis", "node-redis", "redis-rb", "phpredis", "redis-rs")


def command(lang, config_path):
    """The command that starts one service process."""
    if lang == "redis-py":
        return [python(), "-u", os.path.join(APPS, "python", "app.py"), config_path]
    if lang == "redis-py-async":
        return [python(), "-u", os.path.join(APPS, "python", "app_async.py"), config_path]
    if lang in ("ioredis", "node-redis"):
        return ["node", os.path.join(APPS, "node", f"{lang}.js"), config_path]
    if lang == "redis-rb":
        return ["ruby", os.path.join(APPS, "ruby", "app.rb"), config_path]
    if lang == "phpredis":
        return ["php", "-d", "html_errors=0", os.path.join(APPS, "php", "app.php"), config_path]
    return [RUST_BIN, config_path]


@lru_cache(None)
def namespaces():
    """Whether a run can have its own network, mounts, host name and process ids."""
    return _output("unshare", "-n", "-m", "-u", "-p", "-f", "--mount-proc", "true") is not None
