"""Sessions in cookies, of users and of operators, and foreign pages that use them (identity, section 5)."""
from kit import check, fresh, must, ok, refused, same
from people import Person, bases, first, new_key, new_password, person

OWN = {"sec-fetch-site": "same-origin"}
FOREIGN = "https://foreign.example.com"


def cookies(answer):
    """Cookies that an answer sets: (name, value, attributes by name in lower case)."""
    found = []
    for name, value in answer.fields:
        if name.lower() == "set-cookie":
            pair, *rest = [part.strip() for part in value.split(";")]
            attributes = dict((part.lower().partition("=")[0], part.partition("=")[2]) for part in rest)
            found.append((*pair.split("=", 1), attributes))
    return found


def judged(answer, name):
    """The one cookie of the answer, as a Cookie header has it."""
    found = cookies(answer)
    same([cookie[0] for cookie in found], [name], "section 5: one cookie, by its name")
    _, value, attributes = found[0]
    must(len(value) >= 43, "section 5: the token is in the cookie", len(value))
    must("httponly" in attributes and attributes.get("samesite", "").lower() == "lax" and attributes.get("path") == "/",
         "section 5: HttpOnly, SameSite=Lax, Path=/", attributes)
    must("secure" not in attributes and "domain" not in attributes, "section 5: on plain loopback not Secure; no Domain", attributes)
    must(value not in answer.raw.decode(), "section 5: the token is not in the body as well", answer)
    same(answer.header("cache-control"), "private, no-store", "section 5: a personal answer")
    return f"{name}={value}"


def by_cookie(w, **fields):
    """A session in a cookie: the header."""
    answer = w.post("/api/v1/sessions", {**fields, "cookie": True}, headers=OWN)
    body = ok(answer)
    must("accessToken" not in body and {"userId", "expiresIn", "sessionId"} <= set(body), "section 5: a cookie instead of the token", answer)
    return {"cookie": judged(answer, "jari")}


def operators_cookie(w, key):
    answer = w.post("/api/v1/admin/sessions", {"key": key}, headers=OWN)
    ok(answer, answer.status if answer.status == 201 else 200)
    names = [cookie[0] for cookie in cookies(answer)]
    must(len(names) == 1 and names[0] != "jari", "section 5: a cookie of its own", answer.headers)
    must(key not in str(answer.fields), "section 6: the key is not in the cookie")
    age = cookies(answer)[0][2].get("max-age")
    must(age is None or int(age) <= 12 * 3600, "section 5: 12 hours", age)
    return {"cookie": judged(answer, names[0])}


def cookie_of(one):
    return by_cookie(one.w, username=one.name, password=one.password)


@check
def in_open_mode_a_name_signs_in(w):
    name = fresh("p")
    answer = w.post("/api/v1/sessions", {"username": name})
    body = ok(answer)
    same(set(body), {"userId", "accessToken", "expiresIn", "sessionId"}, "section 1: the fields")
    same(answer.header("cache-control"), "private, no-store", "section 5: a personal answer")
    same(ok(w.admin("GET", "/users", query={"username": name}))["userId"], body["userId"], "section 5: the user is made when new")
    same(ok(w.post("/api/v1/sessions", {"username": name.upper()}))["userId"], body["userId"], "section 5: and found when not")
    same(len(ok(w.get("/api/v1/sessions", auth=body["accessToken"]))["sessions"]), 2, "section 1: both sessions")


@check
def in_open_mode_a_sign_in_with_a_password_is_refused(w):
    name = fresh("p")
    answer = w.post("/api/v1/sessions", {"username": name, "password": new_password()})
    refused(answer, 400, "INVALID_REQUEST", field="password")
    refused(w.admin("GET", "/users", query={"username": name}), 404, "USER_NOT_FOUND")
    refused(w.post("/api/v1/sessions", {"username": " "}), 400, "INVALID_REQUEST", field="username")
    refused(w.post("/api/v1/sessions", {}), 400, "INVALID_REQUEST", field="username")


@check
def in_open_mode_a_session_proves_nothing(w):
    name = fresh("p")
    token, other = ok(w.post("/api/v1/sessions", {"username": name}))["accessToken"], w.user(5)
    ok(w.get(f"/api/v1/users/{other}/balance"))
    same(ok(w.get(f"/api/v1/users/{other}/balance", auth=token))["balance"], 5, "section 5: it proves nothing there")


@check
def in_open_mode_a_cookie_can_be_had_and_ended(w):
    cookie = by_cookie(w, username=fresh("p"))
    found = ok(w.get("/api/v1/sessions", headers=cookie))["sessions"]
    same([one["current"] for one in found], [True], "section 5: the cookie is a session")
    answer = w.delete("/api/v1/sessions", headers={**cookie, **OWN})
    must(answer.status in (200, 204), "section 1: it is ended", answer)
    refused(w.get("/api/v1/sessions", headers=cookie), 401, "TOKEN_INVALID")


@check("password")
def a_cookie_is_good_where_a_token_is(w):
    one, stranger = Person(w), Person(w)
    cookie = cookie_of(one)
    same(ok(w.get(one.path("balance"), headers=cookie))["balance"], 0, "section 5: one's own")
    refused(w.get(stranger.path("balance"), headers=cookie), 403, "NOT_YOURS")
    refused(w.get(one.path("balance")), 401, "TOKEN_INVALID")
    refused(w.get(one.path("balance"), headers={"cookie": cookie["cookie"] + "x"}), 401, "TOKEN_INVALID")
    ok(w.get(one.path("balance"), headers={"cookie": f"lang=ko; {cookie['cookie']}; other=1"}))
    refused(w.get("/api/v1/admin/users", headers=cookie), 401, "TOKEN_INVALID")


@check("password")
def a_refused_sign_in_sets_no_cookie(w):
    one = Person(w)
    for fields in ({"username": one.name, "password": "wrong " + one.password}, {"username": fresh(), "password": one.password}):
        answer = w.post("/api/v1/sessions", {**fields, "cookie": True}, headers=OWN)
        refused(answer, 401, "BAD_CREDENTIALS")
        same(cookies(answer), [], "section 5: no cookie")
    for wrong in ("yes", 1, "true"):
        refused(w.post("/api/v1/sessions", {"username": one.name, "password": one.password, "cookie": wrong}), 400, "INVALID_REQUEST", field="cookie")
    must("accessToken" in ok(one.sign_in(cookie=False)), "section 5: `false` is as absent")


def origins(w):
    """Where a request comes from, and whether it counts."""
    base = bases(w)[0]
    port = base.rpartition(":")[2]
    return [({"sec-fetch-site": "same-origin"}, True), ({"sec-fetch-site": "none"}, True),
            ({"sec-fetch-site": "same-site"}, False), ({"sec-fetch-site": "cross-site"}, False), ({"sec-fetch-site": "nonsense"}, False),
            ({"sec-fetch-site": ""}, False), ({"sec-fetch-site": "same-origin", "origin": base}, True),
            ({"sec-fetch-site": "cross-site", "origin": base}, False), ({"sec-fetch-site": "same-site", "origin": base}, False),
            ({"origin": base}, True), ({"origin": FOREIGN}, False), ({"origin": "null"}, False), ({"origin": ""}, False),
            ({"origin": f"http://127.0.0.1:{int(port) % 65535 + 1}"}, False), ({"origin": f"http://127.0.0.1.example.com:{port}"}, False),
            ({"origin": base + ".example.com"}, False), ({"referer": base + "/"}, False), ({}, False)]


@check("password")
def a_change_by_cookie_counts_only_from_our_own_pages(w):
    w = first(w)
    one, amount = Person(w), 0
    cookie = cookie_of(one)
    for headers, counts in origins(w):
        answer = w.post(one.path("balance", "charge"), {"amount": 1}, headers={**cookie, **headers})
        if counts:
            ok(answer)
            amount += 1
        else:
            refused(answer, 403, "CROSS_SITE")
    same(ok(w.get(one.path("balance"), headers=cookie))["balance"], amount, "section 5: what was refused charged nothing")


@check("password")
def each_unsafe_method_is_asked_where_it_comes_from(w):
    w = first(w)
    one = Person(w)
    cookie = cookie_of(one)
    foreign = {**cookie, "sec-fetch-site": "cross-site", "origin": FOREIGN}
    for method, path, body in (("PUT", one.path("password"), {"current": one.password, "new": new_password()}),
                               ("DELETE", "/api/v1/sessions", None), ("POST", "/api/v1/token", {"concertId": w.concert()})):
        refused(w.api.send(method, path, body, headers=foreign), 403, "CROSS_SITE")
        refused(w.api.send(method, path, body, headers=cookie), 403, "CROSS_SITE")
    for headers in (foreign, {**cookie, "sec-fetch-site": "cross-site"}, {**cookie, "origin": FOREIGN}, cookie):
        ok(w.get(one.path("balance"), headers=headers))


@check("password")
def a_header_beats_a_cookie(w):
    one, other = Person(w), person(w)
    cookie = cookie_of(one)
    ok(w.get(other.path("balance"), auth=other.token, headers=cookie))
    refused(w.get(one.path("balance"), auth=other.token, headers=cookie), 403, "NOT_YOURS")
    refused(w.get(one.path("balance"), auth="x", headers=cookie), 401, "TOKEN_INVALID")
    same(ok(w.post(other.path("balance", "charge"), {"amount": 4}, auth=other.token, headers=cookie))["newBalance"], 4,
         "section 5: with a header the cookie does not count")


@check("password")
def a_cookie_ends_with_its_session(w):
    one = person(w)
    cookie = cookie_of(one)
    mine = next(session for session in ok(w.get("/api/v1/sessions", headers=cookie))["sessions"] if session["current"])
    must(w.delete(f"/api/v1/sessions/{mine['sessionId']}", auth=one.token).status in (200, 204), "section 1: it is ended")
    refused(w.get(one.path("balance"), headers=cookie), 401, "TOKEN_INVALID")


@check
def operators_sign_in_with_their_key(w):
    w = first(w)
    key, concert = new_key(w, "manager"), fresh()
    cookie = operators_cookie(w, key["key"])
    ok(w.get("/api/v1/admin/users", headers=cookie, query={"limit": 1}))
    wish = {"concertId": concert, "title": "x", "dates": [{"date": "2031-03-01", "price": 1}]}
    for headers, counts in origins(w):
        answer = w.post("/api/v1/admin/concerts", {**wish, "concertId": fresh()}, headers={**cookie, **headers})
        ok(answer, 201) if counts else refused(answer, 403, "CROSS_SITE")
    refused(w.get("/api/v1/admin/keys", headers=cookie), 403, "NOT_ALLOWED")
    refused(w.get("/api/v1/sessions", headers={"cookie": "jari=" + cookie["cookie"].split("=", 1)[1]}), 401, "TOKEN_INVALID")
    refused(w.get("/api/v1/admin/users", auth="x", headers=cookie), 401, "TOKEN_INVALID")


@check
def the_role_of_a_key_holds_in_its_cookie(w):
    cookie = operators_cookie(w, new_key(w, "viewer")["key"])
    ok(w.get("/api/v1/admin/concerts", headers=cookie))
    refused(w.post("/api/v1/admin/concerts", {}, headers={**cookie, **OWN}), 403, "NOT_ALLOWED")
    ok(w.get("/api/v1/admin/keys", headers=operators_cookie(w, w.key)))


@check
def an_operators_cookie_ends_with_its_key(w):
    key, other = new_key(w, "viewer"), operators_cookie(w, new_key(w, "viewer")["key"])
    cookie = operators_cookie(w, key["key"])
    ok(w.get("/api/v1/admin/users", headers=cookie))
    must(w.admin("DELETE", f"/keys/{key['keyId']}").status in (200, 204), "section 2: the key is deleted")
    for _ in bases(w) * 2:
        refused(w.get("/api/v1/admin/users", headers=cookie), 401, "TOKEN_INVALID")
    ok(w.get("/api/v1/admin/users", headers=other))
    answer = w.post("/api/v1/admin/sessions", {"key": key["key"]}, headers=OWN)
    same((answer.status, cookies(answer)), (401, []), "section 5: a deleted key signs in no more")


@check
def an_operators_sign_in_is_strict(w):
    for wrong in ("x", w.key[:-1], "jari_" + "A" * 50, w.buyer().token):
        answer = w.post("/api/v1/admin/sessions", {"key": wrong}, headers=OWN)
        same((answer.status, cookies(answer)), (401, []), "section 5: a wrong key")
        must(wrong not in answer.raw.decode() or wrong == "x", "section 6: no secret in errors", answer)
    for body in ({}, {"key": None}, {"key": 5}, {"key": w.key, "keyy": 1}):
        refused(w.post("/api/v1/admin/sessions", body, headers=OWN), 400, "INVALID_REQUEST")
