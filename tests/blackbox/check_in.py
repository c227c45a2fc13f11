"""The door: check-ins one by one, in batches, taken back, and the list for a gate (evening, 3)."""
import hashlib

from kit import D1, D2, D3, NOBODY, check, from_now, invalid, must, ok, refused, same


def enter(w, **body):
    return w.admin("POST", "/check-ins", body)


def batch(w, *scans):
    return w.admin("POST", "/check-ins/batch", {"checkIns": list(scans)})


def one_ticket(w, **more):
    buyer, paid = w.paid((5,), **more)
    return buyer, paid, paid["tickets"][0]


@check
def a_ticket_lets_in_once_by_its_code(w):
    _, _, ticket = one_ticket(w)
    body = ok(enter(w, code=ticket["code"], date=D1, gate="north", device="s1"))
    same((body["verdict"], body["ticket"]["ticketId"], body["ticket"]["status"], body["ticket"]["gate"]),
         ("enter", ticket["ticketId"], "used", "north"), "the verdict")
    again = refused(enter(w, code=ticket["code"], date=D1, gate="south"), 409, "ALREADY_USED", gate="north")
    same(again["usedAt"], body["ticket"]["usedAt"], "when it was used")


@check
def a_ticket_lets_in_by_its_id(w):
    _, _, ticket = one_ticket(w)
    same(ok(enter(w, ticketId=ticket["ticketId"].upper()))["verdict"], "enter", "the verdict")
    refused(enter(w, ticketId=NOBODY), 404, "TICKET_NOT_FOUND")
    for bad in ({}, {"ticketId": ticket["ticketId"], "code": ticket["code"]}, {"ticketId": "x"}, {"code": 5}):
        invalid(enter(w, **bad))
    invalid(enter(w, ticketId=ticket["ticketId"], gait="n"), "gait")


@check
def a_forged_or_cut_code_is_refused(w):
    _, _, ticket = one_ticket(w)
    code = ticket["code"]
    for place in (1, 20, 60, 100, 128):
        other = "A" if code[place] != "A" else "B"
        refused(enter(w, code=code[:place] + other + code[place + 1:]), 400, "CODE_FORGED")
    for bad in (code[:-1], code + "0", code[1:], "HELLO", "J" + "0" * 129):
        answer = enter(w, code=bad)
        must(answer.status == 400 and answer.reason in ("CODE_FORGED", "INVALID_REQUEST"), "it is refused", answer)


@check
def a_ticket_of_another_date_is_the_wrong_one(w):
    _, _, ticket = one_ticket(w)
    refused(enter(w, code=ticket["code"], date=D2), 409, "WRONG_DATE", date=D1)
    ok(enter(w, code=ticket["code"], date=D1))


@check
def a_ticket_of_another_concert_is_refused(w):
    _, _, ticket = one_ticket(w)
    answer = enter(w, code=ticket["code"], concertId=w.concert(), date=D1)
    must(answer.status in (404, 409), "it is refused", answer)


@check
def a_refunded_ticket_is_void(w):
    _, paid, ticket = one_ticket(w)
    ok(w.post(f"/api/v1/payments/{paid['paymentId']}/refund", {"reason": "x"}, auth=w.key))
    refused(enter(w, code=ticket["code"]), 409, "TICKET_VOID")


@check
def the_users_ticket_tells_that_it_is_used(w):
    buyer, _, ticket = one_ticket(w)
    ok(enter(w, code=ticket["code"], gate="north"))
    one = buyer.tickets()[0]
    same((one["status"], one["gate"]), ("used", "north"), "the ticket")
    must(one["usedAt"], "usedAt", one)


@check
def a_check_in_is_taken_back_within_a_minute_by_the_same_device(w):
    _, _, ticket = one_ticket(w)
    path = f"/check-ins/{ticket['ticketId']}"
    refused(w.admin("DELETE", path, {"device": "s1"}), 409, "TICKET_NOT_USED")
    ok(enter(w, code=ticket["code"], device="s1"))
    invalid(w.admin("DELETE", path, {"device": "s2"}), "reason")
    same(ok(w.admin("DELETE", path, {"device": "s1"}))["ticket"]["status"], "valid", "it can be used again")
    ok(enter(w, code=ticket["code"], device="s2"))
    ok(w.admin("DELETE", path, {"device": "s1", "reason": "The wrong gate."}))
    ok(enter(w, code=ticket["code"]))
    ok(w.admin("DELETE", f"{path}?reason=again"))


@check
def offline_scans_come_in_batches(w):
    _, paid = w.paid((1, 2))
    first, second = paid["tickets"]
    at = from_now(1)
    body = ok(batch(w, {"code": first["code"], "at": at, "gate": "n"}, {"ticketId": second["ticketId"], "at": at},
                    {"ticketId": NOBODY, "at": at}))
    same((body["entered"], body["refused"], [one["verdict"] for one in body["checkIns"]]),
         (2, 1, ["enter", "enter", "refuse"]), "the answers in order")
    same(body["checkIns"][0]["ticket"]["usedAt"], at, "each with its own time")
    same(body["checkIns"][2]["refusal"]["reason"], "TICKET_NOT_FOUND", "why")


@check
def a_batch_sent_twice_does_no_harm(w):
    _, _, ticket = one_ticket(w)
    scan = {"code": ticket["code"], "at": from_now(1), "gate": "n", "device": "s1"}
    first, second = ok(batch(w, scan)), ok(batch(w, scan))
    same(second, first, "the same answer")


@check
def the_earliest_scan_counts_as_the_entry(w):
    buyer, _, ticket = one_ticket(w)
    late = {"code": ticket["code"], "at": from_now(30), "gate": "south", "device": "s2"}
    early = {"code": ticket["code"], "at": from_now(5), "gate": "north", "device": "s1"}
    ok(batch(w, late))
    body = ok(batch(w, early))
    same(buyer.tickets()[0]["usedAt"], early["at"], "the earliest `at` counts")
    same(body["checkIns"][0]["ticket"]["gate"], "north", "at its gate")
    again = ok(batch(w, late))
    same(again["checkIns"][0]["verdict"], "refuse", "the later one is a conflict")


@check
def a_batch_has_1_to_500_scans(w):
    invalid(batch(w), "checkIns")
    scan = {"ticketId": NOBODY, "at": from_now(-5)}
    same(ok(batch(w, *[scan] * 500))["refused"], 500, "500")
    invalid(batch(w, *[scan] * 501), "checkIns")
    body = invalid(batch(w, {"ticketId": NOBODY}))
    must("checkIns[0]" in body["field"] and "at" in body["field"], "the path of the field", body)


@check
def an_entry_in_the_future_is_refused(w):
    _, _, ticket = one_ticket(w)
    answer = enter(w, code=ticket["code"], at=from_now(3600))
    must(answer.status == 400, "`at` may be ahead by a minute", answer)
    ok(enter(w, code=ticket["code"], at=from_now(5)))


@check
def the_list_of_a_door_tells_what_changed_since(w):
    buyer, paid = w.paid((1, 2, 3))
    path = f"/concerts/{buyer.concert}/dates/{D1}/door"
    body = ok(w.admin("GET", path))
    same((sorted(one["seat"] for one in body["tickets"]), body["more"]), ([1, 2, 3], False), "every ticket")
    hashes = {one["ticketId"]: one["codeSha256"] for one in body["tickets"]}
    for one in paid["tickets"]:
        same(hashes[one["ticketId"]].lower(), hashlib.sha256(one["code"].encode()).hexdigest(), "the hash of the code")
    must("code" not in body["tickets"][0], "codes are not in it", body)
    same(ok(w.admin("GET", path, query={"since": body["version"]}))["tickets"], [], "nothing has changed")
    ok(enter(w, code=paid["tickets"][1]["code"]))
    after = ok(w.admin("GET", path, query={"since": body["version"]}))
    same([(one["seat"], one["status"]) for one in after["tickets"]], [(2, "used")], "what has changed")
    ok(w.post(f"/api/v1/payments/{paid['paymentId']}/refund", {"reason": "x", "seats": [3]}, auth=w.key))
    last = ok(w.admin("GET", path, query={"since": after["version"]}))
    same([(one["seat"], one["status"]) for one in last["tickets"]], [(3, "void")], "void ones, too")


@check
def the_list_of_a_door_has_pages(w):
    buyer, _ = w.paid((1, 2, 3, 4))
    path, since, seen = f"/concerts/{buyer.concert}/dates/{D1}/door", 0, []
    for _ in range(5):
        body = ok(w.admin("GET", path, query={"since": since, "limit": 2}))
        seen += [one["seat"] for one in body["tickets"]]
        since = body["version"]
        if not body["more"]:
            break
    same(sorted(seen), [1, 2, 3, 4], "neither skipped nor repeated")
    refused(w.admin("GET", f"/concerts/{buyer.concert}/dates/{D3}/door"), 404, "DATE_NOT_FOUND")
