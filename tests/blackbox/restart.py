"""kill -9, stops and starts with the same folder (contract, sections 2, 5 and 10). Each check has servers of its own."""
import time
import uuid
from contextlib import contextmanager

from client import Api
from kit import D1, World, at_once, check, must, ok, refused, same, until
from server import KEY


@contextmanager
def running(w, **settings):
    server = w.server(settings=settings)
    try:
        server.start()
        yield World(Api([server.base], w.api.schema), KEY), server
    finally:
        server.remove()


def fresh_api(w):
    """After a restart: connections anew, the same buyers."""
    w.api.local.__dict__.clear()


def restart(w, server, hard=True, settings=None):
    server.kill() if hard else same(server.stop(), 0, "SIGTERM ends with 0")
    if settings is not None:
        server.settings = settings
    server.start()
    fresh_api(w)


@check("own")
def everything_acknowledged_survives_kill_9(base):
    with running(base) as (w, server):
        buyer, paid = w.paid((1, 2))
        holder, leaver = w.buyer(buyer.concert), w.buyer(buyer.concert)
        hold = holder.hold(5)
        place = ok(holder.place())
        ok(leaver.leave())
        events = ok(w.admin("GET", "/events", query={"after": 0, "limit": 100}))
        tickets, ledger = buyer.tickets(), buyer.ledger()
        map_tag = holder.map().header("etag")
        concert = w.admin("GET", f"/concerts/{buyer.concert}")
        restart(w, server)
        same((buyer.tickets(), buyer.ledger()), (tickets, ledger), "tickets and ledger")
        same(holder.reservations()[0]["expiresAt"], hold["expiresAt"], "the hold with its time")
        same(ok(holder.place())["expiresAt"], place["expiresAt"], "the place with its time")
        same(holder.map().header("etag"), map_tag, "ETags are equal across restarts")
        again = w.admin("GET", f"/concerts/{buyer.concert}")
        same((again.body, again.header("etag")), (concert.body, concert.header("etag")), "the concert")
        refused(leaver.place(), 401, "TOKEN_EXPIRED", why="left")
        after = ok(w.admin("GET", "/events", query={"after": 0, "limit": 100}))["events"]
        same(after[:len(events["events"])], events["events"], "the feed")
        ok(holder.pay())
        same(server.stop(), 0, "it stops well")
        same(server.verify().returncode, 0, "verify finds nothing")


@check("own")
def answers_are_replayed_after_kill_9(base):
    with running(base) as (w, server):
        buyer, key = w.buyer(), {"idempotency-key": uuid.uuid4().hex}
        buyer.hold(1)
        first = buyer.pay(headers=key)
        restart(w, server)
        second = buyer.pay(headers=key)
        same((second.raw, second.header("idempotent-replayed")), (first.raw, "true"), "across restarts")
        same(w.balance(buyer.user), 95_000, "one debit")


@check("own")
def the_queue_keeps_its_order_through_kill_9(base):
    with running(base) as (w, server):
        concert = w.concert(queue={"maxActive": 2})
        buyers = [w.buyer(concert, charge=0) for _ in range(6)]
        restart(w, server)
        bodies = [ok(one.place()) for one in buyers]
        same([one["status"] for one in bodies], ["ACTIVE"] * 2 + ["WAITING"] * 4, "the places")
        same([one["queuePosition"] for one in bodies[2:]], [1, 2, 3, 4], "their order")
        same(w.join(buyers[3].user, concert).status, 200, "the same place")


@check("own")
def a_window_is_true_across_restarts(base):
    with running(base) as (w, server):
        concert = w.concert(queue={"maxActive": None, "admitCount": 2, "admitInterval": 3600})
        buyers = [w.buyer(concert, charge=0) for _ in range(4)]
        restart(w, server)
        same([ok(one.place())["status"] for one in buyers], ["ACTIVE"] * 2 + ["WAITING"] * 2, "nobody is admitted anew")


@check("own")
def what_ends_while_the_server_is_down_ends_and_admission_goes_on(base):
    with running(base) as (w, server):
        concert = w.concert(queue={"maxActive": 1, "activeSeconds": 2})
        first, second = w.buyer(concert, charge=0), w.buyer(concert, charge=0)
        server.kill()
        time.sleep(2.5)
        server.start()
        fresh_api(w)
        refused(first.place(), 401, "TOKEN_EXPIRED", why="timed_out")
        same(ok(second.place())["status"], "ACTIVE", "admission goes on at start")


@check("own")
def a_restart_counts_as_being_seen(base):
    with running(base) as (w, server):
        concert = w.concert(queue={"maxActive": 1, "abandonSeconds": 3})
        w.token(w.user(), concert)
        waiting = w.buyer(concert, charge=0)
        server.kill()
        time.sleep(3.5)
        server.start()
        fresh_api(w)
        same(ok(waiting.place())["status"], "WAITING", "it lives")


@check("own")
def kill_9_in_the_middle_of_sales_loses_nothing_acknowledged(base):
    with running(base) as (w, server):
        w.api.timeout = 10
        concert = w.concert(dates=[{"date": D1, "seats": 400, "price": 10}])
        done, buyers = [], [w.buyer(concert, charge=1000) for _ in range(8)]

        def buy(number, buyer):
            try:
                for round_ in range(40):
                    seat = number * 50 + round_ + 1
                    if buyer.reserve(seat=seat).status != 200:
                        return
                    answer = buyer.pay(seat)
                    if answer.status == 200:
                        done.append((buyer, seat, answer.body["paymentId"]))
                    buyer.again()
            except Exception:
                return

        def kill():
            until(lambda: len(done) > 30 or len(done) > 4 and time.sleep(1), 30, 0.01)
            server.kill()
        at_once([lambda pair=pair: buy(*pair) for pair in enumerate(buyers)] + [kill])
        kept = list(done)
        server.start()
        fresh_api(w)
        for buyer in buyers:
            mine = {(seat, payment) for one, seat, payment in kept if one is buyer}
            have = {(seat, one["paymentId"]) for one in buyer.payments() for seat in one["seats"]}
            must(mine <= have, "every payment that was answered is there", mine - have)
            same(w.balance(buyer.user), 1000 - 10 * len(have), "money adds up")
        same(server.stop(), 0, "it stops well")
        same(server.verify().returncode, 0, "verify finds nothing")


@check("own")
def a_start_with_other_settings_takes_them(base):
    with running(base) as (w, server):
        concert = w.concert()
        buyers = [w.buyer(concert, charge=0) for _ in range(2)]
        restart(w, server, hard=False, settings={"queue.max_active": 2, "sale.seat_limit": 2})
        third = w.buyer(concert, charge=0)
        same(ok(third.place())["status"], "WAITING", "the server's new policy")
        refused(buyers[0].reserve(seats=[1, 2, 3]), 409, "SEAT_LIMIT", seatLimit=2)


@check("own")
def another_currency_is_refused_at_a_later_start(base):
    with running(base) as (w, server):
        w.user()
        same(server.stop(), 0, "it stops well")
        server.settings = {"wallet.currency": "EUR"}
        try:
            server.start(20)
            must(False, "it starts with another currency")
        except RuntimeError as fault:
            must("KRW" in str(fault) and "EUR" in str(fault), "the message names both", str(fault)[-600:])
        must(server.process.returncode in (1, 2), "its exit code", server.process.returncode)


@check("own")
def a_second_process_on_the_folder_is_refused(base):
    with running(base) as (w, server):
        second = base.server(folder=server.folder)
        try:
            second.start(20)
            must(False, "it starts")
        except RuntimeError as fault:
            same(second.process.returncode, 1, f"exits 1: {str(fault)[-500:]}")
            must("another" in str(fault) or "in use" in str(fault), "a clear message", str(fault)[-500:])
        finally:
            second.stop()
        same(w.get("/readyz").status, 200, "the first goes on")


@check("own")
def a_stop_ends_streams_and_exits_0(base):
    with running(base) as (w, server):
        buyer = w.buyer()
        stream = w.api.stream("/api/v1/token/events", auth=buyer.token, timeout=30)
        stream.next()
        same(server.stop(), 0, "exits 0")
        try:
            while stream.next() is not None:
                pass
        except OSError:
            pass
        stream.close()


@check("own")
def the_concert_can_be_left_out_while_exactly_one_is_on_sale(base):
    with running(base) as (w, _):
        user = w.user()
        refused(w.post("/api/v1/token", {"userId": user}), 400, "CONCERT_REQUIRED")
        concert = w.concert()
        w.concert(status="draft")
        same(ok(w.post("/api/v1/token", {"userId": user}), 201)["concertId"], concert, "the one")
        w.concert()
        refused(w.post("/api/v1/token", {"userId": w.user()}), 400, "CONCERT_REQUIRED")
