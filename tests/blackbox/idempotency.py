"""`Idempotency-Key` (contract, section 2)."""
import uuid

from kit import D1, check, fresh, invalid, must, ok, refused, same


def keyed(key=None):
    return {"idempotency-key": key or uuid.uuid4().hex}


def replayed(answer):
    return answer.header("idempotent-replayed") == "true"


@check
def a_charge_with_the_same_key_is_made_once(w):
    user, key = w.user(), keyed()
    path = f"/api/v1/users/{user}/balance/charge"
    first, second = w.post(path, {"amount": 100}, headers=key), w.post(path, {"amount": 100}, headers=key)
    same(second.raw, first.raw, "the same answer")
    same((replayed(first), replayed(second)), (False, True), "Idempotent-Replayed")
    same(w.balance(user), 100, "once")


@check
def the_same_key_with_another_body_method_or_path_is_refused(w):
    user, key = w.user(), keyed()
    path = f"/api/v1/users/{user}/balance/charge"
    ok(w.post(path, '{"amount":100}', headers=key))
    refused(w.post(path, '{"amount":200}', headers=key), 422, "IDEMPOTENCY_KEY_REUSED")
    refused(w.post(path, '{"amount": 100}', headers=key), 422, "IDEMPOTENCY_KEY_REUSED")
    refused(w.post(path + "?x=1", '{"amount":100}', headers=key), 422, "IDEMPOTENCY_KEY_REUSED")
    same(w.balance(user), 100, "nothing more was charged")


@check
def ids_in_a_path_are_the_same_in_either_case(w):
    user, key = w.user(), keyed()
    ok(w.post(f"/api/v1/users/{user}/balance/charge", '{"amount":9}', headers=key))
    must(replayed(w.post(f"/api/v1/users/{user.upper()}/balance/charge", '{"amount":9}', headers=key)), "it is replayed")


@check
def a_key_is_scoped_by_the_user(w):
    key = keyed()
    for user in (w.user(), w.user()):
        must(not replayed(w.post(f"/api/v1/users/{user}/balance/charge", {"amount": 5}, headers=key)), "not the other's answer")
        same(w.balance(user), 5, "charged")


@check
def a_key_is_looked_up_before_the_body_is_judged(w):
    user, key = w.user(), keyed()
    path = f"/api/v1/users/{user}/balance/charge"
    ok(w.post(path, {"amount": 5}, headers=key))
    refused(w.post(path, "nonsense", headers=key), 422, "IDEMPOTENCY_KEY_REUSED")


@check
def a_refusal_is_not_kept(w):
    buyer = w.buyer(charge=0)
    buyer.hold(1)
    key = keyed()
    refused(buyer.pay(headers=key), 400, "INSUFFICIENT_BALANCE")
    w.charge(buyer.user, 5000)
    ok(buyer.pay(headers=key))


@check
def a_payment_is_replayed_although_its_place_has_ended(w):
    buyer, key = w.buyer(), keyed()
    buyer.hold(1)
    first = buyer.pay(headers=key)
    ok(first)
    second = buyer.pay(headers=key)
    same((second.status, second.raw, replayed(second)), (200, first.raw, True), "the answer that was lost")
    same(w.balance(buyer.user), 95_000, "one debit")
    refused(buyer.pay(1, headers=key), 422, "IDEMPOTENCY_KEY_REUSED")
    refused(buyer.pay(), 401, "TOKEN_EXPIRED")


@check
def a_reserve_is_replayed(w):
    buyer, key = w.buyer(), keyed()
    body = {"userId": buyer.user, "date": D1, "bestAvailable": {"count": 2}}
    answers = [w.post("/api/v1/seats/reserve", body, auth=buyer.token, headers=key) for _ in range(3)]
    same([ok(one)["seats"] for one in answers], [[1, 2]] * 3, "the same seats")
    same(len(buyer.reservations()), 2, "held once")


@check
def signing_up_is_replayed(w):
    name, key = fresh(), keyed()
    first, second = (w.post("/api/v1/users", {"username": name}, headers=key) for _ in range(2))
    same((first.status, second.status, second.raw), (201, 201, first.raw), "the same user")
    must(replayed(second), "it says so")
    refused(w.post("/api/v1/users", {"username": fresh()}, headers=key), 422, "IDEMPOTENCY_KEY_REUSED")


@check
def a_join_is_replayed(w):
    user, concert, key = w.user(), w.concert(), keyed()
    body = {"userId": user, "concertId": concert}
    first, second = (w.post("/api/v1/token", body, headers=key) for _ in range(2))
    same((first.status, second.status, second.raw), (201, 201, first.raw), "the same place")


@check
def a_delete_is_replayed(w):
    buyer, key = w.buyer(), keyed()
    buyer.hold(1, 2)
    path = f"/api/v1/seats/cancel?userId={buyer.user}&date={D1}&seats=1"
    first, second = (w.delete(path, auth=buyer.token, headers=key) for _ in range(2))
    same((ok(second), replayed(second)), (ok(first), True), "the same answer")
    refused(w.delete(path.replace("=1", "=2"), auth=buyer.token, headers=key), 422, "IDEMPOTENCY_KEY_REUSED")
    first, second = (w.delete("/api/v1/token", auth=buyer.token, headers=keyed("leave-" + buyer.user)) for _ in range(2))
    same((first.status, second.status, replayed(second)), (200, 200, True), "leaving")


@check
def the_operator_has_a_scope_of_its_own(w):
    key = keyed()
    body = {"title": "x", "dates": [{"date": D1, "seats": 5, "price": 1}]}
    first, second = (w.admin("POST", "/concerts", body, headers=key) for _ in range(2))
    same((first.status, second.status, second.body["concertId"]), (201, 201, first.body["concertId"]), "one concert")
    must(replayed(second), "it says so")
    refused(w.admin("POST", "/concerts", {**body, "title": "y"}, headers=key), 422, "IDEMPOTENCY_KEY_REUSED")


@check
def a_refund_is_replayed(w):
    buyer, paid = w.paid((1, 2))
    key, path = keyed(), f"/api/v1/payments/{paid['paymentId']}/refund"
    body = {"reason": "x", "seats": [1]}
    first, second = (w.post(path, body, auth=w.key, headers=key) for _ in range(2))
    same((ok(second), replayed(second)), (ok(first), True), "the same answer")
    same(w.balance(buyer.user), 95_000, "once")


@check
def a_sale_at_the_counter_is_replayed(w):
    key, body = keyed(), {"concertId": w.concert(), "date": D1, "seats": [1], "paidBy": "cash"}
    first, second = (w.admin("POST", "/sales", body, headers=key) for _ in range(2))
    same((ok(first, 201)["paymentId"], replayed(second)), (ok(second, 201)["paymentId"], True), "one sale")


@check
def a_key_has_1_to_255_visible_ascii_characters(w):
    user = w.user()
    path = f"/api/v1/users/{user}/balance/charge"
    for good in ("!", "~" * 255, f"with-{uuid.uuid4()}:/?#[]@"):
        ok(w.post(path, {"amount": 1}, headers={"idempotency-key": good}))
    for bad in ("", "a b", "a" * 256, "schlüssel".encode().decode("latin-1")):
        answer = w.post(path, {"amount": 1}, headers={"idempotency-key": bad})
        body = invalid(answer)
        must("idempotency-key" in (body.get("field", "") + body["message"]).lower(), "the header is named", answer)
    same(w.balance(user), 3, "nothing was charged")


@check
def a_key_given_twice_is_refused(w):
    user = w.user()
    text = (f"POST /api/v1/users/{user}/balance/charge HTTP/1.1\r\nHost: {{host}}\r\nContent-Type: application/json\r\n"
            "Idempotency-Key: a\r\nIdempotency-Key: b\r\nContent-Length: 12\r\nConnection: close\r\n\r\n{\"amount\":1}")
    got = w.api.raw(text.encode())
    must(b" 400 " in got.split(b"\r\n")[0], "two keys", got[:300])


@check
def a_wrong_token_is_refused_before_the_key_is_looked_up(w):
    buyer, key = w.buyer(), keyed()
    buyer.hold(1)
    ok(buyer.pay(headers=key))
    answer = w.post("/api/v1/seats/payment", {"userId": buyer.user}, auth=buyer.token[:-4] + "AAAA", headers=key)
    refused(answer, 401, "TOKEN_INVALID")


@check
def the_concert_of_the_token_belongs_to_the_key(w):
    user = w.user(100_000)
    first, second = w.concert(), w.concert()
    key, body = keyed(), {"userId": user, "date": D1, "seat": 1}
    ok(w.post("/api/v1/seats/reserve", body, auth=w.token(user, first), headers=key))
    answer = w.post("/api/v1/seats/reserve", body, auth=w.token(user, second), headers=key)
    refused(answer, 422, "IDEMPOTENCY_KEY_REUSED")
