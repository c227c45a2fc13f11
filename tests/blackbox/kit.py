"""What checks are written with: the register of checks, expectations, and users, concerts and buyers of their own."""
import threading
import time
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from client import Wrong

D1, D2, D3 = "2031-03-01", "2031-03-02", "2031-03-08"
CHECKS = []
NOTES = []
NOBODY = "00000000-0000-4000-8000-00000000dead"


@dataclass
class Check:
    name: str
    theme: str
    run: object
    profile: str


def check(profile="plain"):
    """Registers a check. `profile` names the settings of the server that it needs (`run.PROFILES`)."""
    def register(function):
        CHECKS.append(Check(function.__name__, function.__module__, function, profile))
        return function
    if callable(profile):
        function, profile = profile, "plain"
        return register(function)
    return register


def note(text):
    """Something that the contract leaves open, or that is worth a look: no failure."""
    NOTES.append(text)


def must(truth, rule, *seen):
    if not truth:
        raise Wrong(rule + "".join(f"\n      {thing}" for thing in seen))


def same(got, wanted, what, *seen):
    must(got == wanted, f"{what}: got {got!r}, wanted {wanted!r}", *seen)


def ok(answer, status=200):
    must(answer.status == status, f"wanted {status}", answer)
    return answer.body


def refused(answer, status, reason, **fields):
    must(answer.status == status and answer.reason == reason, f"wanted {status} {reason}", answer)
    for name, value in fields.items():
        must(name in answer.body and answer.body[name] == value, f"wanted `{name}` {value!r}", answer)
    return answer.body


def invalid(answer, field=None):
    body = refused(answer, 400, "INVALID_REQUEST")
    if field:
        must(body.get("field") == field, f"wanted `field` {field!r}", answer)
    return body


def instant(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)


def from_now(seconds):
    later = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    return later.strftime("%Y-%m-%dT%H:%M:%S.") + f"{later.microsecond // 1000:03}Z"


def until(question, seconds=30, pause=0.1, what="it does not come true"):
    """Asks until the answer is true; a bound, never a measure."""
    end = time.monotonic() + seconds
    while True:
        answer = question()
        if answer:
            return answer
        must(time.monotonic() < end, f"{what} within {seconds} s")
        time.sleep(pause)


def at_once(functions):
    """Runs them in threads that start together; gives their results in order, raises what one raised."""
    gate, results = threading.Barrier(len(functions)), [None] * len(functions)

    def one(number, function):
        gate.wait()
        try:
            results[number] = function()
        except BaseException as fault:
            results[number] = fault
    threads = [threading.Thread(target=one, args=pair) for pair in enumerate(functions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results


def fresh(prefix="bb"):
    return f"{prefix}-{uuid.uuid4().hex[:16]}"


class World:
    """One logical server, as a check sees it."""

    def __init__(self, api, key, server=None):
        self.api, self.key, self.server = api, key, server

    def get(self, path, auth=None, **more):
        return self.api.send("GET", path, auth=auth, **more)

    def post(self, path, body=None, auth=None, **more):
        return self.api.send("POST", path, body, auth=auth, **more)

    def patch(self, path, body=None, auth=None, **more):
        return self.api.send("PATCH", path, body, auth=auth, **more)

    def put(self, path, body=None, auth=None, **more):
        return self.api.send("PUT", path, body, auth=auth, **more)

    def delete(self, path, body=None, auth=None, **more):
        return self.api.send("DELETE", path, body, auth=auth, **more)

    def admin(self, method, path, body=None, **more):
        return self.api.send(method, "/api/v1/admin" + path, body, auth=self.key, **more)

    def user(self, charge=0, **fields):
        body = ok(self.post("/api/v1/users", {"username": fresh(), **fields}), 201)
        if charge:
            self.charge(body["userId"], charge)
        return body["userId"]

    def charge(self, user, amount, auth=None):
        most = 10_000_000
        while amount > 0:
            ok(self.post(f"/api/v1/users/{user}/balance/charge", {"amount": min(amount, most)}, auth=auth or self.key))
            amount -= most

    def balance(self, user):
        return ok(self.get(f"/api/v1/users/{user}/balance"))["balance"]

    def concert(self, **fields):
        wish = {"concertId": fresh(), "title": "A concert of the suite", "status": "on_sale", "timeZone": "UTC",
                "dates": [{"date": D1, "seats": 50, "price": 5000}, {"date": D2, "seats": 20, "price": 3000}]}
        wish.update(fields)
        return ok(self.admin("POST", "/concerts", wish), 201)["concertId"]

    def join(self, user, concert):
        return self.post("/api/v1/token", {"userId": user, "concertId": concert})

    def token(self, user, concert):
        answer = self.join(user, concert)
        must(answer.status in (200, 201), "a place is given", answer)
        return answer.body["token"]

    def buyer(self, concert=None, charge=100_000, **fields):
        concert = concert or self.concert(**fields)
        user = self.user(charge)
        return Buyer(self, user, concert, self.token(user, concert))

    def paid(self, seats=(1,), date=D1, **fields):
        """A buyer who has paid for seats, and the body of the payment."""
        buyer = self.buyer(**fields)
        buyer.hold(*seats, date=date)
        return buyer, ok(buyer.pay())


class Buyer:
    def __init__(self, world, user, concert, token):
        self.w, self.user, self.concert, self.token = world, user, concert, token

    def reserve(self, date=D1, **what):
        return self.w.post("/api/v1/seats/reserve", {"userId": self.user, "date": date, **what}, auth=self.token)

    def hold(self, *seats, date=D1):
        return ok(self.reserve(date, seats=list(seats)))

    def cancel(self, *seats, date=D1):
        body = {"userId": self.user, "date": date, "seats": list(seats)}
        return self.w.delete("/api/v1/seats/cancel", body, auth=self.token)

    def pay(self, *seats, date=D1, headers=None):
        body = {"userId": self.user}
        if seats:
            body.update(date=date, seats=list(seats))
        return self.w.post("/api/v1/seats/payment", body, auth=self.token, headers=headers)

    def place(self):
        return self.w.get("/api/v1/token", auth=self.token)

    def leave(self):
        return self.w.delete("/api/v1/token", auth=self.token)

    def again(self):
        """A new place of the same user."""
        self.token = self.w.token(self.user, self.concert)
        return self

    def map(self, date=D1, **more):
        return self.w.get("/api/v1/seats", auth=self.token, query={"date": date}, **more)

    def free(self, date=D1):
        answer = self.w.get("/api/v1/seats/available", auth=self.token, query={"date": date})
        return [] if answer.reason == "NO_SEATS_AVAILABLE" else ok(answer)["availableSeats"]

    def reservations(self):
        return ok(self.w.get(f"/api/v1/concerts/{self.concert}/reservations",
                             query={"userId": self.user, "limit": 100}))["reservations"]

    def tickets(self):
        return ok(self.w.get(f"/api/v1/users/{self.user}/tickets", query={"limit": 100}))["tickets"]

    def payments(self):
        return ok(self.w.get(f"/api/v1/users/{self.user}/payments", query={"limit": 100}))["payments"]

    def ledger(self):
        return ok(self.w.get(f"/api/v1/users/{self.user}/ledger", query={"limit": 100}))["entries"]
