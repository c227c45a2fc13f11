"""Taking, reading and giving up a queue place, and its token (contract, sections 1, 3 and 5; evening, 2)."""
import base64
import json

from kit import D1, NOBODY, check, from_now, fresh, instant, invalid, must, ok, refused, same

PARTS = {"concertId", "userId", "status", "queuePosition", "estimatedWaitTime", "pollAfter", "expiresAt"}


def claims(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


@check
def a_new_place_is_201_and_the_same_again_200(w):
    user, concert = w.user(), w.concert()
    first, second = w.join(user, concert), w.join(user, concert)
    same((first.status, second.status), (201, 200), "the statuses", first, second)
    same(claims(first.body["token"])["sub"], claims(second.body["token"])["sub"], "the user")
    must(PARTS | {"token"} <= set(first.body), "the fields of a place", first)
    same((first.body["userId"], first.body["concertId"]), (user, concert), "whose place")


@check
def an_arrival_is_admitted_at_once_where_the_policy_allows_it(w):
    body = ok(w.join(w.user(), w.concert()), 201)
    same((body["status"], body["queuePosition"], body["estimatedWaitTime"]), ("ACTIVE", 0, 0), "the place")
    instant(body["expiresAt"])


@check
def a_waiting_place_has_no_end_and_an_exact_position(w):
    concert = w.concert(queue={"maxActive": 1})
    w.token(w.user(), concert)
    for number in (1, 2, 3):
        body = ok(w.join(w.user(), concert), 201)
        same((body["status"], body["queuePosition"], body["expiresAt"]), ("WAITING", number, None), "the place")
        must(1 <= body["pollAfter"] <= 30, "pollAfter is 1 to 30", body)


@check
def asking_again_never_changes_the_place(w):
    concert = w.concert(queue={"maxActive": 1})
    w.token(w.user(), concert)
    users = [w.user() for _ in range(3)]
    for user in users:
        w.token(user, concert)
    same(ok(w.join(users[0], concert))["queuePosition"], 1, "the first stays first")
    same(ok(w.join(users[2], concert))["queuePosition"], 3, "the last stays last")


@check
def the_token_is_a_signed_jwt_with_the_users_uuid(w):
    buyer = w.buyer()
    must(len(buyer.token.split(".")) == 3, "three parts", buyer.token)
    told = claims(buyer.token)
    same(told["sub"], buyer.user, "`sub`")
    must(buyer.concert in told.values(), "the concert is in it", told)
    must(told["exp"] - told["iat"] >= 86400, "`exp` is a day", told)


@check
def polling_tells_the_same_without_the_token(w):
    buyer = w.buyer()
    body = ok(buyer.place())
    must("token" not in body and PARTS <= set(body), "the fields", body)
    same((body["status"], body["queuePosition"]), ("ACTIVE", 0), "the place")


@check
def a_place_tells_what_evening_adds(w):
    body = ok(w.buyer().place())
    instant(body["now"])
    must(590 <= body["expiresIn"] <= 600, "expiresIn stands beside expiresAt", body)
    same((body["ahead"], body["freeSeats"], body["soldOut"], body["paused"]), (0, 70, False, False), "the fields")


@check
def free_seats_are_absent_where_the_concert_hides_its_stock(w):
    buyer = w.buyer(showStock=False)
    must("freeSeats" not in ok(buyer.place()), "a place", buyer.place())
    dates = ok(w.get(f"/api/v1/concerts/{buyer.concert}"))["dates"]
    must(all("freeSeats" not in date for date in dates), "a concert", dates)


@check
def ahead_counts_those_before(w):
    concert = w.concert(queue={"maxActive": 1})
    w.token(w.user(), concert)
    w.token(w.user(), concert)
    body = ok(w.join(w.user(), concert), 201)
    same((body["queuePosition"], body["ahead"]), (2, 1), "position and ahead")


@check
def leaving_gives_the_place_up(w):
    buyer = w.buyer()
    same(ok(buyer.leave()), {"status": "left"}, "the answer")
    refused(buyer.place(), 401, "TOKEN_EXPIRED", why="left")
    refused(buyer.leave(), 401, "TOKEN_EXPIRED", why="left")
    same(w.join(buyer.user, buyer.concert).status, 201, "a new place")


@check
def leaving_releases_holds_as_canceled(w):
    buyer, other = w.buyer(), None
    buyer.hold(4, 5)
    ok(buyer.leave())
    same([one["status"] for one in buyer.reservations()], ["canceled", "canceled"], "they are listed as canceled")
    other = w.buyer(buyer.concert)
    ok(other.reserve(seat=4))


@check
def an_old_token_does_not_speak_for_a_new_place(w):
    buyer = w.buyer()
    old = buyer.token
    ok(buyer.leave())
    buyer.again()
    refused(w.get("/api/v1/token", auth=old), 401, "TOKEN_EXPIRED", why="left")
    ok(buyer.place())


@check
def leaving_while_waiting_moves_everybody_up(w):
    concert = w.concert(queue={"maxActive": 1})
    w.token(w.user(), concert)
    first, second = w.buyer(concert), w.buyer(concert)
    same(ok(second.place())["queuePosition"], 2, "before")
    ok(first.leave())
    same(ok(second.place())["queuePosition"], 1, "after")


@check
def unknown_users_and_concerts_get_no_place(w):
    refused(w.join(NOBODY, w.concert()), 404, "USER_NOT_FOUND")
    refused(w.join(w.user(), fresh("none")), 404, "CONCERT_NOT_FOUND")
    refused(w.join(w.user(), w.concert(status="draft")), 404, "CONCERT_NOT_FOUND")


@check
def malformed_ids_are_named(w):
    concert = w.concert()
    invalid(w.join("nonsense", concert), "userId")
    invalid(w.join(5, concert), "userId")
    invalid(w.post("/api/v1/token", {"concertId": concert}), "userId")
    for bad in ("Upper", "with space", "", "a" * 65, "ä", 5, "a/b"):
        invalid(w.join(w.user(), bad), "concertId")


@check
def a_closed_sale_gives_no_new_place(w):
    concert = w.concert()
    ok(w.admin("PATCH", f"/concerts/{concert}", {"status": "closed"}))
    refused(w.join(w.user(), concert), 403, "NOT_ON_SALE")


@check
def a_place_is_seen_among_the_users_places_and_a_look_joins_nothing(w):
    buyer = w.buyer()
    other = w.concert(queue={"maxActive": 1})
    w.token(w.user(), other)
    w.token(buyer.user, other)
    body = ok(w.get(f"/api/v1/users/{buyer.user}/places"))
    same(body["userId"], buyer.user, "the user")
    found = {one["concertId"]: one["status"] for one in body["places"]}
    same(found, {buyer.concert: "ACTIVE", other: "WAITING"}, "the live places")
    ok(buyer.leave())
    same([one["concertId"] for one in ok(w.get(f"/api/v1/users/{buyer.user}/places"))["places"]], [other], "afterwards")


@check
def a_user_has_places_at_several_concerts(w):
    user, first, second = w.user(), w.concert(), w.concert()
    tokens = [w.token(user, first), w.token(user, second)]
    for token, concert in zip(tokens, (first, second)):
        same(ok(w.get("/api/v1/token", auth=token))["concertId"], concert, "the token's concert")


@check
def before_the_opening_users_gather_in_a_lobby(w):
    concert = w.concert(onSaleAt=from_now(3600))
    first, second = ok(w.join(w.user(), concert), 201), ok(w.join(w.user(), concert), 201)
    same([(one["status"], one["queuePosition"]) for one in (first, second)], [("WAITING", 1), ("WAITING", 2)], "the lobby")
    must(3400 <= first["estimatedWaitTime"] <= 3700, "the wait is until the opening", first)


@check
def a_lobby_place_cannot_reserve(w):
    concert = w.concert(onSaleAt=from_now(3600))
    buyer = w.buyer(concert)
    refused(buyer.reserve(seat=1), 403, "QUEUE_WAITING", queuePosition=1)


@check
def reserve_before_an_opening_that_was_moved_later_is_not_on_sale(w):
    buyer = w.buyer()
    ok(w.admin("PATCH", f"/concerts/{buyer.concert}", {"onSaleAt": from_now(3600)}))
    refused(buyer.reserve(seat=1), 403, "NOT_ON_SALE")


@check
def user_ids_in_a_join_are_read_in_either_case(w):
    user, concert = w.user(), w.concert()
    body = ok(w.join(user.upper(), concert), 201)
    same(body["userId"], user, "lower case")
    ok(w.post("/api/v1/seats/reserve", {"userId": user.upper(), "date": D1, "seat": 1}, auth=body["token"]))


@check
def the_token_of_a_lobby_outlives_the_opening_by_a_day(w):
    concert = w.concert(onSaleAt="2030-06-01T00:00:00Z")
    told = claims(w.token(w.user(), concert))
    opening = int(instant("2030-06-01T00:00:00.000Z").timestamp())
    must(told["exp"] >= opening + 86400, "a day past onSaleAt", told)
