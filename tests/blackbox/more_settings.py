"""Settings that are seen from outside: names and origins, listeners, logs, the operator's key, stops (contract, 4 and 10)."""
import json
import os
import socket
import subprocess
import threading
import time
import urllib.request
from contextlib import contextmanager

from client import Api
from kit import D1, World, check, fresh, must, note, ok, refused, same, until
from server import KEY, free_port

MAX = 9_007_199_254_740_991


@contextmanager
def running(w, **settings):
    server = w.server(settings={key.replace("__", "."): value for key, value in settings.items()})
    try:
        server.start()
        yield World(Api([server.base], w.api.schema), KEY), server
    finally:
        server.remove()


@check("own")
def the_public_url_is_a_name_of_the_server(base):
    with running(base, server__public_url="https://tickets.example.com") as (w, _):
        ok(w.get("/api/v1/site", headers={"host": "tickets.example.com"}))
        ok(w.post("/api/v1/users", {"username": fresh()}, headers={"host": "tickets.example.com",
                                                                    "origin": "https://tickets.example.com"}), 201)
        refused(w.get("/api/v1/site", headers={"host": "other.example.com"}), 421, "MISDIRECTED")
        refused(w.post("/api/v1/users", {}, headers={"origin": "https://other.example.com"}), 403, "CROSS_SITE")


@check("own")
def allowed_origins_may_use_the_api_but_not_the_operators(base):
    with running(base, server__allowed_origins="https://shop.example.com") as (w, _):
        origin = {"origin": "https://shop.example.com"}
        answer = w.post("/api/v1/users", {"username": fresh()}, headers=origin)
        ok(answer, 201)
        same(answer.header("access-control-allow-origin"), "https://shop.example.com", "CORS")
        ask = {**origin, "access-control-request-method": "POST", "access-control-request-headers": "content-type,idempotency-key"}
        answer = w.api.send("OPTIONS", "/api/v1/seats/reserve", headers=ask, judge=False)
        must(answer.status in (200, 204), "a preflight", answer)
        same(answer.header("access-control-allow-origin"), "https://shop.example.com", "of the origin")
        must("idempotency-key" in answer.header("access-control-allow-headers").lower(), "its headers", answer.headers)
        refused(w.admin("DELETE", "/concerts/none-such", headers=origin), 403, "CROSS_SITE")
        answer = w.admin("GET", "/users", headers=origin)
        must(answer.header("access-control-allow-origin") is None, "never what is the operator's", answer.headers)


@check("own")
def metrics_have_a_listener_of_their_own(base):
    port = free_port()
    with running(base, metrics__listen=f"127.0.0.1:{port}") as (w, _):
        for path in ("/metrics", "/healthz", "/readyz"):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
                same(answer.status, 200, path)
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/site", timeout=20)
            must(False, "nothing else is there")
        except urllib.error.HTTPError as fault:
            same(fault.code, 404, "nothing else is there")
        ok(w.get("/api/v1/site"))


@check("own")
def a_log_in_json_has_one_object_a_line(base):
    with running(base, log__format="json") as (w, server):
        w.paid((1,))
        same(server.stop(), 0, "it stops well")
        lines = [line for line in server.said().splitlines() if line.strip()]
        must(lines, "it says something")
        for line in lines:
            must(isinstance(json.loads(line), dict), "an object", line)


@check("own")
def secrets_are_not_in_the_log(base):
    with running(base, log__level="trace") as (w, server):
        buyer, paid = w.paid((1,))
        token = buyer.token
        same(server.stop(), 0, "it stops well")
        for secret in (KEY, token, paid["tickets"][0]["code"]):
            must(secret not in server.said(), "no key, token or code", secret)


@check("own")
def the_operators_key_is_written_at_the_first_start(base):
    server = base.server()
    env = {name: value for name, value in os.environ.items() if name != "JARI_OPERATOR_KEY"}
    command = [server.binary, "serve", "--listen", f"127.0.0.1:{server.port}", "--data-dir", server.folder + "/data"]
    log = open(server.folder + "/log.txt", "wb")
    process = subprocess.Popen(command, cwd=server.folder, env=env, stdout=log, stderr=log)
    try:
        path = server.folder + "/data/operator.key"
        until(lambda: os.path.exists(path) and server.base in server.said(), 60, what="the key is written")
        same(os.stat(path).st_mode & 0o777, 0o600, "its mode")
        with open(path, encoding="utf-8") as file:
            key = file.read()
        must("operator.key" in server.said() and key.strip() not in server.said(), "it says where, and not what", server.said())
        same(len(key.split()), 1, "the key alone")
        world = World(Api([server.base], base.api.schema), key.strip())
        until(lambda: socket_open(server.port), 60)
        ok(world.admin("GET", "/users"))
        refused(World(Api([server.base], base.api.schema), KEY).admin("GET", "/users"), 401, "TOKEN_INVALID")
    finally:
        process.terminate()
        process.wait(30)
        server.remove()


def socket_open(port):
    try:
        socket.create_connection(("127.0.0.1", port), 2).close()
        return True
    except OSError:
        return False


@check("own")
def a_stop_finishes_what_is_under_way(base):
    """A body that comes slowly while the server stops: it is answered, or refused with STOPPING; never cut off in silence."""
    with running(base) as (w, server):
        user = w.user()
        body = b'{"amount":7}'
        link = socket.create_connection(("127.0.0.1", server.port), timeout=30)
        head = f"POST /api/v1/users/{user}/balance/charge HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        link.sendall(head.encode() + b"Content-Length: 12\r\n\r\n" + body[:5])
        time.sleep(0.5)
        code = []
        stopper = threading.Thread(target=lambda: code.append(server.stop()))
        stopper.start()
        time.sleep(0.5)
        link.sendall(body[5:])
        got = link.recv(65536)
        link.close()
        stopper.join()
        must(b" 200 " in got[:20] or b"STOPPING" in got, "it is answered", got[:300])
        same(code, [0], "and the stop is a good one")
        server.start()
        same(World(Api([server.base], base.api.schema), KEY).balance(user), 7 if b" 200 " in got[:20] else 0, "what was answered is kept")


@check("own")
def a_wallet_never_holds_more_than_every_client_reads_exactly(base):
    with running(base, wallet__charge_max=10 ** 12) as (w, _):
        user, most = w.user(), 10 ** 12
        path = f"/api/v1/users/{user}/balance/charge"

        def fill():
            for _ in range(1125):
                ok(w.post(path, {"amount": most}))
        threads = [threading.Thread(target=fill) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        left = MAX - 9000 * most
        while left > most:
            ok(w.post(path, {"amount": most}))
            left -= most
        told = refused(w.post(path, {"amount": left + 1}), 400, "BALANCE_LIMIT")["most"]
        if told != left:
            note("BALANCE_LIMIT: `most` is what a wallet can hold, openapi.json says of `most`: \"The largest amount that would do.\"")
        same(ok(w.post(path, {"amount": left}))["newBalance"], MAX, "exactly the most")
        same(w.balance(user), MAX, "read exactly")
        refused(w.post(path, {"amount": 1}), 400, "BALANCE_LIMIT")
        concert = w.concert()
        buyer_token = w.token(user, concert)
        ok(w.post("/api/v1/seats/reserve", {"userId": user, "date": D1, "seat": 1}, auth=buyer_token))
        paid = ok(w.post("/api/v1/seats/payment", {"userId": user}, auth=buyer_token))
        same(paid["balance"], MAX - 5000, "exact numbers")
        ok(w.post(path, {"amount": 1}))
        answer = w.post(f"/api/v1/payments/{paid['paymentId']}/refund", {"reason": "x"}, auth=w.key)
        refused(answer, 400, "BALANCE_LIMIT")
        ok(w.post(f"/api/v1/payments/{paid['paymentId']}/refund", {"reason": "x", "to": "cash"}, auth=w.key))
