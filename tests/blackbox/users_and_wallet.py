"""Users, their wallets and the ledger (contract, sections 1, 3, 4 and 7)."""
from kit import NOBODY, check, fresh, instant, invalid, must, ok, refused, same

MAX = 9_007_199_254_740_991


@check
def a_new_user_is_told_whole(w):
    name = fresh()
    body = ok(w.post("/api/v1/users", {"username": name, "email": f"{name}@example.com", "password": None}), 201)
    same(set(body), {"userId", "username", "email", "createdAt"}, "the fields of a new user")
    same((body["username"], body["email"]), (name, f"{name}@example.com"), "what was sent")
    instant(body["createdAt"])


@check
def a_username_is_given_once(w):
    name = fresh()
    ok(w.post("/api/v1/users", {"username": name}), 201)
    refused(w.post("/api/v1/users", {"username": name}), 409, "USERNAME_TAKEN")


@check
def names_that_differ_by_case_or_width_are_one(w):
    name = fresh("Kim")
    ok(w.post("/api/v1/users", {"username": name}), 201)
    refused(w.post("/api/v1/users", {"username": name.upper()}), 409, "USERNAME_TAKEN")
    refused(w.post("/api/v1/users", {"username": name.replace("K", "Ｋ")}), 409, "USERNAME_TAKEN")


@check
def a_username_has_1_to_64_characters(w):
    invalid(w.post("/api/v1/users", {"username": ""}), "username")
    long = (fresh() + "가" * 64)[:64]
    same(ok(w.post("/api/v1/users", {"username": long}), 201)["username"], long, "64 characters, not bytes")
    invalid(w.post("/api/v1/users", {"username": fresh() + "a" * 64}), "username")


@check
def a_username_has_no_control_characters_and_no_blanks_at_its_ends(w):
    for bad in (" " + fresh(), fresh() + " ", "a\u0000b" + fresh(), "a\nb", "\u3000" + fresh(), "a\u200bb", " "):
        invalid(w.post("/api/v1/users", {"username": bad}), "username")


@check
def a_username_may_have_blanks_within_and_any_letters(w):
    for name in (f"Kim Min {fresh()}", f"김민수 {fresh()}", f"Ünal-{fresh()}", f"🎻{fresh()}"):
        same(ok(w.post("/api/v1/users", {"username": name}), 201)["username"], name, "the name")


@check
def an_email_is_judged(w):
    for bad in ("nobody", "@", "a@", "@b", 5, "a b@example.com", "a@b@c"):
        invalid(w.post("/api/v1/users", {"username": fresh(), "email": bad}), "email")


@check
def absent_and_null_are_the_same_in_a_post(w):
    same(ok(w.post("/api/v1/users", {"username": fresh(), "email": None}), 201)["email"], None, "the e-mail")
    invalid(w.post("/api/v1/users", {"username": None}), "username")
    invalid(w.post("/api/v1/users", {}), "username")


@check
def unknown_fields_of_buyers_are_ignored_and_never_trusted(w):
    body = ok(w.post("/api/v1/users", {"username": fresh(), "balance": 10 ** 6, "userId": NOBODY, "admin": True}), 201)
    must(body["userId"] != NOBODY, "an id that was sent has no effect", body)
    same(w.balance(body["userId"]), 0, "a balance that was sent has no effect")


@check
def a_new_wallet_is_empty(w):
    user = w.user()
    body = ok(w.get(f"/api/v1/users/{user}/balance"))
    same((body["userId"], body["balance"]), (user, 0), "the balance")


@check
def a_charge_is_told_and_kept(w):
    user = w.user()
    body = ok(w.post(f"/api/v1/users/{user}/balance/charge", {"amount": 10000}))
    same((body["userId"], body["newBalance"]), (user, 10000), "the charge")
    instant(body["chargedAt"])
    entry = ok(w.get(f"/api/v1/users/{user}/ledger"))["entries"][0]
    same((entry["entryId"], entry["kind"], entry["amount"], entry["balance"], entry["at"]),
         (body["entryId"], "charge", 10000, 10000, body["chargedAt"]), "the entry of the ledger")


@check
def a_user_id_is_read_in_either_case(w):
    user = w.user()
    body = ok(w.post(f"/api/v1/users/{user.upper()}/balance/charge", {"amount": 5}))
    same(body["userId"], user, "ids are answered in lower case")
    same(ok(w.get(f"/api/v1/users/{user.upper()}/balance"))["balance"], 5, "the same wallet")


@check
def a_charge_outside_1_to_the_most_is_an_invalid_amount(w):
    user = w.user()
    for amount in (0, -1, 10_000_001, MAX, 2 ** 62, -2 ** 63):
        body = refused(w.post(f"/api/v1/users/{user}/balance/charge", {"amount": amount}), 400, "INVALID_AMOUNT")
        same(body["message"], "Invalid charge amount.", "the message of the reference")
    ok(w.post(f"/api/v1/users/{user}/balance/charge", {"amount": 10_000_000}))
    ok(w.post(f"/api/v1/users/{user}/balance/charge", {"amount": 1}))
    same(w.balance(user), 10_000_001, "the balance")


@check
def an_amount_is_written_as_an_integer(w):
    user = w.user()
    for text in ("1.0", '"1"', "1e3", "18446744073709551616", "-9223372036854775809", "true", "[1]", "{}", "null", "1.5"):
        invalid(w.post(f"/api/v1/users/{user}/balance/charge", '{"amount":%s}' % text), "amount")
    invalid(w.post(f"/api/v1/users/{user}/balance/charge", {}), "amount")
    same(w.balance(user), 0, "nothing was charged")


@check
def unknown_and_malformed_users_are_told_apart(w):
    body = refused(w.get(f"/api/v1/users/{NOBODY}/balance"), 404, "USER_NOT_FOUND")
    same(body["message"], "User not found.", "the message of the reference")
    for path in ("balance", "ledger", "payments", "tickets", "places"):
        refused(w.get(f"/api/v1/users/{NOBODY}/{path}"), 404, "USER_NOT_FOUND")
        for bad in ("nonsense", NOBODY[:-1], "{" + NOBODY[:-2] + "}"):
            invalid(w.get(f"/api/v1/users/{bad.replace('{', '%7B').replace('}', '%7D')}/{path}"))
    refused(w.post(f"/api/v1/users/{NOBODY}/balance/charge", {"amount": 1}), 404, "USER_NOT_FOUND")
    invalid(w.post("/api/v1/users/nonsense/balance/charge", {"amount": 1}))


@check
def the_ledger_is_newest_first_and_adds_up(w):
    user = w.user()
    for amount in (100, 7, 300, 1):
        w.charge(user, amount)
    entries = ok(w.get(f"/api/v1/users/{user}/ledger"))["entries"]
    same([one["amount"] for one in entries], [1, 300, 7, 100], "the order")
    same([one["balance"] for one in entries], [408, 407, 107, 100], "the balances")
    must([one["entryId"] for one in entries] == sorted((one["entryId"] for one in entries), reverse=True),
         "entry ids ascend", entries)
    same(sum(one["amount"] for one in entries), w.balance(user), "a wallet's balance equals the sum of its entries")


@check
def an_empty_ledger_is_an_empty_page(w):
    body = ok(w.get(f"/api/v1/users/{w.user()}/ledger"))
    same((body["entries"], body["nextCursor"]), ([], None), "the page")


@check
def new_histories_are_empty(w):
    user = w.user()
    same(ok(w.get(f"/api/v1/users/{user}/payments"))["payments"], [], "payments")
    same(ok(w.get(f"/api/v1/users/{user}/tickets"))["tickets"], [], "tickets")
    same(ok(w.get(f"/api/v1/users/{user}/places"))["places"], [], "places")


@check
def what_a_wallet_owns_is_read_exactly(w):
    user = w.user(9_999_999)
    w.charge(user, 9_999_998)
    same(w.balance(user), 19_999_997, "exact numbers")


@check
def a_wallet_has_a_limit_of_what_it_can_hold(w):
    """Built up in the till's way: the box office cannot charge more at once, so this is judged by `BALANCE_LIMIT`'s
    neighbour only: what `INVALID_AMOUNT` says about the most."""
    body = refused(w.post(f"/api/v1/users/{w.user()}/balance/charge", {"amount": 10_000_001}), 400, "INVALID_AMOUNT")
    same(body.get("most"), 10_000_000, "the largest amount that would do")


@check
def anyone_may_charge_while_the_setting_is_open(w):
    user = w.user()
    ok(w.post(f"/api/v1/users/{user}/balance/charge", {"amount": 3}))
    ok(w.post(f"/api/v1/users/{user}/balance/charge", {"amount": 4}, auth=w.key))
    same(w.balance(user), 7, "both were charged")


@check
def answers_with_money_name_the_currency(w):
    user = w.user(5)
    same(ok(w.get(f"/api/v1/users/{user}/balance"))["currency"], "KRW", "the currency")
    same(ok(w.get(f"/api/v1/users/{user}/ledger"))["currency"], "KRW", "the currency")


@check
def invisible_and_combining_characters_in_front_are_refused(w):
    for bad in ("\u0301a", "a\u202eb", "a\u2060b", "\ue000", "a\u0085b", "\u00a0a"):
        invalid(w.post("/api/v1/users", {"username": bad + fresh() if not bad.startswith("a") else fresh() + bad}), "username")
