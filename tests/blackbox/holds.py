"""Holding seats, cancelling holds, and what maps show of them (contract, sections 3, 4 and 6)."""
from kit import D1, D2, D3, NOBODY, check, instant, invalid, must, ok, refused, same


@check
def a_hold_is_told_whole(w):
    buyer = w.buyer()
    body = ok(buyer.reserve(seat=5))
    same((body["status"], body["date"], body["seatNumber"], body["seats"], body["amount"]),
         ("reserved", D1, 5, [5], 5000), "the hold")
    must(299 <= body["expiresIn"] <= 300, "expiresIn", body)
    instant(body["expiresAt"])


@check
def several_seats_are_held_in_one_step(w):
    buyer = w.buyer()
    body = ok(buyer.reserve(seats=[7, 5, 6]))
    same((body["seatNumber"], body["amount"]), (body["seats"][0], 15000), "seatNumber is the first of seats")
    same(sorted(body["seats"]), [5, 6, 7], "the seats")
    same(body["seats"], [5, 6, 7], "lists of seats ascend")


@check
def exactly_one_of_seat_seats_and_best_available(w):
    buyer = w.buyer()
    for what in ({}, {"seat": 1, "seats": [2]}, {"seat": 1, "bestAvailable": {"count": 1}},
                 {"seats": [1], "bestAvailable": {"count": 1}}):
        invalid(buyer.reserve(**what))
    ok(buyer.reserve(seat=1, seats=None, bestAvailable=None))


@check
def an_empty_or_repeated_seat_is_invalid(w):
    buyer = w.buyer()
    for seats in ([], [1, 1], [1, "2"], "1", [None], [1.0], 5):
        invalid(buyer.reserve(seats=seats))
    for seat in ("5", 1.5, True, [], 2 ** 64):
        invalid(buyer.reserve(seat=seat), "seat")
    same(len(buyer.free()), 50, "nothing was held")


@check
def a_seat_beyond_the_date_is_not_found(w):
    buyer = w.buyer()
    for seat in (51, 0, -1, 100_001):
        refused(buyer.reserve(seat=seat), 404, "SEAT_NOT_FOUND", seat=seat)
    refused(buyer.reserve(seats=[50, 51]), 404, "SEAT_NOT_FOUND", seat=51)
    ok(buyer.reserve(seat=50))


@check
def an_unknown_date_is_not_found_and_a_malformed_one_invalid(w):
    buyer = w.buyer()
    refused(buyer.reserve(D3, seat=1), 404, "DATE_NOT_FOUND")
    for bad in ("2031-13-01", "2031-02-29", "20310301", "2031-3-1", 5, "", "2031-03-01T00:00:00Z", None):
        invalid(buyer.reserve(bad, seat=1), "date")


@check
def a_seat_that_is_held_is_refused_to_another(w):
    first = w.buyer()
    second = w.buyer(first.concert)
    first.hold(5)
    body = refused(second.reserve(seat=5), 409, "SEAT_TAKEN", seat=5)
    same(body["message"], "Seat is already reserved.", "the message of the reference")
    same((body["section"], body["row"], body["rowLabel"], body["label"]), ("A", 1, "1", "1-5"), "the seat in words")


@check
def holds_are_all_or_nothing(w):
    first = w.buyer()
    second = w.buyer(first.concert)
    first.hold(5)
    refused(second.reserve(seats=[4, 5, 6]), 409, "SEAT_TAKEN", seat=5)
    must({4, 6} <= set(first.free()), "nothing of it was held")
    refused(second.reserve(seats=[4, 99]), 404, "SEAT_NOT_FOUND")
    must(4 in first.free(), "nothing of it was held")


@check
def holding_again_extends_nothing(w):
    buyer = w.buyer()
    first, second = ok(buyer.reserve(seat=3)), ok(buyer.reserve(seat=3))
    same(second["expiresAt"], first["expiresAt"], "no extension by repetition")
    both = ok(buyer.reserve(seats=[3, 4]))
    same(both["expiresAt"], first["expiresAt"], "the answer gives the earliest")
    same(both["amount"], 10000, "the amount of both")
    held = {one["seatNumber"]: one["expiresAt"] for one in buyer.reservations()}
    must(held[4] > held[3], "the new one has its own time", held)


@check
def the_seat_limit_counts_what_is_held_and_owned_over_all_dates(w):
    buyer = w.buyer()
    buyer.hold(1, 2)
    buyer.hold(1, date=D2)
    refused(buyer.reserve(seats=[3, 4]), 409, "SEAT_LIMIT", seatLimit=4)
    buyer.hold(3)
    refused(buyer.reserve(D2, seat=2), 409, "SEAT_LIMIT", seatLimit=4)
    ok(buyer.pay())
    buyer.again()
    refused(buyer.reserve(D2, seat=2), 409, "SEAT_LIMIT", seatLimit=4)


@check
def what_is_canceled_does_not_count_for_the_limit(w):
    buyer = w.buyer(seatLimit=2)
    buyer.hold(1, 2)
    ok(buyer.cancel(1))
    ok(buyer.reserve(seat=3))
    refused(buyer.reserve(seat=4), 409, "SEAT_LIMIT", seatLimit=2)
    ok(buyer.reserve(seats=[2, 3]))


@check
def a_seat_that_is_sold_to_oneself_is_already_paid(w):
    buyer, _ = w.paid((5,))
    buyer.again()
    refused(buyer.reserve(seat=5), 409, "ALREADY_PAID", seat=5)
    refused(buyer.cancel(5), 409, "ALREADY_PAID", seat=5)
    refused(buyer.pay(5), 409, "ALREADY_PAID", seat=5)


@check
def a_seat_that_is_sold_to_another_is_taken(w):
    buyer, _ = w.paid((5,))
    refused(w.buyer(buyer.concert).reserve(seat=5), 409, "SEAT_TAKEN", seat=5)


@check
def a_cancel_is_told_whole_and_frees_the_seats(w):
    buyer = w.buyer()
    buyer.hold(5, 6)
    body = ok(buyer.cancel(5, 6))
    same((body["status"], body["date"], body["seatNumber"], body["seats"]), ("canceled", D1, 5, [5, 6]), "the cancel")
    instant(body["canceledAt"])
    must({5, 6} <= set(buyer.free()), "the seats are free")
    same([one["status"] for one in buyer.reservations()], ["canceled"] * 2, "they are listed as canceled")
    same(ok(buyer.place())["status"], "ACTIVE", "the place goes on")


@check
def a_cancel_takes_its_fields_from_the_query_too(w):
    buyer = w.buyer()
    buyer.hold(5, 6, 7)
    path = "/api/v1/seats/cancel"
    same(ok(w.delete(f"{path}?userId={buyer.user}&date={D1}&seats=5,6", auth=buyer.token))["seats"], [5, 6], "seats=5,6")
    same(ok(w.delete(f"{path}?userId={buyer.user}&date={D1}&seat=7", auth=buyer.token))["seats"], [7], "seat=7")
    for bad in ("seat=x", "seats=", "seats=1,,2", "seats=1,1", "seat=1&seat=2", "seat=1&seats=2", "", "seat=01x"):
        invalid(w.delete(f"{path}?userId={buyer.user}&date={D1}&{bad}", auth=buyer.token))


@check
def a_cancel_of_what_is_not_held_is_not_found_all_or_nothing(w):
    buyer, other = w.buyer(), None
    other = w.buyer(buyer.concert)
    other.hold(9)
    body = refused(buyer.cancel(9), 404, "RESERVATION_NOT_FOUND", seat=9)
    same(body["message"], "Reservation not found.", "the message of the reference")
    refused(buyer.cancel(10), 404, "RESERVATION_NOT_FOUND", seat=10)
    buyer.hold(1)
    refused(buyer.cancel(1, 10), 404, "RESERVATION_NOT_FOUND", seat=10)
    must(1 not in buyer.free(), "nothing of it was canceled")
    refused(buyer.cancel(51), 404, "SEAT_NOT_FOUND")
    refused(buyer.cancel(1, date=D3), 404, "DATE_NOT_FOUND")


@check
def lists_of_dates_and_free_seats(w):
    buyer = w.buyer()
    same(ok(w.get("/api/v1/seats/dates", auth=buyer.token)), {"dates": [D1, D2]}, "dates ascend")
    buyer.hold(2)
    body = ok(w.get("/api/v1/seats/available", auth=buyer.token, query={"date": D1}))
    same(body, {"date": D1, "availableSeats": [1] + list(range(3, 51))}, "free seats")
    body = ok(w.get(f"/api/v1/concerts/{buyer.concert}/availability", auth=buyer.token))
    same((body["concertId"], [one["date"] for one in body["dates"]]), (buyer.concert, [D1, D2]), "availability")
    same(body["dates"][0]["availableSeats"], [1] + list(range(3, 51)), "its free seats")


@check
def a_date_without_free_seats_is_said_so(w):
    buyer = w.buyer(dates=[{"date": D1, "seats": 2, "price": 1}, {"date": D2, "seats": 1, "price": 1}])
    buyer.hold(1, 2)
    body = refused(w.get("/api/v1/seats/available", auth=buyer.token, query={"date": D1}), 404, "NO_SEATS_AVAILABLE")
    same(body["message"], "No seats available for the selected date.", "the message of the reference")
    same(ok(w.get("/api/v1/seats/dates", auth=buyer.token))["dates"], [D2], "it is no date with free seats")
    same(ok(w.get(f"/api/v1/concerts/{buyer.concert}"))["availableDates"], [D2], "nor an available one")
    dates = ok(w.get(f"/api/v1/concerts/{buyer.concert}/availability", auth=buyer.token))["dates"]
    same(dates[0], {"date": D1, "availableSeats": []}, "availability lists it without seats")
    ok(buyer.map())
    buyer.hold(1, date=D2)
    same(ok(buyer.place())["soldOut"], True, "a place tells when nothing is left")


@check
def queries_of_seats_are_judged(w):
    buyer = w.buyer()
    for path in ("/api/v1/seats", "/api/v1/seats/available", "/api/v1/seats/states"):
        refused(w.get(path, auth=buyer.token, query={"date": D3}), 404, "DATE_NOT_FOUND")
        for query in ("", "?date=", "?date=x", f"?date={D1}&date={D1}"):
            invalid(w.get(path + query, auth=buyer.token), "date")


@check
def the_map_shows_every_seat_and_ones_own(w):
    first = w.buyer()
    second = w.buyer(first.concert)
    first.hold(3)
    second.hold(4)
    ok(second.pay())
    body = ok(first.map())
    same(len(body["seats"]), 50, "every seat")
    same({one["seat"]: one["status"] for one in body["seats"] if one["status"] != "free"}, {3: "held", 4: "sold"}, "states")
    same(body["mine"], [3], "one's own")
    seat = body["seats"][10]
    same((seat["seat"], seat["section"], seat["row"], seat["price"]), (11, "A", 2, 5000), "rows of ten")
    same(ok(w.buyer(first.concert).map())["mine"], [], "nobody else's")


@check
def the_maps_etag_covers_the_seats_and_ones_own(w):
    first = w.buyer()
    second = w.buyer(first.concert)
    answer = first.map()
    tag = answer.header("etag")
    must(tag, "an ETag", answer.headers)
    same(first.map(headers={"if-none-match": tag}).status, 304, "unchanged")
    must(second.map().header("etag") is not None, "an ETag")
    second.hold(1)
    changed = first.map(headers={"if-none-match": tag})
    same(changed.status, 200, "a seat has changed")
    third = w.buyer(first.concert)
    must(second.map().header("etag") != third.map().header("etag"), "`mine` is covered")


@check
def a_user_of_another_token_is_not_yours(w):
    buyer = w.buyer()
    other = w.user()
    for answer in (w.post("/api/v1/seats/reserve", {"userId": other, "date": D1, "seat": 1}, auth=buyer.token),
                   w.post("/api/v1/seats/payment", {"userId": NOBODY, "date": D1, "seat": 1}, auth=buyer.token),
                   w.delete("/api/v1/seats/cancel", {"userId": other, "date": D1, "seat": 1}, auth=buyer.token)):
        refused(answer, 403, "NOT_YOURS")


@check
def a_token_of_another_concert_is_the_wrong_one(w):
    refused(w.get(f"/api/v1/concerts/{w.concert()}/availability", auth=w.buyer().token), 403, "WRONG_CONCERT")


@check
def a_hold_keeps_its_price(w):
    buyer = w.buyer(charge=100_000)
    buyer.hold(1)
    dates = [{"date": D1, "seats": 50, "price": 9000}, {"date": D2, "seats": 20, "price": 3000}]
    ok(w.admin("PATCH", f"/concerts/{buyer.concert}", {"dates": dates}))
    same(ok(buyer.reserve(seats=[1, 2]))["amount"], 14000, "old and new price")
    same(ok(buyer.pay())["amount"], 14000, "they are paid at them")


@check
def reservations_are_newest_first_and_none_are_not_found(w):
    buyer = w.buyer()
    path = f"/api/v1/concerts/{buyer.concert}/reservations"
    body = refused(w.get(path, query={"userId": buyer.user}), 404, "NO_RESERVATIONS")
    same(body["message"], "No reservations found for this concert.", "the message of the reference")
    buyer.hold(9)
    buyer.hold(2, date=D2)
    buyer.hold(5)
    same([one["seatNumber"] for one in buyer.reservations()], [5, 2, 9], "newest first")
    one = buyer.reservations()[0]
    same((one["date"], one["status"], one["amount"]), (D1, "held", 5000), "the reservation")
    must("paymentId" not in one and one["expiresAt"] > one["reservedAt"], "its times", one)
    refused(w.get(path, query={"userId": NOBODY}), 404, "USER_NOT_FOUND")
    refused(w.get("/api/v1/concerts/none-such/reservations", query={"userId": buyer.user}), 404, "CONCERT_NOT_FOUND")
    invalid(w.get(path), "userId")
    invalid(w.get(path, query={"userId": "x"}), "userId")
