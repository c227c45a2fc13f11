-- Holds of distinct seats: GUESTS names a file of `userId token`, each of whom takes four seats, from seat number FIRST on,
-- counted over dates of 100,000 seats. Needs one thread.
dofile(os.getenv("SCRIPTS") .. "/report.lua")
local guests = {}
for line in io.lines(os.getenv("GUESTS")) do
  local user, token = line:match("(%S+) (%S+)")
  guests[#guests + 1] = { user = user, bearer = "Bearer " .. token }
end
local seats, next_seat = 100000, tonumber(os.getenv("FIRST"))
local first_seat = next_seat

function request()
  local number = next_seat
  next_seat = number + 1
  -- Behind the last guest's last seat everything is refused, which shows in the share of successes.
  local guest = guests[math.floor((number - first_seat) / 4) % #guests + 1]
  local body = string.format('{"userId":"%s","date":"2031-01-%02d","seat":%d}', guest.user,
    math.floor(number / seats) + 1, number % seats + 1)
  return wrk.format("POST", "/api/v1/seats/reserve",
    { ["authorization"] = guest.bearer, ["content-type"] = "application/json" }, body)
end
