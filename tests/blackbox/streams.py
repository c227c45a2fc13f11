"""Server-sent events: a place, the seats of a date, the feed, the numbers (contract, sections 3 and 8; evening, 1 and 4)."""
from kit import D1, check, must, ok, refused, same


def place_stream(w, buyer):
    stream = w.api.stream("/api/v1/token/events", auth=buyer.token)
    same((stream.status, stream.type.split(";")[0]), (200, "text/event-stream"), "the stream")
    return stream


def next_named(stream, name, most=50):
    for _ in range(most):
        event = stream.next()
        must(event is not None, f"the stream ends before `{name}`")
        if event[0] == name:
            return event
    must(False, f"`{name}` does not come")


@check
def a_place_stream_opens_with_the_present_state(w):
    buyer = w.buyer()
    with place_stream(w, buyer) as stream:
        name, _, data = stream.next()
        same((name, data["status"], data["queuePosition"]), ("active", "ACTIVE", 0), "active")
        must(set(ok(buyer.place())) <= set(data) | {"now"}, "the data is the body of GET", data)


@check
def a_place_stream_tells_position_then_active_then_ended(w):
    concert = w.concert(queue={"maxActive": 1})
    first, second, third = (w.buyer(concert) for _ in range(3))
    with place_stream(w, third) as stream:
        name, _, data = stream.next()
        same((name, data["queuePosition"]), ("position", 2), "the present state")
        ok(second.leave())
        name, _, data = next_named(stream, "position")
        same(data["queuePosition"], 1, "every change of place")
        ok(first.leave())
        _, _, data = next_named(stream, "active")
        same((data["status"], data["queuePosition"]), ("ACTIVE", 0), "admitted")
        ok(third.leave())
        _, _, data = next_named(stream, "ended")
        same((data["status"], data["why"]), ("ENDED", "left"), "the end")
        must(stream.next() is None, "`ended` is the last")


@check
def a_place_stream_tells_of_a_pause(w):
    concert = w.concert(queue={"maxActive": 1})
    w.token(w.user(), concert)
    buyer = w.buyer(concert)
    with place_stream(w, buyer) as stream:
        same(stream.next()[2]["paused"], False, "at first")
        ok(w.admin("PUT", f"/concerts/{concert}/queue", {"maxActive": 1, "paused": True}))
        same(next_named(stream, "position")[2]["paused"], True, "a pause")


@check
def a_place_stream_needs_a_living_place(w):
    buyer = w.buyer()
    ok(buyer.leave())
    with w.api.stream("/api/v1/token/events", auth=buyer.token) as stream:
        refused(stream.refusal(), 401, "TOKEN_EXPIRED", why="left")
    with w.api.stream("/api/v1/token/events") as stream:
        refused(stream.refusal(), 401, "TOKEN_INVALID")


@check
def a_paid_place_ends_its_stream(w):
    buyer = w.buyer()
    with place_stream(w, buyer) as stream:
        buyer.hold(1)
        ok(buyer.pay())
        same(next_named(stream, "ended")[2]["why"], "paid", "why")


@check
def a_seat_stream_opens_with_states_and_tells_changes(w):
    buyer = w.buyer()
    other = w.buyer(buyer.concert)
    with w.api.stream("/api/v1/seats/events", auth=buyer.token, query={"date": D1}) as stream:
        same(stream.status, 200, "the stream")
        name, _, data = stream.next()
        same((name, data["date"]), ("states", D1), "states at first")
        must({"version", "layout", "states"} <= set(data), "the body of GET /seats/states", data)
        other.hold(7, 9)
        name, number, data = next_named(stream, "seats")
        must(number is not None, "a version as id")
        seen = {tuple(one) for one in data}
        if len(seen) < 2:
            seen |= {tuple(one) for one in next_named(stream, "seats")[2]}
        same(seen, {(7, 1), (9, 1)}, "seats with their new states")
        ok(other.pay())
        same({tuple(one) for one in next_named(stream, "seats")[2]}, {(7, 2), (9, 2)}, "sold")
    refused(w.get("/api/v1/seats/events", auth=buyer.token, query={"date": "2031-09-09"}), 404, "DATE_NOT_FOUND")


@check
def a_seat_stream_is_for_the_active(w):
    concert = w.concert(queue={"maxActive": 1})
    w.token(w.user(), concert)
    waiting = w.buyer(concert)
    with w.api.stream("/api/v1/seats/events", auth=waiting.token, query={"date": D1}) as stream:
        refused(stream.refusal(), 403, "QUEUE_WAITING", queuePosition=1)


@check
def a_place_has_at_most_two_streams(w):
    buyer = w.buyer()
    streams = [place_stream(w, buyer) for _ in range(3)]
    for stream in streams[1:]:
        same(stream.next()[0], "active", "the newer ones live")
    streams[0].next()
    must(streams[0].next() is None, "one more ends the oldest")
    for stream in streams:
        stream.close()


@check
def the_feed_is_followed(w):
    start = ok(w.admin("GET", "/events", query={"after": 0, "limit": 1}))["newest"]
    user = w.user(5)
    with w.api.stream("/api/v1/admin/events/stream", auth=w.key, query={"after": start}) as stream:
        same(stream.status, 200, "the stream")
        last = start
        for _ in range(200):
            name, number, data = stream.next()
            same((int(number), data["seq"], data["type"]), (last + 1, last + 1, name), "id, seq and type, without gaps")
            last += 1
            if data["data"].get("userId") == user:
                break
        w.charge(user, 6)
        for _ in range(200):
            name, number, data = stream.next()
            last += 1
            same(int(number), last, "it follows")
            if data["data"].get("userId") == user:
                same(data["data"]["amount"], 6, "the new one")
                break


@check
def the_feed_goes_on_with_last_event_id(w):
    start = ok(w.admin("GET", "/events", query={"after": 0, "limit": 1}))["newest"]
    w.user(5)
    with w.api.stream("/api/v1/admin/events/stream", auth=w.key, headers={"last-event-id": str(start)}, query={"after": 0}) as stream:
        same(int(stream.next()[1]), start + 1, "Last-Event-ID wins over `after`")
    with w.api.stream("/api/v1/admin/events/stream", auth=w.key, headers={"last-event-id": str(start + 10 ** 6)}) as stream:
        body = refused(stream.refusal(), 410, "CURSOR_GONE")
        must("oldest" in body and "newest" in body, "where to begin anew", body)
    with w.api.stream("/api/v1/admin/events/stream") as stream:
        refused(stream.refusal(), 401, "TOKEN_INVALID")


@check
def the_numbers_are_followed_once_a_second(w):
    buyer, _ = w.paid((1,))
    with w.api.stream(f"/api/v1/admin/concerts/{buyer.concert}/stats/stream", auth=w.key) as stream:
        name, _, data = stream.next()
        same((name, data["revenue"]), ("stats", 5000), "what GET stats answers")
        other = w.buyer(buyer.concert)
        other.hold(2)
        ok(other.pay())
        for _ in range(10):
            if stream.next()[2]["revenue"] == 10_000:
                return
    must(False, "the numbers are followed")


@check
def an_open_stream_counts_as_being_seen(w):
    concert = w.concert(queue={"maxActive": 1, "abandonSeconds": 2})
    keeper = w.buyer(concert)
    buyer = w.buyer(concert)
    with place_stream(w, buyer) as stream:
        stream.next()
        import time
        time.sleep(4)
        same(ok(w.get(f"/api/v1/users/{buyer.user}/places"))["places"][0]["status"], "WAITING", "it lives")
    ok(keeper.leave())


@check
def a_seat_stream_ends_with_its_place(w):
    buyer = w.buyer()
    with w.api.stream("/api/v1/seats/events", auth=buyer.token, query={"date": D1}) as stream:
        same(stream.next()[0], "states", "it is open")
        ok(buyer.leave())
        for _ in range(20):
            if stream.next() is None:
                return
    must(False, "the stream ends")


@check
def a_changed_plan_is_told_anew(w):
    buyer = w.buyer()
    with w.api.stream("/api/v1/seats/events", auth=buyer.token, query={"date": D1}) as stream:
        first = stream.next()[2]
        dates = [{"date": D1, "seats": 60, "price": 5000}, {"date": "2031-03-02", "seats": 20, "price": 3000}]
        ok(w.admin("PATCH", f"/concerts/{buyer.concert}", {"dates": dates}))
        second = next_named(stream, "states")[2]
        must(second["layout"] != first["layout"], "another layout", first, second)
