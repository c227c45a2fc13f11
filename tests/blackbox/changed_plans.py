"""Calling off and moving a date (evening, 5)."""
from kit import D1, D2, D3, check, invalid, must, ok, refused, same, until


def call_off(w, concert, date=D1, reason="The singer is ill.", **more):
    return w.admin("POST", f"/concerts/{concert}/dates/{date}/cancel", {"reason": reason}, **more)


def move(w, concert, to, date=D1, **more):
    return w.admin("POST", f"/concerts/{concert}/dates/{date}/move", {"to": to, **more})


def finished(w, concert):
    def done():
        date = [one for one in ok(w.admin("GET", f"/concerts/{concert}"))["dates"] if one["date"] == D1][0]
        return date["calledOff"].get("finishedAt") and date["calledOff"]
    return until(done, 60, what="the refunds are done")


@check
def calling_off_refunds_every_payment_of_the_date(w):
    buyer, _ = w.paid((1, 2))
    other = w.buyer(buyer.concert)
    other.hold(3)
    other.hold(1, date=D2)
    ok(other.pay())
    ok(call_off(w, buyer.concert))
    progress = finished(w, buyer.concert)
    same((progress["refunded"]["seats"], progress["refunded"]["amount"], progress["left"]["seats"]), (3, 15_000, 0), "progress")
    same((w.balance(buyer.user), w.balance(other.user)), (100_000, 97_000), "the money of that date alone")
    same(buyer.payments()[0]["status"], "refunded", "the first payment")
    same(other.payments()[0]["status"], "partly_refunded", "the payment of two dates")


@check
def holds_of_a_date_called_off_are_freed_and_nothing_is_sold(w):
    buyer = w.buyer()
    buyer.hold(1)
    ok(call_off(w, buyer.concert))
    refused(buyer.reserve(seat=2), 409, "DATE_CALLED_OFF")
    answer = buyer.pay(1)
    must(answer.status in (404, 409), "a hold of it cannot be paid", answer)
    until(lambda: "held" not in [one["status"] for one in buyer.reservations()], what="the hold is freed, in bounded steps")
    same(ok(w.get("/api/v1/seats/dates", auth=buyer.token))["dates"], [D2], "it is no date to book")
    refused(w.admin("POST", "/sales", {"concertId": buyer.concert, "date": D1, "seats": [5], "paidBy": "cash"}), 409, "DATE_CALLED_OFF")
    ok(buyer.reserve(D2, seat=1))


@check
def buyers_see_the_reason(w):
    buyer, paid = w.paid((1,))
    ok(call_off(w, buyer.concert, reason="The hall burned down."))
    finished(w, buyer.concert)
    date = ok(w.get(f"/api/v1/concerts/{buyer.concert}"))["dates"][0]
    same(date["calledOff"]["reason"], "The hall burned down.", "in the concert")
    ticket = ok(w.get(f"/api/v1/tickets/{paid['tickets'][0]['ticketId']}", auth=w.key))
    same((ticket["status"], ticket["voidReason"]), ("void", "The hall burned down."), "in the ticket")
    must("The hall burned down." in str(buyer.payments()[0]), "in the payment", buyer.payments())
    refused(w.admin("POST", "/check-ins", {"code": paid["tickets"][0]["code"]}), 409, "TICKET_VOID")


@check
def calling_off_twice_refunds_once(w):
    buyer, _ = w.paid((1,))
    ok(call_off(w, buyer.concert))
    finished(w, buyer.concert)
    again = call_off(w, buyer.concert)
    must(again.status in (200, 409), "it is done already", again)
    same(w.balance(buyer.user), 100_000, "never twice")
    invalid(call_off(w, w.concert(), reason=""), "reason")
    refused(call_off(w, w.concert(), date=D3), 404, "DATE_NOT_FOUND")


@check
def cash_goes_back_as_cash(w):
    concert = w.concert()
    sold = ok(w.admin("POST", "/sales", {"concertId": concert, "date": D1, "seats": [1], "paidBy": "cash"}), 201)
    ok(call_off(w, concert))
    finished(w, concert)
    row = ok(w.admin("GET", "/payments", query={"concertId": concert}))["payments"][0]
    same((row["paymentId"], row["status"], row["refunded"]), (sold["paymentId"], "refunded", 5000), "the payment")
    same(ok(w.admin("GET", f"/concerts/{concert}/stats"))["revenue"], 0, "no revenue is left")


@check
def moving_keeps_holds_tickets_and_codes(w):
    buyer, paid = w.paid((1,))
    holder = w.buyer(buyer.concert)
    holder.hold(2)
    ok(move(w, buyer.concert, D3))
    ticket = buyer.tickets()[0]
    same((ticket["date"], ticket["movedFrom"], ticket["status"], ticket["code"]),
         (D3, D1, "valid", paid["tickets"][0]["code"]), "the ticket")
    one = holder.reservations()[0]
    same((one["date"], one["movedFrom"], one["status"]), (D3, D1, "held"), "the hold")
    ok(holder.pay(2, date=D3))
    ok(w.admin("POST", "/check-ins", {"code": paid["tickets"][0]["code"], "date": D3}))


@check
def both_dates_of_a_move_are_shown(w):
    concert = w.concert()
    ok(move(w, concert, D3, startsAt="21:00"))
    dates = {one["date"]: one for one in ok(w.get(f"/api/v1/concerts/{concert}"))["dates"]}
    same(sorted(dates), [D2, D3], "the dates")
    same((dates[D3]["movedFrom"], dates[D3]["startsAt"]), (D1, "21:00"), "old and new")
    refused(w.buyer(concert).reserve(D1, seat=1), 404, "DATE_NOT_FOUND")


@check
def a_date_is_not_moved_to_one_that_is_taken(w):
    concert = w.concert()
    refused(move(w, concert, D2), 409, "CONCERT_IN_USE")
    refused(move(w, concert, D3, date="2031-09-09"), 404, "DATE_NOT_FOUND")
    invalid(move(w, concert, "2001-01-01"), "to")
    invalid(move(w, concert, D3, startsAt="25:00"), "startsAt")


@check
def a_date_called_off_is_not_moved(w):
    concert = w.concert()
    ok(call_off(w, concert))
    refused(move(w, concert, D3), 409, "DATE_CALLED_OFF")


@check
def the_feed_tells_of_a_date_called_off(w):
    start = ok(w.admin("GET", "/events", query={"after": 0, "limit": 1}))["newest"]
    buyer, _ = w.paid((1,))
    ok(call_off(w, buyer.concert))
    finished(w, buyer.concert)
    types, after = [], start
    while True:
        page = ok(w.admin("GET", "/events", query={"after": after, "limit": 100}))
        types += [one["type"] for one in page["events"] if one.get("concertId") == buyer.concert]
        after = page["next"]
        if not page["events"]:
            break
    must("date.called_off" in types and "payment.refunded" in types and "date.refunding" in types, "the events", types)


@check
def the_date_that_was_moved_from_is_given_to_no_other(w):
    concert = w.concert()
    ok(move(w, concert, D3))
    dates = ok(w.admin("GET", f"/concerts/{concert}"))["dates"]
    answer = w.admin("PATCH", f"/concerts/{concert}", {"dates": dates + [{"date": D1, "seats": 5, "price": 1}]})
    must(answer.status in (400, 409), "it is refused", answer)
    same({one["date"] for one in ok(w.get(f"/api/v1/concerts/{concert}"))["dates"]}, {D2, D3}, "nothing changed")


@check
def a_moved_date_can_be_moved_back(w):
    buyer, paid = w.paid((1,))
    ok(move(w, buyer.concert, D3))
    answer = move(w, buyer.concert, D1, date=D3)
    must(answer.status in (200, 400, 409), "it is moved or refused with a reason", answer)
    same(buyer.tickets()[0]["date"], D1 if answer.status == 200 else D3, "and the ticket follows")
    same(buyer.tickets()[0]["code"], paid["tickets"][0]["code"], "with its code")


@check
def lists_of_dates_ascend_also_after_a_move(w):
    """Section 2 of the contract: "Lists of dates and seats ascend." """
    buyer = w.buyer()
    buyer.hold(1)
    buyer.hold(1, date=D2)
    ok(move(w, buyer.concert, D3))
    days = lambda rows: [one["date"] for one in rows]
    concert = ok(w.get(f"/api/v1/concerts/{buyer.concert}"))
    same(concert["availableDates"], [D2, D3], "availableDates")
    same(ok(w.get("/api/v1/seats/dates", auth=buyer.token))["dates"], [D2, D3], "/seats/dates")
    same(days(ok(w.get(f"/api/v1/concerts/{buyer.concert}/availability", auth=buyer.token))["dates"]), [D2, D3], "availability")
    same(days(ok(w.admin("GET", f"/concerts/{buyer.concert}/stats"))["dates"]), [D2, D3], "stats")
    wrong = [name for name, rows in (("the concert", concert["dates"]),
                                     ("its plan", ok(w.get(f"/api/v1/concerts/{buyer.concert}/plan"))["dates"]),
                                     ("the operator's concert", ok(w.admin("GET", f"/concerts/{buyer.concert}"))["dates"]),
                                     ("the items of a payment", ok(buyer.pay())["items"])) if days(rows) != [D2, D3]]
    same(wrong, [], "lists of dates that do not ascend")
