"""Changing concerts and their queue: PATCH, PUT, ETags, DELETE (contract, sections 2, 3 and 3a; evening, 1 and 5)."""
from kit import D1, D2, check, fresh, from_now, invalid, must, ok, refused, same

DATES = [{"date": D1, "seats": 50, "price": 5000}, {"date": D2, "seats": 20, "price": 3000}]


def change(w, concert, **fields):
    return w.admin("PATCH", f"/concerts/{concert}", fields)


@check
def absent_keeps_and_null_clears(w):
    concert = w.concert(description="words", venue="hall", onSaleAt=from_now(3600), seatLimit=2)
    body = ok(change(w, concert, description=None, title="New"))
    same((body["description"], body["title"], body["venue"], body["seatLimit"]), (None, "New", "hall", 2), "the concert")
    body = ok(change(w, concert, seatLimit=None, onSaleAt=None))
    same((body["seatLimit"], body["onSaleAt"]), (4, None), "back to the server's setting")
    must(body["updatedAt"] >= body["createdAt"], "updatedAt", body)


@check
def what_cannot_be_cleared_says_so(w):
    concert = w.concert()
    for field in ("title", "dates"):
        invalid(change(w, concert, **{field: None}), field)
    invalid(change(w, concert, concertId=fresh()), "concertId")
    invalid(change(w, concert, nonsense=1), "nonsense")


@check
def dates_are_replaced_whole(w):
    concert = w.concert()
    body = ok(change(w, concert, dates=[{"date": D2, "seats": 30, "price": 100}]))
    same([(one["date"], one["seats"]) for one in body["dates"]], [(D2, 30)], "the dates")
    buyer = w.buyer(concert)
    refused(buyer.reserve(D1, seat=1), 404, "DATE_NOT_FOUND")
    ok(buyer.reserve(D2, seat=30))


@check
def what_is_held_or_sold_cannot_be_taken_away(w):
    buyer, _ = w.paid((5,))
    holder = w.buyer(buyer.concert)
    holder.hold(20, date=D2)
    body = refused(change(w, buyer.concert, dates=[{"date": D1, "seats": 50, "price": 5000}]), 409, "CONCERT_IN_USE")
    same((body["date"], body["seats"]), (D2, [20]), "the seats in the way")
    body = refused(change(w, buyer.concert, dates=[{"date": D1, "seats": 4, "price": 1}, DATES[1]]), 409, "CONCERT_IN_USE")
    same((body["date"], body["seats"]), (D1, [5]), "the seats in the way")
    ok(change(w, buyer.concert, dates=[{"date": D1, "seats": 5, "price": 1}, DATES[1]]))
    ok(change(w, buyer.concert, dates=[{"date": D1, "seats": 500, "price": 1}, DATES[1]]))


@check
def a_seat_that_is_taken_keeps_its_section_row_and_label(w):
    buyer, _ = w.paid((15,))
    for sections in ([{"name": "B", "rows": 5, "seatsPerRow": 10, "price": 1}], [{"name": "A", "rows": 10, "seatsPerRow": 5, "price": 1}],
                     [{"name": "A", "rows": [{"label": "Q", "seats": 10}] * 1 + [{"label": "R", "seats": 10}], "price": 1}]):
        body = refused(change(w, buyer.concert, dates=[{"date": D1, "sections": sections}, DATES[1]]), 409, "CONCERT_IN_USE")
        same((body["date"], body["seats"]), (D1, [15]), "the seats in the way")
    sections = [{"name": "A", "rows": 2, "seatsPerRow": 10, "price": 9}, {"name": "C", "rows": 1, "seatsPerRow": 7, "price": 3}]
    ok(change(w, buyer.concert, dates=[{"date": D1, "sections": sections}, DATES[1]]))


@check
def back_to_draft_only_without_live_places_and_taken_seats(w):
    concert = w.concert()
    same(ok(change(w, concert, status="draft"))["status"], "draft", "nobody is there")
    ok(change(w, concert, status="on_sale"))
    buyer = w.buyer(concert)
    refused(change(w, concert, status="draft"), 409, "CONCERT_IN_USE")
    ok(buyer.leave())
    ok(change(w, concert, status="draft"))
    refused(change(w, w.paid((1,))[0].concert, status="draft"), 409, "CONCERT_IN_USE")


@check
def a_closed_sale_can_open_again(w):
    concert = w.concert()
    ok(change(w, concert, status="closed"))
    ok(change(w, concert, status="on_sale"))
    ok(w.join(w.user(), concert), 201)


@check
def an_edit_with_a_stale_tag_is_refused(w):
    concert = w.concert()
    tag = w.admin("GET", f"/concerts/{concert}").header("etag")
    must(tag, "a GET of what an operator edits has an ETag")
    first = w.admin("PATCH", f"/concerts/{concert}", {"title": "one"}, headers={"if-match": tag})
    ok(first)
    refused(w.admin("PATCH", f"/concerts/{concert}", {"title": "two"}, headers={"if-match": tag}), 412, "PRECONDITION_FAILED")
    same(ok(w.admin("GET", f"/concerts/{concert}"))["title"], "one", "the stale edit did nothing")
    same(first.header("etag"), w.admin("GET", f"/concerts/{concert}").header("etag"), "the tag in the answer")
    ok(w.admin("PATCH", f"/concerts/{concert}", {"title": "three"}, headers={"if-match": "*"}))
    refused(w.admin("PATCH", f"/concerts/{concert}", {"title": "x"}, headers={"if-match": '"none"'}), 412, "PRECONDITION_FAILED")


@check
def an_unchanged_concert_is_304(w):
    concert = w.concert()
    for path in (f"/concerts/{concert}", f"/concerts/{concert}/queue"):
        tag = w.admin("GET", path).header("etag")
        same(w.admin("GET", path, headers={"if-none-match": tag}).status, 304, path)
        same(w.admin("GET", path, headers={"if-none-match": '"other"'}).status, 200, path)


@check
def a_queue_policy_is_read_and_replaced_whole(w):
    concert = w.concert(queue={"maxActive": 5, "admitCount": 2, "admitInterval": 9})
    path = f"/concerts/{concert}/queue"
    body = ok(w.admin("GET", path))
    same((body["maxActive"], body["admitCount"], body["admitInterval"], body["activeSeconds"], body["abandonSeconds"]),
         (5, 2, 9, 600, 300), "the server's settings filled in")
    body = ok(w.admin("PUT", path, {"maxActive": None, "abandonSeconds": None}))
    same((body["maxActive"], body["abandonSeconds"], body["admitCount"], body["admitInterval"]), (None, None, None, 10),
         "absent is the server's setting, null is off")
    same(ok(w.admin("GET", f"/concerts/{concert}"))["queue"], body, "the concert tells the same")
    invalid(w.admin("PUT", path, {"maxActive": 0}), "maxActive")
    invalid(w.admin("PUT", path, {"activeSeconds": None}), "activeSeconds")
    must("maxActive" in invalid(w.admin("PUT", path, {"maxActives": 3}), "maxActives")["message"], "the nearest known one")


@check
def a_stale_edit_of_the_policy_is_refused(w):
    path = f"/concerts/{w.concert()}/queue"
    tag = w.admin("GET", path).header("etag")
    ok(w.admin("PUT", path, {"maxActive": 5}, headers={"if-match": tag}))
    refused(w.admin("PUT", path, {"maxActive": 6}, headers={"if-match": tag}), 412, "PRECONDITION_FAILED")
    same(ok(w.admin("GET", path))["maxActive"], 5, "the stale edit did nothing")


@check
def a_concert_at_which_nobody_ever_was_can_be_deleted(w):
    concert = w.concert()
    ok(w.admin("DELETE", f"/concerts/{concert}"))
    refused(w.get(f"/api/v1/concerts/{concert}"), 404, "CONCERT_NOT_FOUND")
    refused(w.admin("GET", f"/concerts/{concert}"), 404, "CONCERT_NOT_FOUND")
    w.concert(concertId=concert)


@check
def a_concert_that_held_a_place_cannot_be_deleted(w):
    buyer = w.buyer()
    refused(w.admin("DELETE", f"/concerts/{buyer.concert}"), 409, "CONCERT_IN_USE")
    ok(buyer.leave())
    refused(w.admin("DELETE", f"/concerts/{buyer.concert}"), 409, "CONCERT_IN_USE")


@check
def new_prices_are_for_what_is_free(w):
    buyer, paid = w.paid((1,))
    ok(change(w, buyer.concert, dates=[{"date": D1, "seats": 50, "price": 8000}, DATES[1]]))
    same(ok(w.buyer(buyer.concert).reserve(seat=2))["amount"], 8000, "a new hold")
    same(buyer.payments()[0]["amount"], paid["amount"], "a payment keeps what was paid")
    same(buyer.tickets()[0]["price"], 5000, "and so does its ticket")


@check
def a_ticket_keeps_the_words_it_was_sold_with(w):
    buyer, _ = w.paid((1,))
    ok(change(w, buyer.concert, title="Another title"))
    ticket = buyer.tickets()[0]
    same((ticket["section"], ticket["rowLabel"], ticket["label"]), ("A", "1", "1-1"), "the words")


@check
def a_closed_concert_is_still_read(w):
    concert = w.concert()
    ok(change(w, concert, status="closed"))
    same(ok(w.get(f"/api/v1/concerts/{concert}"))["status"], "closed", "its status")
