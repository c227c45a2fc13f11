-- The same request again and again: METHOD, TOKEN (optional) and BODY (optional) come from the environment.
dofile(os.getenv("SCRIPTS") .. "/report.lua")
wrk.method = os.getenv("METHOD")
local token, body = os.getenv("TOKEN"), os.getenv("BODY")
if token and token ~= "" then wrk.headers["authorization"] = "Bearer " .. token end
if body and body ~= "" then
  wrk.body = body
  wrk.headers["content-type"] = "application/json"
end
