"""Seats as a hall has them: rows with names, numberings, plans, states, blocked seats (evening, 1)."""
import base64

from kit import D1, D2, D3, check, invalid, must, ok, refused, same


def rows(*sections):
    return [{"date": D1, "sections": list(sections)}]


NAMED = {"name": "Stalls", "price": 900, "rows": [{"label": "AA", "seats": 3, "firstNumber": 11}, {"label": "B", "seats": 2}],
         "at": {"x": 0, "y": 2, "angle": -15, "curve": 0.2}, "accessible": [1], "restrictedView": [5]}


def labels(buyer):
    return [one["label"] for one in ok(buyer.map())["seats"]]


@check
def rows_have_names_and_first_numbers(w):
    buyer = w.buyer(dates=rows(NAMED))
    same(labels(buyer), ["AA-11", "AA-12", "AA-13", "B-1", "B-2"], "the labels")
    seats = ok(buyer.map())["seats"]
    same([(one["row"], one["rowLabel"]) for one in seats], [(1, "AA")] * 3 + [(2, "B")] * 2, "rows")
    same([one.get("accessible", False) for one in seats], [True] + [False] * 4, "accessible")
    same([one.get("restrictedView", False) for one in seats], [False] * 4 + [True], "restricted view")


@check
def a_hold_and_a_ticket_speak_in_words(w):
    buyer = w.buyer(dates=rows(NAMED))
    place = buyer.hold(2)["places"][0]
    same(place, {"seat": 2, "section": "Stalls", "row": 1, "rowLabel": "AA", "label": "AA-12"}, "the hold")
    ticket = ok(buyer.pay())["tickets"][0]
    same((ticket["section"], ticket["rowLabel"], ticket["label"], ticket["price"]), ("Stalls", "AA", "AA-12", 900), "ticket")
    refused(w.buyer(buyer.concert).reserve(seat=2), 409, "SEAT_TAKEN", label="AA-12", section="Stalls", rowLabel="AA")


@check
def numberings_count_as_said(w):
    for numbering, wanted in (("left_to_right", ["1-1", "1-2", "1-3", "1-4"]), ("right_to_left", ["1-4", "1-3", "1-2", "1-1"]),
                              ("odd_even", ["1-3", "1-1", "1-2", "1-4"])):
        buyer = w.buyer(dates=rows({"name": "A", "rows": 1, "seatsPerRow": 4, "price": 1, "numbering": numbering}))
        same(labels(buyer), wanted, numbering)


@check
def a_plan_gives_sections_rows_labels_prices_and_geometry(w):
    concert = w.concert(dates=rows(NAMED))
    answer = w.get(f"/api/v1/concerts/{concert}/plan")
    body = ok(answer)
    same(body["concertId"], concert, "the concert")
    layout = {one["layout"]: one for one in body["layouts"]}[body["dates"][0]["layout"]]
    section = layout["sections"][0]
    same((section["name"], section["price"], section["accessible"], section["restrictedView"]), ("Stalls", 900, [1], [5]), "it")
    same([(one["label"], one["firstNumber"], one["firstSeat"], one["seats"]) for one in section["rows"]],
         [("AA", 11, 1, 3), ("B", 1, 4, 2)], "its rows")
    same((section["at"]["x"], section["at"]["y"], section["at"]["angle"], section["at"]["curve"]), (0, 2, -15, 0.2), "where")
    same(w.get(f"/api/v1/concerts/{concert}/plan", headers={"if-none-match": answer.header("etag")}).status, 304, "unchanged")


@check
def states_are_two_bits_a_seat(w):
    buyer = w.buyer(dates=[{"date": D1, "seats": 9, "price": 1}])
    other = w.buyer(buyer.concert)
    other.hold(2)
    ok(other.pay())
    buyer.hold(1)
    ok(w.admin("POST", f"/concerts/{buyer.concert}/dates/{D1}/block", {"seats": [9], "reason": "x"}))
    body = ok(w.get("/api/v1/seats/states", auth=buyer.token, query={"date": D1}))
    bits = base64.b64decode(body["states"])
    got = [(bits[(number - 1) // 4] >> 2 * ((number - 1) % 4)) & 3 for number in range(1, 10)]
    same(got, [1, 2, 0, 0, 0, 0, 0, 0, 3], "free 0, held 1, sold 2, blocked 3, lowest bits first")
    plan = ok(w.get(f"/api/v1/concerts/{buyer.concert}/plan"))
    same(body["layout"], plan["dates"][0]["layout"], "the layout's tag")
    ok(buyer.cancel(1))
    after = ok(w.get("/api/v1/seats/states", auth=buyer.token, query={"date": D1}))
    must(after["version"] != body["version"] and after["layout"] == body["layout"], "the version changes, the layout stays", after)


def block(w, concert, *seats, date=D1, reason="A camera stands there."):
    return w.admin("POST", f"/concerts/{concert}/dates/{date}/block", {"seats": list(seats), "reason": reason})


def release(w, concert, *seats, date=D1):
    return w.admin("POST", f"/concerts/{concert}/dates/{date}/release", {"seats": list(seats)})


@check
def blocked_seats_are_shown_and_cannot_be_had(w):
    buyer = w.buyer()
    same(ok(block(w, buyer.concert, 3, 4))["seats"], [3, 4], "the answer")
    same([one["status"] for one in ok(buyer.map())["seats"]][2:5], ["blocked", "blocked", "free"], "the map")
    must(not {3, 4} & set(buyer.free()), "they are not available")
    refused(buyer.reserve(seat=3), 409, "SEAT_TAKEN")
    stats = ok(w.admin("GET", f"/concerts/{buyer.concert}/stats"))["dates"][0]
    same((stats["free"], stats["blocked"]), (48, 2), "counted apart")


@check
def released_seats_are_free_again(w):
    buyer = w.buyer()
    ok(block(w, buyer.concert, 3, 4))
    same(ok(release(w, buyer.concert, 3))["seats"], [3], "the answer")
    ok(buyer.reserve(seat=3))
    refused(release(w, buyer.concert, 3), 409, "SEAT_NOT_BLOCKED")
    refused(release(w, buyer.concert, 4, 5), 409, "SEAT_NOT_BLOCKED", seat=5)
    must(4 not in buyer.free(), "all or nothing")


@check
def held_or_sold_seats_cannot_be_blocked(w):
    buyer, _ = w.paid((5,))
    holder = w.buyer(buyer.concert)
    holder.hold(6)
    for seats in ((5,), (6,), (7, 6)):
        answer = block(w, buyer.concert, *seats)
        must(answer.status == 409, "it is refused", answer)
    must(7 in holder.free(), "all or nothing")


@check
def blocking_is_judged(w):
    concert = w.concert()
    refused(block(w, concert, 51), 404, "SEAT_NOT_FOUND")
    refused(block(w, concert, 1, date=D3), 404, "DATE_NOT_FOUND")
    invalid(block(w, concert), "seats")
    invalid(block(w, concert, 1, 1))
    invalid(block(w, concert, 1, reason=""), "reason")
    invalid(block(w, concert, 1, date="x"))
    refused(block(w, "none-such", 1), 404, "CONCERT_NOT_FOUND")


@check
def one_seat_tells_in_whose_hands_it_is(w):
    buyer, paid = w.paid((5,))
    holder = w.buyer(buyer.concert)
    holder.hold(6)
    ok(block(w, buyer.concert, 7, reason="A pillar."))
    seat = lambda number: ok(w.admin("GET", f"/concerts/{buyer.concert}/dates/{D1}/seats/{number}"))
    sold, held, blocked, free = seat(5), seat(6), seat(7), seat(8)
    same((sold["status"], sold["userId"], sold["paymentId"], sold["ticketId"]),
         ("sold", buyer.user, paid["paymentId"], paid["tickets"][0]["ticketId"]), "sold")
    same((held["status"], held["userId"], held["amount"]), ("held", holder.user, 5000), "held")
    same((blocked["status"], blocked["reason"]), ("blocked", "A pillar."), "blocked")
    same((free["status"], free["userId"], free["since"]), ("free", None, None), "free")
    refused(w.admin("GET", f"/concerts/{buyer.concert}/dates/{D1}/seats/51"), 404, "SEAT_NOT_FOUND")


@check
def a_reservation_and_a_cancel_speak_in_words(w):
    buyer = w.buyer(dates=rows(NAMED))
    buyer.hold(4)
    one = buyer.reservations()[0]
    same((one["section"], one["rowLabel"], one["label"]), ("Stalls", "B", "B-1"), "the reservation")
    same(ok(buyer.cancel(4))["places"][0]["label"], "B-1", "the cancel")
