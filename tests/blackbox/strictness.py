"""What is refused for its form: hosts, origins, integers, unknown fields (contract, sections 2 and 4)."""
from kit import D1, check, fresh, invalid, must, ok, refused, same

CHANGE = "POST /api/v1/users HTTP/1.1\r\n{more}Content-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"


def raw(w, more, body="{}"):
    text = CHANGE.replace("{more}", more).replace("{length}", str(len(body))).replace("{body}", body)
    return w.api.raw(text.encode("latin-1"))


def status(got):
    return int(got.split(b" ")[1]) if got.startswith(b"HTTP/") else None


@check
def no_or_two_or_a_malformed_host_is_a_bad_request(w):
    for more in ("", "Host: {host}\r\nHost: {host}\r\n", "Host: a b\r\n", "Host: http://x/\r\n", "Host: user@localhost\r\n"):
        got = raw(w, more)
        same(status(got), 400, f"{more!r}: {got[:200]!r}")


@check
def a_foreign_host_is_misdirected(w):
    for host in ("example.com", "example.com:80", "127.0.0.1.example.com", "10.0.0.1", "localhost.example.com"):
        got = raw(w, f"Host: {host}\r\n")
        must(status(got) == 421 and b"MISDIRECTED" in got, f"Host {host}", got[:300])


@check
def loopbacks_names_are_its_own(w):
    for host in ("localhost", "localhost:1234", "127.0.0.1", "[::1]", "LOCALHOST"):
        got = raw(w, f"Host: {host}\r\n", '{"username":"%s"}' % fresh())
        same(status(got), 201, f"Host {host}: {got[:200]!r}")


@check
def a_change_from_a_foreign_page_is_refused(w):
    for headers in ({"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"},
                    {"origin": "http://localhost.evil.example"}):
        refused(w.post("/api/v1/users", {"username": fresh()}, headers=headers), 403, "CROSS_SITE")
    ok(w.post("/api/v1/users", {"username": fresh()}, headers={"sec-fetch-site": "same-origin"}), 201)
    ok(w.post("/api/v1/users", {"username": fresh()}, headers={"sec-fetch-site": "none"}), 201)
    refused(w.admin("DELETE", "/concerts/none-such", headers={"origin": "https://evil.example"}), 403, "CROSS_SITE")


@check
def no_page_of_another_origin_may_read(w):
    answer = w.get("/api/v1/site", headers={"origin": "https://evil.example"})
    must(answer.header("access-control-allow-origin") is None, "no CORS", answer.headers)


@check
def unknown_fields_of_buyers_are_ignored_everywhere(w):
    buyer = w.buyer()
    ok(buyer.reserve(seat=1, colour="red", nested={"a": [1]}))
    ok(w.post("/api/v1/token", {"userId": buyer.user, "concertId": buyer.concert, "position": 1, "status": "ACTIVE"}))
    ok(w.delete("/api/v1/seats/cancel", {"userId": buyer.user, "date": D1, "seat": 1, "x": None}, auth=buyer.token))
    ok(w.get("/api/v1/seats?date=%s&colour=red" % D1, auth=buyer.token))
    ok(w.get("/api/v1/concerts?colour=red"))


@check
def what_an_operator_sends_is_strict_everywhere(w):
    concert = w.concert()
    path = f"/concerts/{concert}"
    for method, where, body, field in (
            ("PATCH", path, {"titles": "x"}, "titles"), ("PUT", f"{path}/queue", {"maxactive": 3}, "maxactive"),
            ("POST", f"{path}/dates/{D1}/block", {"seats": [1], "reason": "x", "seat": 1}, "seat"),
            ("POST", f"{path}/dates/{D1}/release", {"seats": [1], "reason": "x"}, "reason"),
            ("POST", f"{path}/dates/{D1}/cancel", {"reason": "x", "why": "y"}, "why"),
            ("POST", f"{path}/dates/{D1}/move", {"to": "2031-09-09", "startAt": "10:00"}, "startAt"),
            ("POST", "/check-ins", {"ticketid": "x"}, "ticketid"), ("POST", "/sales", {"concertID": concert}, "concertID")):
        invalid(w.admin(method, where, body), field)
    for where in ("/concerts?limits=5", "/users?name=x", "/events?since=5", f"{path}/stats/series?steps=60", "/tickets?concert=x",
                  f"{path}/dates/{D1}/door?after=1"):
        body = invalid(w.admin("GET", where))
        same(body["field"], where.split("?")[1].split("=")[0], "the name of the query")


@check
def seats_are_written_as_integers(w):
    buyer = w.buyer()
    for text in ("1.0", '"1"', "1e0", "true", "[1]", "18446744073709551616", "01", "+1", "-", "0x1"):
        invalid(w.post("/api/v1/seats/reserve", '{"userId":"%s","date":"%s","seat":%s}' % (buyer.user, D1, text), auth=buyer.token))
    same(len(buyer.free()), 50, "nothing was held")


@check
def a_refusal_names_what_was_sent_as_it_was_sent(w):
    buyer = w.buyer()
    body = invalid(w.post("/api/v1/seats/reserve", {"userId": buyer.user, "date": "24.12.2030", "seat": 1}, auth=buyer.token), "date")
    must(len(body["message"]) > 10, "what would be right", body)
    same(refused(buyer.reserve(seat=77), 404, "SEAT_NOT_FOUND")["seat"], 77, "the seat")
    body = invalid(w.admin("POST", "/concerts", {"title": "x", "dates": [{"date": D1, "price": 1}], "Title": 1}), "Title")
    must("Title" in body["message"], "as it was sent", body)


@check
def deep_and_wide_json_is_refused_or_ignored_but_answered(w):
    for text in ("[" * 20000, '{"username":' * 5000, '{"username":"%s","x":%s}' % (fresh(), "[" * 5000 + "]" * 5000)):
        answer = w.post("/api/v1/users", text)
        must(answer.status in (201, 400), "it is answered", answer)
    same(w.get("/healthz").status, 200, "the server lives")


@check
def a_token_in_another_form_is_invalid(w):
    buyer = w.buyer()
    parts = buyer.token.split(".")
    for bad in ("", "x", buyer.token + "x", buyer.token[:-1], ".".join(parts[:2]) + ".", parts[0] + "." + parts[1],
                "eyJhbGciOiJub25lIn0." + parts[1] + ".", "eyJhbGciOiJIUzI1NiJ9." + parts[1] + "." + parts[2], buyer.token + ".x"):
        refused(w.get("/api/v1/token", auth=bad), 401, "TOKEN_INVALID")
    for bad in (f"Basic {buyer.token}", buyer.token, "Bearer", f"Bearer {buyer.token} x", f"Token {buyer.token}"):
        refused(w.get("/api/v1/token", headers={"authorization": bad}), 401, "TOKEN_INVALID")
    refused(w.get("/api/v1/token"), 401, "TOKEN_INVALID")
    refused(w.get(f"/api/v1/token?token={buyer.token}&access_token={buyer.token}"), 401, "TOKEN_INVALID")
    ok(w.get("/api/v1/token", headers={"authorization": f"bearer {buyer.token}"}))


@check
def a_token_of_another_server_is_invalid(w):
    buyer = w.buyer()
    head, claims, sign = buyer.token.split(".")
    other = w.buyer(buyer.concert).token.split(".")
    refused(w.get("/api/v1/token", auth=f"{head}.{other[1]}.{sign}"), 401, "TOKEN_INVALID")
    refused(w.get("/api/v1/token", auth=f"{head}.{claims}.{other[2]}"), 401, "TOKEN_INVALID")


@check
def uuids_in_bodies_have_their_form(w):
    concert = w.concert()
    user = w.user()
    for bad in (user.replace("-", ""), "{" + user + "}", "urn:uuid:" + user, user + " ", user[:-1] + "g"):
        invalid(w.join(bad, concert), "userId")


@check
def requests_that_are_no_http_are_refused(w):
    for text in (b"nonsense\r\n\r\n", b"GET / HTTP/9.9\r\nHost: {host}\r\n\r\n", b"GET /healthz HTTP/1.1\r\nHost: {host}\r\nBad Header: x\r\n\r\n",
                 b"POST /api/v1/users HTTP/1.1\r\nHost: {host}\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
                 b"POST /api/v1/users HTTP/1.1\r\nHost: {host}\r\nContent-Length: -1\r\n\r\n"):
        got = w.api.raw(text)
        must(got == b"" or status(got) in (400, 505), "it is refused", text, got[:200])
    same(w.get("/healthz").status, 200, "the server lives")


@check
def two_lengths_of_a_body_never_make_two_requests(w):
    """RFC 9112, 6.1: a server may take `Transfer-Encoding` alone, but must close the connection afterwards."""
    head = b"POST /api/v1/users HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
    got = w.api.raw(head + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n", 3)
    must(got.count(b"HTTP/1.1 ") <= 1, "at most one answer", got[:600])


@check
def long_paths_and_headers_are_refused(w):
    got = w.api.raw(b"GET /" + b"a" * 70000 + b" HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
    must(status(got) in (404, 414, 431), "a long path", got[:200])
    got = w.api.raw(b"GET /healthz HTTP/1.1\r\nHost: {host}\r\nX-Long: " + b"a" * 500_000 + b"\r\nConnection: close\r\n\r\n")
    must(got == b"" or status(got) == 431, "a long header", got[:200])
