-- What every script ends with: one line of figures into the file that OUT names:
-- rate, answers with another status than 2xx and 3xx, all answers, p50 and p99 in milliseconds.
function done(summary, latency, requests)
  local errors = summary.errors
  local broken = errors.connect + errors.read + errors.write + errors.timeout
  if broken > 0 then io.stderr:write("wrk: " .. broken .. " requests broke off\n") end
  local out = assert(io.open(os.getenv("OUT"), "w"))
  out:write(string.format("%.1f,%d,%d,%.3f,%.3f\n", summary.requests / summary.duration * 1e6, errors.status,
    summary.requests, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
  out:close()
end
