"""Sessions, and what needs the user's own access token in password mode (identity, section 1)."""
from events import newest, since
from kit import D1, NOBODY, check, fresh, instant, invalid, must, ok, refused, same
from people import at, bases, new_key, person, sign_in


def sessions(w, auth):
    return ok(w.get("/api/v1/sessions", auth=auth))["sessions"]


def out(w, path, auth):
    answer = w.delete("/api/v1/sessions" + path, auth=auth)
    must(answer.status in (200, 204), "section 1: sessions are ended", answer)


def ticket_of(w, one, concert):
    """A ticket that the user has bought, and the payment."""
    queue = one.queue_token(concert)
    ok(w.post("/api/v1/seats/reserve", {"userId": one.user, "date": D1, "seat": 1}, auth=queue))
    paid = ok(w.post("/api/v1/seats/payment", {"userId": one.user}, auth=queue))
    return paid["tickets"][0]["ticketId"], paid["paymentId"]


def own_rows(one, concert, ticket):
    """The rows of contract section 3 (and evening) that are the user's own: (method, path, body)."""
    return [("GET", one.path("balance"), None), ("GET", one.path("ledger"), None), ("GET", one.path("payments"), None),
            ("GET", one.path("tickets"), None), ("GET", one.path("places"), None),
            ("POST", one.path("balance", "charge"), {"amount": 7}),
            ("GET", f"/api/v1/concerts/{concert}/reservations?userId={one.user}", None),
            ("GET", f"/api/v1/tickets/{ticket}", None), ("GET", f"/api/v1/tickets/{ticket}/qr.svg", None),
            ("POST", "/api/v1/token", {"userId": one.user, "concertId": concert}),
            ("POST", f"/api/v1/tickets/{ticket}/transfer", {"to": None}), ("DELETE", f"/api/v1/tickets/{ticket}/transfer", None)]


def buyer(w):
    concert = w.concert(transfers=True)
    one = person(w).charged(50_000)
    ticket, payment = ticket_of(w, one, concert)
    return one, concert, ticket, payment


@check("password")
def own_rows_need_ones_own_token(w):
    one, concert, ticket, _ = buyer(w)
    stranger = person(w)
    queue = one.queue_token(concert)
    for method, path, body in own_rows(one, concert, ticket):
        for auth in (None, "x", queue, one.token + "x", one.token[:-1]):
            refused(w.api.send(method, path, body, auth=auth), 401, "TOKEN_INVALID")
        refused(w.api.send(method, path, body, auth=stranger.token), 403, "NOT_YOURS")
    for method, path, body in own_rows(one, concert, ticket):
        answer = w.api.send(method, path, body, auth=one.token)
        must(answer.status in (200, 201), "section 1: with one's own token", answer)
    same(ok(w.get(one.path("balance"), auth=one.token))["balance"], 45_007, "section 1: only one's own charge counted")


@check("password")
def another_users_token_tells_nothing_of_who_exists(w):
    """Section 6: a user who is there and one who is not answer alike to strangers."""
    one, stranger = person(w), person(w)
    for path in ("balance", "ledger", "payments", "tickets", "places"):
        there, none = w.get(one.path(path), auth=stranger.token), w.get(f"/api/v1/users/{NOBODY}/{path}", auth=stranger.token)
        same((there.status, there.body), (none.status, none.body), f"section 6: {path}")
        there, none = w.get(one.path(path)), w.get(f"/api/v1/users/{NOBODY}/{path}")
        same((there.status, there.body), (none.status, none.body), f"section 6: {path} without a token")


@check("password")
def a_ticket_is_accepted_by_the_tokens_user(w):
    one, _, ticket, _ = buyer(w)
    friend, stranger = person(w), person(w)
    code = ok(w.post(f"/api/v1/tickets/{ticket}/transfer", {"to": friend.name}, auth=one.token))["transferCode"]
    body = {"userId": friend.user, "code": code}
    refused(w.post("/api/v1/transfers/accept", body), 401, "TOKEN_INVALID")
    refused(w.post("/api/v1/transfers/accept", body, auth=stranger.token), 403, "NOT_YOURS")
    ok(w.post("/api/v1/transfers/accept", body, auth=friend.token))
    same([each["ticketId"] for each in ok(w.get(friend.path("tickets"), auth=friend.token))["tickets"]], [ticket], "evening 3: handed over")
    same(ok(w.get(one.path("tickets"), auth=one.token))["tickets"], [], "evening 3: by who had it")
    refused(w.get(f"/api/v1/tickets/{ticket}", auth=one.token), 403, "NOT_YOURS")


@check("password")
def offering_a_ticket_tells_nothing_of_who_exists(w):
    one, _, ticket, _ = buyer(w)
    path, known = f"/api/v1/tickets/{ticket}/transfer", person(w).name
    answers = []
    for name in (known, fresh("nobody")):
        answers.append(w.post(path, {"to": name}, auth=one.token))
        w.delete(path, auth=one.token)
    same(answers[1].status, answers[0].status, "section 6: no answer tells whether a username exists")


@check("password")
def what_is_nobodys_own_stays_public(w):
    concert = w.concert()
    for path in ("/api/v1/concerts", f"/api/v1/concerts/{concert}", f"/api/v1/concerts/{concert}/plan", "/api/v1/site", "/api/v1/tickets/key"):
        ok(w.get(path))


@check("password")
def a_place_is_taken_by_the_tokens_user(w):
    one, stranger, concert = person(w), person(w), w.concert()
    body = ok(w.post("/api/v1/token", {"concertId": concert}, auth=one.token), 201)
    same(body["userId"], one.user, "section 1: `userId` from the access token")
    same(ok(w.post("/api/v1/token", {"concertId": concert, "userId": one.user}, auth=one.token))["userId"], one.user, "the same place")
    refused(w.post("/api/v1/token", {"concertId": concert, "userId": stranger.user}, auth=one.token), 403, "NOT_YOURS")
    refused(w.post("/api/v1/token", {"concertId": concert}), 401, "TOKEN_INVALID")
    refused(w.post("/api/v1/token", {"concertId": concert, "userId": one.user}), 401, "TOKEN_INVALID")
    refused(w.post("/api/v1/token", {"concertId": concert, "userId": one.user}, auth=body["token"]), 401, "TOKEN_INVALID")


@check("password")
def a_queue_token_proves_a_place_and_only_it(w):
    one, concert = person(w).charged(9000), w.concert()
    queue = one.queue_token(concert)
    out(w, "", one.token)
    refused(w.get(one.path("balance"), auth=queue), 401, "TOKEN_INVALID")
    refused(w.get("/api/v1/sessions", auth=queue), 401, "TOKEN_INVALID")
    refused(w.get("/api/v1/token", auth=one.token), 401, "TOKEN_INVALID")
    same(ok(w.get("/api/v1/token", auth=queue))["status"], "ACTIVE", "section 1: it is good without a session")
    ok(w.post("/api/v1/seats/reserve", {"userId": one.user, "date": D1, "seat": 2}, auth=queue))
    same(ok(w.post("/api/v1/seats/payment", {"userId": one.user}, auth=queue))["balance"], 4000, "and pays")


@check("password")
def queue_tokens_end_with_a_block_or_a_deletion(w):
    concert = w.concert()
    for change, why in (("PATCH", "blocked"), ("DELETE", "deleted")):
        one = person(w)
        queue = one.queue_token(concert)
        ok(w.post("/api/v1/seats/reserve", {"userId": one.user, "date": D1, "seat": 3}, auth=queue))
        ok(w.admin(change, f"/users/{one.user}", {"blocked": True} if change == "PATCH" else None))
        answer = w.post("/api/v1/seats/reserve", {"userId": one.user, "date": D1, "seat": 4}, auth=queue)
        must(answer.reason in ("TOKEN_EXPIRED", "USER_BLOCKED", "USER_NOT_FOUND"), f"section 1: it ends with the user's being {why}", answer)
        answer = w.get(one.path("balance"), auth=one.token)
        must(answer.status in (401, 403, 404) and answer.reason != "NOT_YOURS", f"section 1: and so does what a {why} user may", answer)


@check("password")
def the_box_office_acts_on_behalf_of_a_user(w):
    one, concert, ticket, _ = buyer(w)
    start, key = newest(w), new_key(w, "box_office")
    for method, path, body in own_rows(one, concert, ticket):
        answer = w.api.send(method, path, body, auth=key["key"])
        must(answer.status in (200, 201), "section 1: an operator's key is good where a user's own token is", answer)
    charged = [one_event.get("by") for one_event in since(w, start)
               if one_event["type"] == "wallet.charged" and one_event["data"].get("userId") == one.user]
    same(charged, [{name: key[name] for name in ("keyId", "name", "role")}], "section 1: the event names who acted")
    refused(w.post("/api/v1/token", {"concertId": concert, "userId": NOBODY}, auth=key["key"]), 404, "USER_NOT_FOUND")
    invalid(w.post("/api/v1/token", {"concertId": concert}, auth=key["key"]), "userId")


@check("password")
def a_viewer_changes_nothing_for_a_user(w):
    one, concert, ticket, _ = buyer(w)
    for role in ("viewer", "door"):
        key = new_key(w, role)["key"]
        for method, path, body in own_rows(one, concert, ticket):
            if method != "GET":
                refused(w.api.send(method, path, body, auth=key), 403, "NOT_ALLOWED")
    same(ok(w.get(one.path("balance"), auth=one.token))["balance"], 45_000, "section 2: nothing was charged")


@check("password")
def ones_own_change_names_no_operator(w):
    one = person(w)
    start = newest(w)
    ok(w.post(one.path("balance", "charge"), {"amount": 3}, auth=one.token))
    mine = [event for event in since(w, start) if event["data"].get("userId") == one.user]
    same([(event["type"], event.get("by")) for event in mine], [("wallet.charged", None)], "section 2: `by` is for operators")


@check("password")
def sessions_are_listed(w):
    one = person(w, email=f"{fresh()}@example.com")
    other = ok(one.sign_in(headers={"user-agent": "The other/2.0 (한글)".encode().decode("latin-1")}))
    third = ok(one.sign_in(headers={"user-agent": "Third/3.0"}))
    found = {session["sessionId"]: session for session in sessions(w, one.token)}
    same(set(found), {one.session, other["sessionId"], third["sessionId"]}, "section 1: one's own, all")
    for session in found.values():
        must({"sessionId", "createdAt", "lastSeenAt", "userAgent", "current"} <= set(session), "section 1: the fields", session)
        instant(session["createdAt"]), instant(session["lastSeenAt"])
        same(session["current"], session["sessionId"] == one.session, "section 1: `current` is the one that asks")
    same(found[third["sessionId"]]["userAgent"], "Third/3.0", "section 1: userAgent")
    answer = w.get("/api/v1/sessions", auth=one.token)
    must(not any(token in answer.raw.decode() for token in (one.token, other["accessToken"])), "section 6: no token in the list")
    same(answer.header("cache-control"), "private, no-store", "section 5: a personal answer")


@check("password")
def sessions_end_one_by_one(w):
    one, stranger = person(w), person(w)
    other = ok(one.sign_in())
    answer = w.delete(f"/api/v1/sessions/{other['sessionId']}", auth=stranger.token)
    must(answer.status in (403, 404), "section 1: one's own only", answer)
    same(w.delete(f"/api/v1/sessions/{NOBODY}", auth=one.token).status, 404, "section 1: an unknown session")
    ok(w.get(one.path("balance"), auth=other["accessToken"]))
    out(w, f"/{other['sessionId']}", one.token)
    for base in bases(w):
        for path in (one.path("balance"), "/api/v1/sessions"):
            refused(at(w, base).get(path, auth=other["accessToken"]), 401, "TOKEN_INVALID")
    same([session["sessionId"] for session in sessions(w, one.token)], [one.session], "section 1: the list has lost it")
    out(w, f"/{one.session}", one.token)
    refused(w.get(one.path("balance"), auth=one.token), 401, "TOKEN_INVALID")


@check("password")
def all_sessions_end_at_once_the_current_one_too(w):
    one, stranger = person(w), person(w)
    tokens = [one.token, ok(one.sign_in())["accessToken"]]
    out(w, "", one.token)
    for token in tokens:
        refused(w.get(one.path("balance"), auth=token), 401, "TOKEN_INVALID")
        refused(w.delete("/api/v1/sessions", auth=token), 401, "TOKEN_INVALID")
    ok(w.get(stranger.path("balance"), auth=stranger.token))
    one.enter()
    same(len(sessions(w, one.token)), 1, "section 1: a new one begins")


@check("password")
def sessions_need_a_token(w):
    queue = person(w).queue_token(w.concert())
    for auth in (None, "x", "A" * 43, queue):
        for method, path in (("GET", ""), ("DELETE", ""), ("DELETE", f"/{NOBODY}")):
            refused(w.api.send(method, "/api/v1/sessions" + path, auth=auth), 401, "TOKEN_INVALID")


@check("password")
def a_session_is_good_at_every_instance(w):
    one = person(w)
    for base in bases(w):
        token = ok(sign_in(at(w, base), one.name, one.password))["accessToken"]
        for other in bases(w):
            ok(at(w, other).get(one.path("balance"), auth=token))


@check("password")
def a_user_token_is_no_operators_key(w):
    one = person(w)
    for path in ("/users", "/concerts", "/events", "/keys"):
        refused(w.get("/api/v1/admin" + path, auth=one.token), 401, "TOKEN_INVALID")
    refused(w.post(f"/api/v1/payments/{NOBODY}/refund", {"reason": "x"}, auth=one.token), 401, "TOKEN_INVALID")
