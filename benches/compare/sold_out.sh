#!/usr/bin/env bash
# What those who ask for seats of a sold-out date cost everybody else: charges of 16 connections alone, then beside 16
# connections that ask for the best seats of a date of 100,000 sold seats, and beside 16 that claim one of them. Beside
# each stands how many entries the log got, since a refusal shall not make one.
#
#   benches/compare/sold_out.sh JARI-EXECUTABLE
#
# It needs curl, jq and wrk, serves on loopback from a temporary folder, and ends what it started.
set -Eeuo pipefail
[ $# -eq 1 ] || { echo "use: $0 JARI-EXECUTABLE" >&2; exit 2; }
readonly seats=100000 each=1000 seconds=4

work=$(mktemp -d)
"$1" serve --listen 127.0.0.1:0 --data-dir "$work/data" --set log.level=warn --set queue.claim_seconds=0 \
  >"$work/log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
for _ in $(seq 100); do grep -q 'listens on' "$work/log" && break || sleep 0.1; done
url=$(grep -o -m 1 'http://[0-9.:]*' "$work/log")/api/v1 || { cat "$work/log" >&2; exit 1; }
json='content-type: application/json'
operator="authorization: Bearer $(cat "$work/data/operator.key")"

post() { # PATH BODY [HEADER]
  curl -sS --fail-with-body -H "$json" ${3:+-H "$3"} "$url$1" -d "$2"
}

concert='{"concertId":"sold-out","title":"Sold out","status":"on_sale","seatLimit":'$each',
  "dates":[{"date":"2099-12-24","seats":'$seats',"price":0}],"queue":{"maxActive":null}}'
post /admin/concerts "$concert" "$operator" >/dev/null
join() { # NAME: sets user and token
  user=$(post /users "{\"username\":\"$1\"}" | jq -er .body.userId)
  token=$(post /token "{\"userId\":\"$user\",\"concertId\":\"sold-out\"}" | jq -er .body.token)
}
for first in $(seq 1 "$each" "$seats"); do
  join "buyer-$first"
  body=$(jq -cn --arg user "$user" --argjson first "$first" --argjson each "$each" \
    '{userId: $user, date: "2099-12-24", seats: [range($first; $first + $each)]}')
  post /seats/reserve "$body" "authorization: Bearer $token" >/dev/null
  post /seats/payment "$body" "authorization: Bearer $token" >/dev/null
done
join late

script() { # NAME BODY [TOKEN]
  printf 'wrk.method = "POST"\nwrk.body = [[%s]]\nwrk.headers["content-type"] = "application/json"\n' "$2" >"$work/$1.lua"
  if [ -n "${3:-}" ]; then printf 'wrk.headers["authorization"] = "Bearer %s"\n' "$3" >>"$work/$1.lua"; fi
}
wanted="\"userId\":\"$user\",\"date\":\"2099-12-24\""
script charge '{"amount":1}'
script best "{$wanted,\"bestAvailable\":{\"count\":2}}" "$token"
script claim "{$wanted,\"seat\":50000}" "$token"
entries() { curl -sS "${url%/api/v1}/metrics" | awk '/^jari_commit_seconds_count/ { print $2 }'; }

measure() { # NAME [SCRIPT of those beside]
  local before crowd=
  before=$(entries)
  if [ -n "${2:-}" ]; then
    wrk -t1 -c16 -d"$((seconds + 1))s" -s "$work/$2.lua" "$url/seats/reserve" >"$work/beside.log" &
    crowd=$!
    sleep 0.5
  fi
  wrk -t1 -c16 -d"${seconds}s" --latency -s "$work/charge.lua" "$url/users/$user/balance/charge" >"$work/wrk.log"
  if grep 'Non-2xx' "$work/wrk.log" >&2; then exit 1; fi
  if [ -n "$crowd" ]; then wait "$crowd"; fi
  printf '%-34s %s charges/s, p50 %s, p99 %s, longest %s; %d entries' "$1" \
    "$(awk '/Requests\/sec/ { print $2 }' "$work/wrk.log")" "$(awk '$1 == "50%" { print $2 }' "$work/wrk.log")" \
    "$(awk '$1 == "99%" { print $2 }' "$work/wrk.log")" "$(awk '$1 == "Latency" { print $4 }' "$work/wrk.log")" \
    "$(($(entries) - before))"
  if [ -n "$crowd" ]; then printf '; beside %s refusals/s' "$(awk '/Requests\/sec/ { print $2 }' "$work/beside.log")"; fi
  echo
}

for _ in 1 2 3; do
  measure "alone"
  measure "beside asking for the best seats" best
  measure "beside claiming a sold seat" claim
done
