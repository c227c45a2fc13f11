"""How often a client may sign in (identity, section 3): the profile `limits` needs `limits.sign_in` = "4/h" for it."""
from kit import check, fresh, ok
from limits import SIGN_IN, somebody, used_up
from people import first


@check("limits")
def sign_ins_are_limited_a_client(w):
    w, one, name = first(w), somebody(), fresh()
    ok(w.post("/api/v1/users", {"username": name}, headers=somebody()), 201)
    send = lambda headers=one: w.post("/api/v1/sessions", {"username": name}, headers=headers)
    for answer in used_up(send, SIGN_IN, "sign_in"):
        ok(answer)
    ok(send(somebody()))
