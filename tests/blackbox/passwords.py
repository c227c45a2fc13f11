"""Users with passwords: signing up and in (identity, section 1)."""
import time
import unicodedata

from client import Api
from kit import World, at_once, check, fresh, invalid, must, ok, refused, same
from people import Person, first, new_password, person, sign_in
from server import KEY

COMMON = ["1234567890", "qwertyuiop", "1q2w3e4r5t"]


def sign_up(w, **fields):
    return w.post("/api/v1/users", {"username": fresh("p"), **fields})


def same_refusal(one, other, rule):
    """Two refusals that nobody can tell apart, but for the request's id and the date."""
    told = lambda answer: {name: value for name, value in answer.headers.items()
                           if name not in ("x-request-id", "date", "retry-after") and not name.startswith("ratelimit")}
    same((one.status, one.body, told(one)), (other.status, other.body, told(other)), rule)


@check("password")
def the_site_tells_the_mode(w):
    same(ok(w.get("/api/v1/site"))["mode"], "password", "the mode")


@check("password")
def signing_up_needs_a_password(w):
    for fields in ({}, {"password": None}, {"password": ""}, {"password": 12345678901}, {"password": ["x" * 12]}):
        invalid(sign_up(w, **fields), "password")
    answer = sign_up(w, password=new_password(), email=f"{fresh()}@example.com")
    same(set(ok(answer, 201)), {"userId", "username", "email", "createdAt"}, "section 1: the fields of a new user, no password")


@check("password")
def a_password_has_10_to_256_characters(w):
    fill = new_password()
    for length in (1, 9, 257, 5000):
        body = invalid(sign_up(w, password=(fill * 250)[:length]), "password")
        must(len(body["message"]) > 20, "section 1: a message that says what would do", body)
    ok(sign_up(w, password=fill[-10:]), 201)
    ok(sign_up(w, password="".join(new_password() for _ in range(12))[:256]), 201)
    ok(sign_up(w, password="한림별숲강늪돌흙샘뫼"), 201)


@check("password")
def common_passwords_are_refused(w):
    for password in COMMON:
        body = invalid(sign_up(w, password=password), "password")
        must(len(body["message"]) > 20 and password not in str(body), "section 1: it says what would do, not what was sent", body)


@check("password")
def a_password_that_contains_the_username_is_refused(w):
    name = fresh("Wanderer")
    for password in (name, f"xy {name} 7 zq", f"xy {name.lower()} 7 zq"):
        invalid(sign_up(w, username=name, password=password), "password")
    ok(sign_up(w, username=name, password=new_password()), 201)


@check("password")
def a_refused_sign_up_leaves_the_name_free(w):
    name = fresh("p")
    invalid(sign_up(w, username=name, password="short"), "password")
    Person(w, username=name)
    refused(sign_up(w, username=name.upper(), password=new_password()), 409, "USERNAME_TAKEN")


@check("password")
def passwords_are_compared_after_nfc(w):
    composed = f"Ünä ö 각 {new_password()}"
    apart = unicodedata.normalize("NFD", composed)
    must(apart != composed, "two spellings")
    one, two = Person(w, password=composed), Person(w, password=apart)
    ok(sign_in(w, one.name, apart))
    ok(sign_in(w, two.name, composed))


@check("password")
def any_characters_make_a_password(w):
    for odd in ("  blanks at both ends  ", "🎻🎻🎻 violins", "tab\tand\nline", "quotes \" ' \\ %00", "zero\u0000byte"):
        one = Person(w, password=odd + new_password()[-8:] + " ")
        ok(one.sign_in())
        refused(sign_in(w, one.name, one.password.strip() + "x"), 401, "BAD_CREDENTIALS")
        refused(sign_in(w, one.name, one.password[:-1]), 401, "BAD_CREDENTIALS")


@check("password")
def signing_in_gives_an_access_token(w):
    one = Person(w)
    answer, other = one.sign_in(), one.sign_in()
    body = ok(answer)
    same(set(body), {"userId", "accessToken", "expiresIn", "sessionId"}, "section 1: the fields")
    same((body["userId"], body["expiresIn"]), (one.user, 30 * 86_400), "section 1: 30 days")
    must(len(body["accessToken"]) >= 43, "section 1: 256 random bits", len(body["accessToken"]))
    must(ok(other)["accessToken"] != body["accessToken"] and other.body["sessionId"] != body["sessionId"], "section 1: each its own")
    same(answer.header("cache-control"), "private, no-store", "section 5: a personal answer")
    must(answer.header("set-cookie") is None, "section 5: no cookie that was not asked for", answer.headers)


@check("password")
def a_name_signs_in_however_it_is_written(w):
    one = Person(w, username=fresh("Kim Min"))
    for name in (one.name.upper(), one.name.lower(), one.name.replace("K", "Ｋ")):
        same(ok(sign_in(w, name, one.password))["userId"], one.user, f"section 1: {name}")
    refused(sign_in(w, one.name, one.password.upper()), 401, "BAD_CREDENTIALS")


@check("password")
def a_wrong_name_and_a_wrong_password_answer_alike(w):
    one, wrong = Person(w), new_password()
    known, unknown = sign_in(w, one.name, wrong), sign_in(w, fresh("nobody"), wrong)
    refused(known, 401, "BAD_CREDENTIALS")
    same_refusal(known, unknown, "section 1: wrong name and wrong password: the same answer")
    for odd in ("", " x", "a\u0000b", "x" * 65):
        answer = sign_in(w, odd, wrong)
        must(answer.reason in ("BAD_CREDENTIALS", "INVALID_REQUEST"), "a name that nobody can have", answer)


@check("password")
def a_malformed_sign_in_is_an_invalid_request(w):
    for body in ({}, {"username": "x"}, {"password": "x"}, {"username": 5, "password": "x"}, {"username": "x", "password": 1234567}, []):
        invalid(w.post("/api/v1/sessions", body))
    for password in ("", "x", "x" * 257, "x" * 5000):
        answer = sign_in(w, fresh("nobody"), password)
        must(answer.reason in ("BAD_CREDENTIALS", "INVALID_REQUEST"), "a password that nobody can have", answer)


@check("password")
def a_blocked_user_is_told_so_and_only_with_the_right_password(w):
    one = Person(w)
    ok(w.admin("PATCH", f"/users/{one.user}", {"blocked": True}))
    refused(one.sign_in(), 403, "USER_BLOCKED")
    same_refusal(sign_in(w, one.name, "wrong " + one.password), sign_in(w, fresh("nobody"), one.password),
                 "section 6: no answer tells whether a username exists")
    ok(w.admin("PATCH", f"/users/{one.user}", {"blocked": False}))
    ok(one.sign_in())


@check("password")
def a_deleted_user_signs_in_no_more(w):
    one = person(w)
    ok(w.admin("DELETE", f"/users/{one.user}"))
    same_refusal(one.sign_in(), sign_in(w, fresh("nobody"), one.password), "section 1: a deleted one 401, like a name that is unknown")
    answer = w.get("/api/v1/sessions", auth=one.token)
    must(answer.status in (401, 404), "section 1: the deleted user's token has ended", answer)
    again = person(w, username=one.name)
    must(again.user != one.user, "the name is free", again.user)


def fail(w, name, most):
    """Failed sign-ins until one has to wait: how many there were, and the refusal."""
    for number in range(most):
        answer = sign_in(w, name, "a wrong " + fresh())
        if answer.status == 429:
            return number, answer
        refused(answer, 401, "BAD_CREDENTIALS")
    must(False, f"section 1: after 5 failures the next tries wait; {most} did not")


@check("password")
def after_5_failures_a_name_waits_for_this_client(w):
    w = first(w)
    one, other = Person(w), Person(w)
    number, answer = fail(w, one.name, 12)
    must(number >= 5, f"section 1: 5 failures are free, the try after {number} waited", answer)
    refused(answer, 429, "RATE_LIMITED")
    wait = int(answer.header("retry-after"))
    must(1 <= wait <= 60, "section 1: 1, 2, 4 … 60 s", answer.headers)
    ok(other.sign_in())
    same_refusal(fail(w, fresh("nobody"), 12)[1], answer, "section 6: a name that nobody has waits alike")
    time.sleep(wait)
    ok(one.sign_in())


@check("password")
def the_wait_grows(w):
    w, name, waits = first(w), fresh("nobody"), []
    for _ in range(2):
        waits.append(int(fail(w, name, 12)[1].header("retry-after")))
        time.sleep(waits[-1])
        refused(sign_in(w, name, "a wrong one again"), 401, "BAD_CREDENTIALS")
    answer = fail(w, name, 3)[1]
    must(int(answer.header("retry-after")) > waits[0], "section 1: 1, 2, 4 … 60 s", waits, answer.headers)


@check("password")
def strangers_elsewhere_do_not_lock_a_name(w):
    one, stranger = Person(w), first(w, "127.0.0.3")
    fail(stranger, one.name, 12)
    refused(sign_in(stranger, one.name, one.password), 429, "RATE_LIMITED")
    ok(sign_in(first(w, "127.0.0.4"), one.name, one.password))


@check
def names_that_can_be_mistaken_for_each_other_are_one(w):
    tail = fresh()
    ok(w.post("/api/v1/users", {"username": f"Kim ffi {tail}"}), 201)
    for twin in (f"Kim  ffi {tail}", f"KIM ffi {tail}", f"Kim ﬃ {tail}", f"Kim\u3000ffi {tail}", f"Kim\u00a0ffi {tail}", f"Ｋim ffi {tail}",
                 f"Kim f\u200bfi {tail}", f"\u202eKim ffi {tail}", f"Kim ff\u00adi {tail}"):
        answer = w.post("/api/v1/users", {"username": twin})
        must(answer.reason in ("USERNAME_TAKEN", "INVALID_REQUEST"), f"section 1: {twin!r} can be mistaken for another", answer)


@check
def in_open_mode_a_password_is_refused(w):
    invalid(w.post("/api/v1/users", {"username": fresh(), "password": new_password()}), "password")


@check("own")
def too_many_password_checks_wait_in_a_bounded_line(base):
    server = base.server(settings={"identity.mode": "password", "limits.password_checks": 1})
    try:
        w = World(Api([server.start().base], base.api.schema), KEY)
        answers = at_once([lambda: sign_in(w, fresh("nobody"), new_password()) for _ in range(16)])
        must({answer.status for answer in answers} <= {401, 503}, "section 1: answered, or 503 with Retry-After", {a.status for a in answers})
        must(401 in {answer.status for answer in answers}, "section 1: the others wait", {a.status for a in answers})
        same(w.get("/readyz").status, 200, "the rest goes on")
    finally:
        server.remove()
