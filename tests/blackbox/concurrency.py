"""Many at once: seats, wallets, keys, tickets, names (contract, sections 2, 5, 6 and 7)."""
import uuid
from collections import Counter

from kit import D1, at_once, check, fresh, must, ok, refused, same


def reasons(answers):
    return Counter(answer.reason or answer.status for answer in answers)


@check
def of_many_who_want_one_seat_exactly_one_gets_it(w):
    concert = w.concert()
    buyers = [w.buyer(concert, charge=0) for _ in range(24)]
    answers = at_once([lambda one=one: one.reserve(seat=7) for one in buyers])
    same(reasons(answers), {200: 1, "SEAT_TAKEN": 23}, "one wins, the others get 409")


@check
def of_many_who_want_overlapping_pairs_no_seat_goes_twice(w):
    concert = w.concert(dates=[{"date": D1, "seats": 12, "price": 1}])
    buyers = [w.buyer(concert, charge=10) for _ in range(22)]
    pairs = [[one % 11 + 1, one % 11 + 2] if one % 2 else [one % 11 + 2, one % 11 + 1] for one in range(22)]
    answers = at_once([lambda one=one, pair=pair: one.reserve(seats=pair) for one, pair in zip(buyers, pairs)])
    seats = [seat for answer in answers if answer.status == 200 for seat in answer.body["seats"]]
    same(len(seats), len(set(seats)), "no seat twice")
    must(len(seats) >= 8, "and somebody wins", reasons(answers))
    must(set(reasons(answers)) <= {200, "SEAT_TAKEN"}, "nothing else", reasons(answers))


@check
def a_hall_is_sold_out_by_many_with_every_seat_once(w):
    concert = w.concert(dates=[{"date": D1, "seats": 40, "price": 10}], seatLimit=40)
    buyers = [w.buyer(concert, charge=400) for _ in range(16)]

    def buy(buyer):
        got = []
        for seat in range(1, 41):
            if buyer.reserve(seat=seat).status == 200:
                got.append(seat)
        if got:
            ok(buyer.pay())
        return got
    sold = [seat for got in at_once([lambda one=one: buy(one) for one in buyers]) for seat in got]
    same(sorted(sold), list(range(1, 41)), "every seat once")
    stats = ok(w.admin("GET", f"/concerts/{concert}/stats"))
    same((stats["revenue"], stats["dates"][0]["sold"], stats["dates"][0]["free"]), (400, 40, 0), "the numbers")
    same(sum(400 - w.balance(one.user) for one in buyers), 400, "the money")


@check
def best_available_of_many_never_overlaps(w):
    concert = w.concert(dates=[{"date": D1, "sections": [{"name": "A", "rows": 4, "seatsPerRow": 8, "price": 1}]}])
    buyers = [w.buyer(concert, charge=0) for _ in range(20)]
    answers = at_once([lambda one=one: one.reserve(bestAvailable={"count": 2}) for one in buyers])
    seats = [seat for answer in answers if answer.status == 200 for seat in answer.body["seats"]]
    same((sorted(seats), reasons(answers)), (list(range(1, 33)), {200: 16, "NO_ADJACENT_SEATS": 4}),
         "never refused because of another that was refused itself")


@check
def charges_of_one_wallet_add_up(w):
    user = w.user()
    at_once([lambda: [w.charge(user, 7) for _ in range(5)] for _ in range(12)])
    same(w.balance(user), 420, "the balance")
    entries = ok(w.get(f"/api/v1/users/{user}/ledger", query={"limit": 100}))["entries"]
    same([one["balance"] for one in entries], [7 * number for number in range(60, 0, -1)], "every step")


@check
def one_wallet_never_pays_more_than_it_has(w):
    user = w.user(10_000)
    concerts = [w.concert() for _ in range(6)]
    tokens = [w.token(user, concert) for concert in concerts]
    for token in tokens:
        ok(w.post("/api/v1/seats/reserve", {"userId": user, "date": D1, "seat": 1}, auth=token))
    answers = at_once([lambda one=one: w.post("/api/v1/seats/payment", {"userId": user}, auth=one) for one in tokens])
    same(reasons(answers), {200: 2, "INSUFFICIENT_BALANCE": 4}, "two of six")
    same(w.balance(user), 0, "the balance")


@check
def the_same_key_at_once_acts_once(w):
    user, key = w.user(), {"idempotency-key": uuid.uuid4().hex}
    path = f"/api/v1/users/{user}/balance/charge"
    answers = at_once([lambda: w.post(path, {"amount": 10}, headers=key) for _ in range(16)])
    same({answer.raw for answer in answers}, {answers[0].raw}, "a retry waits for the first and gets its answer")
    same(sum(answer.header("idempotent-replayed") is None for answer in answers), 1, "one acted")
    same(w.balance(user), 10, "once")


@check
def the_same_payment_at_once_is_made_once(w):
    buyer = w.buyer()
    buyer.hold(1, 2)
    answers = at_once([lambda: buyer.pay(1, 2) for _ in range(12)])
    same(reasons(answers)[200], 1, "once")
    must(set(reasons(answers)) <= {200, "TOKEN_EXPIRED", "ALREADY_PAID"}, "the others hear that it is done", reasons(answers))
    same((w.balance(buyer.user), len(buyer.tickets()), len(buyer.payments())), (90_000, 2, 1), "money and tickets")


@check
def a_name_is_given_to_one_of_many(w):
    name = fresh()
    answers = at_once([lambda: w.post("/api/v1/users", {"username": name}) for _ in range(12)])
    same(reasons(answers), {201: 1, "USERNAME_TAKEN": 11}, "one gets it")


@check
def one_user_who_joins_at_once_has_one_place(w):
    user, concert = w.user(), w.concert(queue={"maxActive": 3})
    answers = at_once([lambda: w.join(user, concert) for _ in range(10)])
    same(Counter(answer.status for answer in answers), {201: 1, 200: 9}, "one is new")
    stats = ok(w.admin("GET", f"/concerts/{concert}/stats"))
    same((stats["active"], stats["waiting"]), (1, 0), "one place")


@check
def positions_of_many_who_join_at_once_are_all_different(w):
    concert = w.concert(queue={"maxActive": 4})
    users = [w.user() for _ in range(24)]
    bodies = [answer.body for answer in at_once([lambda one=one: w.join(one, concert) for one in users])]
    same(Counter(one["status"] for one in bodies), {"ACTIVE": 4, "WAITING": 20}, "never more than maxActive")
    same(sorted(one["queuePosition"] for one in bodies if one["status"] == "WAITING"), list(range(1, 21)), "exact positions")


@check
def leaving_at_once_admits_exactly_as_many_in_order(w):
    concert = w.concert(queue={"maxActive": 6})
    buyers = [w.buyer(concert, charge=0) for _ in range(18)]
    at_once([lambda one=one: ok(one.leave()) for one in buyers[:6]])
    bodies = [ok(one.place()) for one in buyers[6:]]
    same([one["status"] for one in bodies], ["ACTIVE"] * 6 + ["WAITING"] * 6, "the next six")
    same([one["queuePosition"] for one in bodies[6:]], [1, 2, 3, 4, 5, 6], "the others")


@check
def a_refund_at_once_is_made_once(w):
    buyer, paid = w.paid((1, 2))
    path = f"/api/v1/payments/{paid['paymentId']}/refund"
    answers = at_once([lambda: w.post(path, {"reason": "x"}, auth=w.key) for _ in range(10)])
    same(reasons(answers), {200: 1, "ALREADY_REFUNDED": 9}, "once")
    same(w.balance(buyer.user), 100_000, "the money")


@check
def of_two_gates_at_once_exactly_one_lets_in(w):
    _, paid = w.paid((1,))
    code = paid["tickets"][0]["code"]
    answers = at_once([lambda one=one: w.admin("POST", "/check-ins", {"code": code, "gate": str(one)}) for one in range(10)])
    same(reasons(answers), {200: 1, "ALREADY_USED": 9}, "one enters")


@check
def an_offer_is_accepted_by_one_of_many(w):
    buyer, paid = w.paid((1,), transfers=True)
    ticket = paid["tickets"][0]["ticketId"]
    code = ok(w.post(f"/api/v1/tickets/{ticket}/transfer", {"userId": buyer.user}))["transferCode"]
    users = [w.user() for _ in range(8)]
    answers = at_once([lambda one=one: w.post("/api/v1/transfers/accept", {"userId": one, "code": code}) for one in users])
    same(sum(answer.status == 200 for answer in answers), 1, f"one has it: {reasons(answers)}")
    have = [one for one in users if ok(w.get(f"/api/v1/users/{one}/tickets"))["tickets"]]
    same(len(have), 1, "and nobody else")


@check
def counter_and_queue_never_sell_one_seat_twice(w):
    concert = w.concert()
    buyers = [w.buyer(concert) for _ in range(6)]
    sale = {"concertId": concert, "date": D1, "seats": [3], "paidBy": "cash"}
    answers = at_once([lambda one=one: one.reserve(seat=3) for one in buyers] +
                      [lambda: w.admin("POST", "/sales", sale) for _ in range(6)])
    same(sum(answer.status in (200, 201) for answer in answers), 1, f"one: {reasons(answers)}")


@check
def edits_with_the_same_tag_at_once_lose_but_one(w):
    concert = w.concert()
    tag = {"if-match": w.admin("GET", f"/concerts/{concert}").header("etag")}
    answers = at_once([lambda one=one: w.admin("PATCH", f"/concerts/{concert}", {"title": f"t{one}"}, headers=tag) for one in range(8)])
    same(reasons(answers), {200: 1, "PRECONDITION_FAILED": 7}, "one edit")


@check
def a_get_reflects_what_was_acknowledged_before(w):
    user = w.user()
    buyer = w.buyer(charge=0)
    for number in range(1, 21):
        w.charge(user, 1)
        same(w.balance(user), number, "the balance at once, on every instance")
        buyer.hold(number % 3 + 1)
        must(number % 3 + 1 in ok(buyer.map())["mine"], "the hold at once")
        ok(buyer.cancel(number % 3 + 1))


@check
def paying_and_cancelling_at_once_end_in_one_of_both(w):
    for _ in range(4):
        buyer = w.buyer()
        buyer.hold(1)
        paid, canceled = at_once([lambda: buyer.pay(1), lambda: buyer.cancel(1)])
        must((paid.status == 200) != (canceled.status == 200), "exactly one of both", paid, canceled)
        same(w.balance(buyer.user), 95_000 if paid.status == 200 else 100_000, "the money")
        refused(canceled, canceled.status, canceled.reason) if canceled.status != 200 else None
