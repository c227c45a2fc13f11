"""Cookies over TLS (identity, section 5)."""
from kit import check, fresh, must, ok, same
from tls import possible, running


@check("own")
def over_tls_cookies_are_secure_and_pages_strict(base):
    if not possible():
        return
    with running(base) as (w, *_):
        answer = w.post("/api/v1/sessions", {"username": fresh(), "cookie": True}, headers={"sec-fetch-site": "same-origin"})
        ok(answer)
        words = [word.strip().lower() for word in (answer.header("set-cookie") or "").split(";")]
        must(words[0].startswith("__host-jari=") and {"secure", "httponly", "samesite=lax", "path=/"} <= set(words),
             "section 5: `__Host-jari`, Secure, HttpOnly, SameSite=Lax, Path=/", answer.headers)
        must(not any(word.startswith("domain") for word in words), "section 5: a __Host- cookie has no Domain", answer.headers)
        value = answer.header("set-cookie").split(";")[0]
        ok(w.get("/api/v1/sessions", headers={"cookie": value}))
        plain = w.get("/api/v1/sessions", headers={"cookie": value.replace("__Host-", "")})
        same(plain.status, 401, "section 5: over TLS only by its name, which no foreign host can set")
