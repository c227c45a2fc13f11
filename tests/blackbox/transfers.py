"""Handing tickets over (evening, 3)."""
import uuid

from kit import D1, NOBODY, check, instant, invalid, must, ok, refused, same


def ticket_of(w, **more):
    buyer, paid = w.paid((5,), **{"transfers": True, **more})
    return buyer, paid["tickets"][0]


def offer(w, buyer, ticket, to=None, user=None):
    return w.post(f"/api/v1/tickets/{ticket['ticketId']}/transfer", {"to": to, "userId": user or buyer.user})


def accept(w, user, code):
    return w.post("/api/v1/transfers/accept", {"userId": user, "code": code})


def name_of(w, user):
    return ok(w.admin("GET", f"/users/{user}"))["username"]


@check
def a_ticket_is_handed_over_to_whoever_has_the_code(w):
    buyer, ticket = ticket_of(w)
    body = ok(offer(w, buyer, ticket))
    same((body["ticketId"], body["to"]), (ticket["ticketId"], None), "the offer")
    instant(body["expiresAt"])
    other = w.user()
    taken = ok(accept(w, other, body["transferCode"]))["ticket"]
    same(taken["ticketId"], ticket["ticketId"], "the same ticket")
    must(taken["code"] != ticket["code"], "with a new code")
    same([one["ticketId"] for one in ok(w.get(f"/api/v1/users/{other}/tickets"))["tickets"]], [ticket["ticketId"]], "theirs now")
    same(buyer.tickets(), [], "and no longer the buyer's")


@check
def the_old_code_is_void_at_that_moment(w):
    buyer, ticket = ticket_of(w)
    offered = ok(offer(w, buyer, ticket))
    taken = ok(accept(w, w.user(), offered["transferCode"]))["ticket"]
    answer = w.admin("POST", "/check-ins", {"code": ticket["code"]})
    refused(answer, 409, "TICKET_VOID")
    ok(w.admin("POST", "/check-ins", {"code": taken["code"]}))


@check
def until_it_is_accepted_the_ticket_is_whose_it_was(w):
    buyer, ticket = ticket_of(w)
    ok(offer(w, buyer, ticket))
    same([one["ticketId"] for one in buyer.tickets()], [ticket["ticketId"]], "the buyer's")
    must(buyer.tickets()[0].get("offeredUntil"), "the offer is told", buyer.tickets())
    ok(w.admin("POST", "/check-ins", {"code": ticket["code"]}))


@check
def a_concert_forbids_it_by_default(w):
    buyer, ticket = ticket_of(w, transfers=None)
    refused(offer(w, buyer, ticket), 403, "TRANSFERS_FORBIDDEN")


@check
def an_offer_to_somebody_is_for_nobody_else(w):
    buyer, ticket = ticket_of(w)
    friend, stranger = w.user(), w.user()
    body = ok(offer(w, buyer, ticket, to=name_of(w, friend)))
    same(body["to"], name_of(w, friend), "to whom")
    answer = accept(w, stranger, body["transferCode"])
    must(answer.status in (403, 404), "a stranger is refused", answer)
    ok(accept(w, friend, body["transferCode"]))
    refused(offer(w, buyer, ticket), 404, "TICKET_NOT_FOUND")


@check
def an_offer_to_an_unknown_name_is_refused(w):
    buyer, ticket = ticket_of(w)
    refused(offer(w, buyer, ticket, to="nobody-" + uuid.uuid4().hex), 404, "USER_NOT_FOUND")


@check
def an_offer_is_accepted_once(w):
    buyer, ticket = ticket_of(w)
    code = ok(offer(w, buyer, ticket))["transferCode"]
    first, second = w.user(), w.user()
    ok(accept(w, first, code))
    answer = accept(w, second, code)
    must(answer.status in (404, 409), "once", answer)
    same(ok(w.get(f"/api/v1/users/{second}/tickets"))["tickets"], [], "nothing for the second")


@check
def an_offer_can_be_taken_back(w):
    buyer, ticket = ticket_of(w)
    code = ok(offer(w, buyer, ticket))["transferCode"]
    path = f"/api/v1/tickets/{ticket['ticketId']}/transfer"
    same(ok(w.delete(path, {"userId": buyer.user}))["ticketId"], ticket["ticketId"], "the answer")
    answer = accept(w, w.user(), code)
    must(answer.status in (404, 409), "its code is worth nothing", answer)
    refused(w.delete(f"{path}?userId={buyer.user}"), 404, "TRANSFER_NOT_FOUND")


@check
def a_new_offer_is_in_place_of_the_one_before(w):
    buyer, ticket = ticket_of(w)
    first = ok(offer(w, buyer, ticket))["transferCode"]
    second = ok(offer(w, buyer, ticket))["transferCode"]
    must(accept(w, w.user(), first).status in (404, 409), "the first is worth nothing")
    ok(accept(w, w.user(), second))


@check
def a_ticket_of_somebody_else_cannot_be_offered(w):
    buyer, ticket = ticket_of(w)
    stranger = w.user()
    answer = offer(w, buyer, ticket, user=stranger)
    must(answer.status in (403, 404), "it is refused", answer)
    answer = w.post(f"/api/v1/tickets/{NOBODY}/transfer", {"userId": buyer.user})
    refused(answer, 404, "TICKET_NOT_FOUND")


@check
def a_used_or_void_ticket_cannot_be_handed_over(w):
    buyer, ticket = ticket_of(w)
    code = ok(offer(w, buyer, ticket))["transferCode"]
    ok(w.admin("POST", "/check-ins", {"code": ticket["code"]}))
    refused(offer(w, buyer, ticket), 409, "ALREADY_USED")
    must(accept(w, w.user(), code).status == 409, "nor accepted")
    buyer, ticket = ticket_of(w)
    code = ok(offer(w, buyer, ticket))["transferCode"]
    payment = buyer.payments()[0]["paymentId"]
    ok(w.post(f"/api/v1/payments/{payment}/refund", {"reason": "x"}, auth=w.key))
    refused(offer(w, buyer, ticket), 409, "TICKET_VOID")
    must(accept(w, w.user(), code).status in (404, 409), "nor accepted")


@check
def unknown_and_malformed_codes_are_told_apart(w):
    user = w.user()
    refused(accept(w, user, "A" * 43), 404, "TRANSFER_NOT_FOUND")
    for bad in ("", "short", 5, None, "ä" * 43):
        answer = accept(w, user, bad)
        must(answer.status in (400, 404), "it is refused", answer)
    refused(accept(w, NOBODY, "A" * 43), 404, "USER_NOT_FOUND")
    invalid(accept(w, "x", "A" * 43), "userId")


@check
def a_refund_of_a_ticket_that_was_handed_over_pays_the_buyer(w):
    buyer, ticket = ticket_of(w)
    other = w.user()
    ok(accept(w, other, ok(offer(w, buyer, ticket))["transferCode"]))
    ok(w.post(f"/api/v1/payments/{buyer.payments()[0]['paymentId']}/refund", {"reason": "x"}, auth=w.key))
    same((w.balance(buyer.user), w.balance(other)), (100_000, 0), "who has paid gets it back")
    states = [one["status"] for one in ok(w.get(f"/api/v1/users/{other}/tickets"))["tickets"]]
    must(states in ([], ["void"]), "the ticket is void", states)
