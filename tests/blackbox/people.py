"""People and operators of checks: who has a password, who has a key of which role, who comes from another address."""
import http.client
import uuid

from client import Api, path_of
from kit import World, fresh, ok

ROLES = ["viewer", "door", "box_office", "manager", "owner"]


def new_password():
    return f"Long enough {uuid.uuid4().hex[:16]}"


class Person:
    """A user with a password, and the newest session."""

    def __init__(self, w, username=None, password=None, **fields):
        self.w, self.name, self.password = w, username or fresh("p"), password or new_password()
        body = {"username": self.name, "password": self.password, **fields}
        self.user = ok(w.post("/api/v1/users", body), 201)["userId"]
        self.token = self.session = None

    def sign_in(self, **more):
        return sign_in(self.w, self.name, self.password, **more)

    def enter(self, **more):
        body = ok(self.sign_in(**more))
        self.token, self.session = body["accessToken"], body["sessionId"]
        return self

    def path(self, *parts):
        return "/api/v1" + path_of("users", self.user, *parts)

    def charged(self, amount):
        ok(self.w.post(self.path("balance", "charge"), {"amount": amount}, auth=self.w.key))
        return self

    def queue_token(self, concert):
        answer = self.w.post("/api/v1/token", {"userId": self.user, "concertId": concert}, auth=self.token)
        return ok(answer, answer.status if answer.status == 200 else 201)["token"]


def person(w, **fields):
    return Person(w, **fields).enter()


def sign_in(w, name, password, headers=None, **more):
    return w.post("/api/v1/sessions", {"username": name, "password": password, **more}, headers=headers)


def new_key(w, role, **more):
    """The body of a new key: `keyId`, `name`, `role`, `key`."""
    return ok(w.admin("POST", "/keys", {"name": fresh("k"), "role": role, **more}), 201)


class From(Api):
    """A client at another address of loopback: each request has a connection of its own."""

    def __init__(self, bases, source, schema=None):
        super().__init__(bases, schema)
        self.source = source

    def connection(self, base):
        return http.client.HTTPConnection(base.hostname, base.port, timeout=self.timeout, source_address=(self.source, 0))


def bases(w):
    return [base.geturl() for base in w.api.bases]


def at(w, base, source=None):
    """The same server, asked at one of its URLs only, from the address `source`."""
    api = From([base], source, w.api.schema) if source else Api([base], w.api.schema)
    return World(api, w.key, w.server)


def first(w, source=None):
    return at(w, bases(w)[0], source)
