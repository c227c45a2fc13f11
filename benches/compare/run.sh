#!/usr/bin/env bash
# The same work on jari, PostgreSQL, Redis, a bare axum server and the bare disk, in turn, on loopback.
#
#   benches/compare/run.sh OUTPUT-FOLDER
#
# writes figures.csv (every figure of every round) and table.md (medians, ratios, and what favours whom) there.
# Settings out of the environment:
#   ROUNDS=5        rounds, in each of which every contestant has its turn
#   SECONDS=5       seconds of each measurement
#   PG_CLIENTS="1 16 64 256"
#   USERS=100000    users of jari, each of whom may hold four seats
#   WAITING=100000  places in the queues that are polled, in a data folder of their own
#   CONTESTANTS="disk bare jari postgres postgres_tuned redis redis_everysec"
#   SCENARIOS="hold charge pay browse on-sale hot-seat", of jari's own generator
#   JARI=…          the executable (default: built here, as it is shipped)
#   CACHE_MIB       jari's storage.cache_mib (default: jari's own)
# It installs postgresql, redis, wrk and jq with apt-get where they are missing (as root), starts everything on loopback
# in a temporary folder ($TMPDIR decides on which disk), and ends what it started by process id. The figures of the disk
# count all that the machine writes, so nothing else should be running.

# First of all: bash counts SECONDS up from what the environment says.
span=$SECONDS
set -Eeuo pipefail
[ "$span" -ge 1 ] || span=5
[ $# -eq 1 ] || { echo "use: $0 OUTPUT-FOLDER" >&2; exit 2; }
mkdir -p "$1"
out=$(cd "$1" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
rounds=${ROUNDS:-5}
pg_clients=${PG_CLIENTS:-1 16 64 256}
users=${USERS:-100000}
waiting=${WAITING:-100000}
contestants=${CONTESTANTS:-disk bare jari postgres postgres_tuned redis redis_everysec}
scenarios=${SCENARIOS-hold charge pay browse on-sale hot-seat}
export SCRIPTS=$here/wrk

work=$(mktemp -d)
chmod 755 "$work"
# Processes that run now, the newest last.
pids=()
clean() {
  local pid
  for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
  # A server may take 10 s to finish what is under way; what has not ended after 15 s is made to.
  for pid in "${pids[@]}"; do
    timeout 15 tail --pid="$pid" -f /dev/null 2>/dev/null || kill -KILL "$pid" 2>/dev/null || true
  done
  rm -rf "$work"
}
trap clean EXIT
trap 'say "line $LINENO of $(basename "${BASH_SOURCE[0]}"): $BASH_COMMAND"' ERR
trap 'exit 130' INT TERM

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# Ends the process that was started last, and waits for its end.
end_last() {
  local pid=${pids[-1]}
  unset 'pids[-1]'
  kill -"${1:-TERM}" "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
}

# Tries a command for up to 20 s.
until_ready() {
  local left=200
  until "$@" >/dev/null 2>&1; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || die "gave up waiting for: $*"
    sleep 0.1
  done
}

# A port of loopback that nobody listens on.
free_port() {
  local port
  while port=$((20000 + RANDOM % 12000)); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

median() { sort -g | awk '{ v[NR] = $1 } END { if (NR) print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'; }

# The disk that the temporary folder lies on, as /proc/diskstats names it; nothing when it cannot be told.
disk_name() {
  local name
  name=$(basename "$(df --output=source "$work" | tail -1)")
  if [ -e "/sys/class/block/$name/partition" ]; then name=$(basename "$(dirname "$(readlink -f "/sys/class/block/$name")")"); fi
  grep -qw "$name" /proc/diskstats && echo "$name" || true
}
disk=$(disk_name)

# Sectors of 512 bytes written and flushes completed since the machine started.
disk_counts() { [ -z "$disk" ] || awk -v disk="$disk" '$3 == disk { print $10, $19 + 0 }' /proc/diskstats; }

# note CONTESTANT WORK CLIENTS RATE SUCCESS-SHARE P50-MS P99-MS [REQUESTS COUNTS-BEFORE]
# With the number of requests and the counts of the disk before them, what the disk did is noted as well.
note() {
  local disk_figures=,
  if [ $# -ge 9 ] && [ -n "$disk" ] && [ "$8" -gt 0 ]; then
    disk_figures=$(echo "$9 $(disk_counts)" |
      awk -v n="$8" '{ printf "%.1f,%.2f", ($4 - $2) * 1000 / n, ($3 - $1) / 2 / n }')
  fi
  local figures
  figures=$(printf '%.1f,%.4f,%.3f,%.3f' "$4" "$5" "$6" "$7")
  echo "$round,$1,$2,$3,$figures,$disk_figures" >>"$out/figures.csv"
  say "round $round  $1 · $2 · $3 clients (a second, success, p50 ms, p99 ms): $figures"
}

share() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.4f", (b > 0 ? a / b : 0) }'; }

# shellcheck source=install.sh
. "$here/install.sh"
# shellcheck source=http.sh
. "$here/http.sh"
# shellcheck source=postgres.sh
. "$here/postgres.sh"
# shellcheck source=redis.sh
. "$here/redis.sh"
# shellcheck source=table.sh
. "$here/table.sh"

# An append of as many bytes as a hold takes in the log, and one of a page.
turn_of_disk() {
  local bytes figures
  for bytes in 128 4096; do
    figures=$("$flushes" "$work" "$span" "$bytes")
    IFS=, read -r rate p50 p99 <<<"$figures"
    note disk "fdatasync of $bytes bytes" 1 "$rate" 1 "$p50" "$p99"
  done
}

install_all
echo "round,contestant,work,clients,rate_per_second,success_share,p50_ms,p99_ms,flushes_per_1000,kib_written_each" \
  >"$out/figures.csv"
for round in $(seq "$rounds"); do
  for contestant in $contestants; do "turn_of_$contestant"; done
done
write_table >"$out/table.md"
say "written: $out/table.md and $out/figures.csv"
