"""Whole lists as CSV (evening, 4)."""
import csv
import io

from kit import D1, check, fresh, invalid, must, ok, same

CSV = {"accept": "text/csv"}


def rows(answer):
    same((answer.status, answer.header("content-type").split(";")[0]), (200, "text/csv"), "the answer")
    must(answer.raw.startswith(b"\xef\xbb\xbf"), "UTF-8 with BOM", answer.raw[:20])
    text = answer.raw.decode("utf-8-sig")
    must("\r\n" in text and text.endswith("\r\n"), "RFC 4180: lines end with CRLF", repr(text[-40:]))
    must("\n" not in text.replace("\r\n", ""), "no bare line ends outside cells", text[:200])
    return list(csv.DictReader(io.StringIO(text, newline="")))


@check
def payments_come_as_csv(w):
    buyer, paid = w.paid((1, 2))
    got = rows(w.admin("GET", "/payments", query={"concertId": buyer.concert}, headers=CSV))
    same(len(got), 1, "one row")
    must(paid["paymentId"] in got[0].values() and "10000" in got[0].values(), "its cells", got)


@check
def tickets_come_as_csv(w):
    buyer, paid = w.paid((1, 2))
    got = rows(w.admin("GET", "/tickets", query={"concertId": buyer.concert}, headers=CSV))
    same({one["ticketId"] for one in got}, {one["ticketId"] for one in paid["tickets"]}, "its rows")


@check
def the_whole_list_comes_whatever_its_length(w):
    prefix = fresh("many")
    for number in range(130):
        w.user(username=f"{prefix}-{number}")
    got = rows(w.admin("GET", "/users", query={"q": prefix}, headers=CSV))
    same(len({one["userId"] for one in got}), 130, "more than a page, each once")
    same(len(got), 130, "more than a page, each once")


@check
def cells_that_would_be_formulas_are_quoted_against_it(w):
    prefix = fresh()
    for number, sign in enumerate("=+-@"):
        w.user(username=f"{sign}{prefix}-{number}")
        got = rows(w.admin("GET", "/users", query={"q": f"{sign}{prefix}"}, headers=CSV))
        same(len(got), 1, "the row")
        must(not got[0]["username"].startswith(sign) and got[0]["username"].endswith(f"{sign}{prefix}-{number}"),
             "the cell does not begin as a formula", got[0])


@check
def commas_and_quotes_in_cells_are_quoted(w):
    name = f'{fresh()}, "Kim", 김'
    w.user(username=name)
    got = rows(w.admin("GET", "/users", query={"q": name[:10]}, headers=CSV))
    must(name in [one["username"] for one in got], "the cell", got)


@check
def an_empty_list_has_its_header_alone(w):
    answer = w.admin("GET", "/payments", query={"concertId": w.concert()}, headers=CSV)
    same(rows(answer), [], "no rows")
    must(b"paymentId" in answer.raw, "the header", answer)


@check
def json_is_answered_to_whoever_prefers_it(w):
    concert = w.concert()
    for accept in ("application/json", "*/*", "text/csv;q=0.1, application/json"):
        answer = w.admin("GET", "/payments", query={"concertId": concert}, headers={"accept": accept})
        same(answer.header("content-type").split(";")[0], "application/json", accept)
    answer = w.admin("GET", "/payments", query={"concertId": concert}, headers={"accept": "text/csv, application/json;q=0.5"})
    same(answer.header("content-type").split(";")[0], "text/csv", "csv is preferred")


@check
def json_is_answered_when_csv_is_not_preferred_but_taken_as_well(w):
    """What a generated client sends: it takes whatever the description lists, and prefers none of it."""
    concert = w.concert()
    for accept in ("application/json, text/csv", "application/json, text/csv, application/problem+json"):
        answer = w.admin("GET", "/payments", query={"concertId": concert}, headers={"accept": accept})
        same(answer.header("content-type").split(";")[0], "application/json", accept)


@check
def a_fault_in_the_query_is_json(w):
    invalid(w.admin("GET", "/payments", query={"date": "x"}, headers=CSV), "date")


@check
def guests_and_their_words_are_in_the_list(w):
    concert = w.concert()
    ok(w.admin("POST", "/sales", {"concertId": concert, "date": D1, "seats": [1], "paidBy": "cash", "guest": "=cmd()"}), 201)
    got = rows(w.admin("GET", "/tickets", query={"concertId": concert}, headers=CSV))
    must(not got[0]["guest"].startswith("="), "also a guest's name is no formula", got)
