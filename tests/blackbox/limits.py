"""Limits of what one client or user may ask for (identity, section 3). The servers of profile `limits` believe the
proxy at 127.0.0.1 who its client is, so each check is a client, or several, of its own."""
import random
import re
import time
from contextlib import contextmanager

from client import Api
from kit import D1, World, check, fresh, must, ok, refused, same
from people import first
from server import KEY
from starting import start

SIGN_UP, SIGN_IN, JOIN, CHANGE, READ = 4, 4, 4, 6, 8
DICE = random.SystemRandom()


def somebody():
    """The header of a client that nobody else is."""
    return from_address(f"{DICE.choice(('198.18', '198.19'))}.{DICE.randrange(256)}.{DICE.randrange(1, 255)}")


def from_address(text):
    return {"x-forwarded-for": text}


def network():
    """An IPv6 /64 that nobody else has."""
    return f"2001:db8:{DICE.randrange(1, 65536):x}:{DICE.randrange(1, 65536):x}"


def new_user(w):
    return ok(w.post("/api/v1/users", {"username": fresh()}, headers=somebody()), 201)["userId"]


def member(w, concert):
    """A user with a place: the id and the queue token. Nothing of it counts for the clients of a check."""
    user = new_user(w)
    return user, ok(w.post("/api/v1/token", {"userId": user, "concertId": concert}, headers=somebody()), 201)["token"]


def limited(answer):
    refused(answer, 429, "RATE_LIMITED")
    must(1 <= int(answer.header("retry-after")) <= 3600, "section 3: Retry-After within the window", answer.headers)
    return answer


def used_up(send, most, rule):
    """Requests that are taken until one is refused: as many as the limit says."""
    answers = []
    for number in range(most):
        answer = send()
        must(answer.status != 429, f"section 3: {rule}: request {number + 1} of {most} is taken", answer)
        answers.append(answer)
    limited(send())
    return answers


def quota(answer):
    """(requests, seconds) of RateLimit-Policy and what is left by RateLimit."""
    policy, state = answer.header("ratelimit-policy"), answer.header("ratelimit")
    must(policy and state, "section 3: RateLimit-Policy and RateLimit on limited routes", answer, answer.headers)
    parts = [re.search(rf"\b{name}=(\d+)", text) for name, text in (("q", policy), ("w", policy), ("r", state))]
    must(all(parts), "section 3: q and w of the policy, r of the state", policy, state)
    return tuple(int(part[1]) for part in parts)


def reads(w, headers):
    return lambda: w.get("/api/v1/concerts", headers=headers)


@check("limits")
def reads_are_limited_a_client(w):
    w, one = first(w), somebody()
    for answer in used_up(reads(w, one), READ, "read"):
        ok(answer)
    limited(reads(w, one)())
    ok(reads(w, somebody())())


@check("limits")
def sign_ups_are_limited_a_client(w):
    w, one = first(w), somebody()
    send = lambda: w.post("/api/v1/users", {"username": fresh()}, headers=one)
    for answer in used_up(send, SIGN_UP, "sign_up"):
        ok(answer, 201)
    ok(w.post("/api/v1/users", {"username": fresh()}, headers=somebody()), 201)
    ok(reads(w, one)())


@check("limits")
def a_limited_sign_up_makes_nobody(w):
    w, one, name = first(w), somebody(), fresh()
    used_up(lambda: w.post("/api/v1/users", {"username": fresh()}, headers=one), SIGN_UP, "sign_up")
    limited(w.post("/api/v1/users", {"username": name}, headers=one))
    refused(w.admin("GET", "/users", query={"username": name}), 404, "USER_NOT_FOUND")


@check("limits")
def refused_requests_count_like_others(w):
    """Section 6: who exists is not found out by trying."""
    w, one = first(w), somebody()
    used_up(lambda: w.post("/api/v1/users", {"username": ""}, headers=one), SIGN_UP, "sign_up")
    limited(w.post("/api/v1/users", {"username": fresh()}, headers=one))


@check("limits")
def joins_are_limited_a_client(w):
    w, one, concert = first(w), somebody(), w.concert()
    users = [new_user(w) for _ in range(JOIN + 1)]
    send = lambda user, headers: w.post("/api/v1/token", {"userId": user, "concertId": concert}, headers=headers)
    queue = iter(users)
    for answer in used_up(lambda: send(next(queue), one), JOIN, "join"):
        ok(answer, 201)
    ok(send(users[-1], somebody()), 201)


@check("limits")
def changes_are_limited_a_user(w):
    w, concert = first(w), w.concert()
    one, other = member(w, concert), member(w, concert)
    body = lambda who, seat: {"userId": who[0], "date": D1, "seat": seat}
    send = lambda who, seat: w.post("/api/v1/seats/reserve", body(who, seat), auth=who[1], headers=somebody())
    for answer in used_up(lambda: send(one, 1), CHANGE, "change"):
        ok(answer)
    limited(send(one, 1))
    ok(send(other, 2))
    ok(w.get("/api/v1/seats", auth=one[1], query={"date": D1}, headers=somebody()))


@check("limits")
def each_kind_has_a_limit_of_its_own(w):
    w, one = first(w), somebody()
    used_up(reads(w, one), READ, "read")
    for answer in used_up(lambda: w.post("/api/v1/users", {"username": fresh()}, headers=one), SIGN_UP, "sign_up"):
        ok(answer, 201)


@check("limits")
def the_headers_tell_the_limit_and_what_is_left(w):
    w, one = first(w), somebody()
    same([quota(answer) for answer in used_up(reads(w, one), READ, "read")], [(READ, 3600, READ - 1 - n) for n in range(READ)],
         "section 3: the requests, the window, what is left")
    answer = limited(reads(w, one)())
    same(quota(answer), (READ, 3600, 0), "section 3: with the refusal, too")
    must(int(answer.header("retry-after")) <= 3600 // READ, "section 3: when the next one is taken", answer.headers)
    same(quota(w.post("/api/v1/users", {"username": fresh()}, headers=one))[:2], (SIGN_UP, 3600), "section 3: sign_up")
    used_up(reads(w, somebody()), READ, "read")


@check("limits")
def what_watches_the_server_is_not_limited(w):
    w, one = first(w), somebody()
    for path in ("/healthz", "/readyz", "/metrics"):
        for _ in range(READ + 2):
            same(w.get(path, headers=one).status, 200, f"section 3: {path}")
    ok(reads(w, one)())


@check("limits")
def the_operator_is_never_limited(w):
    w, one = first(w), somebody()
    used_up(reads(w, one), READ, "read")
    for _ in range(READ + 2):
        ok(w.get("/api/v1/concerts", auth=w.key, headers=one))
        ok(w.admin("GET", "/users", query={"limit": 1}, headers=one))
    for _ in range(SIGN_UP + 2):
        ok(w.post("/api/v1/users", {"username": fresh()}, auth=w.key, headers=one), 201)
    user = new_user(w)
    for _ in range(CHANGE + 2):
        ok(w.post(f"/api/v1/users/{user}/balance/charge", {"amount": 1}, auth=w.key, headers=one))
    limited(w.get("/api/v1/concerts", auth=w.key[:-1], headers=one))


@check("limits")
def a_forged_key_lifts_no_limit(w):
    w, one = first(w), somebody()
    used_up(lambda: w.get("/api/v1/concerts", auth="jari_" + fresh("A" * 40), headers=one), READ, "read")


@check("limits")
def networks_of_ipv6_are_one_client(w):
    w, mine = first(w), network()
    hosts = iter([f"{mine}::{n:x}" for n in range(1, READ + 2)])
    used_up(lambda: reads(w, from_address(next(hosts)))(), READ, "read of a /64")
    limited(reads(w, from_address(f"{mine}:ffff:ffff:ffff:ffff"))())
    ok(reads(w, from_address(f"{network()}::1"))())


@check("limits")
def forwarded_is_believed_like_x_forwarded_for(w):
    w, mine = first(w), network()
    used_up(reads(w, {"forwarded": f'for="[{mine}::1]:4711";proto=https'}), READ, "read")
    limited(reads(w, {"forwarded": f'by=10.0.0.1;For="[{mine}::2]"'})())
    limited(reads(w, from_address(f"{mine}::3"))())
    ok(reads(w, {"forwarded": f'for="[{network()}::1]"'})())


@check("limits")
def addresses_are_read_from_the_right_up_to_the_first_untrusted(w):
    w, mine = first(w), somebody()["x-forwarded-for"]
    lines = iter([mine, f"203.0.113.{DICE.randrange(256)}, {mine}", f"nonsense, {mine}", f"{mine}, 10.1.2.3", f"{mine},10.9.9.9 , 10.1.2.3",
                  f"10.0.0.1, {mine}", f"127.0.0.1, {mine}, 10.0.0.1", f" {mine} ", mine])
    used_up(lambda: reads(w, from_address(next(lines)))(), READ, "read behind proxies")
    other = somebody()["x-forwarded-for"]
    used_up(reads(w, {"forwarded": f"for=203.0.113.7, for={other}, for=10.0.0.7"}), READ, "read behind proxies")
    limited(reads(w, from_address(other))())


@check("limits")
def malformed_addresses_do_no_harm(w):
    for text in ("", ",", "nonsense", "1.2.3.4.5", "::::", "999.1.1.1", "unknown", "a" * 4000, "1.1.1.1," * 400, "\xff", "[::1", "0x7f.1"):
        for name in ("x-forwarded-for", "forwarded"):
            answer = w.get("/api/v1/concerts", headers={name: text if name[0] == "x" else f"for={text}"})
            must(answer.status < 500, "section 3: a malformed address is answered", answer)


@check("limits")
def a_proxy_that_is_not_trusted_is_a_client_itself(w):
    w = first(w, "127.0.0.2")
    used_up(lambda: reads(w, somebody())(), READ, "read of 127.0.0.2")
    limited(reads(w, {"forwarded": f'for="[{network()}::1]"'})())


@check
def on_loopback_limits_are_off(w):
    for answer in [w.get("/api/v1/concerts") for _ in range(50)]:
        ok(answer)
        must(answer.header("ratelimit") is None and answer.header("ratelimit-policy") is None, "section 3: off by default on loopback",
             answer.headers)


@contextmanager
def running(base, **settings):
    server = base.server(settings={key.replace("__", "."): value for key, value in settings.items()})
    try:
        yield World(Api([server.start().base], base.api.schema), KEY)
    finally:
        server.remove()


@check("own")
def nobodys_word_is_believed_without_trusted_proxies(base):
    with running(base, limits__read="3/h") as w:
        used_up(lambda: reads(w, somebody())(), 3, "read")
        ok(reads(first(w, "127.0.0.2"), {})())


@check("own")
def a_limit_is_over_after_retry_after(base):
    with running(base, limits__read="2/s", limits__sign_up="off") as w:
        answers = [reads(w, {})() for _ in range(40)]
        refusals = [answer for answer in answers if answer.status == 429]
        must(refusals, "section 3: 40 requests at once are more than 2/s", [answer.status for answer in answers])
        wait = int(limited(refusals[-1]).header("retry-after"))
        same(wait, 1, "section 3: 2/s takes one in half a second; whole seconds, rounded up")
        time.sleep(wait)
        ok(reads(w, {})())
        for answer in [w.post("/api/v1/users", {"username": fresh()}) for _ in range(20)]:
            ok(answer, 201)
            must(answer.header("ratelimit") is None, "section 3: off is off", answer.headers)


@check("own")
def limits_that_make_no_sense_are_refused_at_the_start(w):
    bad = {"limits.sign_up": "10/d", "limits.join": "-1/s", "limits.change": "many", "limits.read": "10",
           "server.trusted_proxies": "10.0.0.0/33"}
    code, said = start(w, "serve", *[word for key, value in bad.items() for word in ("--set", f"{key}={value}")])
    same(code, 2, said)
    for key, value in bad.items():
        must(key in said and value in said, f"section 3: {key} is named with what was sent", said)
