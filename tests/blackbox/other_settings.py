"""Servers with other settings: who may charge, another currency, the guard of wallets (contract, sections 3 and 7)."""
from kit import D1, check, must, ok, refused, same


@check("operator")
def a_charge_takes_the_operators_key(w):
    user = w.user()
    path = f"/api/v1/users/{user}/balance/charge"
    refused(w.post(path, {"amount": 100}), 401, "TOKEN_INVALID")
    refused(w.post(path, {"amount": 100}, auth="x"), 401, "TOKEN_INVALID")
    refused(w.post(path, {"amount": 100}, auth=w.token(user, w.concert())), 401, "TOKEN_INVALID")
    same(ok(w.post(path, {"amount": 100}, auth=w.key))["newBalance"], 100, "with it")


@check("operator")
def the_largest_charge_is_a_setting(w):
    path = f"/api/v1/users/{w.user()}/balance/charge"
    refused(w.post(path, {"amount": 5001}, auth=w.key), 400, "INVALID_AMOUNT", most=5000)
    ok(w.post(path, {"amount": 5000}, auth=w.key))


@check("operator")
def another_currency_is_told_everywhere(w):
    site = ok(w.get("/api/v1/site"))
    same((site["currency"], site["exponent"]), ("EUR", 2), "the site")
    same((site["name"], site["contact"]), ("The house", "box@example.com"), "its settings")
    concert = w.concert()
    same(ok(w.get(f"/api/v1/concerts/{concert}"))["currency"], "EUR", "a concert")
    same(ok(w.get(f"/api/v1/users/{w.user()}/balance"))["currency"], "EUR", "a wallet")


@check("guard")
def the_guard_wants_an_active_place_for_wallet_and_history(w):
    user, concert = w.user(), w.concert(queue={"maxActive": 1})
    for path in (f"/api/v1/users/{user}/balance", f"/api/v1/users/{user}/ledger", f"/api/v1/users/{user}/payments",
                 f"/api/v1/concerts/{concert}/reservations?userId={user}"):
        refused(w.get(path), 403, "QUEUE_WAITING")
    refused(w.post(f"/api/v1/users/{user}/balance/charge", {"amount": 1}), 403, "QUEUE_WAITING")
    w.token(user, concert)
    same(ok(w.get(f"/api/v1/users/{user}/balance"))["balance"], 0, "with an ACTIVE place")
    ok(w.post(f"/api/v1/users/{user}/balance/charge", {"amount": 10_000}))
    waiting = w.user()
    w.token(waiting, concert)
    refused(w.get(f"/api/v1/users/{waiting}/balance"), 403, "QUEUE_WAITING")


@check("guard")
def tickets_are_told_without_a_place_also_with_the_guard(w):
    user, concert = w.user(), w.concert()
    token = w.token(user, concert)
    ok(w.post(f"/api/v1/users/{user}/balance/charge", {"amount": 10_000}))
    ok(w.post("/api/v1/seats/reserve", {"userId": user, "date": D1, "seat": 1}, auth=token))
    ok(w.post("/api/v1/seats/payment", {"userId": user}, auth=token))
    refused(w.get(f"/api/v1/users/{user}/payments"), 403, "QUEUE_WAITING")
    must(len(ok(w.get(f"/api/v1/users/{user}/tickets"))["tickets"]) == 1, "tickets are told to a user who has no place")
    ok(w.get(f"/api/v1/users/{user}/places"))
