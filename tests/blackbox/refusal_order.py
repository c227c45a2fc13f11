"""Refusals in their order (contract, section 4)."""
from kit import D1, D2, D3, NOBODY, check, from_now, must, ok, refused, same

BIG = '{"x":"' + "a" * 70_000 + '"}'


def reserve(w, token, body, **more):
    return w.post("/api/v1/seats/reserve", body, auth=token, **more)


@check
def path_then_method_then_size_then_token(w):
    refused(w.post("/api/v1/nothing", BIG), 404, "NOT_FOUND")
    refused(w.put("/api/v1/seats/reserve", BIG), 405, "METHOD_NOT_ALLOWED")
    refused(w.post("/api/v1/seats/reserve", BIG), 413, "BODY_TOO_LARGE")
    refused(w.post("/api/v1/admin/concerts", BIG), 413, "BODY_TOO_LARGE")


@check
def the_token_comes_before_media_type_and_body(w):
    refused(w.post("/api/v1/seats/reserve", "nonsense", headers={"content-type": "text/plain"}), 401, "TOKEN_INVALID")
    refused(w.post("/api/v1/seats/reserve", "nonsense"), 401, "TOKEN_INVALID")
    refused(w.post("/api/v1/admin/concerts", "nonsense", auth="x", headers={"content-type": "text/plain"}), 401, "TOKEN_INVALID")
    buyer = w.buyer()
    refused(reserve(w, buyer.token, "nonsense", headers={"content-type": "text/plain"}), 415, "UNSUPPORTED_MEDIA_TYPE")
    refused(reserve(w, buyer.token, "nonsense"), 400, "INVALID_REQUEST")


@check
def a_malformed_request_comes_before_a_place_that_ended(w):
    buyer = w.buyer()
    ok(buyer.leave())
    refused(reserve(w, buyer.token, {}), 400, "INVALID_REQUEST")
    refused(w.get("/api/v1/seats?date=x", auth=buyer.token), 400, "INVALID_REQUEST")
    refused(reserve(w, buyer.token, {"userId": buyer.user, "date": D1, "seat": 1}), 401, "TOKEN_EXPIRED")


@check
def a_place_that_ended_comes_before_not_yours_and_unknown_things(w):
    buyer = w.buyer()
    ok(buyer.leave())
    refused(reserve(w, buyer.token, {"userId": NOBODY, "date": D3, "seat": 99}), 401, "TOKEN_EXPIRED", why="left")
    refused(w.get("/api/v1/concerts/none-such/availability", auth=buyer.token), 401, "TOKEN_EXPIRED")


@check
def waiting_comes_before_the_wrong_concert_and_not_yours(w):
    concert = w.concert(queue={"maxActive": 1})
    w.token(w.user(), concert)
    waiting = w.buyer(concert)
    refused(w.get(f"/api/v1/concerts/{w.concert()}/availability", auth=waiting.token), 403, "QUEUE_WAITING", queuePosition=1)
    refused(reserve(w, waiting.token, {"userId": NOBODY, "date": D3, "seat": 1}), 403, "QUEUE_WAITING")


@check
def the_wrong_concert_comes_before_an_unknown_one(w):
    refused(w.get("/api/v1/concerts/none-such/availability", auth=w.buyer().token), 403, "WRONG_CONCERT")


@check
def not_yours_comes_before_a_blocked_or_unknown_user_and_date(w):
    buyer, blocked = w.buyer(), w.user()
    ok(w.admin("PATCH", f"/users/{blocked}", {"blocked": True}))
    refused(reserve(w, buyer.token, {"userId": blocked, "date": D1, "seat": 1}), 403, "NOT_YOURS")
    refused(reserve(w, buyer.token, {"userId": NOBODY, "date": D3, "seat": 99}), 403, "NOT_YOURS")


@check
def a_blocked_user_comes_before_an_unknown_concert(w):
    user = w.user()
    ok(w.admin("PATCH", f"/users/{user}", {"blocked": True}))
    refused(w.join(user, "none-such"), 403, "USER_BLOCKED")
    refused(w.join(NOBODY, "none-such"), 404, "USER_NOT_FOUND")
    closed = w.concert(status="closed")
    refused(w.join(user, closed), 403, "USER_BLOCKED")


@check
def date_then_seat_then_the_sale_then_the_seats_state(w):
    buyer = w.buyer()
    refused(buyer.reserve(D3, seat=99), 404, "DATE_NOT_FOUND")
    other = w.buyer(buyer.concert)
    other.hold(1)
    ok(w.admin("PATCH", f"/concerts/{buyer.concert}", {"onSaleAt": from_now(3600)}))
    refused(buyer.reserve(seat=99), 404, "SEAT_NOT_FOUND")
    refused(buyer.reserve(D3, seat=1), 404, "DATE_NOT_FOUND")
    refused(buyer.reserve(seat=1), 403, "NOT_ON_SALE")


@check
def taken_comes_before_paid_and_the_limit(w):
    buyer, _ = w.paid((1, 2, 3, 4))
    buyer.again()
    w.buyer(buyer.concert).hold(9)
    refused(buyer.reserve(seat=9), 409, "SEAT_TAKEN")
    refused(buyer.reserve(seats=[1, 9]), 409, "SEAT_TAKEN", seat=9)
    refused(buyer.reserve(seats=[1, 8]), 409, "ALREADY_PAID", seat=1)
    refused(buyer.reserve(seat=8), 409, "SEAT_LIMIT")


@check
def the_limit_comes_before_adjacent_seats(w):
    buyer = w.buyer(dates=[{"date": D1, "seats": 2, "price": 1}])
    refused(buyer.reserve(bestAvailable={"count": 5}), 409, "SEAT_LIMIT")
    refused(buyer.reserve(bestAvailable={"count": 3}), 409, "NO_ADJACENT_SEATS")


@check
def what_is_not_held_comes_before_the_balance(w):
    buyer = w.buyer(charge=0)
    buyer.hold(1)
    refused(buyer.pay(1, 2), 404, "RESERVATION_NOT_FOUND")
    refused(buyer.pay(1, 99), 404, "SEAT_NOT_FOUND")
    refused(buyer.pay(1), 400, "INSUFFICIENT_BALANCE")


@check
def an_invalid_amount_of_an_unknown_user(w):
    """Section 4: the unknown user stands above the amount."""
    refused(w.post(f"/api/v1/users/{NOBODY}/balance/charge", {"amount": 0}), 404, "USER_NOT_FOUND")
    user = w.user()
    ok(w.admin("PATCH", f"/users/{user}", {"blocked": True}))
    refused(w.post(f"/api/v1/users/{user}/balance/charge", {"amount": 0}), 403, "USER_BLOCKED")


@check
def a_misdirected_request_is_refused_before_its_token(w):
    answer = w.get("/api/v1/token", headers={"host": "example.com"})
    refused(answer, 421, "MISDIRECTED")


@check
def maps_and_lists_go_on_while_not_on_sale(w):
    buyer = w.buyer()
    buyer.hold(1)
    ok(w.admin("PATCH", f"/concerts/{buyer.concert}", {"onSaleAt": from_now(3600)}))
    ok(buyer.map())
    same(ok(buyer.place())["status"], "ACTIVE", "who was inside stays inside")
    ok(buyer.pay())
    must(D2 in ok(w.get("/api/v1/seats/dates", auth=w.buyer().token))["dates"], "another sale")
