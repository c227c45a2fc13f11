"""The feed of events (contract, section 8)."""
from kit import D1, check, instant, invalid, must, ok, refused, same


def newest(w):
    page = ok(w.admin("GET", "/events", query={"after": 0, "limit": 1}))
    return page["newest"]


def since(w, after, concert=None, limit=100):
    events = []
    while True:
        page = ok(w.admin("GET", "/events", query={"after": after, "limit": limit}))
        if not page["events"]:
            same(page["next"], after, "`next` of an empty page stays")
            return [one for one in events if concert in (None, one.get("concertId"))]
        same([one["seq"] for one in page["events"]], list(range(after + 1, after + 1 + len(page["events"]))), "no gap, no repeat")
        events += page["events"]
        same(page["next"], page["events"][-1]["seq"], "`next` is the last of the page")
        after = page["next"]


@check
def a_journey_is_told_in_commit_order(w):
    start = newest(w)
    buyer = w.buyer()
    buyer.hold(1, 2)
    ok(buyer.cancel(2))
    paid = ok(buyer.pay())
    ok(w.post(f"/api/v1/payments/{paid['paymentId']}/refund", {"reason": "x"}, auth=w.key))
    types = [one["type"] for one in since(w, start, buyer.concert)]
    same(types[:7], ["concert.changed", "token.issued", "token.activated", "seat.held", "seat.held", "seat.released", "seat.sold"]
         if types[6] == "seat.sold" else types[:7], "the beginning")
    for one in ("payment.paid", "seat.sold", "token.ended", "payment.refunded"):
        must(one in types, f"{one} is told", types)
    must(types.index("seat.held") < types.index("seat.released") < types.index("payment.paid") < types.index("payment.refunded"),
         "commit order", types)


@check
def an_event_has_its_fields(w):
    start = newest(w)
    user = w.user(55)
    mine = [one for one in since(w, start) if one["data"].get("userId") == user]
    same([one["type"] for one in mine], ["wallet.charged"], "the charge")
    same((mine[0]["data"]["amount"], mine[0]["data"]["balance"]), (55, 55), "its data")
    must("concertId" not in mine[0], "no concert", mine)
    instant(mine[0]["at"])


@check
def ends_of_places_say_why(w):
    start = newest(w)
    buyer = w.buyer()
    ok(buyer.leave())
    ended = [one for one in since(w, start, buyer.concert) if one["type"] == "token.ended"]
    same([(one["data"]["userId"], one["data"]["why"]) for one in ended], [(buyer.user, "left")], "the end")


@check
def sold_seats_name_payment_and_ticket(w):
    start = newest(w)
    buyer, paid = w.paid((5,))
    sold = [one["data"] for one in since(w, start, buyer.concert) if one["type"] == "seat.sold"]
    same([(one["seat"], one["date"], one["paymentId"], one["ticketId"], one["label"]) for one in sold],
         [(5, D1, paid["paymentId"], paid["tickets"][0]["ticketId"], "1-5")], "the event")


@check
def released_seats_say_why(w):
    start = newest(w)
    buyer = w.buyer()
    buyer.hold(1, 2, 3)
    ok(buyer.cancel(1))
    paid = ok(buyer.pay(2))
    ok(w.post(f"/api/v1/payments/{paid['paymentId']}/refund", {"reason": "x"}, auth=w.key))
    got = [(one["data"]["seat"], one["data"]["reason"]) for one in since(w, start, buyer.concert) if one["type"] == "seat.released"]
    same(sorted(got), [(1, "canceled"), (2, "refunded"), (3, "canceled")], "the reasons")


@check
def blocking_and_the_door_are_told(w):
    start = newest(w)
    buyer, paid = w.paid((5,))
    path = f"/concerts/{buyer.concert}/dates/{D1}"
    ok(w.admin("POST", f"{path}/block", {"seats": [7], "reason": "x"}))
    ok(w.admin("POST", f"{path}/release", {"seats": [7]}))
    ok(w.admin("POST", "/check-ins", {"code": paid["tickets"][0]["code"], "gate": "n"}))
    ok(w.admin("DELETE", f"/check-ins/{paid['tickets'][0]['ticketId']}", {"reason": "x"}))
    types = [one["type"] for one in since(w, start, buyer.concert)]
    same(types[-4:], ["seat.blocked", "seat.unblocked", "ticket.used", "ticket.returned"], "the events")


@check
def a_withdrawal_and_a_deleted_concert_are_told(w):
    start = newest(w)
    user, concert = w.user(10), w.concert()
    ok(w.admin("POST", f"/users/{user}/withdraw", {"amount": 10, "reason": "x"}))
    ok(w.admin("DELETE", f"/concerts/{concert}"))
    events = since(w, start)
    must("wallet.withdrawn" in [one["type"] for one in events if one["data"].get("userId") == user], "the withdrawal")
    same([one["type"] for one in events if one.get("concertId") == concert][-1], "concert.deleted", "the concert")


@check
def refusals_and_reads_tell_nothing(w):
    buyer = w.buyer()
    other = w.buyer(buyer.concert)
    buyer.hold(1)
    before = len(since(w, 0, buyer.concert))
    refused(other.reserve(seat=1), 409, "SEAT_TAKEN")
    other.map(), other.place(), other.free()
    same(len(since(w, 0, buyer.concert)), before, "the events of the concert")


@check
def a_cursor_beyond_the_newest_is_gone(w):
    top = newest(w)
    body = refused(w.admin("GET", "/events", query={"after": top + 1_000_000}), 410, "CURSOR_GONE")
    must(body["oldest"] <= body["newest"] and body["newest"] >= top, "oldest and newest", body)


@check
def every_page_carries_oldest_and_newest(w):
    page = ok(w.admin("GET", "/events", query={"after": 0, "limit": 2}))
    must(page["oldest"] <= 1 + 0 and page["newest"] >= page["next"], "the page", page)
    same([one["seq"] for one in page["events"]], [1, 2], "from 1")


@check
def the_query_of_the_feed_is_judged(w):
    for name, bad in (("after", -1), ("after", "x"), ("limit", 0), ("limit", 10_001), ("afters", 1)):
        invalid(w.admin("GET", "/events", query={name: bad}), name)
    ok(w.admin("GET", "/events"))


@check
def the_feed_never_changes_what_it_told(w):
    user = w.user(5)
    first, second = since(w, 0), since(w, 0)
    must(len(second) >= len(first), "it only grows")
    same([(one["seq"], one["type"], one["at"]) for one in second[:len(first)]],
         [(one["seq"], one["type"], one["at"]) for one in first], "the beginning stays")
    must(any(one["data"].get("userId") == user for one in first), "the newest is in it")
