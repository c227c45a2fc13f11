"""Starts that are refused, and what a start writes (contract, section 10)."""
import os
import signal
import stat
import subprocess
import tempfile

from client import Api
from kit import World, check, must, ok, refused, same, until
from server import KEY, free_port


def start(w, *arguments, files=None, env=None, wait=20):
    """A start that is to end by itself: exit code and what it said."""
    server = w.server()
    try:
        for name, text in (files or {}).items():
            with open(os.path.join(server.folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        done = subprocess.run([server.binary, *arguments], cwd=server.folder, capture_output=True, text=True, timeout=wait,
                              env={**os.environ, **(env or {})})
        return done.returncode, done.stdout + done.stderr
    except subprocess.TimeoutExpired as late:
        return None, (late.stdout or b"").decode() + (late.stderr or b"").decode()
    finally:
        server.remove()


@check("own")
def unknown_keys_and_values_out_of_range_are_named_all_in_one_message(w):
    code, said = start(w, "serve", "--set", "hold.second=5", "--set", "queue.max_active=-1", "--set", "wallet.charge=nobody",
                       files={"config.toml": "[queue]\nactive_seconds = 0\n"})
    same(code, 2, said)
    for word in ("hold.second", "hold.seconds", "queue.max_active", "wallet.charge", "queue.active_seconds", "config.toml"):
        must(word in said, f"{word} is named", said)


@check("own")
def wrong_use_exits_2(w):
    for arguments in (("serve", "--nonsense"), ("nonsense",), ("serve", "--listen", "nonsense"), ("serve", "--set", "x"),
                      ("serve", "--config", "/nowhere/config.toml"), ("serve", "--set", "identity.mode=passwords")):
        code, said = start(w, *arguments)
        must(code == 2 and len(said) > 20, f"{arguments}: exit {code}", said)


@check("own")
def an_open_mode_beyond_loopback_is_refused(w):
    code, said = start(w, "serve", "--listen", f"0.0.0.0:{free_port()}")
    same(code, 2, said)
    must("identity.mode" in said and "--insecure-open" in said, "which setting to change", said)


@check("own")
def the_environment_and_the_file_set_keys_and_flags_win(w):
    server = w.server()
    try:
        with open(os.path.join(server.folder, "config.toml"), "w", encoding="utf-8") as file:
            file.write("[hold]\nseconds = 11\n[sale]\nseat_limit = 3\n[site]\nname = \"of the file\"\n")
        os.environ["JARI_SALE_SEAT_LIMIT"] = "2"
        try:
            server.settings = {"hold.seconds": 7}
            server.start()
        finally:
            del os.environ["JARI_SALE_SEAT_LIMIT"]
        world = World(Api([server.base], w.api.schema), KEY)
        concert = ok(world.get(f"/api/v1/concerts/{world.concert()}"))
        same((concert["holdSeconds"], concert["seatLimit"], ok(world.get("/api/v1/site"))["name"]), (7, 2, "of the file"),
             "flags over environment over file")
    finally:
        server.remove()


@check("own")
def a_first_start_writes_keys_that_only_the_owner_reads(w):
    folder = tempfile.mkdtemp(prefix="bb-jari-")
    server = w.server(folder=folder)
    kept = os.environ.pop("JARI_OPERATOR_KEY", None)
    try:
        server.start()
        for name in ("operator.key", "token.key", "ticket.key"):
            path = os.path.join(folder, "data", name)
            if name == "operator.key" and not os.path.exists(path):
                continue  # the environment gave the key
            same(stat.S_IMODE(os.stat(path).st_mode), 0o600, name)
        same(server.stop(), 0, "it stops well")
        os.chmod(os.path.join(folder, "data", "token.key"), 0o644)
        try:
            server.start(20)
            must(False, "it starts with a key that others can read")
        except RuntimeError as fault:
            must("token.key" in str(fault), "it names the file", str(fault)[-500:])
    finally:
        if kept is not None:
            os.environ["JARI_OPERATOR_KEY"] = kept
        server.remove()


@check("own")
def the_demo_puts_a_concert_on_sale(w):
    server = w.server(demo=True)
    try:
        server.start()
        world = World(Api([server.base], w.api.schema), KEY)
        concerts = ok(world.get("/api/v1/concerts"))["concerts"]
        same(len(concerts), 1, "one concert")
        concert = ok(world.get(f"/api/v1/concerts/{concerts[0]['concertId']}"))
        must(len(concert["dates"]) >= 3, "at least three dates", concert)
        same({(one["seats"], one["sections"][0]["price"]) for one in concert["dates"]}, {(50, 5000)}, "each of its dates")
        same(server.stop(), 0, "it stops well")
        server.start()
        world = World(Api([server.base], w.api.schema), KEY)
        same(len(ok(world.get("/api/v1/concerts"))["concerts"]), 1, "once")
    finally:
        server.remove()


@check("own")
def sighup_takes_what_can_be_taken(w):
    server = w.server()
    try:
        path = os.path.join(server.folder, "config.toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write("[sale]\nseat_limit = 3\n")
        server.start()
        world = World(Api([server.base], w.api.schema), KEY)
        concert = world.concert()
        limit = lambda: ok(world.get(f"/api/v1/concerts/{concert}"))["seatLimit"]
        same(limit(), 3, "before")
        with open(path, "w", encoding="utf-8") as file:
            file.write("[sale]\nseat_limit = 1\n[site]\nname = \"new\"\n")
        server.process.send_signal(signal.SIGHUP)
        until(lambda: limit() == 1, 20, what="the setting is taken")
        same(ok(world.get("/api/v1/site"))["name"], "jari", "what needs a restart stays")
        until(lambda: "site.name" in server.said(), 20, what="and the log names it")
        with open(path, "w", encoding="utf-8") as file:
            file.write("[sale]\nseat_limit = 0\n")
        server.process.send_signal(signal.SIGHUP)
        until(lambda: "seat_limit" in server.said(), 20, what="a fault is told")
        same((limit(), world.get("/readyz").status), (1, 200), "and leaves everything as it is")
    finally:
        server.remove()


@check("own")
def overload_is_refused_with_503(w):
    """A bound of one request under way: streams and slow bodies hold it."""
    server = w.server(settings={"limits.in_flight": 1})
    try:
        server.start()
        from kit import at_once
        world = World(Api([server.base], w.api.schema), KEY)
        answers = at_once([lambda: world.api.send("POST", "/api/v1/users", {"username": "x" * 70}) for _ in range(40)])
        must({answer.status for answer in answers} <= {400, 503}, "refused or answered", {answer.status for answer in answers})
        for answer in answers:
            if answer.status == 503:
                refused(answer, 503, "OVERLOADED")
    finally:
        server.remove()


@check("own")
def a_slow_request_is_timed_out(w):
    server = w.server(settings={"server.request_timeout_seconds": 1})
    try:
        server.start()
        world = World(Api([server.base], w.api.schema), KEY)
        got = world.api.raw(b"POST /api/v1/users HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{", 20)
        must(b" 408 " in got.split(b"\r\n")[0] and b"REQUEST_TIMEOUT" in got, "a body that does not come", got[:300])
    finally:
        server.remove()


@check("own")
def config_prints_what_config_judges(w):
    code, text = start(w, "config")
    same(code, 0, text[:300])
    code, said = start(w, "config", "--check", files={"config.toml": text})
    same(code, 0, said)
    code, said = start(w, "config", "--check", files={"config.toml": "[nonsense]\nx = 1\n"})
    same(code, 2, said)
