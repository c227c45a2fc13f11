"""What lapses: holds, active time, claims; servers with `hold.seconds=2` (contract, sections 5 and 6)."""
import time

from kit import D1, D2, check, from_now, must, ok, refused, same, until


def ended(buyer):
    return until(lambda: buyer.place().status == 401 and buyer.place(), 60, what="the place ends")


@check("short")
def a_place_ends_when_its_last_hold_lapses(w):
    buyer = w.buyer()
    body = buyer.hold(1)
    same(body["expiresIn"], 2, "the server's setting")
    refused(ended(buyer), 401, "TOKEN_EXPIRED", why="hold_lapsed")
    same([one["status"] for one in buyer.reservations()], ["expired"], "it is listed as expired")
    refused(buyer.pay(), 401, "TOKEN_EXPIRED", why="hold_lapsed")
    same(w.balance(buyer.user), 100_000, "nothing was paid")


@check("short")
def a_lapsed_hold_can_be_taken_by_another_in_the_same_instant(w):
    buyer = w.buyer()
    other = w.buyer(buyer.concert)
    end = buyer.hold(1)["expiresAt"]
    answer = until(lambda: (lambda got: got.status == 200 and got)(other.reserve(seat=1)), 60, 0.02)
    must(answer.body["expiresAt"] > end, "after its end", answer)


@check("short")
def a_hold_again_does_not_live_longer(w):
    buyer = w.buyer()
    first = buyer.hold(1)["expiresAt"]
    time.sleep(0.7)
    same(buyer.hold(1)["expiresAt"], first, "no extension")
    refused(ended(buyer), 401, "TOKEN_EXPIRED", why="hold_lapsed")


@check("short")
def the_end_of_a_place_with_holds_is_the_last_holds(w):
    buyer = w.buyer()
    alone = ok(buyer.place())
    must(alone["expiresIn"] > 500, "the active time", alone)
    end = buyer.hold(1)["expiresAt"]
    same(ok(buyer.place())["expiresAt"], end, "with end_on_hold_lapse the last hold's")
    time.sleep(0.6)
    later = buyer.hold(2)["expiresAt"]
    same(ok(buyer.place())["expiresAt"], later, "the last hold's")
    ok(buyer.cancel(2))
    same(ok(buyer.place())["expiresAt"], end, "after a cancel")
    ok(buyer.cancel(1))
    same(ok(buyer.place())["expiresAt"], alone["expiresAt"], "without holds the active time")


@check("short")
def one_of_two_holds_lapses_and_the_place_goes_on(w):
    buyer = w.buyer()
    buyer.hold(1)
    time.sleep(1.2)
    buyer.hold(2)
    until(lambda: "expired" in [one["status"] for one in buyer.reservations()], 30, 0.05)
    answer = buyer.pay(1)
    if answer.reason == "TOKEN_EXPIRED":
        return  # too slow a machine: the second has lapsed as well
    refused(answer, 409, "HOLD_EXPIRED", seat=1)
    answer = buyer.cancel(1)
    if answer.reason == "TOKEN_EXPIRED":
        return
    refused(answer, 404, "RESERVATION_NOT_FOUND", seat=1)
    answer = buyer.pay()
    if answer.status == 200:
        same(answer.body["seats"], [2], "what is held still is paid")


@check("short")
def holds_made_in_the_active_time_are_honoured_but_nothing_new(w):
    concert = w.concert(queue={"activeSeconds": 1})
    buyer = w.buyer(concert)
    buyer.hold(1)
    time.sleep(1.1)
    answer = buyer.reserve(seat=2)
    refused(answer, 401, "TOKEN_EXPIRED")
    if answer.body["why"] == "hold_lapsed":
        return  # too slow a machine
    same(answer.body["why"], "timed_out", "after active_seconds no new seats")
    paid = buyer.pay()
    must(paid.status == 200 or paid.body.get("why") == "hold_lapsed", "it can still pay", paid)


@check("short")
def an_admitted_place_that_is_not_seen_is_abandoned(w):
    concert = w.concert(queue={"maxActive": 1})
    first, silent = w.buyer(concert, charge=0), w.buyer(concert, charge=0)
    ok(first.leave())
    third = w.buyer(concert, charge=0)
    until(lambda: ok(third.place())["status"] == "ACTIVE", 60, what="the silent one is not counted any more")
    refused(silent.place(), 401, "TOKEN_EXPIRED", why="abandoned")


@check("short")
def an_admitted_place_that_was_seen_once_stays(w):
    concert = w.concert(queue={"maxActive": 1})
    first, second = w.buyer(concert, charge=0), w.buyer(concert, charge=0)
    ok(first.leave())
    same(ok(second.place())["status"], "ACTIVE", "seen")
    time.sleep(3.5)
    same(ok(second.place())["status"], "ACTIVE", "it stays")


@check("short")
def a_hold_that_was_carried_over_the_closing_lapses(w):
    buyer = w.buyer()
    buyer.hold(1)
    ok(w.admin("PATCH", f"/concerts/{buyer.concert}", {"status": "closed"}))
    answer = ended(buyer)
    refused(answer, 401, "TOKEN_EXPIRED", why="hold_lapsed")


@check("short")
def a_lapse_admits_the_next(w):
    concert = w.concert(queue={"maxActive": 1})
    first, second = w.buyer(concert), w.buyer(concert, charge=0)
    first.hold(1)
    until(lambda: ok(second.place())["status"] == "ACTIVE", 60, what="the next is admitted")


@check("short")
def the_servers_seat_limit_is_for_concerts_that_do_not_say(w):
    buyer = w.buyer()
    refused(buyer.reserve(seats=[1, 2, 3, 4, 5, 6, 7]), 409, "SEAT_LIMIT", seatLimit=6)
    ok(buyer.reserve(seats=[1, 2, 3, 4, 5, 6]))
    same(ok(w.get(f"/api/v1/concerts/{buyer.concert}"))["seatLimit"], 6, "the concert tells it")


@check("short")
def lapses_are_told_in_the_feed_and_the_series(w):
    start = ok(w.admin("GET", "/events", query={"after": 0, "limit": 1}))["newest"]
    buyer = w.buyer()
    buyer.hold(1, 2)
    ended(buyer)

    def told():
        page = ok(w.admin("GET", "/events", query={"after": start, "limit": 100}))
        return [(one["data"]["seat"], one["data"]["reason"]) for one in page["events"]
                if one.get("concertId") == buyer.concert and one["type"] == "seat.released"]
    same(sorted(until(told, 20, what="the releases are told")), [(1, "expired"), (2, "expired")], "the events")
    points = ok(w.admin("GET", f"/concerts/{buyer.concert}/stats/series"))["points"]
    same(sum(one["lapses"] for one in points), 2, "the series")


@check("stay")
def a_place_can_outlive_its_holds(w):
    buyer = w.buyer()
    buyer.hold(1)
    until(lambda: "expired" in [one["status"] for one in buyer.reservations()], 30, 0.05)
    same(ok(buyer.place())["status"], "ACTIVE", "the place stays")
    refused(buyer.pay(1), 409, "HOLD_EXPIRED", seat=1)
    refused(buyer.cancel(1), 404, "RESERVATION_NOT_FOUND", seat=1)
    refused(buyer.pay(), 404 if buyer.pay().status == 404 else 409, buyer.pay().reason)
    other = w.buyer(buyer.concert)
    other.hold(1)
    refused(buyer.pay(1), 404, "RESERVATION_NOT_FOUND", seat=1)
    buyer.hold(2)
    ok(buyer.pay(2))


@check("stay")
def a_lapsed_seat_can_be_held_again_with_a_new_time(w):
    buyer = w.buyer()
    first = buyer.hold(1)["expiresAt"]
    until(lambda: "expired" in [one["status"] for one in buyer.reservations()], 30, 0.05)
    must(buyer.hold(1)["expiresAt"] > first, "a hold of its own")
    same([one["status"] for one in buyer.reservations()], ["held", "expired"], "both are listed")
    ok(buyer.pay(1))


@check("stay")
def a_lapsed_hold_does_not_count_for_the_limit(w):
    buyer = w.buyer(seatLimit=1)
    buyer.hold(1)
    until(lambda: buyer.reserve(D2, seat=1).status == 200, 30, 0.1, "the limit frees")


@check("stay")
def the_end_of_a_place_is_the_later_without_the_rule(w):
    buyer = w.buyer()
    before = ok(buyer.place())["expiresAt"]
    buyer.hold(1)
    same(ok(buyer.place())["expiresAt"], before, "the later of hold and active time")


@check("stay")
def a_holder_after_the_closing_ends_closed_without_the_rule(w):
    buyer = w.buyer()
    buyer.hold(1)
    ok(w.admin("PATCH", f"/concerts/{buyer.concert}", {"status": "closed"}))
    refused(ended(buyer), 401, "TOKEN_EXPIRED", why="closed")


@check("stay")
def active_time_ends_a_place_whose_hold_lapsed(w):
    concert = w.concert(queue={"activeSeconds": 3})
    buyer = w.buyer(concert)
    buyer.hold(1)
    refused(ended(buyer), 401, "TOKEN_EXPIRED", why="timed_out")
    ok(w.join(buyer.user, concert), 201)
