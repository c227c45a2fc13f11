"""Creating, reading and listing concerts (contract, sections 3 and 3a; evening, 2)."""
from kit import D1, D2, D3, check, fresh, from_now, instant, invalid, must, ok, refused, same

WHOLE = {"title": "Spring Festival", "description": "Two lines.\nOf text.", "venue": "Olympic Hall", "timeZone": "Asia/Seoul",
         "seatLimit": 3, "status": "on_sale", "transfers": True, "showStock": True,
         "translations": {"en": {"title": "Spring", "sections": {"A": "Stalls"}}},
         "queue": {"maxActive": 7, "admitCount": 3, "admitInterval": 5, "activeSeconds": 60, "abandonSeconds": None,
                   "order": "arrival"}}
DATES = [{"date": D2, "startsAt": "19:30", "seats": 50, "price": 5000},
         {"date": D1, "sections": [{"name": "A", "rows": 5, "seatsPerRow": 10, "price": 7000},
                                   {"name": "B", "rows": 10, "seatsPerRow": 20, "price": 5000}]}]


def create(w, **fields):
    return w.admin("POST", "/concerts", {"title": "x", "dates": [{"date": D1, "seats": 5, "price": 1}], **fields})


@check
def only_title_and_dates_are_required(w):
    body = ok(w.admin("POST", "/concerts", {"title": "x", "dates": [{"date": D1, "seats": 5, "price": 1}]}), 201)
    same((body["status"], body["seatLimit"], body["onSaleAt"], body["closesAt"]), ("draft", 4, None, None), "defaults")
    same(len(body["concertId"]), 36, "a UUID when none is given")
    same(body["queue"]["maxActive"], 100, "the server's policy")
    invalid(w.admin("POST", "/concerts", {"title": "x"}), "dates")
    invalid(w.admin("POST", "/concerts", {"dates": [{"date": D1, "seats": 5, "price": 1}]}), "title")
    invalid(create(w, title=""), "title")
    invalid(create(w, title="   "), "title")


@check
def a_date_has_50_seats_when_none_are_said(w):
    body = ok(create(w, dates=[{"date": D1, "price": 5000}]), 201)
    same(body["dates"][0]["seats"], 50, "N is 50 unless the organiser says otherwise")


@check
def a_concert_is_answered_as_it_was_written(w):
    ident = fresh()
    body = ok(w.admin("POST", "/concerts", {**WHOLE, "concertId": ident, "dates": DATES}), 201)
    for name, value in WHOLE.items():
        if name not in ("queue", "translations"):
            same(body[name], value, name)
    for name, value in WHOLE["queue"].items():
        same(body["queue"][name], value, f"queue.{name}")
    same([one["date"] for one in body["dates"]], [D1, D2], "dates ascend")
    same(body["dates"][0]["seats"], 250, "the seats of the sections")
    same(ok(w.admin("GET", f"/concerts/{ident}")), body, "a GET gives the same")


@check
def what_was_read_can_be_sent_back(w):
    body = ok(w.admin("POST", "/concerts", {**WHOLE, "dates": DATES}), 201)
    again = ok(w.admin("PATCH", f"/concerts/{body['concertId']}", body))
    body.pop("updatedAt"), again.pop("updatedAt")
    same(again, body, "nothing changes")


@check
def a_public_concert_has_what_evening_adds(w):
    ident = ok(w.admin("POST", "/concerts", {**WHOLE, "dates": DATES}), 201)["concertId"]
    body = ok(w.get(f"/api/v1/concerts/{ident}"))
    same((body["priceFrom"], body["priceTo"], body["currency"], body["order"], body["holdSeconds"], body["activeSeconds"],
          body["seatLimit"]), (5000, 7000, "KRW", "arrival", 300, 60, 3), "the fields")
    same((body["dates"][0]["freeSeats"], body["dates"][1]["freeSeats"]), (250, 50), "freeSeats by date")
    same(body["dates"][1]["beginsAt"], f"{D2}T10:30:00.000Z", "19:30 in Seoul as an instant")
    same(body["dates"][1]["startsAt"], "19:30", "beside local words")
    same(body["translations"]["en"]["title"], "Spring", "the other language")
    must("queue" not in body and "createdAt" not in body, "what is the organiser's alone stays so", list(body))
    sections = body["dates"][0]["sections"]
    same([(one["name"], one["firstSeat"], one["seats"], one["price"]) for one in sections],
         [("A", 1, 50, 7000), ("B", 51, 200, 5000)], "seats are numbered on through the sections")


@check
def an_id_in_use_is_refused(w):
    ident = w.concert()
    refused(create(w, concertId=ident), 409, "CONCERT_EXISTS")


@check
def an_id_is_1_to_64_of_its_characters(w):
    ok(create(w, concertId=fresh() + "a" * 43), 201)
    for bad in ("Upper", "a b", "", "a" * 65, "ä", "a_b", 5, "a/b", "a.b"):
        invalid(create(w, concertId=bad), "concertId")


@check
def dates_are_judged(w):
    for bad in ([], None, {}, "x", [{}], [{"date": "2031-02-30", "price": 1}], [{"date": D1, "price": 1}, {"date": D1, "price": 2}],
                [{"date": D1}], [{"date": D1, "seats": 0, "price": 1}], [{"date": D1, "seats": 100_001, "price": 1}],
                [{"date": D1, "price": -1}], [{"date": D1, "price": 10_000_001}], [{"date": D1, "price": 1.5}],
                [{"date": D1, "price": 1, "startsAt": "24:00"}], [{"date": D1, "price": 1, "startsAt": "9:30"}],
                [{"date": "2001-01-01", "price": 1}], [{"date": D1, "price": 1, "sections": []}],
                [{"date": D1, "seats": 6, "sections": [{"name": "A", "rows": 1, "seatsPerRow": 5, "price": 1}]}]):
        invalid(create(w, dates=bad))


@check
def sections_are_judged(w):
    section = {"name": "A", "rows": 2, "seatsPerRow": 2, "price": 1}
    for bad in ({"name": ""}, {"name": None}, {"rows": 0}, {"seatsPerRow": None}, {"price": None}, {"rows": 1000, "seatsPerRow": 101},
                {"accessible": [5]}, {"accessible": [1, 1]}, {"numbering": "upwards"}, {"at": {"x": 0}}, {"colour": "red"}):
        invalid(create(w, dates=[{"date": D1, "sections": [{**section, **bad}]}]))
    invalid(create(w, dates=[{"date": D1, "sections": [section, section]}]))


@check
def a_price_is_0_to_10_million(w):
    ok(create(w, dates=[{"date": D1, "price": 0}, {"date": D2, "price": 10_000_000}]), 201)


@check
def a_date_has_up_to_100_000_seats(w):
    ident = ok(create(w, status="on_sale", dates=[{"date": D1, "seats": 100_000, "price": 1}]), 201)["concertId"]
    buyer = w.buyer(ident)
    ok(buyer.reserve(seat=100_000))
    same(len(buyer.free()), 99_999, "the others are free")
    invalid(create(w, dates=[{"date": D1, "sections": [{"name": "A", "rows": 100, "seatsPerRow": 1000, "price": 1},
                                                       {"name": "B", "rows": 1, "seatsPerRow": 1, "price": 1}]}]))


@check
def zones_and_times_are_judged(w):
    for field, bad in (("timeZone", "Mars/Base"), ("timeZone", 5), ("onSaleAt", "tomorrow"), ("onSaleAt", 5), ("status", "open"),
                       ("seatLimit", 0), ("seatLimit", 1001), ("closesAt", "2001-01-01T00:00:00Z"), ("transfers", "yes"),
                       ("description", 5), ("venue", "x" * 201), ("title", "x" * 201)):
        invalid(create(w, **{field: bad}), field)


@check
def any_offset_is_read_and_utc_answered(w):
    body = ok(create(w, onSaleAt="2030-12-01T09:00:00.5+09:00"), 201)
    same(body["onSaleAt"], "2030-12-01T00:00:00.500Z", "the instant")
    instant(body["createdAt"])


@check
def an_unknown_field_of_an_operator_is_named_with_its_path(w):
    body = invalid(create(w, titles="y"), "titles")
    must("title" in body["message"], "with the nearest known one", body)
    body = invalid(create(w, queue={"maxActives": 5}), "queue.maxActives")
    must("maxActive" in body["message"], "with the nearest known one", body)
    body = invalid(create(w, dates=[{"date": D1, "price": 1}, {"date": D2, "prise": 1}]))
    must("dates[1]" in body["field"] and "prise" in body["field"], "the path names the place in the list", body)


@check
def a_queue_policy_is_judged(w):
    for field, bad in (("maxActive", 0), ("maxActive", -1), ("activeSeconds", None), ("activeSeconds", 0), ("admitCount", 0),
                       ("abandonSeconds", 86_401), ("admitInterval", 3601), ("order", "random"), ("maxActive", "5")):
        invalid(create(w, queue={field: bad}), f"queue.{field}")


@check
def drafts_are_listed_for_operators_only(w):
    ident = w.concert(status="draft")
    refused(w.get(f"/api/v1/concerts/{ident}"), 404, "CONCERT_NOT_FOUND")
    refused(w.get(f"/api/v1/concerts/{ident}/plan"), 404, "CONCERT_NOT_FOUND")
    same(ok(w.admin("GET", f"/concerts/{ident}"))["status"], "draft", "the operator reads it")


@check
def unknown_concerts_are_not_found(w):
    for path in ("", "/queue", "/stats", f"/dates/{D1}/door", f"/dates/{D1}/seats/1", "/stats/series"):
        refused(w.admin("GET", f"/concerts/none-such{path}"), 404, "CONCERT_NOT_FOUND")
    refused(w.admin("PATCH", "/concerts/none-such", {"title": "x"}), 404, "CONCERT_NOT_FOUND")
    refused(w.admin("PUT", "/concerts/none-such/queue", {}), 404, "CONCERT_NOT_FOUND")
    refused(w.admin("DELETE", "/concerts/none-such"), 404, "CONCERT_NOT_FOUND")
    refused(w.get("/api/v1/concerts/none-such"), 404, "CONCERT_NOT_FOUND")
    invalid(w.get("/api/v1/concerts/None_Such"))


@check
def a_date_is_bookable_until_it_begins(w):
    """A zone far in the west and a date of yesterday there: the day is over in no zone that has begun it."""
    ident = w.concert(timeZone="Pacific/Kiritimati", dates=[{"date": D3, "startsAt": "00:00", "price": 1}])
    body = ok(w.get(f"/api/v1/concerts/{ident}"))
    same(body["dates"][0]["beginsAt"], "2031-03-07T10:00:00.000Z", "the zone's midnight")
    same(body["dates"][0]["bookableUntil"], "2031-03-07T10:00:00.000Z", "bookable until then")
    ident = w.concert(timeZone="Asia/Seoul", dates=[{"date": D3, "price": 1}])
    same(ok(w.get(f"/api/v1/concerts/{ident}"))["dates"][0]["bookableUntil"], "2031-03-08T15:00:00.000Z", "end of the day")


@check
def a_closing_before_the_opening_is_invalid(w):
    answer = create(w, onSaleAt=from_now(3600), closesAt=from_now(1800))
    must(answer.status == 400, "nothing could ever be sold", answer)
