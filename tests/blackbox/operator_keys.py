"""Operators' keys, roles and the audit (identity, section 2)."""
import http.client
import json
import re
import time

from client import Api
from events import newest, since
from kit import D1, NOBODY, World, check, fresh, from_now, instant, invalid, must, ok, refused, same, until
from people import ROLES, at, bases, new_key
from server import KEY

CHAIN = ["viewer", "box_office", "manager", "owner"]
# Operators' routes with the least role; in brackets the roles of which section 2 does not say whether they may.
ROUTES = """
GET /admin/audit viewer
GET /admin/cluster viewer
GET /admin/concerts viewer
GET /admin/concerts/{concertId} viewer
GET /admin/concerts/{concertId}/dates/{date}/seats/{seat} viewer
GET /admin/concerts/{concertId}/queue viewer
GET /admin/concerts/{concertId}/stats viewer
GET /admin/concerts/{concertId}/stats/series viewer
GET /admin/concerts/{concertId}/stats/stream viewer
GET /admin/events viewer
GET /admin/events/stream viewer
GET /admin/payments viewer
GET /admin/reports/till viewer
GET /admin/users viewer
GET /admin/users/{userId} viewer
GET /admin/users/{userId}/export viewer
GET /admin/tickets viewer,door
GET /admin/concerts/{concertId}/dates/{date}/door viewer,door
POST /admin/check-ins door (box_office,manager)
POST /admin/check-ins/batch door (box_office,manager)
DELETE /admin/check-ins/{ticketId} door (box_office,manager)
POST /admin/sales box_office
POST /admin/concerts/{concertId}/dates/{date}/block box_office
POST /admin/concerts/{concertId}/dates/{date}/release box_office
POST /payments/{paymentId}/refund box_office
POST /admin/users/{userId}/withdraw manager (box_office)
POST /admin/concerts manager
PATCH /admin/concerts/{concertId} manager
DELETE /admin/concerts/{concertId} manager
PUT /admin/concerts/{concertId}/queue manager
POST /admin/concerts/{concertId}/dates/{date}/cancel manager
POST /admin/concerts/{concertId}/dates/{date}/move manager
PATCH /admin/users/{userId} manager
DELETE /admin/users/{userId} manager
POST /admin/users/{userId}/password-reset manager
POST /admin/cluster/members owner (manager)
DELETE /admin/cluster/members/{nodeId} owner (manager)
GET /admin/keys owner
POST /admin/keys owner
DELETE /admin/keys/{keyId} owner
"""
NOWHERE = {"concertId": "none-such-concert", "date": D1, "seat": "1", "userId": NOBODY, "paymentId": NOBODY, "ticketId": NOBODY,
           "keyId": NOBODY, "nodeId": "99"}
FORM = re.compile(r"^jari_[0-9A-Za-z_-]{44,}$")


def described(w):
    """Routes of the description by method and path, whatever the names in the path are."""
    paths = w.get("/openapi.json", judge=False).json["paths"]
    return {(method.upper(), nameless(path)): path for path, methods in paths.items() for method in methods
            if method in ("get", "post", "put", "patch", "delete")}


def nameless(path):
    return re.sub(r"\{\w+\}", "{}", path)


def routes(w):
    """Those of the table that the server has: (method, path, least roles, roles that may, roles of which it is not said)."""
    known = described(w)
    for line in ROUTES.split("\n")[1:-1]:
        method, path, least, *unsaid = line.split(" ")
        least = least.split(",")
        may = {role for one in least for role in (["door", "owner"] if one == "door" else CHAIN[CHAIN.index(one):])}
        if (method, nameless("/api/v1" + path)) in known:
            yield method, "/api/v1" + path, least, may, set(unsaid[0].strip("()").split(",")) if unsaid else set()


def ask(w, method, path, auth):
    """A request that changes nothing, whoever sends it: nothing that it names is there. None for a stream that opens."""
    path = re.sub(r"\{(\w+)\}", lambda name: NOWHERE[name[1]], path)
    if path.endswith("/stream"):
        with w.api.stream(path, auth=auth) as stream:
            return None if stream.status == 200 else stream.refusal()
    return w.api.send(method, path, {"nonsense": True} if method in ("POST", "PUT", "PATCH") else None, auth=auth)


def keys(w):
    """The list of all keys, over its pages."""
    found, query = [], {}
    while True:
        body = ok(w.admin("GET", "/keys", query=query))
        found += body["keys"]
        if not body.get("nextCursor"):
            return found
        query = {"cursor": body["nextCursor"]}


def remove(w, key):
    answer = w.admin("DELETE", f"/keys/{key['keyId']}")
    must(answer.status in (200, 204), "section 2: a key is deleted", answer)


def good(w, key, status=200):
    answer = w.get("/api/v1/admin/users", auth=key["key"], query={"limit": 1})
    return ok(answer) if status == 200 else refused(answer, 401, "TOKEN_INVALID")


@check
def a_new_key_is_told_whole_and_its_secret_once(w):
    name = fresh("The till")
    answer = w.admin("POST", "/keys", {"name": name, "role": "box_office"})
    body = ok(answer, 201)
    must({"keyId", "name", "role", "key"} <= set(body), "section 2: the fields of a new key", answer)
    same((body["name"], body["role"]), (name, "box_office"), "section 2: what was sent")
    must(FORM.match(body["key"]), "section 2: a key is `jari_`, 43 characters and a checksum", body["key"])
    same(answer.header("cache-control"), "private, no-store", "section 5: a personal answer")
    found = [one for one in keys(w) if one["keyId"] == body["keyId"]]
    same([(one["name"], one["role"]) for one in found], [(name, "box_office")], "section 2: the list has it")
    must({"createdAt", "lastUsedAt", "expiresAt"} <= set(found[0]), "section 2: the list says when", found)
    instant(found[0]["createdAt"])
    same(found[0]["expiresAt"], None, "section 2: without `expiresAt` it does not expire")
    text = w.admin("GET", "/keys").raw.decode()
    must("key" not in found[0] and body["key"] not in text and body["key"][5:25] not in text, "section 2: no secrets in the list")


@check
def keys_are_all_different(w):
    made = [new_key(w, "viewer") for _ in range(4)]
    same((len({one["key"] for one in made}), len({one["keyId"] for one in made})), (4, 4), "section 2: each has its own")


@check
def a_key_with_one_wrong_character_is_unknown(w):
    key = new_key(w, "viewer")["key"]
    good(w, {"key": key})
    for place in (5, 20, 47, len(key) - 1):
        wrong = key[:place] + ("A" if key[place] != "A" else "B") + key[place + 1:]
        good(w, {"key": wrong}, 401)
    for wrong in (key[:-1], key + "A", key[5:], key.upper() if key != key.upper() else key.lower(), "jari_" + "A" * 50):
        good(w, {"key": wrong}, 401)


@check
def what_makes_a_key_is_strict(w):
    for role in ("king", "OWNER", "", None, 5, ["viewer"]):
        invalid(w.admin("POST", "/keys", {"name": "x", "role": role}), "role")
    for name in ("", None, 5, "a\nb", "a\u0000b", "x" * 5000):
        invalid(w.admin("POST", "/keys", {"name": name, "role": "viewer"}), "name")
    invalid(w.admin("POST", "/keys", {"role": "viewer"}), "name")
    invalid(w.admin("POST", "/keys", {"name": "x"}), "role")
    body = invalid(w.admin("POST", "/keys", {"name": "x", "role": "viewer", "expiresAtt": None}), "expiresAtt")
    must("expiresAt" in body["message"].replace("expiresAtt", ""), "contract section 2: the nearest known field", body)
    for at_ in (from_now(-5), "tomorrow", 5, "2031-02-30T00:00:00.000Z"):
        invalid(w.admin("POST", "/keys", {"name": "x", "role": "viewer", "expiresAt": at_}), "expiresAt")


@check
def each_kind_of_proof_is_good_only_where_it_is_meant(w):
    buyer, key = w.buyer(), new_key(w, "owner")["key"]
    for auth in (None, buyer.token, "x"):
        refused(w.post("/api/v1/admin/keys", {"name": "x", "role": "owner"}, auth=auth), 401, "TOKEN_INVALID")
        refused(w.get("/api/v1/admin/keys", auth=auth), 401, "TOKEN_INVALID")
    refused(w.get("/api/v1/token", auth=key), 401, "TOKEN_INVALID")
    refused(w.get("/api/v1/seats/dates", auth=key), 401, "TOKEN_INVALID")


@check
def a_deleted_key_ends_at_once(w):
    key = new_key(w, "viewer")
    good(w, key)
    remove(w, key)
    for base in bases(w) * 2:
        good(at(w, base), key, 401)
    must(key["keyId"] not in [one["keyId"] for one in keys(w)], "section 2: the list has lost it")
    for gone in (key["keyId"], NOBODY):
        same(w.admin("DELETE", f"/keys/{gone}").status, 404, "section 2: an unknown key")


def ended(stream, seconds=30):
    """Whether the stream ends, whatever it still says."""
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            if not stream.response.readline():
                return True
    except TimeoutError:
        return False
    except (OSError, http.client.HTTPException):
        return True
    return False


@check
def a_deleted_key_ends_its_streams(w):
    other, concert = new_key(w, "viewer"), w.concert()
    for path in ("/api/v1/admin/events/stream", f"/api/v1/admin/concerts/{concert}/stats/stream"):
        key = new_key(w, "viewer")
        with w.api.stream(path, auth=key["key"]) as stream, w.api.stream(path, auth=other["key"]) as stays:
            same((stream.status, stays.status), (200, 200), "section 2: a viewer follows")
            remove(w, key)
            must(ended(stream), "section 2: a deleted key ends at once, streams included")
            w.charge(w.user(), 1)
            must(stays.next() is not None, "section 2: the streams of other keys go on")


@check
def a_key_expires_with_its_streams(w):
    key = new_key(w, "viewer", expiresAt=from_now(4))
    same([one["expiresAt"] for one in keys(w) if one["keyId"] == key["keyId"]], [key["expiresAt"]], "section 2: the list says when")
    good(w, key)
    with w.api.stream("/api/v1/admin/events/stream", auth=key["key"]) as stream:
        until(lambda: w.get("/api/v1/admin/users", auth=key["key"]).status == 401, 30, what="section 2: the key expires")
        good(w, key, 401)
        must(ended(stream), "section 2: an expired key follows nothing")


@check
def a_key_is_good_at_every_instance(w):
    for base in bases(w):
        key = new_key(at(w, base), "viewer")
        for other in bases(w):
            good(at(w, other), key)


@check
def each_role_may_what_the_table_says(w):
    made = {role: new_key(w, role)["key"] for role in ROLES}
    faults = []
    for method, path, least, may, unsaid in routes(w):
        for role, key in made.items():
            answer = ask(w, method, path, key)
            denied = answer is not None and answer.reason == "NOT_ALLOWED"
            seen = "a stream" if answer is None else f"{answer.status} {answer.reason}"
            if answer is not None and (answer.status == 401 or answer.status == 405 or answer.reason == "NOT_FOUND"):
                faults.append(f"{method} {path} as {role}: {seen}")
            elif role in may and (denied or answer is not None and answer.status == 403):
                faults.append(f"{method} {path} as {role}: {seen}, though it may")
            elif role not in may | unsaid and not (denied and answer.status == 403):
                faults.append(f"{method} {path} as {role}: {seen}, wanted 403 NOT_ALLOWED")
            elif denied and not any(one in json.dumps(answer.body) for one in {*least, *unsaid}):
                faults.append(f"{method} {path} as {role}: the refusal does not name {least}: {answer.body}")
    must(not faults, "section 2: what a role may do", *faults)


@check
def no_operators_route_answers_without_a_key(w):
    for method, path, *_ in routes(w):
        for auth in (None, "jari_" + "A" * 50):
            answer = ask(w, method, path, auth)
            must(answer is not None, f"section 6: {method} {path} opens a stream without a key")
            refused(answer, 401, "TOKEN_INVALID")


@check
def every_operators_route_has_a_role(w):
    """Section 6: no route without a role. A route that is new to the table above wants its line there."""
    known = {(method, nameless(path)) for method, path, *_ in routes(w)}
    missing = [f"{method} {path}" for (method, _), path in described(w).items() if path.startswith("/api/v1/admin/")
               and not path.startswith("/api/v1/admin/sessions") and (method, nameless(path)) not in known]
    must(not missing, "section 6: each operators' route has a role", *missing)


@check("operator")
def the_till_charges_and_others_do_not(w):
    user, start = w.user(), newest(w)
    path = f"/api/v1/users/{user}/balance/charge"
    for role in ("viewer", "door"):
        body = refused(w.post(path, {"amount": 5}, auth=new_key(w, role)["key"]), 403, "NOT_ALLOWED")
        must("box_office" in json.dumps(body), "section 2: it names the role that could", body)
    for role in ("box_office", "manager", "owner"):
        ok(w.post(path, {"amount": 5}, auth=new_key(w, role)["key"]))
    same(w.balance(user), 15, "section 2: what was refused charged nothing")
    events = [one for one in since(w, start) if one["data"].get("userId") == user]
    same([one.get("by", {}).get("role") for one in events], ["box_office", "manager", "owner"], "section 2: the events say who")


@check("own")
def keys_survive_kill_9(base):
    server = base.server()
    try:
        w = World(Api([server.start().base], base.api.schema), KEY)
        kept, gone = new_key(w, "viewer"), new_key(w, "viewer")
        remove(w, gone)
        server.kill()
        w = World(Api([server.start().base], base.api.schema), KEY)
        good(w, kept)
        good(w, gone, 401)
        same(len([one for one in keys(w) if one["keyId"] == kept["keyId"]]), 1, "section 2: the list after a restart")
    finally:
        server.remove()
