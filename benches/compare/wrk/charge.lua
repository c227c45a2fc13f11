-- Charges of random users out of the file GUESTS. The requests are made beforehand: what the client costs is not the
-- server's.
dofile(os.getenv("SCRIPTS") .. "/report.lua")
local charges, headers = {}, { ["content-type"] = "application/json" }
for line in io.lines(os.getenv("GUESTS")) do
  local path = "/api/v1/users/" .. line:match("%S+") .. "/balance/charge"
  charges[#charges + 1] = wrk.format("POST", path, headers, '{"amount":100}')
end

function request()
  return charges[math.random(#charges)]
end
