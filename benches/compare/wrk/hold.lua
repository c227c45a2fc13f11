-- Holds of distinct seats: GUESTS names a file of `userId token`, each of whom takes four seats, from seat number FIRST on,
-- counted over dates of 100,000 seats. Needs one thread. The requests are made beforehand: what the client costs is not the
-- server's.
dofile(os.getenv("SCRIPTS") .. "/report.lua")
local seats, seat = 100000, tonumber(os.getenv("FIRST"))
local holds, spent = {}, nil
for line in io.lines(os.getenv("GUESTS")) do
  local user, token = line:match("(%S+) (%S+)")
  local headers = { ["authorization"] = "Bearer " .. token, ["content-type"] = "application/json" }
  for _ = 1, 4 do
    holds[#holds + 1] = wrk.format("POST", "/api/v1/seats/reserve", headers,
      string.format('{"userId":"%s","date":"2031-01-%02d","seat":%d}', user, math.floor(seat / seats) + 1, seat % seats + 1))
    seat = seat + 1
  end
  -- Behind the last guest's last seat everything is refused, which shows in the share of successes.
  spent = wrk.format("POST", "/api/v1/seats/reserve", headers,
    string.format('{"userId":"%s","date":"2031-01-01","seat":0}', user))
end
local next_hold = 0

function request()
  next_hold = next_hold + 1
  return holds[next_hold] or spent
end
