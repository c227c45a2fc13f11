#!/usr/bin/env bash
# What one user's long history costs: the server's processor time a request, at 100 entries in the ledger and behind some
# hundred thousand.
#
#   benches/compare/history.sh JARI-EXECUTABLE
#
# It needs curl, jq and wrk, serves on loopback from a temporary folder, and ends what it started.
set -Eeuo pipefail
[ $# -eq 1 ] || { echo "use: $0 JARI-EXECUTABLE" >&2; exit 2; }

work=$(mktemp -d)
"$1" serve --listen 127.0.0.1:0 --data-dir "$work/data" --set log.level=warn >"$work/log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
for _ in $(seq 100); do grep -q 'listens on' "$work/log" && break || sleep 0.1; done
url=$(grep -o -m 1 'http://[0-9.:]*' "$work/log") || { cat "$work/log" >&2; exit 1; }

json='content-type: application/json'
user=$(curl -sS --fail-with-body -H "$json" "$url/api/v1/users" -d '{"username":"history"}' | jq -er .body.userId)
wallet=$url/api/v1/users/$user
printf 'wrk.method = "POST"\nwrk.body = %s\nwrk.headers["content-type"] = "application/json"\n' "'{\"amount\":1}'" \
  >"$work/charge.lua"

# Hundredths of a second that the server has computed so far.
computed() { awk '{ print $14 + $15 }' "/proc/$server/stat"; }

# measure NAME PATH [WRK-OPTION…]
measure() {
  local name=$1 path=$2 before requests
  shift 2
  before=$(computed)
  wrk -t1 -c64 -d2s "$@" "$wallet/$path" >"$work/wrk.log"
  if grep 'Non-2xx' "$work/wrk.log" >&2; then exit 1; fi
  requests=$(awk '/requests in/ { print $1 }' "$work/wrk.log")
  awk -v name="$name" -v ticks=$(($(computed) - before)) -v n="$requests" \
    'BEGIN { printf "%-28s %7d requests, %5.1f us each\n", name, n, ticks * 10000 / n }'
}

for _ in $(seq 100); do curl -sS --fail-with-body -H "$json" "$wallet/balance/charge" -d '{"amount":1}' >/dev/null; done
for history in "100 entries" "a long history"; do
  measure "ledger, $history" ledger
  measure "balance, $history" balance
  # The first charges belong to the short history, the last to the long one.
  for _ in 1 2 3; do measure "charge" balance/charge -s "$work/charge.lua"; done
done
