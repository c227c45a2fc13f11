"""The operator's users (contract, section 3; evening, 4 and 5)."""
from kit import D1, NOBODY, check, fresh, instant, invalid, must, ok, refused, same


@check
def a_user_is_found_by_name(w):
    name = fresh("Ünal Kim")
    user = ok(w.post("/api/v1/users", {"username": name}), 201)["userId"]
    body = ok(w.admin("GET", "/users", query={"username": name}))
    same((body["userId"], body["username"], body["blocked"], body["deletedAt"], body["balance"]), (user, name, False, None, 0),
         "the user")
    instant(body["createdAt"]), instant(body["updatedAt"])
    refused(w.admin("GET", "/users", query={"username": fresh()}), 404, "USER_NOT_FOUND")


@check
def users_are_searched_by_the_beginning_of_name_or_email(w):
    prefix = fresh("q")
    first = w.user(username=prefix + "-one")
    second = w.user(email=f"{prefix}@example.com")
    w.user(username="x" + prefix)
    found = ok(w.admin("GET", "/users", query={"q": prefix}))["users"]
    same([one["userId"] for one in found], [second, first], "newest first")
    same(ok(w.admin("GET", "/users", query={"q": fresh()}))["users"], [], "nobody")


@check
def a_user_is_read_by_id(w):
    user = w.user(77)
    same(ok(w.admin("GET", f"/users/{user}"))["balance"], 77, "the balance")
    refused(w.admin("GET", f"/users/{NOBODY}"), 404, "USER_NOT_FOUND")
    invalid(w.admin("GET", "/users/nonsense"))


@check
def blocking_ends_places_and_releases_holds(w):
    buyer, other = w.buyer(), None
    other = w.buyer(buyer.concert)
    buyer.hold(1)
    same(ok(w.admin("PATCH", f"/users/{buyer.user}", {"blocked": True}))["blocked"], True, "the user")
    must(1 in other.free(), "the seat is free")
    answer = buyer.place()
    must(answer.reason in ("TOKEN_EXPIRED", "USER_BLOCKED"), "the place has ended", answer)


@check
def a_blocked_user_is_refused_in_every_request_but_the_operators(w):
    buyer, paid = w.paid((1,))
    ok(w.admin("PATCH", f"/users/{buyer.user}", {"blocked": True}))
    refused(w.join(buyer.user, buyer.concert), 403, "USER_BLOCKED")
    refused(w.post(f"/api/v1/users/{buyer.user}/balance/charge", {"amount": 1}), 403, "USER_BLOCKED")
    for path in ("balance", "ledger", "payments", "tickets", "places"):
        refused(w.get(f"/api/v1/users/{buyer.user}/{path}"), 403, "USER_BLOCKED")
    refused(w.get(f"/api/v1/concerts/{buyer.concert}/reservations", query={"userId": buyer.user}), 403, "USER_BLOCKED")
    ok(w.post(f"/api/v1/payments/{paid['paymentId']}/refund", {"reason": "x"}, auth=w.key))
    ok(w.admin("GET", f"/users/{buyer.user}"))


@check
def a_blocked_user_can_be_let_in_again(w):
    user, concert = w.user(), w.concert()
    ok(w.admin("PATCH", f"/users/{user}", {"blocked": True}))
    same(ok(w.admin("PATCH", f"/users/{user}", {"blocked": False}))["blocked"], False, "the user")
    ok(w.join(user, concert), 201)


@check
def standing_is_strict(w):
    user = w.user()
    for body in ({}, {"blocked": "yes"}, {"blocked": None}, {"blocked": 1}):
        invalid(w.admin("PATCH", f"/users/{user}", body), "blocked")
    must("blocked" in invalid(w.admin("PATCH", f"/users/{user}", {"blocked2": True}), "blocked2")["message"], "the nearest one")
    refused(w.admin("PATCH", f"/users/{NOBODY}", {"blocked": True}), 404, "USER_NOT_FOUND")


@check
def a_user_with_money_is_not_deleted(w):
    user = w.user(1)
    refused(w.admin("DELETE", f"/users/{user}"), 409, "WALLET_NOT_EMPTY")
    ok(w.admin("POST", f"/users/{user}/withdraw", {"amount": 1, "reason": "x"}))
    ok(w.admin("DELETE", f"/users/{user}"))


@check
def a_deletion_is_soft_and_erases_name_and_email(w):
    name = fresh()
    user = w.user(username=name, email=f"{name}@example.com")
    ok(w.admin("DELETE", f"/users/{user}"))
    body = ok(w.admin("GET", f"/users/{user}"))
    same((body["username"], body["email"]), (None, None), "name and e-mail are gone")
    instant(body["deletedAt"])
    same(ok(w.admin("GET", "/users", query={"q": name}))["users"], [], "also from later lists")
    refused(w.admin("GET", "/users", query={"username": name}), 404, "USER_NOT_FOUND")
    w.user(username=name)


@check
def a_deleted_user_is_not_found_in_every_request_but_the_operators(w):
    buyer = w.buyer(charge=0)
    buyer.hold(1)
    ok(w.admin("DELETE", f"/users/{buyer.user}"))
    refused(w.join(buyer.user, buyer.concert), 404, "USER_NOT_FOUND")
    for path in ("balance", "ledger", "payments", "tickets", "places"):
        refused(w.get(f"/api/v1/users/{buyer.user}/{path}"), 404, "USER_NOT_FOUND")
    refused(w.post(f"/api/v1/users/{buyer.user}/balance/charge", {"amount": 1}), 404, "USER_NOT_FOUND")
    answer = buyer.place()
    must(answer.reason in ("TOKEN_EXPIRED", "USER_NOT_FOUND"), "the place has ended", answer)
    must(1 in w.buyer(buyer.concert).free(), "its hold is released")


@check
def a_withdrawal_pays_a_wallet_out(w):
    user = w.user(1000)
    body = ok(w.admin("POST", f"/users/{user}/withdraw", {"amount": 400, "reason": "Cash at the counter."}))
    must(600 in body.values(), "the new balance is told", body)
    same(w.balance(user), 600, "the balance")
    entry = ok(w.get(f"/api/v1/users/{user}/ledger"))["entries"][0]
    same((entry["kind"], entry["amount"], entry["balance"]), ("withdrawal", -400, 600), "the entry")
    refused(w.admin("POST", f"/users/{user}/withdraw", {"amount": 601, "reason": "x"}), 400, "INSUFFICIENT_BALANCE")
    for bad in ({"amount": 0, "reason": "x"}, {"amount": 1}, {"amount": "1", "reason": "x"}, {"amount": 1, "reason": "x", "to": "y"}):
        answer = w.admin("POST", f"/users/{user}/withdraw", bad)
        must(answer.status == 400, "it is refused", answer)
    same(w.balance(user), 600, "the balance")


@check
def an_export_gives_all_that_is_kept(w):
    buyer, paid = w.paid((1, 2))
    buyer.again().hold(3)
    body = ok(w.admin("GET", f"/users/{buyer.user}/export"))
    same(body["user"]["userId"], buyer.user, "the user")
    same([one["paymentId"] for one in body["payments"]], [paid["paymentId"]], "the payments")
    same([one["amount"] for one in body["ledger"]], [-10_000, 100_000], "the ledger")
    same(body["reservations"][0]["concertId"], buyer.concert, "the reservations")
    same(len(body["reservations"][0]["reservations"]), 3, "all of them")
    same(body["places"], [{"concertId": buyer.concert, "status": "ACTIVE"}], "the live places")
    refused(w.admin("GET", f"/users/{NOBODY}/export"), 404, "USER_NOT_FOUND")


@check
def the_operators_api_takes_the_operators_key_only(w):
    buyer = w.buyer()
    for method, path in (("GET", "/concerts"), ("GET", "/users"), ("GET", "/events"), ("GET", "/payments"), ("GET", "/tickets"),
                         ("POST", "/concerts"), ("POST", "/sales"), ("POST", "/check-ins"), ("DELETE", f"/users/{buyer.user}"),
                         ("PATCH", f"/concerts/{buyer.concert}"), ("GET", f"/concerts/{buyer.concert}/dates/{D1}/door")):
        body = {} if method in ("POST", "PATCH") else None
        for auth in (None, buyer.token, w.key + "x", w.key[:-1]):
            refused(w.api.send(method, "/api/v1/admin" + path, body, auth=auth), 401, "TOKEN_INVALID")


@check
def the_operators_key_is_no_queue_token(w):
    w.buyer()
    refused(w.get("/api/v1/token", auth=w.key), 401, "TOKEN_INVALID")
    refused(w.get("/api/v1/seats/dates", auth=w.key), 401, "TOKEN_INVALID")
