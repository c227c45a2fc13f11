"""Tickets, their codes and QRs (evening, 3)."""
import base64

from kit import D1, D2, NOBODY, check, invalid, must, ok, refused, same

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def base45(text):
    out, numbers = b"", [ALPHABET.index(one) for one in text]
    for at in range(0, len(numbers), 3):
        part = numbers[at:at + 3]
        value = sum(number * 45 ** place for place, number in enumerate(part))
        out += value.to_bytes(2 if len(part) == 3 else 1, "big")
    return out


@check
def a_ticket_is_a_row(w):
    buyer, paid = w.paid((5,), dates=[{"date": D1, "startsAt": "19:30", "seats": 9, "price": 700}])
    one = buyer.tickets()[0]
    same((one["ticketId"], one["status"], one["concertId"], one["title"], one["date"], one["startsAt"], one["seat"], one["section"],
          one["rowLabel"], one["label"], one["price"], one["paymentId"]),
         (paid["tickets"][0]["ticketId"], "valid", buyer.concert, "A concert of the suite", D1, "19:30", 5, "A", "1", "1-5", 700,
          paid["paymentId"]), "the ticket")
    same(one["beginsAt"], f"{D1}T19:30:00.000Z", "the instant beside local words")
    must("usedAt" not in one and "voidReason" not in one, "nothing that did not happen", one)


@check
def a_ticket_is_read_alone(w):
    buyer, paid = w.paid((5,))
    ident = paid["tickets"][0]["ticketId"]
    same(ok(w.get(f"/api/v1/tickets/{ident}")), buyer.tickets()[0], "the same as in the list")
    same(ok(w.get(f"/api/v1/tickets/{ident.upper()}"))["ticketId"], ident, "ids in either case")
    ok(w.get(f"/api/v1/tickets/{ident}", query={"userId": buyer.user}))
    refused(w.get(f"/api/v1/tickets/{ident}", query={"userId": w.user()}), 404, "TICKET_NOT_FOUND")
    refused(w.get(f"/api/v1/tickets/{NOBODY}"), 404, "TICKET_NOT_FOUND")
    answer = w.get("/api/v1/tickets/nonsense")
    must(answer.status in (400, 404), "a malformed id is refused", answer)


@check
def the_code_is_of_the_qrs_alphanumeric_set(w):
    _, paid = w.paid((5, 6))
    codes = [one["code"] for one in paid["tickets"]]
    must(len(set(codes)) == 2, "each ticket has its own", codes)
    for code in codes:
        must(len(code) <= 130 and set(code) <= set(ALPHABET), "at most 130 characters of the set", code)


@check
def the_code_holds_what_the_key_says(w):
    """Ed25519 itself is not in the standard library: layout and length are checked, the signature by `check_in`."""
    buyer, paid = w.paid((5,))
    key = ok(w.get("/api/v1/tickets/key"))
    must(key["algorithm"].lower().startswith("ed25519") and "BEGIN PUBLIC KEY" in key["publicKeyPem"], "the key", key)
    code = paid["tickets"][0]["code"]
    same((len(code), code[:len(key["prefix"])]), (key["length"], key["prefix"]), "length and prefix")
    raw = base45(code[len(key["prefix"]):])
    same(len(raw), sum(part["bytes"] for part in key["layout"]) + key["signatureBytes"], "its bytes")
    at, found = 0, {}
    for part in key["layout"]:
        found[part["name"]] = raw[at:at + part["bytes"]]
        at += part["bytes"]
    same(found["format"], bytes([1]), "the format")
    same(found["ticketId"].hex(), paid["tickets"][0]["ticketId"].replace("-", ""), "the ticket's id")
    same(len(base64.b64decode(key["publicKey"] + "=" * (-len(key["publicKey"]) % 4), altchars=b"-_")), 32, "a key of 32 bytes")


@check
def tickets_are_told_to_a_user_without_a_place_newest_first(w):
    buyer, first = w.paid((1, 2))
    buyer.again().hold(3, date=D2)
    second = ok(buyer.pay())
    same([one["paymentId"] for one in buyer.tickets()], [second["paymentId"], first["paymentId"], first["paymentId"]], "order")


@check
def the_qr_is_a_picture(w):
    _, paid = w.paid((5,))
    answer = w.get(f"/api/v1/tickets/{paid['tickets'][0]['ticketId']}/qr.svg")
    same((answer.status, answer.header("content-type").split(";")[0]), (200, "image/svg+xml"), "the answer")
    must(b"<svg" in answer.raw and len(answer.raw) > 500, "an SVG", answer)
    refused(w.get(f"/api/v1/tickets/{NOBODY}/qr.svg"), 404, "TICKET_NOT_FOUND")


@check
def a_void_ticket_has_no_qr(w):
    _, paid = w.paid((5,))
    ok(w.post(f"/api/v1/payments/{paid['paymentId']}/refund", {"reason": "x"}, auth=w.key))
    refused(w.get(f"/api/v1/tickets/{paid['tickets'][0]['ticketId']}/qr.svg"), 409, "TICKET_VOID")


@check
def whoever_lost_the_answer_finds_the_tickets_again(w):
    buyer, paid = w.paid((5, 6))
    wanted = [(one["ticketId"], one["code"]) for one in paid["tickets"]]
    same(sorted((one["ticketId"], one["code"]) for one in buyer.tickets()), sorted(wanted), "in the tickets")
    same([one["ticketId"] for one in buyer.payments()[0]["tickets"]], [one["ticketId"] for one in paid["tickets"]], "in payments")


@check
def a_part_that_was_refunded_is_told_by_its_ticket(w):
    buyer, paid = w.paid((5, 6))
    ok(w.post(f"/api/v1/payments/{paid['paymentId']}/refund", {"reason": "Ill.", "seats": [5]}, auth=w.key))
    found = {one["seat"]: one for one in buyer.tickets()}
    must(5 not in found or found[5]["status"] == "void", "the ticket is void", found)
    same(found[6]["status"], "valid", "the other is valid")


@check
def a_blocked_user_of_a_query_is_refused(w):
    buyer, paid = w.paid((5,))
    invalid(w.get(f"/api/v1/tickets/{paid['tickets'][0]['ticketId']}", query={"userId": "x"}), "userId")


@check
def a_ticket_and_its_concert_agree_about_the_beginning(w):
    """Without `startsAt` the concert says `beginsAt: null`."""
    buyer, _ = w.paid((5,))
    date = ok(w.get(f"/api/v1/concerts/{buyer.concert}"))["dates"][0]
    same(buyer.tickets()[0]["beginsAt"], date["beginsAt"], "beginsAt of a date without startsAt")
