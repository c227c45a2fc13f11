"""Beginnings of dates: what ends with them, zones, hours that clocks skip or show twice (contract, section 3a)."""
import time
from datetime import datetime, timedelta, timezone

from kit import D1, check, instant, invalid, must, ok, refused, same, until


@check
def a_date_that_has_begun_is_no_longer_sold_but_goes_on(w):
    """Waits for the next minute but at most two."""
    soon = datetime.now(timezone.utc) + timedelta(seconds=70)
    begin = soon.replace(second=0, microsecond=0)
    if (begin - datetime.now(timezone.utc)).total_seconds() < 8:
        begin += timedelta(minutes=1)
    date = begin.strftime("%Y-%m-%d")
    concert = w.concert(dates=[{"date": date, "startsAt": begin.strftime("%H:%M"), "seats": 5, "price": 10},
                               {"date": D1, "seats": 5, "price": 10}])
    buyer, payer = w.buyer(concert), w.buyer(concert)
    same(ok(w.get("/api/v1/seats/dates", auth=buyer.token))["dates"], [date, D1], "both are bookable")
    buyer.hold(1, 2, date=date)
    payer.hold(3, date=date)
    until(lambda: datetime.now(timezone.utc) > begin + timedelta(milliseconds=200), 140, 0.5)
    refused(buyer.reserve(date, seat=4), 404, "DATE_NOT_FOUND")
    refused(w.get("/api/v1/seats/available", auth=buyer.token, query={"date": date}), 404, "DATE_NOT_FOUND")
    same(ok(w.get("/api/v1/seats/dates", auth=buyer.token))["dates"], [D1], "`dates` no longer knows it")
    same(ok(w.get(f"/api/v1/concerts/{concert}"))["availableDates"], [D1], "nor `availableDates`")
    same(ok(buyer.map(date))["mine"], [1, 2], "the map goes on")
    ok(buyer.cancel(2, date=date))
    same(ok(buyer.pay(1, date=date))["seats"], [1], "pay goes on")
    same(ok(payer.pay())["amount"], 10, "for everybody")
    ok(w.admin("POST", "/sales", {"concertId": concert, "date": date, "seats": [5], "paidBy": "cash"}), 201)


def with_time(w, zone, date, starts):
    return w.admin("POST", "/concerts", {"title": "x", "timeZone": zone, "dates": [{"date": date, "startsAt": starts, "price": 1}]})


@check
def a_time_that_clocks_skip_is_refused(w):
    answer = with_time(w, "Europe/Berlin", "2031-03-30", "02:30")
    body = invalid(answer)
    must("startsAt" in body["field"], "the field is named", answer)


@check
def of_a_time_that_clocks_show_twice_the_first_counts(w):
    body = ok(with_time(w, "Europe/Berlin", "2031-10-26", "02:30"), 201)
    same(body["dates"][0]["beginsAt"], "2031-10-26T00:30:00.000Z", "02:30 of summer time")


@check
def summer_and_winter_are_told_apart(w):
    same(ok(with_time(w, "Europe/Berlin", "2031-07-01", "19:30"), 201)["dates"][0]["beginsAt"], "2031-07-01T17:30:00.000Z", "summer")
    same(ok(with_time(w, "Europe/Berlin", "2031-12-01", "19:30"), 201)["dates"][0]["beginsAt"], "2031-12-01T18:30:00.000Z", "winter")


@check
def the_opening_must_lie_before_the_last_beginning(w):
    fields = {"title": "x", "timeZone": "UTC", "dates": [{"date": D1, "startsAt": "10:00", "price": 1}]}
    invalid(w.admin("POST", "/concerts", {**fields, "onSaleAt": f"{D1}T10:00:01Z"}), "onSaleAt")
    ok(w.admin("POST", "/concerts", {**fields, "onSaleAt": f"{D1}T09:59:59Z"}), 201)


@check
def the_lottery_does_not_exist_in_this_version(w):
    fields = {"title": "x", "dates": [{"date": D1, "price": 1}]}
    invalid(w.admin("POST", "/concerts", {**fields, "queue": {"order": "lottery"}}), "queue.order")


@check
def a_weak_tag_never_is_right_for_an_edit(w):
    concert = w.concert()
    tag = w.admin("GET", f"/concerts/{concert}").header("etag")
    refused(w.admin("PATCH", f"/concerts/{concert}", {"title": "x"}, headers={"if-match": "W/" + tag.removeprefix("W/")}), 412,
            "PRECONDITION_FAILED")
    ok(w.admin("PATCH", f"/concerts/{concert}", {"title": "x"}, headers={"if-match": f'"other", {tag}'}))


@check
def times_are_answered_in_utc_with_milliseconds_and_rounded_so_that_nobody_comes_too_early(w):
    buyer = w.buyer()
    body = ok(buyer.reserve(seat=1))
    place = ok(buyer.place())
    left = (instant(place["expiresAt"]) - instant(place["now"])).total_seconds()
    must(left <= place["expiresIn"] < left + 1.001, "whole seconds, rounded up", place)
    same(body["expiresIn"], 300, "the seconds of a hold that was just made")
    time.sleep(0.05)
