"""Requests out of the description, spoiled one field at a time: whatever comes, the answer is a described one below 500."""
import copy
import json
import random
import re
import urllib.parse

from kit import D1, NOBODY, check, must, ok

BAD = [None, True, False, 0, -1, 1, 1.5, 2 ** 53, 2 ** 63, 2 ** 64, -2 ** 63 - 1, 1e308, "", " ", "x", "a" * 5000, "\u0000", "\ud7ff", "🎻",
       "'; --", "../..", "%00", [], [[]], [None], [1, 1], {}, {"": {}}, {"a": {"b": [1]}}, "2031-02-30", "9999-12-31", "0000-01-01",
       "2031-03-01", "9999-12-31T23:59:60Z", "-1", "1e3", "NaN", NOBODY, NOBODY.upper(), [{"x": 1}], list(range(300))]


def examples(operation):
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    if "example" in body:
        yield body["example"]
    for one in body.get("examples", {}).values():
        yield one.get("value")


def spots(value, at=()):
    yield at
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in pairs:
        yield from spots(inner, at + (name,))


def spoil(value, at, bad):
    if not at:
        return bad
    value = copy.deepcopy(value)
    inner = value
    for name in at[:-1]:
        inner = inner[name]
    inner[at[-1]] = bad
    return value


def operations(w):
    described = w.get("/openapi.json", judge=False).json
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            if method in ("get", "post", "put", "patch", "delete") and path.startswith("/api/") and "event-stream" not in str(operation):
                yield method.upper(), path, operation


def known(w, path, buyer, ticket, payment):
    values = {"concertId": buyer.concert, "userId": buyer.user, "date": D1, "seat": "1", "ticketId": ticket, "paymentId": payment}
    return re.sub(r"\{(\w+)\}", lambda name: values[name[1]], path)


def judged(answer):
    must(answer.status < 500, "no request makes the server fail", answer)
    must(answer.reason != "INTERNAL", "no request makes the server fail", answer)


def world_of(w):
    buyer, paid = w.paid((1,))
    buyer.again()
    return buyer, paid["tickets"][0]["ticketId"], paid["paymentId"]


@check
def spoiled_bodies_are_answered(w):
    dice = random.Random(20301224)
    buyer, ticket, payment = world_of(w)
    for method, path, operation in operations(w):
        for example in examples(operation):
            places = list(spots(example))
            for _ in range(min(30, 4 * len(places))):
                body = spoil(example, dice.choice(places), dice.choice(BAD))
                operators = "operatorKey" in str(operation.get("security"))
                auth = w.key if operators else buyer.token if "queueToken" in str(operation.get("security")) else None
                text = json.dumps(body, ensure_ascii=False, allow_nan=True).encode("utf-8", "surrogatepass")
                judged(w.api.send(method, known(w, path, buyer, ticket, payment), text, auth=auth))
                if buyer.place().status != 200:
                    buyer, ticket, payment = world_of(w)


@check
def spoiled_paths_are_answered(w):
    dice = random.Random(20301225)
    buyer, ticket, payment = world_of(w)
    for method, path, operation in operations(w):
        if method not in ("GET", "DELETE"):
            continue
        auth = w.key if "operatorKey" in str(operation.get("security")) else buyer.token
        for name in re.findall(r"\{(\w+)\}", path):
            for _ in range(8):
                bad = urllib.parse.quote(str(dice.choice(BAD))[:500].encode("utf-8", "replace"), safe="")
                where = known(w, path.replace("{" + name + "}", "\0"), buyer, ticket, payment).replace("\0", bad or "%20")
                judged(w.api.send(method, where, auth=auth))


@check
def spoiled_queries_are_answered(w):
    dice = random.Random(20301226)
    buyer, ticket, payment = world_of(w)
    for method, path, operation in operations(w):
        names = [one["name"] for one in operation.get("parameters", []) if one.get("in") == "query"]
        if method != "GET" or not names:
            continue
        auth = w.key if "operatorKey" in str(operation.get("security")) else buyer.token
        for _ in range(12):
            query = {name: str(dice.choice(BAD))[:500].encode("utf-8", "replace") for name in dice.sample(names, dice.randint(1, len(names)))}
            judged(w.get(known(w, path, buyer, ticket, payment), auth=auth, query=query))
        judged(w.get(known(w, path, buyer, ticket, payment) + f"?{names[0]}=%ff%fe", auth=auth))
        judged(w.get(known(w, path, buyer, ticket, payment) + f"?{names[0]}", auth=auth))
    ok(w.get("/api/v1/site"))
