"""Who is admitted, when and in which order (contract, section 5; evening, 5: pause)."""
import time

from kit import check, from_now, must, ok, refused, same, until


def statuses(buyers):
    return [ok(buyer.place())["status"] for buyer in buyers]


@check
def at_most_max_active_are_active(w):
    concert = w.concert(queue={"maxActive": 3})
    buyers = [w.buyer(concert, charge=0) for _ in range(7)]
    same(statuses(buyers), ["ACTIVE"] * 3 + ["WAITING"] * 4, "in the order of arrival")


@check
def a_freed_place_admits_the_next_in_the_same_step(w):
    concert = w.concert(queue={"maxActive": 2})
    buyers = [w.buyer(concert, charge=0) for _ in range(5)]
    ok(buyers[1].leave())
    same(ok(buyers[2].place())["status"], "ACTIVE", "the next at once")
    same([ok(one.place())["queuePosition"] for one in buyers[3:]], [1, 2], "the others move up")


@check
def paying_frees_the_place_for_the_next(w):
    concert = w.concert(queue={"maxActive": 1})
    first, second = w.buyer(concert), w.buyer(concert)
    first.hold(1)
    ok(first.pay())
    same(ok(second.place())["status"], "ACTIVE", "the next at once")


def buyers_behind(w, before, count, after):
    """So many buyers who came under one limit, with another in force since."""
    concert = w.concert(queue={"maxActive": before})
    buyers = [w.buyer(concert, charge=0) for _ in range(count)]
    ok(w.admin("PUT", f"/concerts/{concert}/queue", {"maxActive": after}))
    return buyers


@check
def raising_max_active_takes_effect_at_once(w):
    buyers = buyers_behind(w, before=1, count=5, after=4)
    same(statuses(buyers), ["ACTIVE"] * 4 + ["WAITING"], "after the change")


@check
def lowering_max_active_ends_nobody(w):
    buyers = buyers_behind(w, before=3, count=4, after=1)
    same(statuses(buyers), ["ACTIVE"] * 3 + ["WAITING"], "nobody ends")
    ok(buyers[0].leave())
    ok(buyers[1].leave())
    same(statuses(buyers[2:]), ["ACTIVE", "WAITING"], "it only stops admission")
    ok(buyers[2].leave())
    same(statuses(buyers[3:]), ["ACTIVE"], "and goes on below the bound")


@check
def max_active_off_admits_everybody(w):
    concert = w.concert(queue={"maxActive": None})
    same(statuses([w.buyer(concert, charge=0) for _ in range(8)]), ["ACTIVE"] * 8, "all of them")


@check
def at_most_admit_count_are_admitted_in_a_window(w):
    concert = w.concert(queue={"maxActive": None, "admitCount": 2, "admitInterval": 3600})
    buyers = [w.buyer(concert, charge=0) for _ in range(5)]
    same(statuses(buyers), ["ACTIVE"] * 2 + ["WAITING"] * 3, "by the window")
    ok(buyers[0].leave())
    same(statuses(buyers[1:]), ["ACTIVE"] + ["WAITING"] * 3, "a freed place gives the window nothing back")


@check
def the_window_slides(w):
    concert = w.concert(queue={"maxActive": None, "admitCount": 1, "admitInterval": 2})
    buyers = [w.buyer(concert, charge=0) for _ in range(3)]
    seen = []
    for buyer in buyers:
        until(lambda buyer=buyer: ok(buyer.place())["status"] == "ACTIVE", 40, what="the window slides on")
        seen.append(time.monotonic())
    must(seen[2] - seen[1] > 1.0, "no two within the window", seen)


@check
def all_parts_of_a_policy_must_allow_it(w):
    concert = w.concert(queue={"maxActive": 1, "admitCount": 5, "admitInterval": 3600})
    same(statuses([w.buyer(concert, charge=0) for _ in range(3)]), ["ACTIVE", "WAITING", "WAITING"], "maxActive rules")


@check
def nobody_passes_those_who_wait(w):
    concert = w.concert(queue={"maxActive": 1})
    buyers = [w.buyer(concert, charge=0) for _ in range(3)]
    ok(w.admin("PUT", f"/concerts/{concert}/queue", {"maxActive": 2}))
    late = w.buyer(concert, charge=0)
    same(statuses(buyers + [late]), ["ACTIVE", "ACTIVE", "WAITING", "WAITING"], "first come, first served")
    same(ok(late.place())["queuePosition"], 2, "behind those who came before")


@check
def a_lobby_is_admitted_by_arrival_at_the_opening(w):
    concert = w.concert(onSaleAt=from_now(4), queue={"maxActive": 2})
    buyers = [w.buyer(concert, charge=0) for _ in range(4)]
    same(statuses(buyers), ["WAITING"] * 4, "the lobby")
    until(lambda: ok(buyers[0].place())["status"] == "ACTIVE", 60, what="the sale opens")
    same(statuses(buyers), ["ACTIVE"] * 2 + ["WAITING"] * 2, "by arrival")


@check
def moving_the_opening_earlier_opens_at_once(w):
    concert = w.concert(onSaleAt=from_now(3600))
    buyer = w.buyer(concert, charge=0)
    ok(w.admin("PATCH", f"/concerts/{concert}", {"onSaleAt": None}))
    until(lambda: ok(buyer.place())["status"] == "ACTIVE", 60, what="the sale opens")


@check
def an_active_place_lasts_active_seconds(w):
    concert = w.concert(queue={"maxActive": 1, "activeSeconds": 2})
    first, second = w.buyer(concert, charge=0), w.buyer(concert, charge=0)
    until(lambda: first.place().status == 401, 60, what="the place times out")
    refused(first.place(), 401, "TOKEN_EXPIRED", why="timed_out")
    must(ok(second.place())["status"] == "ACTIVE", "and the next is admitted")


@check
def a_waiting_place_that_is_not_seen_is_abandoned(w):
    concert = w.concert(queue={"maxActive": 1, "abandonSeconds": 2})
    w.token(w.user(), concert)
    silent, seen = w.buyer(concert, charge=0), w.buyer(concert, charge=0)
    until(lambda: ok(seen.place())["queuePosition"] == 1, 60, what="the silent one is abandoned")
    refused(silent.place(), 401, "TOKEN_EXPIRED", why="abandoned")


@check
def nobody_is_abandoned_in_a_lobby(w):
    concert = w.concert(onSaleAt=from_now(3600), queue={"abandonSeconds": 1})
    first, second = w.buyer(concert, charge=0), w.buyer(concert, charge=0)
    time.sleep(2.5)
    same([ok(one.place())["queuePosition"] for one in (first, second)], [1, 2], "both are there")


@check
def poll_after_is_at_most_half_of_abandon_seconds(w):
    concert = w.concert(queue={"maxActive": 1, "abandonSeconds": 4})
    w.token(w.user(), concert)
    for _ in range(4):
        body = ok(w.join(w.user(), concert), 201)
        must(body["pollAfter"] <= 2, "half of 4", body)


@check
def a_pause_stops_admission_and_nothing_else(w):
    concert = w.concert(queue={"maxActive": 2, "paused": True})
    inside = w.buyer(concert)
    body = ok(inside.place())
    same((body["status"], body["paused"]), ("WAITING", True), "a pause from the start")
    ok(w.admin("PUT", f"/concerts/{concert}/queue", {"maxActive": 1}))
    same(ok(inside.place())["status"], "ACTIVE", "goes on")
    waiting = w.buyer(concert)
    ok(w.admin("PUT", f"/concerts/{concert}/queue", {"maxActive": 5, "paused": True}))
    same((ok(waiting.place())["status"], ok(waiting.place())["paused"]), ("WAITING", True), "those outside wait")
    inside.hold(1)
    ok(inside.pay())
    same(ok(waiting.place())["status"], "WAITING", "also when somebody pays")
    ok(w.admin("PUT", f"/concerts/{concert}/queue", {"maxActive": 5}))
    same(ok(waiting.place())["status"], "ACTIVE", "until it goes on")


@check
def nobody_is_abandoned_while_a_pause_lasts(w):
    concert = w.concert(queue={"maxActive": 1, "abandonSeconds": 1, "paused": True})
    buyer, other = w.buyer(concert, charge=0), w.buyer(concert, charge=0)
    time.sleep(2.5)
    same([ok(one.place())["queuePosition"] for one in (buyer, other)], [1, 2], "both are there")


@check
def at_closing_places_without_holds_end(w):
    buyer = w.buyer()
    holder = w.buyer(buyer.concert)
    holder.hold(1)
    waiting = w.concert(queue={"maxActive": 1})
    w.token(w.user(), waiting)
    waiter = w.buyer(waiting)
    for concert in (buyer.concert, waiting):
        ok(w.admin("PATCH", f"/concerts/{concert}", {"status": "closed"}))
    refused(buyer.place(), 401, "TOKEN_EXPIRED", why="closed")
    refused(waiter.place(), 401, "TOKEN_EXPIRED", why="closed")
    refused(holder.reserve(seat=2), 403, "NOT_ON_SALE")
    ok(holder.pay())


@check
def a_holder_may_cancel_after_the_closing_and_the_place_ends(w):
    holder = w.buyer()
    holder.hold(1)
    ok(w.admin("PATCH", f"/concerts/{holder.concert}", {"status": "closed"}))
    ok(holder.cancel(1))
    refused(holder.place(), 401, "TOKEN_EXPIRED", why="closed")


@check
def closes_at_closes(w):
    concert = w.concert(closesAt=from_now(2))
    buyer = w.buyer(concert, charge=0)
    until(lambda: buyer.place().status == 401, 60, what="the sale closes")
    refused(buyer.place(), 401, "TOKEN_EXPIRED", why="closed")
    refused(w.join(w.user(), concert), 403, "NOT_ON_SALE")


@check
def estimated_wait_follows_the_policy(w):
    """One admission every 10 s: the fifth waits about 50 s, within a factor of 1.5 (or a step of the window)."""
    concert = w.concert(queue={"maxActive": None, "admitCount": 1, "admitInterval": 10})
    for _ in range(5):
        w.token(w.user(), concert)
    body = ok(w.join(w.user(), concert), 201)
    same(body["queuePosition"], 5, "the position")
    must(30 <= body["estimatedWaitTime"] <= 75, "the estimate", body)
