"""No secret lies anywhere in the clear, whatever was done with it (identity, section 6)."""
import base64
import os
import stat
import tempfile

from client import Api
from kit import World, check, fresh, from_now, must, ok, same, until
from people import Person, new_key, new_password
from server import KEY

OWN = {"sec-fetch-site": "same-origin"}


class Recorder(Api):
    """Keeps every answer."""

    def __init__(self, bases, schema=None):
        super().__init__(bases, schema)
        self.answers = []

    def send(self, method, path, *rest, **more):
        answer = super().send(method, path, *rest, **more)
        self.answers.append((method, path.split("?")[0], answer))
        return answer


def forms(secret):
    """How a secret could lie in a file."""
    raw = secret.encode()
    yield raw
    yield raw.hex().encode()
    yield raw.hex().upper().encode()
    yield base64.b64encode(raw).rstrip(b"=")
    yield base64.urlsafe_b64encode(raw).rstrip(b"=")
    yield secret.encode("utf-16-le")
    if secret.startswith("jari_"):
        yield raw[5:48]


def found_in(folder, secrets):
    """(what, where) of each secret in each file, but for the operator's key in its own."""
    for at, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(at, name), "rb") as file:
                data = file.read()
            for what, secret in secrets.items():
                if not (name == "operator.key" and secret == KEY) and any(form in data for form in forms(secret)):
                    yield what, name


def by_cookie(answer):
    return answer.header("set-cookie").split(";")[0].split("=", 1)[1]


def of_users(w, secrets):
    """What people do with passwords and tokens, rightly and wrongly."""
    replay = lambda: {"idempotency-key": fresh()}
    name, password = fresh("p"), new_password()
    secrets["the first password"] = password
    user = ok(w.post("/api/v1/users", {"username": name, "password": password}, headers=replay()), 201)["userId"]
    path, code_path = f"/api/v1/users/{user}/password", f"/api/v1/admin/users/{user}/password-reset"
    token = ok(w.post("/api/v1/sessions", {"username": name, "password": password}, headers=replay()))["accessToken"]
    secrets["an access token"] = token
    answer = w.post("/api/v1/sessions", {"username": name, "password": password, "cookie": True}, headers=OWN)
    ok(answer)
    secrets["a cookie"] = by_cookie(answer)
    secrets["a wrong password"] = new_password()
    w.post("/api/v1/sessions", {"username": name, "password": secrets["a wrong password"]})
    w.post("/api/v1/sessions", {"username": fresh(), "password": secrets["a wrong password"]})
    secrets["a password of a malformed request"] = new_password()
    secrets["a password in digits"] = "918273645546372819"
    bad = secrets["a password of a malformed request"]
    for text in ('{"username":" x","password":"%s"' % bad, '{"username":" x","password":"%s","password":"%s"}' % (bad, bad),
                 '{"username":5,"password":"%s"}' % bad, '{"username":" x","password":["%s"]}' % bad, '{"username":" x","password":{"%s":1}}' % bad,
                 '{"username":" x","password":918273645546372819}', '"%s"' % bad, '{"username":" x","passwort":"%s"}' % bad,
                 '{"username":" x","password":"%s","cookie":"%s"}' % (bad, bad)):
        for where in ("/api/v1/users", "/api/v1/sessions", "/api/v1/password-reset"):
            must(w.post(where, text).status in (400, 401), "a malformed request is refused", text)
        w.put(path, text.replace("password", "new"), auth=token)
    secrets["a password that was refused"] = f"{name} 1"
    w.post("/api/v1/users", {"username": name, "password": secrets["a password that was refused"]})
    secrets["the second password"] = new_password()
    ok(w.put(path, {"current": password, "new": secrets["the second password"]}, auth=token))
    answer = w.post(code_path, auth=w.key, headers=replay())
    must(answer.status in (200, 201), "an operator makes a reset code", answer)
    code = secrets["a reset code"] = answer.body["code"]
    secrets["the third password"] = new_password()
    w.post("/api/v1/password-reset", {"username": fresh(), "code": code, "password": secrets["the third password"]})
    ok(w.post("/api/v1/password-reset", {"username": name, "code": code, "password": secrets["the third password"]}, headers=replay()))
    w.post("/api/v1/password-reset", {"username": name, "code": code, "password": secrets["the third password"]})
    answer = w.post(code_path, auth=w.key)
    secrets["a code that nobody used"] = answer.body["code"]
    token = ok(w.post("/api/v1/sessions", {"username": name, "password": secrets["the third password"]}))["accessToken"]
    secrets["another access token"] = token
    for where in ("/api/v1/admin/users", "/api/v1/token", "/api/v1/sessions", f"/api/v1/users/{user}/balance", "/api/v1/nothing"):
        w.get(where, auth=token)
        w.get(where, headers={"cookie": f"jari={secrets['a cookie']}", "authorization": f"Basic {token}"})
    return user


def of_operators(w, secrets):
    """What operators do with keys."""
    answer = w.admin("POST", "/keys", {"name": fresh("k"), "role": "manager"}, headers={"idempotency-key": fresh()})
    key = secrets["a key"] = ok(answer, 201)["key"]
    secrets["an expired key"] = new_key(w, "viewer", expiresAt=from_now(2))["key"]
    answer = w.post("/api/v1/admin/sessions", {"key": key}, headers=OWN)
    must(answer.status in (200, 201), "an operator signs in", answer)
    secrets["an operator's cookie"] = by_cookie(answer)
    secrets["a forged key"] = key[:5] + key[:4:-1]
    for text in ('{"key":"%s"' % key, '{"key":["%s"]}' % key, '{"keyy":"%s"}' % key, '{"key":"%s"}' % secrets["a forged key"]):
        w.post("/api/v1/admin/sessions", text, headers=OWN)
    for where in ("/api/v1/admin/users", "/api/v1/admin/keys", "/api/v1/token", "/api/v1/sessions"):
        for one in (key, secrets["a forged key"], KEY):
            w.get(where, auth=one)
    w.admin("POST", "/keys", {"name": "x", "role": "viewer", "key": secrets["a forged key"]})
    w.admin("DELETE", "/keys/none-such")
    gone = new_key(w, "owner")
    secrets["a deleted key"] = gone["key"]
    must(w.admin("DELETE", f"/keys/{gone['keyId']}").status in (200, 204), "a key is deleted")
    for _ in range(2):
        w.get("/api/v1/admin/users", auth=gone["key"])
    until(lambda: w.get("/api/v1/admin/users", auth=secrets["an expired key"]).status == 401, 30, what="the key expires")


def read_everything(w, user, secrets):
    for path in ("/keys", "/audit", "/users", f"/users/{user}", f"/users/{user}/export", "/payments"):
        ok(w.admin("GET", path))
    after = 0
    while True:
        page = ok(w.admin("GET", "/events", query={"after": after, "limit": 100}))
        if not page["events"]:
            break
        after = page["next"]
    same(w.get("/metrics").status, 200, "the metrics")
    ok(w.get("/api/v1/sessions", auth=secrets["another access token"]))


# The answers that give a secret, to whom it belongs.
GIVING = {("POST", "/api/v1/sessions"), ("POST", "/api/v1/admin/keys")}


def told(w, secrets):
    """(what, where) of each secret in an answer that does not give it."""
    for method, path, answer in w.api.answers:
        gives = answer.status < 300 and ((method, path) in GIVING or path.endswith("/password-reset"))
        fields = str([field for field in answer.fields if field[0].lower() != "set-cookie"])
        for what, secret in secrets.items():
            if not gives and (secret in answer.raw.decode("utf-8", "replace") or secret in fields):
                yield what, answer.status, method, path


@check("own")
def no_secret_is_kept_or_told_in_the_clear(base):
    for format_ in ("text", "json"):
        server = base.server(settings={"identity.mode": "password", "log.level": "trace", "log.format": format_})
        try:
            w = World(Recorder([server.start().base], base.api.schema), KEY)
            secrets = {"the owner's key": KEY}
            user = of_users(w, secrets)
            of_operators(w, secrets)
            read_everything(w, user, secrets)
            must(len(secrets) > 16 and len(set(secrets.values())) == len(secrets), "each secret is another", list(secrets))
            leaks = sorted(set(told(w, secrets)), key=str)
            must(not leaks, "section 6: no secret in answers, events, metrics and errors", *leaks)
            server.kill()
            leaks = sorted(set(found_in(server.folder, secrets)))
            must(not leaks, "section 6: no secret at rest or in the log, after kill -9", *leaks)
            server.start()
            same(server.stop(), 0, "it stops well")
            leaks = sorted(set(found_in(server.folder, secrets)))
            must(not leaks, "section 6: no secret at rest or in the log, after a stop", *leaks)
        finally:
            server.remove()


@check
def this_search_finds_what_is_there(_):
    """The search itself: a secret in a file is found in each of its forms, and the operator's key may lie in its own."""
    secrets = {"a key": "jari_" + "Ab1-" * 12, "the owner's key": KEY, "a password": new_password()}
    for what, secret in secrets.items():
        for form in forms(secret):
            with tempfile.TemporaryDirectory(prefix="bb-leaks-") as folder:
                for name in ("log.txt", "operator.key"):
                    with open(os.path.join(folder, name), "wb") as file:
                        file.write(b"before " + form + b" after")
                wanted = {"log.txt"} if secret == KEY else {"log.txt", "operator.key"}
                same({name for one, name in found_in(folder, secrets) if one == what}, wanted, f"{what} as {form[:12]!r}")


@check("own")
def files_with_secrets_are_for_their_owner_alone(base):
    server = base.server(settings={"identity.mode": "password"})
    try:
        w = World(Api([server.start().base], base.api.schema), KEY)
        Person(w).enter()
        new_key(w, "viewer")
        found = [name for name in os.listdir(server.folder + "/data") if name.endswith(".key")]
        must("token.key" in found, "signing keys lie in the data folder", found)
        for name in found:
            same(stat.S_IMODE(os.stat(os.path.join(server.folder, "data", name)).st_mode), 0o600, f"section 6: {name}")
    finally:
        server.remove()
