"""Sales over the counter (evening, 1)."""
from kit import D1, D2, D3, NOBODY, check, invalid, must, note, ok, refused, same


def sell(w, concert, seats, paid_by="cash", date=D1, **more):
    return w.admin("POST", "/sales", {"concertId": concert, "date": date, "seats": list(seats), "paidBy": paid_by, **more})


@check
def a_sale_to_a_guest_gives_tickets_by_code(w):
    concert = w.concert()
    body = ok(sell(w, concert, [5, 6], guest="Mrs Park"), 201)
    same((body["status"], body["amount"], body["paidBy"], body["seats"], body["guest"]),
         ("sold", 10_000, "cash", [5, 6], "Mrs Park"), "the sale")
    tickets = [ok(w.get(f"/api/v1/tickets/{one['ticketId']}", auth=w.key)) for one in body["tickets"]]
    must(all(one["code"] and one["status"] == "valid" for one in tickets), "tickets with codes", tickets)
    if any("code" not in one for one in body["tickets"]):
        note("The answer of a sale at the counter has tickets without `code`, that of a payment has them; evening, 1: "
             "\"A guest without account gets tickets by code.\"")
    must("userId" not in body, "no user", body)
    refused(w.buyer(concert).reserve(seat=5), 409, "SEAT_TAKEN")


@check
def a_sale_to_a_user_appears_among_what_the_user_has(w):
    buyer = w.buyer()
    body = ok(sell(w, buyer.concert, [5], "card", userId=buyer.user), 201)
    same([one["ticketId"] for one in buyer.tickets()], [body["tickets"][0]["ticketId"]], "the tickets")
    same([one["paymentId"] for one in buyer.payments()], [body["paymentId"]], "the payments")
    same([(one["seatNumber"], one["status"]) for one in buyer.reservations()], [(5, "paid")], "the reservations")
    same(w.balance(buyer.user), 100_000, "a card is no wallet")


@check
def a_sale_by_wallet_debits_it(w):
    user, concert = w.user(6000), w.concert()
    invalid(sell(w, concert, [1], "wallet"), "userId")
    body = ok(sell(w, concert, [1], "wallet", userId=user), 201)
    same((body["balance"], w.balance(user)), (1000, 1000), "the balance")
    refused(sell(w, concert, [2], "wallet", userId=user), 400, "INSUFFICIENT_BALANCE")


@check
def what_is_given_away_needs_a_reason_and_books_nothing(w):
    concert = w.concert()
    invalid(sell(w, concert, [1], "free"), "reason")
    same(ok(sell(w, concert, [1], "free", reason="The mayor."), 201)["amount"], 0, "nothing")
    same(ok(w.admin("GET", f"/concerts/{concert}/stats"))["revenue"], 0, "no revenue")


@check
def a_price_can_stand_in_place_of_the_plans(w):
    same(ok(sell(w, w.concert(), [1, 2], price=1234), 201)["amount"], 2468, "each seat")


@check
def blocked_seats_are_sold_and_held_ones_not(w):
    buyer, _ = w.paid((9,))
    concert = buyer.concert
    ok(w.admin("POST", f"/concerts/{concert}/dates/{D1}/block", {"seats": [1], "reason": "Kept back."}))
    ok(sell(w, concert, [1]), 201)
    w.buyer(concert).hold(2)
    refused(sell(w, concert, [2]), 409, "SEAT_TAKEN", seat=2)
    refused(sell(w, concert, [3, 9]), 409, "SEAT_TAKEN", seat=9)
    must(3 in w.buyer(concert).free(), "all or nothing")


@check
def a_sale_is_made_also_of_drafts_and_closed_concerts(w):
    ok(sell(w, w.concert(status="draft"), [1]), 201)
    ok(sell(w, w.concert(status="closed"), [1]), 201)


@check
def the_fields_of_a_sale_are_judged(w):
    concert = w.concert()
    invalid(sell(w, concert, []), "seats")
    invalid(sell(w, concert, [1, 1]))
    invalid(sell(w, concert, [1], "gold"), "paidBy")
    invalid(sell(w, concert, [1], price=-1), "price")
    invalid(sell(w, concert, [1], sets=1), "sets")
    invalid(sell(w, concert, [1], userId=w.user(), guest="both"))
    refused(sell(w, concert, [51]), 404, "SEAT_NOT_FOUND")
    refused(sell(w, concert, [1], date=D3), 404, "DATE_NOT_FOUND")
    refused(sell(w, "none-such", [1]), 404, "CONCERT_NOT_FOUND")
    refused(sell(w, concert, [1], userId=NOBODY), 404, "USER_NOT_FOUND")


@check
def a_cash_sale_is_refunded_in_cash(w):
    body = ok(sell(w, w.concert(), [1], guest="x"), 201)
    back = ok(w.post(f"/api/v1/payments/{body['paymentId']}/refund", {"reason": "x"}, auth=w.key))
    same((back["to"], back["amount"], back["status"]), ("cash", 5000, "refunded"), "to what it was paid with")


@check
def the_seat_limit_does_not_count_at_the_counter(w):
    concert, user = w.concert(seatLimit=1), w.user()
    ok(sell(w, concert, [1, 2, 3], userId=user), 201)


@check
def a_sale_is_counted_by_date_and_sale(w):
    concert = w.concert()
    ok(sell(w, concert, [1, 2]), 201)
    ok(sell(w, concert, [1], "card", date=D2), 201)
    stats = ok(w.admin("GET", f"/concerts/{concert}/stats"))
    same((stats["revenue"], [one["revenue"] for one in stats["dates"]], [one["sold"] for one in stats["dates"]]),
         (13_000, [10_000, 3000], [2, 1]), "the numbers")


@check
def the_till_reports_what_was_taken_and_given(w):
    concert = w.concert()
    first = ok(sell(w, concert, [1, 2]), 201)
    ok(sell(w, concert, [3], "card"), 201)
    ok(w.post(f"/api/v1/payments/{first['paymentId']}/refund", {"reason": "x", "seats": [1]}, auth=w.key))
    lines = [one for one in ok(w.admin("GET", "/reports/till"))["lines"] if one.get("concertId") == concert]
    found = {one["means"]: one for one in lines}
    same((found["cash"]["sales"]["amount"], found["cash"]["refunds"]["amount"], found["cash"]["balance"]), (10_000, 5000, 5000), "cash")
    same((found["card"]["sales"]["amount"], found["card"]["balance"]), (5000, 5000), "card")
    invalid(w.admin("GET", "/reports/till", query={"from": "x"}), "from")
