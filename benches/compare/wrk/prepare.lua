-- Sends the lines of the file IN as bodies of POSTs, each once, and writes `userId token` (or the userId alone) of each
-- answer into the file OUT. Needs one thread.
-- wrk asks once for a request that it only looks at, before the first that it sends.
local bodies, sent, answered = {}, -1, 0
for line in io.lines(os.getenv("IN")) do bodies[#bodies + 1] = line end
local out = assert(io.open(os.getenv("OUT"), "w"))
local headers = { ["content-type"] = "application/json" }

function request()
  sent = sent + 1
  -- When all are sent, connections that must not stay silent ask something that costs nothing.
  if sent < 1 or sent > #bodies then return wrk.format("GET", "/healthz") end
  return wrk.format("POST", wrk.path, headers, bodies[sent])
end

function response(status, _, body)
  local user, token = body:match('"userId":"([^"]+)"'), body:match('"token":"([^"]+)"')
  if not user then
    if status >= 300 then io.stderr:write("prepare: " .. status .. " " .. body .. "\n") end
    return
  end
  out:write(user, token and " " .. token or "", "\n")
  answered = answered + 1
  if answered == #bodies then
    out:close()
    -- Stopping the thread would leave wrk asleep for the rest of its time.
    os.exit(0)
  end
end
