"""Payment (contract, sections 3, 4, 5 and 6; evening, 2)."""
from kit import D1, D2, check, instant, invalid, must, ok, refused, same


@check
def a_payment_is_told_whole(w):
    buyer = w.buyer(charge=20_000)
    buyer.hold(5, 6)
    body = ok(buyer.pay(5, 6))
    same((body["status"], body["userId"], body["date"], body["seatNumber"], body["seats"], body["amount"], body["balance"]),
         ("paid", buyer.user, D1, 5, [5, 6], 10_000, 10_000), "the payment")
    instant(body["paidAt"])
    same([one["seat"] for one in body["tickets"]], [5, 6], "a ticket a seat")
    must(len({one["ticketId"] for one in body["tickets"]}) == 2, "of its own", body)
    same(body["released"], [], "nothing was given back")


@check
def a_payment_is_debited_and_written_in_the_ledger(w):
    buyer, body = w.paid((5, 6))
    same(w.balance(buyer.user), 90_000, "the wallet is debited")
    entry = buyer.ledger()[0]
    same((entry["kind"], entry["amount"], entry["balance"], entry["paymentId"]),
         ("payment", -10_000, 90_000, body["paymentId"]), "the entry")
    same(entry["at"], body["paidAt"], "its time")
    same(sum(one["amount"] for one in buyer.ledger()), 90_000, "money adds up")


@check
def a_payment_ends_the_place(w):
    buyer, _ = w.paid((1,))
    refused(buyer.place(), 401, "TOKEN_EXPIRED", why="paid")
    refused(buyer.reserve(seat=2), 401, "TOKEN_EXPIRED", why="paid")


@check
def paid_seats_are_sold_to_everybody(w):
    buyer, body = w.paid((5,))
    other = w.buyer(buyer.concert)
    must(5 not in other.free(), "it is not free")
    same([one["status"] for one in ok(other.map())["seats"] if one["seat"] == 5], ["sold"], "the map")
    one = buyer.reservations()[0]
    same((one["status"], one["seatNumber"], one["paymentId"], one["amount"]), ("paid", 5, body["paymentId"], 5000), "listed")


@check
def one_seat_is_paid_with_seat(w):
    buyer = w.buyer()
    buyer.hold(5)
    body = ok(w.post("/api/v1/seats/payment", {"userId": buyer.user, "date": D1, "seat": 5}, auth=buyer.token))
    same((body["seatNumber"], body["seats"]), (5, [5]), "the seat")


@check
def without_seats_everything_held_is_paid_over_all_dates(w):
    buyer = w.buyer()
    buyer.hold(1, 2)
    buyer.hold(7, date=D2)
    body = ok(buyer.pay())
    same((body["amount"], body["balance"]), (13_000, 87_000), "the amount")
    same([(one["date"], one["amount"], len(one["tickets"])) for one in body["items"]],
         [(D1, 10_000, 2), (D2, 3000, 1)], "the items")
    same(body["items"][0]["seats"], ["A 1-1", "A 1-2"], "seats in words")
    same([one["amount"] for one in buyer.ledger()][:1], [-13_000], "one entry")
    same(len(buyer.tickets()), 3, "three tickets")


@check
def without_seats_and_holds_there_is_nothing_to_pay(w):
    refused(w.buyer().pay(), 404, "RESERVATION_NOT_FOUND")


@check
def paying_a_part_releases_the_rest_and_says_so(w):
    buyer = w.buyer()
    buyer.hold(1, 2, 3)
    buyer.hold(4, date=D2)
    body = ok(buyer.pay(2))
    same((body["amount"], body["seats"]), (5000, [2]), "the part")
    same([(one["date"], one["seats"]) for one in body["released"]], [(D1, [1, 3]), (D2, [4])], "what was given back")
    same({(one["seatNumber"], one["status"]) for one in buyer.reservations()},
         {(1, "canceled"), (2, "paid"), (3, "canceled"), (4, "canceled")}, "the reservations")
    must({1, 3} <= set(w.buyer(buyer.concert).free()), "they are free")


@check
def a_balance_too_small_keeps_hold_and_place(w):
    buyer = w.buyer(charge=9999)
    buyer.hold(1, 2)
    body = refused(buyer.pay(), 400, "INSUFFICIENT_BALANCE")
    same(body["message"], "Insufficient balance.", "the message of the reference")
    same((body["amount"], body["balance"]), (10_000, 9999), "what it takes")
    same([one["status"] for one in buyer.reservations()], ["held", "held"], "the holds stay")
    same(ok(buyer.place())["status"], "ACTIVE", "the place stays")
    w.charge(buyer.user, 1)
    same(ok(buyer.pay())["balance"], 0, "the payment can be tried again")


@check
def payment_is_all_or_nothing(w):
    buyer = w.buyer()
    buyer.hold(1)
    refused(buyer.pay(1, 2), 404, "RESERVATION_NOT_FOUND", seat=2)
    same((w.balance(buyer.user), buyer.tickets()), (100_000, []), "nothing was paid")
    ok(buyer.pay(1))


@check
def what_is_not_held_by_oneself_cannot_be_paid(w):
    first = w.buyer()
    second = w.buyer(first.concert)
    first.hold(5)
    refused(second.pay(5), 404, "RESERVATION_NOT_FOUND", seat=5)
    refused(second.pay(6), 404, "RESERVATION_NOT_FOUND", seat=6)
    refused(second.pay(51), 404, "SEAT_NOT_FOUND", seat=51)
    refused(second.pay(5, date="2031-09-09"), 404, "DATE_NOT_FOUND")


@check
def a_payment_twice_is_refused_without_a_second_debit(w):
    buyer, _ = w.paid((5,))
    refused(buyer.pay(5), 401, "TOKEN_EXPIRED", why="paid")
    buyer.again()
    refused(buyer.pay(5), 409, "ALREADY_PAID")
    same(w.balance(buyer.user), 95_000, "one debit")


@check
def the_fields_of_a_payment_are_judged(w):
    buyer = w.buyer()
    buyer.hold(1)
    user = buyer.user
    for body in ({"userId": user, "date": D1}, {"userId": user, "seat": 1}, {"userId": user, "seats": [1]},
                 {"userId": user, "date": D1, "seat": 1, "seats": [1]}, {"userId": user, "date": D1, "seats": []},
                 {"userId": user, "date": D1, "seats": [1, 1]}, {"date": D1, "seat": 1}, {}, [], None):
        answer = w.post("/api/v1/seats/payment", body if body is not None else "null", auth=buyer.token)
        invalid(answer)
    ok(buyer.pay())


@check
def a_price_that_a_client_sends_has_no_effect(w):
    buyer = w.buyer()
    ok(buyer.reserve(seat=1, amount=1, price=1, status="sold"))
    body = {"userId": buyer.user, "date": D1, "seat": 1, "amount": 1, "price": 1, "balance": 9}
    same(ok(w.post("/api/v1/seats/payment", body, auth=buyer.token))["amount"], 5000, "the price of the plan")


@check
def a_free_seat_costs_nothing(w):
    buyer = w.buyer(charge=0, dates=[{"date": D1, "seats": 5, "price": 0}])
    buyer.hold(1)
    body = ok(buyer.pay())
    same((body["amount"], body["balance"], len(body["tickets"])), (0, 0, 1), "the payment")


@check
def payments_are_listed_newest_first(w):
    buyer, first = w.paid((1, 2))
    buyer.again().hold(3, date=D2)
    second = ok(buyer.pay())
    listed = buyer.payments()
    same([one["paymentId"] for one in listed], [second["paymentId"], first["paymentId"]], "newest first")
    same((listed[1]["concertId"], listed[1]["date"], listed[1]["seats"], listed[1]["amount"], listed[1]["status"],
          listed[1]["paidAt"]), (buyer.concert, D1, [1, 2], 10_000, "paid", first["paidAt"]), "the payment")
    same({one["ticketId"] for one in listed[1]["tickets"]}, {one["ticketId"] for one in first["tickets"]}, "its tickets")


@check
def prices_of_sections_add_up(w):
    buyer = w.buyer(dates=[{"date": D1, "sections": [{"name": "A", "rows": 1, "seatsPerRow": 2, "price": 7001},
                                                     {"name": "B", "rows": 1, "seatsPerRow": 2, "price": 5003}]}])
    same(buyer.hold(2, 3)["amount"], 12_004, "the hold")
    same(ok(buyer.pay())["amount"], 12_004, "the payment")


@check
def the_numbers_of_the_sale_add_up(w):
    buyer, _ = w.paid((1, 2))
    other = w.buyer(buyer.concert)
    other.hold(3)
    stats = ok(w.admin("GET", f"/concerts/{buyer.concert}/stats"))
    same(stats["dates"][0], {"date": D1, "free": 47, "held": 1, "sold": 2, "blocked": 0, "revenue": 10_000}, "the date")
    same((stats["revenue"], stats["active"], stats["waiting"], stats["admitted"]), (10_000, 1, 0, 2), "the sale")
