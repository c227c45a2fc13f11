"""Refunds, whole and in part (contract, sections 3 and 7; evening, 5)."""
import uuid

from kit import D1, D2, NOBODY, check, instant, invalid, must, ok, refused, same


def refund(w, payment, auth=None, **body):
    return w.post(f"/api/v1/payments/{payment}/refund", {"reason": "The singer is ill.", **body}, auth=auth or w.key)


@check
def a_refund_gives_everything_back(w):
    buyer, paid = w.paid((5, 6))
    body = ok(refund(w, paid["paymentId"]))
    same((body["status"], body["paymentId"], body["amount"]), ("refunded", paid["paymentId"], 10_000), "the refund")
    instant(body["refundedAt"])
    same(w.balance(buyer.user), 100_000, "money back")
    must({5, 6} <= set(w.buyer(buyer.concert).free()), "seats free")
    must(all(one["status"] == "void" for one in buyer.payments()[0]["tickets"]), "tickets void", buyer.payments())
    same([one["status"] for one in buyer.reservations()], ["refunded"] * 2, "the reservations")
    same(buyer.payments()[0]["status"], "refunded", "the payment")
    entry = buyer.ledger()[0]
    same((entry["kind"], entry["amount"], entry["paymentId"]), ("refund", 10_000, paid["paymentId"]), "the ledger")


@check
def a_refund_twice_is_already_refunded(w):
    buyer, paid = w.paid((5,))
    ok(refund(w, paid["paymentId"]))
    refused(refund(w, paid["paymentId"]), 409, "ALREADY_REFUNDED")
    same(w.balance(buyer.user), 100_000, "once")


@check
def an_unknown_or_malformed_payment_is_not_found(w):
    for bad in (NOBODY, str(uuid.uuid4()), "nonsense", "x" * 60, "1"):
        refused(refund(w, bad), 404, "PAYMENT_NOT_FOUND")


@check
def a_refund_takes_the_operators_key(w):
    buyer, paid = w.paid((5,))
    path = f"/api/v1/payments/{paid['paymentId']}/refund"
    refused(w.post(path, {"reason": "x"}), 401, "TOKEN_INVALID")
    refused(w.post(path, {"reason": "x"}, auth=buyer.token), 401, "TOKEN_INVALID")
    refused(w.post(path, {"reason": "x"}, auth="wrong"), 401, "TOKEN_INVALID")


@check
def a_refund_needs_a_reason_and_is_strict(w):
    _, paid = w.paid((5,))
    path = f"/api/v1/payments/{paid['paymentId']}/refund"
    for body in ({}, {"reason": ""}, {"reason": 5}, {"reason": "x" * 501}, {"reason": None}):
        invalid(w.post(path, body, auth=w.key), "reason")
    body = invalid(w.post(path, {"reason": "x", "seat": [5]}, auth=w.key), "seat")
    must("seats" in body["message"], "the nearest known field is named", body)
    ok(refund(w, paid["paymentId"]))


@check
def a_part_is_refunded(w):
    buyer, paid = w.paid((5, 6, 7))
    body = ok(refund(w, paid["paymentId"], seats=[6]))
    same((body["status"], body["amount"], body["refunded"]), ("partly_refunded", 5000, 5000), "the part")
    same(w.balance(buyer.user), 90_000, "its share back")
    must(6 in w.buyer(buyer.concert).free(), "the seat is free")
    states = {one["seat"]: one["status"] for one in buyer.payments()[0]["tickets"]}
    same(states, {5: "valid", 6: "void", 7: "valid"}, "its ticket is void")
    same(buyer.payments()[0]["status"], "partly_refunded", "the payment")
    refused(refund(w, paid["paymentId"], seats=[6]), 409, "ALREADY_REFUNDED")
    body = ok(refund(w, paid["paymentId"]))
    same((body["status"], body["amount"], body["refunded"]), ("refunded", 10_000, 15_000), "refunded with the last")
    same(w.balance(buyer.user), 100_000, "everything back")


@check
def seats_of_a_part_are_judged(w):
    buyer, paid = w.paid((5,))
    answer = refund(w, paid["paymentId"], seats=[9])
    must(answer.status == 404 and answer.reason == "SEAT_NOT_FOUND", "a seat that is not of the payment", answer)
    for bad in ([], [5, 5], ["5"], 5):
        invalid(refund(w, paid["paymentId"], seats=bad))
    same(w.balance(buyer.user), 95_000, "nothing went back")


@check
def a_payment_of_several_dates_needs_the_date_of_the_seats(w):
    buyer = w.buyer()
    buyer.hold(1)
    buyer.hold(1, date=D2)
    paid = ok(buyer.pay())
    invalid(refund(w, paid["paymentId"], seats=[1]), "date")
    body = ok(refund(w, paid["paymentId"], seats=[1], date=D2))
    same((body["amount"], body["status"]), (3000, "partly_refunded"), "the seat of the second date")


@check
def a_refund_may_go_out_in_cash(w):
    buyer, paid = w.paid((5,))
    body = ok(refund(w, paid["paymentId"], to="cash"))
    same((body["to"], body["status"]), ("cash", "refunded"), "it says so")
    same(w.balance(buyer.user), 95_000, "nothing to the wallet")


@check
def money_of_a_deleted_user_goes_out_over_the_cash_account(w):
    buyer, paid = w.paid((5,), charge=5000)
    ok(w.admin("DELETE", f"/users/{buyer.user}"))
    body = ok(refund(w, paid["paymentId"]))
    same((body["to"], body["status"], body["amount"]), ("cash", "refunded", 5000), "it says so")


@check
def a_refunded_seat_can_be_sold_again(w):
    buyer, paid = w.paid((5,))
    ok(refund(w, paid["paymentId"]))
    other = w.buyer(buyer.concert)
    other.hold(5)
    again = ok(other.pay())
    must(again["tickets"][0]["ticketId"] != paid["tickets"][0]["ticketId"], "a ticket of its own")
    same([one["status"] for one in buyer.reservations()], ["refunded"], "the first stays refunded")


@check
def a_refund_lowers_the_revenue(w):
    buyer, paid = w.paid((5, 6))
    ok(refund(w, paid["paymentId"], seats=[5]))
    stats = ok(w.admin("GET", f"/concerts/{buyer.concert}/stats"))
    same((stats["revenue"], stats["dates"][0]["revenue"], stats["dates"][0]["sold"]), (5000, 5000, 1), "the numbers")


@check
def a_refunded_ticket_is_void_with_its_reason(w):
    _, paid = w.paid((5,))
    ok(refund(w, paid["paymentId"]))
    ticket = ok(w.get(f"/api/v1/tickets/{paid['tickets'][0]['ticketId']}", auth=w.key))
    same(ticket["status"], "void", "the ticket")
    must(ticket.get("voidReason"), "says why", ticket)


@check
def refunded_seats_do_not_count_for_the_limit(w):
    buyer, paid = w.paid((1, 2, 3, 4))
    refused(buyer.again().reserve(seat=9), 409, "SEAT_LIMIT")
    ok(refund(w, paid["paymentId"], seats=[1]))
    ok(buyer.reserve(D1, seat=9))
