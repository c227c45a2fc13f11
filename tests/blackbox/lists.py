"""Pages that neither skip nor repeat, and what can be asked of lists (contract, section 2; evening, 4)."""
from kit import D1, D2, NOBODY, check, fresh, from_now, invalid, must, note, ok, refused, same


def all_pages(w, path, name, limit, auth=None, between=None, **query):
    got, cursor, pages = [], None, 0
    while True:
        more = {"cursor": cursor} if cursor else {}
        body = ok(w.get(path, auth=auth, query={**query, "limit": limit, **more}))
        must(len(body[name]) <= limit, "a page has at most `limit`", body)
        got += body[name]
        cursor, pages = body["nextCursor"], pages + 1
        must(pages < 1000, "the pages end")
        if cursor is None:
            return got, pages
        if between:
            between()


@check
def a_ledger_in_pages_neither_skips_nor_repeats_while_entries_arrive(w):
    user = w.user()
    for number in range(1, 12):
        w.charge(user, number)
    got, pages = all_pages(w, f"/api/v1/users/{user}/ledger", "entries", 3, between=lambda: w.charge(user, 100))
    same([one["amount"] for one in got], list(range(11, 0, -1)), "those that were there at first")
    same(pages, 4, "the pages")


@check
def a_page_is_20_by_default_and_100_at_most(w):
    user = w.user()
    for _ in range(21):
        w.charge(user, 1)
    path = f"/api/v1/users/{user}/ledger"
    body = ok(w.get(path))
    same(len(body["entries"]), 20, "20 by default")
    must(body["nextCursor"], "there is more", body)
    same(len(ok(w.get(path, query={"limit": 100}))["entries"]), 21, "100")
    for bad in (0, 101, -1, "x", "1.0", "", "+5", 2 ** 64):
        invalid(w.get(path, query={"limit": bad}), "limit")


@check
def a_page_that_is_just_full_ends_the_list(w):
    user = w.user()
    for _ in range(4):
        w.charge(user, 1)
    got, pages = all_pages(w, f"/api/v1/users/{user}/ledger", "entries", 2)
    same((len(got), pages), (4, 2), "no empty page at the end")


@check
def a_cursor_is_opaque_and_judged(w):
    user = w.user()
    for bad in ("x", "A" * 32, "../..", "1"):
        answer = w.get(f"/api/v1/users/{user}/ledger", query={"cursor": bad})
        invalid(answer, "cursor")
    first, second = w.user(), w.user()
    for one in (first, second):
        for _ in range(3):
            w.charge(one, 1)
    cursor = ok(w.get(f"/api/v1/users/{first}/ledger", query={"limit": 1}))["nextCursor"]
    answer = w.get(f"/api/v1/users/{second}/ledger", query={"limit": 1, "cursor": cursor})
    must(answer.status in (200, 400), "a cursor of another list does no harm", answer)
    if answer.status == 200:
        mine = {one["entryId"] for one in ok(w.get(f"/api/v1/users/{second}/ledger"))["entries"]}
        must({one["entryId"] for one in answer.body["entries"]} <= mine, "and shows nothing of the other", answer)


@check
def payments_and_tickets_of_a_user_have_pages(w):
    buyer, _ = w.paid((1,))
    for seat in (2, 3):
        buyer.again().hold(seat)
        ok(buyer.pay())
    for name in ("payments", "tickets"):
        got, pages = all_pages(w, f"/api/v1/users/{buyer.user}/{name}", name, 1)
        seats = [one.get("seat") or one["seats"][0] for one in got]
        same((seats, pages), ([3, 2, 1], 3), name)


@check
def reservations_have_pages_and_nothing_falls_off(w):
    buyer = w.buyer()
    for number in range(1, 8):
        buyer.hold(number)
        ok(buyer.cancel(number))
    got, _ = all_pages(w, f"/api/v1/concerts/{buyer.concert}/reservations", "reservations", 2, userId=buyer.user)
    same([one["seatNumber"] for one in got], [7, 6, 5, 4, 3, 2, 1], "newest first")


@check
def concerts_are_listed_without_drafts_and_filtered(w):
    shown, draft, closed = w.concert(), w.concert(status="draft"), w.concert(status="closed")
    ids = lambda **query: {one["concertId"] for one in all_pages(w, "/api/v1/concerts", "concerts", 100, **query)[0]}
    listed = ids()
    must({shown, closed} <= listed and draft not in listed, "drafts are not listed")
    must(shown in ids(status="on_sale") and closed not in ids(status="on_sale"), "on sale")
    must(closed in ids(status="closed") and shown not in ids(status="closed"), "closed")
    invalid(w.get("/api/v1/concerts?status=nonsense"), "status")
    admins = {one["concertId"] for one in all_pages(w, "/api/v1/admin/concerts", "concerts", 100, auth=w.key)[0]}
    must({shown, draft, closed} <= admins, "the operator sees drafts")
    drafts = {one["concertId"] for one in all_pages(w, "/api/v1/admin/concerts", "concerts", 100, auth=w.key, status="draft")[0]}
    must(draft in drafts and shown not in drafts, "and filters them")


@check
def pages_of_concerts_neither_skip_nor_repeat_while_concerts_arrive(w):
    mine = [w.concert() for _ in range(5)]
    got, _ = all_pages(w, "/api/v1/concerts", "concerts", 7, between=lambda: w.concert())
    ids = [one["concertId"] for one in got]
    same(len(ids), len(set(ids)), "nothing twice")
    same([one for one in ids if one in mine], mine, "in order of their creation")


@check
def a_concert_in_a_list_is_told(w):
    concert = w.concert(description="words", venue="hall")
    found = [one for one in all_pages(w, "/api/v1/concerts", "concerts", 100)[0] if one["concertId"] == concert][0]
    same((found["title"], found["description"], found["venue"], found["availableDates"], found["onSaleAt"], found["status"],
          found["priceFrom"], found["priceTo"]), ("A concert of the suite", "words", "hall", [D1, D2], None, "on_sale", 3000, 5000),
         "the concert")


@check
def payments_are_listed_for_the_operator_by_everything(w):
    before = from_now(-1)
    buyer, first = w.paid((1, 2))
    other = w.buyer(buyer.concert)
    other.hold(3, date=D2)
    second = ok(other.pay())
    ok(w.post(f"/api/v1/payments/{first['paymentId']}/refund", {"reason": "x"}, auth=w.key))
    ids = lambda **query: [one["paymentId"] for one in
                           ok(w.admin("GET", "/payments", query={"concertId": buyer.concert, **query}))["payments"]]
    one, two = first["paymentId"], second["paymentId"]
    same(ids(), [two, one], "newest first")
    same((ids(date=D1), ids(date=D2)), ([one], [two]), "by date")
    same((ids(userId=buyer.user), ids(status="paid"), ids(status="refunded")), ([one], [two], [one]), "by user and status")
    same((ids(**{"from": before}), ids(to=before)), ([two, one], []), "by time")
    name = ok(w.admin("GET", f"/users/{other.user}"))["username"]
    same(ids(q=name), [two], "by name")
    listed = ok(w.admin("GET", "/payments", query={"concertId": buyer.concert, "userId": other.user}))["payments"][0]
    same((listed["userId"], listed["username"], listed["amount"], listed["guest"]), (other.user, name, 3000, None), "the row")


@check
def queries_of_lists_are_strict(w):
    for path in ("/payments", "/tickets"):
        for name, bad in (("userId", "x"), ("date", "x"), ("status", "x"), ("from", "x"), ("to", "x")):
            invalid(w.admin("GET", path, query={name: bad}), name)
        invalid(w.admin("GET", path, query={"statuses": "paid"}), "statuses")
        refused(w.admin("GET", path, query={"concertId": "none-such"}), 404, "CONCERT_NOT_FOUND")
        refused(w.admin("GET", path, query={"userId": NOBODY}), 404, "USER_NOT_FOUND")


@check
def tickets_are_listed_for_the_operator(w):
    buyer, paid = w.paid((1, 2))
    rows, pages = all_pages(w, "/api/v1/admin/tickets", "tickets", 1, auth=w.key, concertId=buyer.concert)
    same(sorted(one["seat"] for one in rows), [1, 2], "the tickets")
    if pages > 2:
        note("/admin/tickets and /admin/payments: the page with the last entry has a `nextCursor` when it is just full, and "
             "the next page is empty; the lists of a user end with null there (\"`nextCursor` null at the end\").")
    same((rows[0]["paymentId"], rows[0]["userId"]), (paid["paymentId"], buyer.user), "the row")
    ok(w.admin("POST", "/check-ins", {"code": paid["tickets"][0]["code"]}))
    used = ok(w.admin("GET", "/tickets", query={"concertId": buyer.concert, "status": "used"}))["tickets"]
    same([one["seat"] for one in used], [1], "by status")


@check
def the_operators_payments_neither_skip_nor_repeat_while_payments_arrive(w):
    buyer, first = w.paid((1,))
    ids = [first["paymentId"]]
    for seat in (2, 3, 4):
        buyer.again().hold(seat)
        ids.insert(0, ok(buyer.pay())["paymentId"])

    def another():
        other = w.buyer(buyer.concert)
        ok(other.reserve(bestAvailable={"count": 1}))
        ok(other.pay())
    rows, _ = all_pages(w, "/api/v1/admin/payments", "payments", 1, auth=w.key, between=another, concertId=buyer.concert)
    same([one["paymentId"] for one in rows], ids, "those that were there at first")


@check
def the_series_of_a_sale_adds_up(w):
    buyer, _ = w.paid((1, 2))
    other = w.buyer(buyer.concert)
    other.hold(3)
    ok(other.leave())
    refused(w.buyer(buyer.concert).reserve(seat=1), 409, "SEAT_TAKEN")
    body = ok(w.admin("GET", f"/concerts/{buyer.concert}/stats/series", query={"step": 60}))
    total = {name: sum(point[name] for point in body["points"]) for name in
             ("joined", "admitted", "left", "holds", "soldSeats", "revenue")}
    same(total, {"joined": 3, "admitted": 3, "left": 1, "holds": 3, "soldSeats": 2, "revenue": 10_000}, "the series")
    for name, bad in (("step", 0), ("step", "x"), ("step", 61), ("from", "x")):
        invalid(w.admin("GET", f"/concerts/{buyer.concert}/stats/series", query={name: bad}), name)


@check
def users_in_pages_neither_skip_nor_repeat_while_users_arrive(w):
    prefix = fresh("page")
    users = [w.user(username=f"{prefix}-{number}") for number in range(6)]
    count = iter(range(100, 200))
    rows, _ = all_pages(w, "/api/v1/admin/users", "users", 2, auth=w.key, q=prefix,
                        between=lambda: w.user(username=f"{prefix}-{next(count)}"))
    same([one["userId"] for one in rows], users[::-1], "those that were there at first")
