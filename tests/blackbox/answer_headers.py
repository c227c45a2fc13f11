"""Foreign pages, allowed origins, and the headers that browsers read (identity, section 5)."""
import re
from contextlib import contextmanager

from browser import FOREIGN, cookie_of
from client import Api
from kit import World, check, fresh, must, ok, refused, same
from people import Person, bases, first
from server import KEY


@check
def in_open_mode_on_loopback_foreign_pages_change_nothing(w):
    """The visitor's browser has no cookie: still no foreign page sells tickets through it."""
    w = first(w)
    for headers in ({"origin": FOREIGN}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}):
        refused(w.post("/api/v1/users", {"username": fresh()}, headers=headers), 403, "CROSS_SITE")
        refused(w.post("/api/v1/sessions", {"username": fresh(), "cookie": True}, headers=headers), 403, "CROSS_SITE")
        refused(w.post("/api/v1/admin/sessions", {"key": w.key}, headers=headers), 403, "CROSS_SITE")
        ok(w.get("/api/v1/concerts", headers=headers))
    ok(w.post("/api/v1/users", {"username": fresh()}, headers={"cookie": "other=1"}), 201)
    port = bases(w)[0].rpartition(":")[2]
    for host in ("foreign.example.com", f"foreign.example.com:{port}", f"127.0.0.1.example.com:{port}", f"10.0.0.1:{port}"):
        refused(w.get("/api/v1/site", headers={"host": host}), 421, "MISDIRECTED")
        refused(w.post("/api/v1/users", {"username": fresh()}, headers={"host": host, "origin": f"http://{host}"}), 421, "MISDIRECTED")


@contextmanager
def running(base, settings):
    server = base.server(settings=settings)
    try:
        yield World(Api([server.start().base], base.api.schema), KEY)
    finally:
        server.remove()


@check("own")
def allowed_origins_have_no_credentials_and_no_admin(base):
    shop = "https://shop.example.com"
    with running(base, {"identity.mode": "password", "server.allowed_origins": shop}) as w:
        one = Person(w)
        cookie = cookie_of(one)
        told = lambda answer, name: answer.header("access-control-" + name)
        for path in ("/api/v1/concerts", one.path("balance"), "/api/v1/sessions", "/api/v1/nothing"):
            answer = w.get(path, headers={"origin": shop})
            same((told(answer, "allow-origin"), told(answer, "allow-credentials")), (shop, None), f"section 5: {path}")
            answer = w.get(path, headers={"origin": FOREIGN})
            same(told(answer, "allow-origin"), None, f"section 5: another origin at {path}")
        ask = {"origin": shop, "access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type"}
        for path, wanted in (("/api/v1/sessions", shop), ("/api/v1/admin/sessions", None), ("/api/v1/admin/keys", None)):
            answer = w.api.send("OPTIONS", path, headers=ask, judge=False)
            same((told(answer, "allow-origin"), told(answer, "allow-credentials")), (wanted, None), f"section 5: the preflight of {path}")
        for path in ("/users", "/keys", "/audit"):
            same(told(w.admin("GET", path, headers={"origin": shop}), "allow-origin"), None, f"section 5: never for /admin: {path}")
        for headers in ({"origin": shop}, {"origin": shop, "sec-fetch-site": "cross-site"}):
            refused(w.post(one.path("balance", "charge"), {"amount": 1}, headers={**cookie, **headers}), 403, "CROSS_SITE")
        token = ok(one.sign_in(headers={"origin": shop}))["accessToken"]
        ok(w.post(one.path("balance", "charge"), {"amount": 1}, auth=token, headers={"origin": shop, "sec-fetch-site": "cross-site"}))


def hardened(answer, what):
    same((answer.header("x-content-type-options"), answer.header("referrer-policy")), ("nosniff", "same-origin"), f"section 5: {what}")
    same(answer.header("strict-transport-security"), None, f"section 5: only over TLS: {what}")


@check
def every_answer_has_its_headers(w):
    buyer, foreign = w.buyer(), {"origin": FOREIGN}
    for path in ("/healthz", "/readyz", "/metrics", "/openapi.json", "/docs", "/nothing", "/api/v1/concerts", "/api/v1/token"):
        hardened(w.get(path, judge=False), path)
    tag = buyer.map().header("etag")
    for answer in (buyer.map(), buyer.map(headers={"if-none-match": tag}), w.post("/api/v1/users", "{"), w.post("/healthz", {}),
                   w.post("/api/v1/users", {}, headers=foreign), w.get("/api/v1/site", headers={"host": "x.example.com"}),
                   w.admin("GET", "/users"), w.post("/api/v1/users", {"username": fresh()}), w.post("/api/v1/users", "x" * 70_000)):
        hardened(answer, answer.request[:60])
    with w.api.stream("/api/v1/token/events", auth=buyer.token) as stream:
        same((stream.headers.get("x-content-type-options"), stream.headers.get("referrer-policy")), ("nosniff", "same-origin"),
             "section 5: a stream")


@check
def what_is_the_operators_is_not_stored(w):
    for path in ("/keys", "/audit", "/users", "/payments"):
        same(w.admin("GET", path).header("cache-control"), "private, no-store", f"section 5: {path}")
    buyer = w.buyer()
    same(buyer.map().header("cache-control"), "private, no-cache", "section 5: seat maps keep `no-cache` for their ETag")


@check
def pages_have_a_content_security_policy(w):
    page = w.get("/docs", judge=False)
    if page.status in (301, 302, 303, 307, 308):
        page = w.get(page.header("location"), judge=False)
    policy = page.header("content-security-policy") or ""
    must("unsafe-inline" not in policy and "unsafe-eval" not in policy, "section 5: neither unsafe-inline nor unsafe-eval", policy)
    must(re.search(r"frame-ancestors 'none'", policy), "section 5: frame-ancestors 'none'", policy)
    must(re.search(r"(default|script)-src ", policy), "section 5: it says where scripts come from", policy)
