#!/usr/bin/env bash
# Compares whyredis with rg, grep, wc, gzip, agrind and lnav on one file: interleaved runs, medians, ratios, peak memory.
# Usage: benches/compare.sh LOG [RUNS] [WHYREDIS]   (RUNS: 5; WHYREDIS: target/release/whyredis)
# A LOG.gz beside LOG is compared with gzip. Tools that are not installed are skipped; AGRIND names angle-grinder's binary.
# rg, agrind and lnav each get the same work, to pick the lines with any of whyredis' needles ("needles"), and less, one
# search that a person would type ("one"). SLOW=1 also runs needles through agrind and lnav, which takes minutes a GB.
# The table goes to stdout and to benches/runs/DATE-MACHINE-FILE.md.
set -eu
log=${1:?usage: compare.sh LOG [RUNS] [WHYREDIS]}
runs=${2:-5}
here=$(cd "$(dirname "$0")" && pwd)
bin=${3:-$here/../target/release/whyredis}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$bin" patterns needles | sed '$d' >"$work/needles"
sed 's/[][\.^$*+?(){}|]/\\&/g' "$work/needles" | paste -sd '|' >"$work/regex"
{ sed 's/["\]/\\&/g; s/.*/"&"/' "$work/needles" | paste -sd '~' | sed 's/~/ OR /g'; echo '| count'; } >"$work/query"
agrind=${AGRIND:-$(command -v agrind || true)}
cores=$(nproc)
model=$(awk -F': ' '/model name/ {print $2; exit}' /proc/cpuinfo 2>/dev/null || uname -m)

names=(); commands=()
add() { names+=("$1"); commands+=("$2"); }
add whyredis "'$bin' '$log'"
add whyredis-1-thread "'$bin' --threads 1 '$log'"
add whyredis-pipe "cat '$log' | '$bin'"
add wc "wc -l '$log'"
add cat-wc "cat '$log' | wc -l"
command -v rg >/dev/null && add rg-needles "rg -c -F -f '$work/needles' '$log'"
command -v rg >/dev/null && add rg-one "rg -c 'pool timeout' '$log'"
add grep-words "grep -ciE 'redis|connection|pool' '$log'"
if [ -f "$log.gz" ]; then
    add whyredis-gz "'$bin' '$log.gz'"
    add gzip-wc "gzip -dc '$log.gz' | wc -l"
fi
slow=
if [ -n "$agrind" ]; then
    add agrind-one "'$agrind' -f '$log' '\"pool timeout\" | count'"
    [ "${SLOW:-0}" = 1 ] && add agrind-needles "'$agrind' -f '$log' \"\$(cat '$work/query')\"" && slow="$slow agrind-needles "
fi
if command -v lnav >/dev/null; then
    add lnav-one "lnav -n -c ':filter-in pool timeout' '$log'"
    [ "${SLOW:-0}" = 1 ] && add lnav-needles "lnav -n -c \":filter-in \$(cat '$work/regex')\" '$log'" && slow="$slow lnav-needles "
fi

cat "$log" >/dev/null # page cache
for ((r = 0; r < runs; r++)); do
    for i in "${!names[@]}"; do # to a file: grep stops at its first hit when it writes to /dev/null
        # What takes minutes is run once: that is enough to see it.
        case "$slow" in *" ${names[$i]} "*) [ "$r" -ge 1 ] && continue ;; esac
        /usr/bin/time -o "$work/time" -f '%e %U %S %M' sh -c "${commands[$i]}" >"$work/out" 2>"$work/err" || true
        tail -n 1 "$work/time" >>"$work/${names[$i]}"
    done
done

median() { sort -n | awk '{v[NR]=$1} END {if (NR%2) print v[(NR+1)/2]; else print (v[NR/2]+v[NR/2+1])/2}'; }
out="$here/runs/$(date -u +%Y-%m-%d)-${cores}cores-$(basename "$log" .log).md"
mkdir -p "$here/runs"
base=$(cut -d' ' -f1 "$work/whyredis" | median)
{
    echo "# $(basename "$log"): $(stat -L -c %s "$log") bytes, $runs interleaved runs, medians"
    echo
    echo "Machine: $cores cores, $model; load average at the end: $(cut -d' ' -f1-3 /proc/loadavg)."
    echo "Page cache warm. \`cpu\` is user + system time: on a machine that others use, it says more than the wall clock."
    echo
    echo "| what | wall s | cpu s | GB/s (wall) | peak MiB | whyredis / it (wall) | whyredis / it (cpu) |"
    echo "|---|---|---|---|---|---|---|"
    cpu_base=$(awk '{print $2+$3}' "$work/whyredis" | median)
    bytes=$(stat -L -c %s "$log")
    for n in "${names[@]}"; do
        wall=$(cut -d' ' -f1 "$work/$n" | median)
        cpu=$(awk '{print $2+$3}' "$work/$n" | median)
        peak=$(cut -d' ' -f4 "$work/$n" | median)
        awk -v n="$n" -v w="$wall" -v c="$cpu" -v p="$peak" -v b="$base" -v cb="$cpu_base" -v s="$bytes" \
            'BEGIN {if (w == 0) w = 0.005; if (c == 0) c = 0.005; printf "| %s | %.2f | %.2f | %.2f | %.0f | %.2f | %.2f |\n", n, w, c, s/1e9/w, p/1024, b/w, cb/c}'
    done
} | tee "$out"
