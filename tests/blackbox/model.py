"""Random evenings against a model of the rules: after every step map, queue, money and refusals are what the model says."""
import random

from kit import D1, D2, check, must, ok, same

SIZES = {D1: 8, D2: 6}
PRICES = {D1: 500, D2: 300}
LIMIT = 3


class Evening:
    def __init__(self, w, seed, active):
        self.w, self.dice = w, random.Random(seed)
        self.concert = w.concert(seatLimit=LIMIT, queue={"maxActive": active},
                                 dates=[{"date": day, "seats": SIZES[day], "price": PRICES[day]} for day in SIZES])
        self.active = active
        self.users = [w.user(2000) for _ in range(5)]
        self.balance = {user: 2000 for user in self.users}
        self.queue, self.inside, self.tokens = [], [], {}
        self.seats = {(day, seat): ("free", None) for day in SIZES for seat in range(1, SIZES[day] + 1)}
        self.payments = {}  # payment: (user or None, {(day, seat): price})
        self.said = []

    def of(self, state, user):
        return sorted(place for place, owner in self.seats.items() if owner == (state, user))

    def admit(self):
        while self.queue and len(self.inside) < self.active:
            self.inside.append(self.queue.pop(0))

    def end(self, user):
        for place in self.of("held", user):
            self.seats[place] = ("free", None)
        (self.inside if user in self.inside else self.queue).remove(user)
        self.tokens.pop(user)
        self.admit()

    def expect(self, answer, wanted):
        got = "ok" if answer.status < 300 else answer.reason
        self.said.append(f"{answer.request[:170]} -> {got}")
        must(got == wanted, f"the model says {wanted}", answer, *self.said[-12:])
        return answer.body

    def step(self):
        act = self.dice.choice(["join", "join", "reserve", "reserve", "reserve", "reserve", "cancel", "pay", "pay_some", "leave",
                                "refund", "block", "release", "sell", "best"])
        getattr(self, act)()
        self.admit()

    def some(self):
        day = self.dice.choice(list(SIZES))
        return day, sorted(self.dice.sample(range(1, SIZES[day] + 1), self.dice.choice([1, 1, 2, 3])))

    def member(self):
        return self.dice.choice(self.inside) if self.inside else None

    def join(self):
        user = self.dice.choice(self.users)
        new = user not in self.inside and user not in self.queue
        body = self.expect(self.w.join(user, self.concert), "ok")
        if new:
            self.queue.append(user)
            self.admit()
        self.tokens[user] = body["token"]
        same(body["status"], "ACTIVE" if user in self.inside else "WAITING", "the place", *self.said[-12:])

    def post(self, what, user, **fields):
        return self.w.post(f"/api/v1/seats/{what}", {"userId": user, **fields}, auth=self.tokens[user])

    def reserve(self):
        user = self.dice.choice(list(self.tokens) or [None])
        if user is None:
            return
        day, seats = self.some()
        places = [(day, seat) for seat in seats]
        answer = self.post("reserve", user, date=day, seats=seats)
        if user in self.queue:
            wanted = "QUEUE_WAITING"
        elif any(self.seats[one][0] != "free" and self.seats[one][1] != user for one in places):
            wanted = "SEAT_TAKEN"
        elif any(self.seats[one] == ("sold", user) for one in places):
            wanted = "ALREADY_PAID"
        elif len(set(self.of("held", user) + self.of("sold", user) + places)) > LIMIT and \
                any(self.seats[one][0] == "free" for one in places):
            wanted = "SEAT_LIMIT"
        else:
            wanted = "ok"
        body = self.expect(answer, wanted)
        if wanted == "ok":
            same(body["amount"], PRICES[day] * len(seats), "the amount")
            for one in places:
                self.seats[one] = ("held", user)

    def best(self):
        user = self.member()
        if user is None:
            return
        day, count = self.dice.choice(list(SIZES)), self.dice.choice([1, 2, 3])
        room = LIMIT - len(self.of("held", user)) - len(self.of("sold", user))
        free = "".join("x" if self.seats[(day, seat)] == ("free", None) else " " for seat in range(1, SIZES[day] + 1))
        wanted = "SEAT_LIMIT" if count > room else "ok" if "x" * count in free else "NO_ADJACENT_SEATS"
        body = self.expect(self.post("reserve", user, date=day, bestAvailable={"count": count}), wanted)
        if wanted == "ok":
            got = body["seats"]
            must(got == list(range(got[0], got[0] + count)), "adjacent seats", body)
            singles = lambda text: sum(len(run) == 1 for run in text.split(" ") if run)
            least = min(singles(free[:at] + " " * count + free[at + count:])
                        for at in range(len(free) - count + 1) if free[at:at + count] == "x" * count)
            first = next(at for at in range(len(free) - count + 1) if free[at:at + count] == "x" * count
                         and singles(free[:at] + " " * count + free[at + count:]) == least)
            same(got[0], first + 1, f"the leftmost that leaves the fewest single seats of {free!r}")
            for seat in got:
                must(self.seats[(day, seat)] == ("free", None), "free seats", body)
                self.seats[(day, seat)] = ("held", user)

    def cancel(self):
        user = self.member()
        if user is None:
            return
        day, seats = self.some()
        states = [self.seats[(day, seat)] for seat in seats]
        faults = ["ALREADY_PAID" if one == ("sold", user) else "RESERVATION_NOT_FOUND" for one in states if one != ("held", user)]
        wanted = "ok" if not faults else "ALREADY_PAID" if "ALREADY_PAID" in faults else faults[0]
        body = {"userId": user, "date": day, "seats": seats}
        self.expect(self.w.delete("/api/v1/seats/cancel", body, auth=self.tokens[user]), wanted)
        if wanted == "ok":
            for seat in seats:
                self.seats[(day, seat)] = ("free", None)

    def paid(self, user, places, answer):
        price = sum(PRICES[day] for day, _ in places)
        wanted = "RESERVATION_NOT_FOUND" if not places else "ok" if price <= self.balance[user] else "INSUFFICIENT_BALANCE"
        body = self.expect(answer, wanted)
        if wanted == "ok":
            same((body["amount"], body["balance"]), (price, self.balance[user] - price), "the money", *self.said[-12:])
            self.balance[user] -= price
            for one in places:
                self.seats[one] = ("sold", user)
            self.payments[body["paymentId"]] = (user, {one: PRICES[one[0]] for one in places})
            self.end(user)

    def pay(self):
        user = self.member()
        if user is not None:
            self.paid(user, self.of("held", user), self.post("payment", user))

    def pay_some(self):
        user = self.member()
        held = self.of("held", user) if user else []
        if held:
            day = held[0][0]
            places = [one for one in held if one[0] == day][:1]
            self.paid(user, places, self.post("payment", user, date=day, seats=[seat for _, seat in places]))

    def leave(self):
        user = self.dice.choice(list(self.tokens) or [None])
        if user is not None:
            self.expect(self.w.delete("/api/v1/token", auth=self.tokens[user]), "ok")
            self.end(user)

    def refund(self):
        if not self.payments:
            return
        payment = self.dice.choice(list(self.payments))
        user, places = self.payments[payment]
        body = {"reason": "x"}
        back = dict(places)
        if places and self.dice.random() < 0.5:
            one = self.dice.choice(list(places))
            body.update(date=one[0], seats=[one[1]])
            back = {one: places[one]}
        answer = self.w.post(f"/api/v1/payments/{payment}/refund", body, auth=self.w.key)
        told = self.expect(answer, "ok" if places else "ALREADY_REFUNDED")
        if places:
            same(told["amount"], sum(back.values()), "what went back", *self.said[-12:])
            for one in back:
                self.seats[one] = ("free", None)
                del places[one]
            same(told["status"], "partly_refunded" if places else "refunded", "its status", *self.said[-12:])
            if user:
                self.balance[user] += sum(back.values())

    def block(self):
        day, seats = self.some()
        good = all(self.seats[(day, seat)][0] in ("free", "blocked") for seat in seats)
        answer = self.w.admin("POST", f"/concerts/{self.concert}/dates/{day}/block", {"seats": seats, "reason": "x"})
        must((answer.status == 200) == good and answer.status in (200, 409), "blocking", answer, *self.said[-12:])
        for seat in seats if good else []:
            self.seats[(day, seat)] = ("blocked", None)

    def release(self):
        day, seats = self.some()
        good = all(self.seats[(day, seat)][0] == "blocked" for seat in seats)
        answer = self.w.admin("POST", f"/concerts/{self.concert}/dates/{day}/release", {"seats": seats})
        self.expect(answer, "ok" if good else "SEAT_NOT_BLOCKED")
        for seat in seats if good else []:
            self.seats[(day, seat)] = ("free", None)

    def sell(self):
        day, seats = self.some()
        good = all(self.seats[(day, seat)][0] in ("free", "blocked") for seat in seats)
        body = {"concertId": self.concert, "date": day, "seats": seats, "paidBy": "cash"}
        told = self.expect(self.w.admin("POST", "/sales", body), "ok" if good else "SEAT_TAKEN")
        if good:
            self.payments[told["paymentId"]] = (None, {(day, seat): PRICES[day] for seat in seats})
            for seat in seats:
                self.seats[(day, seat)] = ("sold", None)

    def compare(self):
        stats = ok(self.w.admin("GET", f"/concerts/{self.concert}/stats"))
        same((stats["active"], stats["waiting"]), (len(self.inside), len(self.queue)), "places", *self.said[-12:])
        for row in stats["dates"]:
            mine = [state for (day, _), (state, _) in self.seats.items() if day == row["date"]]
            same({name: row[name] for name in ("free", "held", "sold", "blocked")},
                 {name: mine.count(name) for name in ("free", "held", "sold", "blocked")}, "seats", *self.said[-12:])
        same(stats["revenue"], sum(sum(places.values()) for _, places in self.payments.values()), "revenue", *self.said[-12:])
        for user in self.users:
            same(self.w.balance(user), self.balance[user], "balance", *self.said[-12:])
        for number, user in enumerate(self.queue):
            same(ok(self.w.get("/api/v1/token", auth=self.tokens[user]))["queuePosition"], number + 1, "position", *self.said[-12:])
        for user in self.inside:
            for day in SIZES:
                body = ok(self.w.get("/api/v1/seats", auth=self.tokens[user], query={"date": day}))
                same([(day, seat) for seat in body["mine"]], [one for one in sorted(self.of("held", user) + self.of("sold", user)) if one[0] == day],
                     "mine: held and bought")
                same([one["status"] for one in body["seats"]], [self.seats[(day, one["seat"])][0] for one in body["seats"]], "map")


def evening(w, seed, active, steps=120):
    one = Evening(w, seed, active)
    for number in range(steps):
        one.step()
        if number % 8 == 7:
            one.compare()
    one.compare()


@check
def an_evening_of_one_at_a_time(w):
    evening(w, 1, 1)


@check
def an_evening_of_two_at_a_time(w):
    evening(w, 2, 2)


@check
def an_evening_of_everybody_at_once(w):
    evening(w, 3, 5, 250)
