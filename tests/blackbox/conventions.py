"""Errors, headers, limits (contract, section 2)."""
import gzip
import json
import uuid

from kit import D1, check, fresh, invalid, must, ok, refused, same


@check
def an_unknown_path_is_not_found(w):
    for path in ("/nothing", "/api", "/api/v1", "/api/v1/nothing", "/api/v2/concerts", "/api/v1/seats/", "/api/v1/users/x/y/z"):
        for method in ("GET", "POST", "DELETE"):
            answer = w.api.send(method, path, {} if method == "POST" else None)
            must((answer.status, answer.reason) == (404, "NOT_FOUND") or answer.status in (200, 308, 303, 302), "not found", answer)


@check
def another_method_is_refused_with_allow(w):
    for method, path, allowed in (("PUT", "/api/v1/token", {"GET", "POST", "DELETE"}), ("GET", "/api/v1/users", {"POST"}),
                                  ("POST", "/api/v1/concerts", {"GET"}), ("DELETE", "/api/v1/seats/reserve", {"POST"}),
                                  ("GET", "/api/v1/seats/payment", {"POST"}), ("POST", "/healthz", {"GET"})):
        answer = w.api.send(method, path, {} if method != "GET" else None)
        refused(answer, 405, "METHOD_NOT_ALLOWED")
        got = {one.strip() for one in answer.header("allow").split(",")}
        must(allowed <= got, f"`Allow` lists {allowed}", answer.headers)


@check
def another_media_type_is_refused(w):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json", ""):
        answer = w.post("/api/v1/users", '{"username":"x"}', headers={"content-type": kind})
        refused(answer, 415, "UNSUPPORTED_MEDIA_TYPE")
    for kind in ("application/json; charset=utf-8", "Application/JSON"):
        ok(w.post("/api/v1/users", {"username": fresh()}, headers={"content-type": kind}), 201)


@check
def a_body_over_64_kib_is_too_large(w):
    body = '{"username":"%s","x":"' % fresh()
    answer = w.post("/api/v1/users", body + "a" * (65536 - len(body) - 2) + '"}')
    ok(answer, 201)
    refused(w.post("/api/v1/users", body + "a" * (65537 - len(body) - 2) + '"}'), 413, "BODY_TOO_LARGE")


@check
def a_chunked_body_over_64_kib_is_too_large(w):
    head = b"POST /api/v1/users HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    got = w.api.raw(head + b"11000\r\n" + b"a" * 0x11000 + b"\r\n0\r\n\r\n")
    must(b" 413 " in got.split(b"\r\n")[0] and b"BODY_TOO_LARGE" in got, "chunks are counted", got[:300])


@check
def malformed_json_is_an_invalid_request(w):
    for text in ("", "{", "nonsense", "[]", '"x"', "5", "null", '{"username":"a"} x', "{'username':'a'}", '{"username":"a",}',
                 '{"username":"\\ud800"}', b'{"username":"\xff"}', '{"username":NaN}', "\ufeff{}"):
        invalid(w.post("/api/v1/users", text))


@check
def a_field_given_twice_is_an_invalid_request(w):
    invalid(w.post("/api/v1/users", '{"username":"%s","username":"%s"}' % (fresh(), fresh())), "username")
    invalid(w.post(f"/api/v1/users/{w.user()}/balance/charge", '{"amount":1,"amount":2}'), "amount")
    invalid(w.admin("POST", "/concerts", '{"title":"a","title":"b","dates":[{"date":"2031-03-01","price":1}]}'), "title")
    invalid(w.get(f"/api/v1/users/{w.user()}/ledger?limit=1&limit=2"), "limit")


@check
def the_callers_request_id_is_given_back(w):
    for good in ("a", "x" * 128, f"trace-{uuid.uuid4()}"):
        same(w.get("/healthz", headers={"x-request-id": good}).header("x-request-id"), good, "the caller's")
    for bad in ("x" * 129, "a b\tc", "", "ü".encode().decode("latin-1")):
        must(w.get("/healthz", headers={"x-request-id": bad}).header("x-request-id") not in (bad, None), "or one of its own")
    must(w.get("/healthz").header("x-request-id") != w.get("/healthz").header("x-request-id"), "each its own")
    refused(w.get("/api/v1/nothing", headers={"x-request-id": "mine"}), 404, "NOT_FOUND")
    same(w.get("/api/v1/nothing", headers={"x-request-id": "mine"}).header("x-request-id"), "mine", "with failures, too")


@check
def problem_json_is_answered_when_accept_prefers_it(w):
    path = f"/api/v1/users/{uuid.uuid4()}/balance"
    answer = w.get(path, headers={"accept": "application/problem+json"})
    same(answer.header("content-type").split(";")[0], "application/problem+json", "the type")
    same((answer.json["status"], answer.json["reason"], answer.json["detail"]), (404, "USER_NOT_FOUND", "User not found."), "it")
    must("instance" in answer.json, "instance", answer)
    for accept, wanted in (("application/json", False), ("*/*", False), ("application/problem+json, application/json;q=0.5", True),
                           ("application/json, application/problem+json;q=0.5", False), ("text/html", False)):
        kind = w.get(path, headers={"accept": accept}).header("content-type")
        same("problem" in kind, wanted, accept)


@check
def problem_json_has_the_same_further_fields(w):
    buyer = w.buyer(charge=0)
    buyer.hold(1)
    answer = buyer.pay(headers={"accept": "application/problem+json"})
    same((answer.json["amount"], answer.json["balance"]), (5000, 0), "the fields")
    answer = w.post("/api/v1/users", {}, headers={"accept": "application/problem+json"})
    same(answer.json["field"], "username", "the field")


@check
def personal_answers_are_not_stored(w):
    buyer, paid = w.paid((1,))
    buyer.again()
    for path in (f"/api/v1/users/{buyer.user}/balance", f"/api/v1/users/{buyer.user}/ledger", f"/api/v1/users/{buyer.user}/payments",
                 f"/api/v1/users/{buyer.user}/tickets", f"/api/v1/concerts/{buyer.concert}/reservations?userId={buyer.user}",
                 f"/api/v1/tickets/{paid['tickets'][0]['ticketId']}"):
        same(w.get(path).header("cache-control"), "private, no-store", path)
    for path in ("/api/v1/token", f"/api/v1/seats/available?date={D1}", "/api/v1/seats/dates"):
        same(w.get(path, auth=buyer.token).header("cache-control"), "private, no-store", path)
    same(buyer.map().header("cache-control"), "private, no-cache", "the map has its ETag")
    same(w.join(buyer.user, buyer.concert).header("cache-control"), "private, no-store", "a token")


@check
def answers_above_1_kib_are_compressed_when_the_client_takes_it(w):
    buyer = w.buyer()
    answer = buyer.map(headers={"accept-encoding": "gzip"})
    same(answer.header("content-encoding"), "gzip", "gzip")
    same(len(json.loads(gzip.decompress(answer.raw))["body"]["seats"]), 50, "it is the map")
    must("accept-encoding" in (answer.header("vary") or "").lower(), "Vary", answer.headers)
    must(buyer.map().header("content-encoding") is None, "not when it does not")
    must(buyer.map(headers={"accept-encoding": "gzip;q=0"}).header("content-encoding") is None, "nor when it refuses it")
    must(buyer.place().header("content-encoding") is None, "small ones are not")
    same(buyer.map(headers={"accept-encoding": "zstd"}).header("content-encoding"), "zstd", "zstd")
    tag = answer.header("etag")
    same(buyer.map(headers={"if-none-match": tag}).status, 304, "either form of the ETag may be given back")


@check
def health_readiness_metrics_and_docs_are_open(w):
    for path in ("/healthz", "/readyz"):
        same(w.get(path).status, 200, path)
    metrics = w.get("/metrics")
    must(metrics.status == 200 and b"# TYPE" in metrics.raw and metrics.header("content-type").startswith("text/plain"), "metrics", metrics)
    docs = w.get("/openapi.json")
    must(docs.status == 200 and docs.json["openapi"].startswith("3.1"), "OpenAPI 3.1", docs)
    page = w.get("/docs")
    if page.status in (301, 302, 303, 307, 308):
        page = w.get(page.header("location"))
    must(page.status == 200 and b"swagger" in page.raw.lower(), "Swagger UI", page)
    must(b"https://" not in page.raw or b"cdn" not in page.raw.lower(), "out of the binary itself", page)


@check
def metrics_have_unique_names_and_numbers(w):
    seen = set()
    for line in w.get("/metrics").raw.decode().splitlines():
        if line.startswith("#") or not line:
            continue
        name, _, value = line.rpartition(" ")
        float(value)
        must(name not in seen, "each sample once", name)
        seen.add(name)
    must(len(seen) > 20, "there are some", len(seen))


@check
def the_site_is_told(w):
    body = ok(w.get("/api/v1/site"))
    same(set(body), {"name", "currency", "exponent", "timeZone", "languages", "mode", "version", "contact"}, "the fields")
    same((body["currency"], body["exponent"], body["mode"]), ("KRW", 0, "open"), "the values")


@check
def head_is_answered_like_get_without_a_body(w):
    answer = w.api.send("HEAD", "/api/v1/site", judge=False)
    must(answer.status in (200, 405) and answer.raw == b"", "HEAD", answer)


@check
def security_headers_go_with_every_answer(w):
    for path in ("/healthz", "/api/v1/site", "/api/v1/nothing", "/docs"):
        same(w.get(path, judge=False).header("x-content-type-options"), "nosniff", path)
