"""Who changed what: `by` in events, and the audit (identity, section 2)."""
import json

from events import newest, since
from kit import D1, NOBODY, check, fresh, from_now, invalid, must, ok, refused, same, until
from people import new_key


def audit(w, **query):
    return ok(w.admin("GET", "/audit", query=query))["events"]


@check
def a_change_by_an_operator_says_who(w):
    start, who = newest(w), {role: new_key(w, role) for role in ("box_office", "manager")}
    concert = fresh()
    date = {"date": D1, "seats": 9, "price": 10}
    ok(w.post("/api/v1/admin/concerts", {"concertId": concert, "title": "x", "status": "on_sale", "dates": [date]}, auth=who["manager"]["key"]), 201)
    path = f"/api/v1/admin/concerts/{concert}/dates/{D1}/block"
    ok(w.post(path, {"seats": [3], "reason": "x"}, auth=who["box_office"]["key"]))
    ok(w.admin("PATCH", f"/concerts/{concert}", {"title": "y"}))
    w.buyer(concert, charge=0).hold(1)
    events = since(w, start, concert)
    by = lambda role: {name: who[role][name] for name in ("keyId", "name", "role")}
    same([one.get("by") for one in events if one["type"] == "seat.blocked"], [by("box_office")], "section 2: `by` of a blocked seat")
    changed = [one.get("by") for one in events if one["type"] == "concert.changed"]
    same(changed[0], by("manager"), "section 2: `by` of a new concert")
    same(set(changed[-1]), {"keyId", "name", "role"}, "section 2: `by` of the owner's change")
    same(changed[-1]["role"], "owner", "section 2: the key in operator.key is the owner's")
    for one in events:
        must("by" not in one["data"], "section 2: `by` stands beside the data", one)
        if one["type"] in ("token.issued", "seat.held"):
            must(one.get("by") is None, "section 2: what a buyer does has no `by`", one)


@check
def the_audit_is_read_newest_first(w):
    key, concert = new_key(w, "manager"), w.concert()
    for title in ("a", "b", "c", "d"):
        ok(w.patch(f"/api/v1/admin/concerts/{concert}", {"title": title}, auth=key["key"]))
    mine = audit(w, by=key["keyId"])
    same([one["type"] for one in mine], ["concert.changed"] * 4, "section 2: what this key changed")
    must(all(one["by"]["keyId"] == key["keyId"] for one in mine), "section 2: `by` finds one key's", mine)
    order = [one["seq"] for one in mine]
    same(order, sorted(order, reverse=True), "section 2: newest first")
    same([one["seq"] for one in audit(w, by=key["keyId"], limit=2)], order[:2], "section 2: `limit`")
    rest = [one["seq"] for one in audit(w, by=key["keyId"], after=order[1])]
    # Whether `after` goes on to what is older, or reads what came since as in the feed, section 2 does not say.
    must(rest in (order[2:], order[:1]), "section 2: `after` reads on one side of an event", rest, order)
    same(audit(w, by=NOBODY), [], "section 2: nothing by a key that is not there")
    for name, bad in (("limit", 0), ("limit", "x"), ("after", "x"), ("bye", "x")):
        invalid(w.admin("GET", "/audit", query={name: bad}), name)


@check
def what_buyers_do_is_not_in_the_audit(w):
    buyer = w.buyer(charge=0)
    buyer.hold(1)
    theirs = ("seat.held", "token.issued", "token.activated")
    must(not [one for one in audit(w, limit=100) if one["type"] in theirs], "section 2: the audit tells what operators did")


@check
def making_a_key_and_using_an_expired_one_are_events(w):
    start, boss = newest(w), new_key(w, "owner")
    wish = {"name": fresh("k"), "role": "viewer", "expiresAt": from_now(2)}
    key = ok(w.post("/api/v1/admin/keys", wish, auth=boss["key"]), 201)
    told = lambda: [one for one in since(w, start) if key["keyId"] in json.dumps(one)]
    made = told()
    same([one.get("by", {}).get("keyId") for one in made], [boss["keyId"]], "section 2: the creation is an event with `by`")
    same([one["seq"] for one in audit(w, by=boss["keyId"])], [made[0]["seq"]], "section 2: it is in the audit")
    until(lambda: w.get("/api/v1/admin/users", auth=key["key"]).status == 401, 30, what="section 2: the key expires")
    refused(w.get("/api/v1/admin/users", auth=key["key"]), 401, "TOKEN_INVALID")
    used = until(lambda: told()[1:], 20, what="section 2: use after expiry is an event")
    found = [one["seq"] for one in audit(w, by=key["keyId"]) + audit(w, limit=100)]
    must(used[0]["seq"] in found, "section 2: it is in the audit", used, found)
    must(key["key"] not in json.dumps(since(w, start)), "section 6: no secret in events")


@check
def reads_and_refusals_are_no_events(w):
    key = new_key(w, "viewer")
    for path in ("/users", "/concerts", "/payments", "/events", "/audit", "/tickets"):
        ok(w.get("/api/v1/admin" + path, auth=key["key"]))
    refused(w.post("/api/v1/admin/concerts", {}, auth=key["key"]), 403, "NOT_ALLOWED")
    same(audit(w, by=key["keyId"]), [], "section 2: reads are not events")
