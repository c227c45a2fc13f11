-- Polls of many places in turn: TOKENS names a file of `userId token`, LINES how many of them are asked after, taken evenly
-- from all over the file, so that each asks after a place that was not just asked after.
dofile(os.getenv("SCRIPTS") .. "/report.lua")
local total = 0
for _ in io.lines(os.getenv("TOKENS")) do total = total + 1 end
local stride = math.max(1, math.floor(total / tonumber(os.getenv("LINES"))))
local polls, at = {}, 0
for line in io.lines(os.getenv("TOKENS")) do
  if at % stride == 0 then
    local token = line:match("%S+ (%S+)")
    polls[#polls + 1] = wrk.format("GET", "/api/v1/token", { ["authorization"] = "Bearer " .. token })
  end
  at = at + 1
end
local next_poll = 0

function request()
  -- In jumps, since neighbours in the line share memory.
  next_poll = (next_poll + 7919) % #polls
  return polls[next_poll + 1]
end
