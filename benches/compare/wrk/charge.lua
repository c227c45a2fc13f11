-- Charges of random users out of the file GUESTS.
dofile(os.getenv("SCRIPTS") .. "/report.lua")
local paths = {}
for line in io.lines(os.getenv("GUESTS")) do
  paths[#paths + 1] = "/api/v1/users/" .. line:match("%S+") .. "/balance/charge"
end
local headers, body = { ["content-type"] = "application/json" }, '{"amount":100}'

function request()
  return wrk.format("POST", paths[math.random(#paths)], headers, body)
end
