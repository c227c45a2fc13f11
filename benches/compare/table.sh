# Part of run.sh: from the figures of all rounds to one page.

# What is compared: name; numerator; denominator; column of figures.csv; the bar. A side is a contestant, its work and its clients, with slashes between.
comparisons() {
  cat <<EOF
seat map of 50 beside a bare GET;jari/seat map of 50/64;bare/GET of 60 bytes/64;5;at least 0.75
free seats of 50 beside a bare GET;jari/free seats of 50/64;bare/GET of 60 bytes/64;5;at least 0.75
poll with $waiting waiting beside a bare GET;jari/poll with $waiting waiting/64;bare/GET of 60 bytes/64;5;at least 0.65 (at 1,000,000)
hold beside PostgreSQL's pessimistic lock;jari/hold/64;PostgreSQL/hold for update/64;5;at least 5
hold beside PostgreSQL's pessimistic lock, tuned;jari/hold/64;PostgreSQL tuned/hold for update/64;5;
hold beside PostgreSQL's one update;jari/hold/64;PostgreSQL/hold by one update/64;5;at least 2.5
hold beside PostgreSQL's one update, tuned;jari/hold/64;PostgreSQL tuned/hold by one update/64;5;
hold beside Redis, always;jari/hold/64;Redis always/hold by Lua/64;5;at least 0.9
hold beside Redis, everysec;jari/hold/64;Redis everysec/hold by Lua/64;5;
hold beside a bare POST;jari/hold/64;bare/POST of JSON/64;5;at least 0.35
p50 of a hold by one client beside one fdatasync;jari/hold/1;disk/fdatasync of 128 bytes/1;7;at most 3
lost claim beside a bare POST;jari/lost claim on one seat/256;bare/POST of JSON/256;5;at least 0.6
lost claim beside a bare POST, 64 clients;jari/lost claim on one seat/64;bare/POST of JSON/64;5;
holds beside 256 losers, to those beside 256 readers;jari bench/holders beside 256 (lose): hold beside/64;jari bench/holders beside 256 (read): hold beside/64;5;no slowdown beyond the share of the processor
charge beside PostgreSQL;jari/charge/64;PostgreSQL/charge/64;5;at least 5
charge beside PostgreSQL, tuned;jari/charge/64;PostgreSQL tuned/charge/64;5;
charge by jari bench beside PostgreSQL;jari bench/charge: charge/64;PostgreSQL/charge/64;5;at least 5
pay beside PostgreSQL;jari bench/pay: pay/64;PostgreSQL/pay/64;5;at least 5
pay beside PostgreSQL, tuned;jari bench/pay: pay/64;PostgreSQL tuned/pay/64;5;
whole journeys a second beside 143;jari bench/on-sale: journey/64;=143;5;at least 10
EOF
}

write_table() {
  echo "# jari beside others"
  echo
  echo "$(date -u +%Y-%m-%d), $rounds rounds of $span s a measurement, contestants in turn, medians; figures.csv has every round."
  echo "$(nproc) processors ($(awk -F': ' '/^model name/ { print $2; exit }' /proc/cpuinfo)), shared by client and server;" \
    "$(awk '/^MemTotal/ { print int($2 / 1048576 + 0.5) }' /proc/meminfo) GiB of memory; disk ${disk:-unknown}" \
    "($(df --output=fstype "$work" | tail -1)); $("$jari" --version); $(uname -sr)."
  versions
  echo
  echo "| contestant | work | clients | a second | success | p50 ms | p99 ms | flushes for 1,000 | KiB written each |"
  echo "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
  # In the order of the first round.
  awk -F, 'NR > 1 && !seen[$2 FS $3 FS $4]++ { print $2 "," $3 "," $4 }' "$out/figures.csv" | while IFS=, read -r who what clients; do
    printf '| %s | %s | %s |' "$who" "$what" "$clients"
    for column in 5 6 7 8 9 10; do printf ' %s |' "$(median_of "$who/$what/$clients" "$column" | shorten "$column")"; done
    echo
  done
  echo
  echo "## Ratios"
  echo
  echo "The median of the rounds' own ratios, and the least and the greatest of them."
  echo
  echo "| jari beside | ratio | of the rounds | bar |"
  echo "| --- | ---: | ---: | --- |"
  comparisons | while IFS=';' read -r name numerator denominator column bar; do
    ratios_of "$numerator" "$denominator" "$column" >"$work/ratios"
    [ ! -s "$work/ratios" ] ||
      printf '| %s | %.2f | %.2f to %.2f | %s |\n' "$name" "$(median <"$work/ratios")" \
        "$(sort -g "$work/ratios" | head -1)" "$(sort -g "$work/ratios" | tail -1)" "$bar"
  done
  echo
  cat "$here/fairness.md"
}

versions() {
  local list=""
  case " $contestants " in *" postgres "*) list="$("$pg_bin/postgres" --version); " ;; esac
  case " $contestants " in *" redis "*) list="${list}Redis $(redis-server --version | grep -o 'v=[^ ]*' | cut -c3-); " ;; esac
  # wrk ends with 1 when it only tells its version.
  echo "${list}$( (wrk -v || true) 2>&1 | grep -o '^wrk [^ ]*')."
}

# The figures of a side (contestant, work and clients), a round a line, as `round figure`.
figures_of() {
  awk -F, -v side="$1" -v column="$2" 'NR > 1 && $2 "/" $3 "/" $4 == side && $column != "" { print $1, $column }' "$out/figures.csv"
}

median_of() { figures_of "$1" "$2" | cut -d' ' -f2 | median; }

# The ratio in each round that has both sides; a denominator of `=number` stands for itself.
ratios_of() {
  if [ "${2#=}" != "$2" ]; then
    figures_of "$1" "$3" | awk -v n="${2#=}" '{ print $2 / n }'
  else
    join <(figures_of "$1" "$3" | sort) <(figures_of "$2" "$3" | sort) | awk '$3 > 0 { print $2 / $3 }'
  fi
}

# As people read a figure of that column: rates whole, shares in percent, times with three digits.
shorten() {
  awk -v column="$1" '$1 == "" { next }
    column == 5 { printf "%d", $1 + 0.5; next }
    column == 6 { printf "%.1f%%", $1 * 100; next }
    column == 9 { printf "%.0f", $1; next }
    { printf "%.2f", $1 }'
}
