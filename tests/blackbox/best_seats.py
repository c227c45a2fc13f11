"""`bestAvailable` (contract, section 6; evening, 1)."""
from kit import D1, check, invalid, must, ok, refused, same


def hall(w, *sections, **more):
    return w.concert(dates=[{"date": D1, "sections": list(sections)}], seatLimit=more.pop("seatLimit", 100), **more)


def rows(name, count, seats, price=1000, **more):
    return {"name": name, "rows": count, "seatsPerRow": seats, "price": price, **more}


def best(buyer, count, **more):
    return buyer.reserve(bestAvailable={"count": count, **more})


@check
def the_frontmost_row_that_fits_is_taken(w):
    concert = hall(w, rows("A", 3, 4))
    buyer = w.buyer(concert)
    same(ok(best(buyer, 4))["seats"], [1, 2, 3, 4], "the first row")
    same(ok(best(w.buyer(concert), 4))["seats"], [5, 6, 7, 8], "then the second")


@check
def adjacent_seats_never_span_rows(w):
    concert = hall(w, rows("A", 3, 3))
    w.buyer(concert).hold(2, 5)
    same(ok(best(w.buyer(concert), 2))["seats"], [7, 8], "only the third row has two together")
    refused(best(w.buyer(concert), 3), 409, "NO_ADJACENT_SEATS")


@check
def rows_come_before_the_order_of_sections(w):
    concert = hall(w, rows("A", 2, 4), rows("B", 2, 4))
    w.buyer(concert).hold(1, 2, 3, 4)
    same(ok(best(w.buyer(concert), 3))["seats"], [9, 10, 11], "row 1 of B before row 2 of A")


@check
def within_a_row_the_block_that_leaves_the_fewest_single_seats(w):
    concert = hall(w, rows("A", 1, 10))
    w.buyer(concert).hold(4)
    same(ok(best(w.buyer(concert), 3))["seats"], [1, 2, 3], "a gap that it fills")
    concert = hall(w, rows("A", 1, 6))
    w.buyer(concert).hold(1, 5)
    same(ok(best(w.buyer(concert), 3))["seats"], [2, 3, 4], "the gap of three")
    concert = hall(w, rows("A", 1, 8))
    w.buyer(concert).hold(4)
    same(ok(best(w.buyer(concert), 2))["seats"], [5, 6], "1 2 would leave seat 3 alone, 5 6 leaves two together")


@check
def among_equals_the_leftmost(w):
    same(ok(best(w.buyer(hall(w, rows("A", 1, 10))), 2))["seats"], [1, 2], "the leftmost")


@check
def a_section_can_be_asked_for(w):
    concert = hall(w, rows("A", 2, 4), rows("B", 2, 4, 700))
    body = ok(best(w.buyer(concert), 2, section="B"))
    same((body["seats"], body["amount"]), ([9, 10], 1400), "of B")
    answer = best(w.buyer(concert), 2, section="Z")
    must(answer.status in (400, 404, 409), "an unknown section is refused", answer)


@check
def more_than_a_row_is_refused(w):
    refused(best(w.buyer(hall(w, rows("A", 5, 4))), 5), 409, "NO_ADJACENT_SEATS")


@check
def the_count_is_judged(w):
    buyer = w.buyer()
    for bad in ({"count": 0}, {"count": -1}, {"count": "2"}, {"count": 1.0}, {}, {"count": None}, {"count": 1001}, 5, []):
        answer = buyer.reserve(bestAvailable=bad)
        invalid(answer)
        must("bestAvailable" in answer.body["field"], "the field is named", answer)


@check
def the_seat_limit_counts_here_too(w):
    buyer = w.buyer(seatLimit=3)
    refused(best(buyer, 4), 409, "SEAT_LIMIT", seatLimit=3)
    ok(best(buyer, 2))
    refused(best(buyer, 2), 409, "SEAT_LIMIT", seatLimit=3)
    ok(best(buyer, 1))


@check
def accessible_seats_come_last_without_the_wish(w):
    concert = hall(w, rows("A", 2, 4, accessible=[1, 2, 3, 4]))
    same(ok(best(w.buyer(concert), 2))["seats"], [5, 6], "not the accessible row")
    same(ok(best(w.buyer(concert), 2, accessible=True))["seats"], [1, 2], "with the wish")
    w.buyer(concert).hold(7, 8)
    same(ok(best(w.buyer(concert), 2))["seats"], [3, 4], "at last they are given, too")


@check
def with_the_wish_only_accessible_seats_are_given(w):
    concert = hall(w, rows("A", 2, 4, accessible=[6, 7]))
    same(ok(best(w.buyer(concert), 2, accessible=True))["seats"], [6, 7], "accessible ones")
    answer = best(w.buyer(concert), 2, accessible=True)
    refused(answer, 409, "NO_ADJACENT_SEATS")


@check
def blocked_seats_are_not_given_and_break_no_orphan_rule(w):
    concert = hall(w, rows("A", 1, 8))
    ok(w.admin("POST", f"/concerts/{concert}/dates/{D1}/block", {"seats": [3], "reason": "A camera."}))
    got = ok(best(w.buyer(concert), 3))["seats"]
    must(3 not in got, "a blocked seat is not given", got)
