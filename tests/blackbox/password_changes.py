"""Passwords that are changed by their owners and reset with a code (identity, section 1)."""
from client import Api
from kit import NOBODY, World, check, fresh, from_now, instant, invalid, must, ok, refused, same
from passwords import COMMON, same_refusal
from people import Person, new_key, new_password, person, sign_in
from server import KEY


def reset_code(w, user, auth=None):
    answer = w.post(f"/api/v1/admin/users/{user}/password-reset", auth=auth or w.key)
    must(answer.status in (200, 201), "section 1: an operator makes a reset code", answer)
    return answer.body


def reset(w, name, code, password):
    return w.post("/api/v1/password-reset", {"username": name, "code": code, "password": password})


@check("password")
def the_owner_changes_the_password(w):
    one = person(w)
    other, new = ok(one.sign_in())["accessToken"], new_password()
    body = {"current": one.password, "new": new}
    ok(w.put(one.path("password"), body, auth=one.token))
    ok(w.get("/api/v1/sessions", auth=one.token))
    refused(w.get("/api/v1/sessions", auth=other), 401, "TOKEN_INVALID")
    refused(one.sign_in(), 401, "BAD_CREDENTIALS")
    ok(sign_in(w, one.name, new))


@check("password")
def a_change_that_is_refused_changes_nothing(w):
    one, stranger = person(w), person(w)
    kept, body = ok(one.sign_in())["accessToken"], {"current": one.password, "new": new_password()}
    refused(w.put(one.path("password"), body), 401, "TOKEN_INVALID")
    refused(w.put(one.path("password"), body, auth=stranger.token), 403, "NOT_YOURS")
    answer = w.put(one.path("password"), {**body, "current": "not " + one.password}, auth=one.token)
    must(answer.status in (401, 403) and answer.reason == "BAD_CREDENTIALS", "section 1: the current one is asked for", answer)
    for weak in ("short", COMMON[0], f"xy {one.name} 7 zq", None, 5):
        invalid(w.put(one.path("password"), {**body, "new": weak}, auth=one.token), "new")
    invalid(w.put(one.path("password"), {"new": body["new"]}, auth=one.token), "current")
    ok(one.sign_in())
    ok(w.get("/api/v1/sessions", auth=kept))


@check("password")
def a_reset_code_lets_in_once(w):
    one, new = person(w), new_password()
    told = reset_code(w, one.user, new_key(w, "manager")["key"])
    must({"code", "expiresAt"} <= set(told), "section 1: the fields", told)
    must(from_now(3300) < told["expiresAt"] < from_now(3900), "section 1: 1 hour", told["expiresAt"])
    instant(told["expiresAt"])
    ok(one.sign_in())
    wrong = reset(w, one.name, told["code"] + "A", new)
    must(wrong.status in (400, 401, 403), "section 1: a wrong code", wrong)
    same_refusal(wrong, reset(w, fresh("nobody"), told["code"], new), "section 6: no answer tells whether a username exists")
    same_refusal(wrong, reset(w, Person(w).name, told["code"], new), "section 1: another user's code")
    ok(reset(w, one.name, told["code"], new))
    ok(sign_in(w, one.name, new))
    refused(one.sign_in(), 401, "BAD_CREDENTIALS")
    same_refusal(wrong, reset(w, one.name, told["code"], new_password()), "section 1: a code has one use")
    ok(sign_in(w, one.name, new))


@check("password")
def a_reset_ends_every_session(w):
    one = person(w)
    ok(reset(w, one.name, reset_code(w, one.user)["code"], new_password()))
    refused(w.get("/api/v1/sessions", auth=one.token), 401, "TOKEN_INVALID")


@check("password")
def the_new_password_of_a_reset_is_judged(w):
    one = Person(w)
    code = reset_code(w, one.user)["code"]
    for weak in ("short", COMMON[0], f"xy {one.name} 7 zq"):
        invalid(reset(w, one.name, code, weak), "password")
    ok(one.sign_in())


@check("password")
def a_reset_code_is_a_managers(w):
    one = Person(w)
    path = f"/api/v1/admin/users/{one.user}/password-reset"
    for role in ("viewer", "door", "box_office"):
        refused(w.post(path, auth=new_key(w, role)["key"]), 403, "NOT_ALLOWED")
    for auth in (None, ok(one.sign_in())["accessToken"]):
        refused(w.post(path, auth=auth), 401, "TOKEN_INVALID")
    refused(w.post(f"/api/v1/admin/users/{NOBODY}/password-reset", auth=w.key), 404, "USER_NOT_FOUND")


@check("own")
def users_of_open_mode_come_in_by_a_reset(base):
    server = base.server()
    try:
        w = World(Api([server.start().base], base.api.schema), KEY)
        name, password = fresh("p"), new_password()
        user = w.user(username=name, charge=70)
        same(server.stop(), 0, "it stops well")
        server.settings = {"identity.mode": "password"}
        w = World(Api([server.start().base], base.api.schema), KEY)
        same_refusal(sign_in(w, name, password), sign_in(w, fresh("nobody"), password), "section 1: no password yet, 401 like an unknown name")
        ok(reset(w, name, reset_code(w, user)["code"], password))
        token = ok(sign_in(w, name, password))["accessToken"]
        server.kill()
        w = World(Api([server.start().base], base.api.schema), KEY)
        same(ok(w.get(f"/api/v1/users/{user}/balance", auth=token))["balance"], 70, "section 1: token and wallet after a restart")
        ok(sign_in(w, name, password))
    finally:
        server.remove()
