#!/usr/bin/env bash
# Installs what the lab needs into a folder: tests/lab/setup.sh DIR (default /tmp/whyredis-lab).
# Then: WHYREDIS_LAB_HOME=DIR python3 tests/lab/lab.py --out OUT --quick
# LAB_LANGS chooses the clients: "python node" is enough for --quick; "ruby php rust" add the others.
set -euo pipefail

dir=${1:-${WHYREDIS_LAB_HOME:-/tmp/whyredis-lab}}
langs=${LAB_LANGS:-python node ruby php rust}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$dir"

has() { [[ " $langs " == *" $1 "* ]]; }

packages=()
command -v redis-server >/dev/null || packages+=(redis-server)
command -v redis-sentinel >/dev/null || packages+=(redis-sentinel)
command -v openssl >/dev/null || packages+=(openssl)
command -v ip >/dev/null || packages+=(iproute2)
python3 -c 'import venv, ensurepip' 2>/dev/null || packages+=(python3-venv)
if has ruby && ! ruby -e 'require "redis"; require "connection_pool"' 2>/dev/null; then
  packages+=(ruby ruby-redis ruby-connection-pool)
fi
if has php && ! php -r 'exit(extension_loaded("redis") ? 0 : 1);' 2>/dev/null; then
  packages+=(php-cli php-redis)
fi
if has node && ! command -v node >/dev/null; then
  packages+=(nodejs npm)
fi
if ((${#packages[@]})); then
  sudo=
  [[ $(id -u) -eq 0 ]] || sudo=sudo
  export DEBIAN_FRONTEND=noninteractive
  $sudo apt-get update -qq
  # The packaged service must not start: the lab runs servers of its own.
  policy=/usr/sbin/policy-rc.d
  if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' | $sudo tee "$policy" >/dev/null
    $sudo chmod +x "$policy"
    trap '$sudo rm -f "$policy"' EXIT
  fi
  $sudo apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 "${packages[@]}"
fi

if has python && [[ ! -x $dir/venv/bin/python3 ]]; then
  python3 -m venv "$dir/venv"
fi
if has python; then
  "$dir/venv/bin/pip" install --quiet --disable-pip-version-check 'redis>=5'
fi
if has node && [[ ! -d $dir/node/node_modules/ioredis ]]; then
  mkdir -p "$dir/node"
  cp "$here/apps/node/package.json" "$dir/node/"
  (cd "$dir/node" && npm install --no-audit --no-fund --loglevel=error)
fi
if has rust && command -v cargo >/dev/null; then
  mkdir -p "$dir/rust"
  (cd "$here/../.." && cargo build --locked --quiet --example lab-app --target-dir "$dir/rust/target")
  cp "$dir/rust/target/debug/examples/lab-app" "$dir/rust/"
fi
WHYREDIS_LAB_HOME=$dir python3 "$here/lab.py" --list | sed -n 1,8p
