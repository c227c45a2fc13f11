"""`jari key add|list|remove` on a stopped instance, and the key of a first start (identity, section 2)."""
import os
import re
import subprocess

from client import Api
from kit import World, check, must, ok, refused, same
from operator_keys import FORM, keys, new_key, remove
from server import KEY

KEY_IN_TEXT = re.compile(r"jari_[0-9A-Za-z_-]{44,}")


def command(server, *words):
    done = subprocess.run([server.binary, "key", *words, "--data-dir", server.folder + "/data"], cwd=server.folder, timeout=60,
                          capture_output=True, text=True, env={**os.environ, "JARI_OPERATOR_KEY": KEY})
    return done.returncode, done.stdout, done.stderr


def again(base, server):
    return World(Api([server.start().base], base.api.schema), KEY)


@check("own")
def who_lost_the_owners_key_makes_another(base):
    server = base.server()
    try:
        w = again(base, server)
        code, said, fault = command(server, "add", "--name", "too early", "--role", "owner")
        must(code == 1 and not KEY_IN_TEXT.search(said) and len(fault) > 20, "section 2: not while it runs", code, said, fault)
        same(server.stop(), 0, "it stops well")
        code, said, fault = command(server, "add", "--name", "The spare", "--role", "owner")
        same(code, 0, f"section 2: `key add`: {said}{fault}")
        found = KEY_IN_TEXT.search(said)
        must(found, "section 2: it prints the key", said)
        code, said, fault = command(server, "list")
        same(code, 0, f"section 2: `key list`: {said}{fault}")
        must("The spare" in said and "owner" in said and found[0] not in said, "section 2: names and roles, no secrets", said)
        w = again(base, server)
        ok(w.get("/api/v1/admin/keys", auth=found[0]))
        spare = next(one for one in keys(w) if one["name"] == "The spare")
        same(spare["role"], "owner", "section 2: the same list")
        same(server.stop(), 0, "it stops well")
        code, said, fault = command(server, "remove", spare["keyId"])
        same(code, 0, f"section 2: `key remove`: {said}{fault}")
        w = again(base, server)
        refused(w.get("/api/v1/admin/keys", auth=found[0]), 401, "TOKEN_INVALID")
        ok(w.admin("GET", "/keys"))
    finally:
        server.remove()


@check("own")
def the_command_knows_keys_of_the_server(base):
    server = base.server()
    try:
        w = again(base, server)
        kept, gone = new_key(w, "door"), new_key(w, "viewer")
        remove(w, gone)
        same(server.stop(), 0, "it stops well")
        code, said, fault = command(server, "list")
        same(code, 0, f"section 2: `key list`: {said}{fault}")
        must(kept["name"] in said and gone["name"] not in said and kept["key"] not in said, "section 2: the same keys", said)
        for words in (("add", "--name", "x", "--role", "king"), ("add", "--role", "owner", "--name", ""), ("nonsense",)):
            code, said, fault = command(server, *words)
            must(code == 2 and fault, f"contract section 10: wrong use of {words} exits 2", code, said, fault)
        code, said, fault = command(server, "remove", "nonsense")
        must(code in (1, 2) and fault, "section 2: an unknown key is refused", code, said, fault)
        server.start()
        same(server.stop(), 0, "it stops well")
        same(server.verify().returncode, 0, "verify finds nothing")
    finally:
        server.remove()


@check("own")
def the_key_of_a_first_start_has_the_form_that_scanners_know(base):
    server = base.server()
    env = {name: value for name, value in os.environ.items() if name != "JARI_OPERATOR_KEY"}
    arguments = ["serve", "--listen", f"127.0.0.1:{server.port}", "--data-dir", server.folder + "/data"]
    with open(server.folder + "/log.txt", "ab") as log:
        server.process = subprocess.Popen([server.binary, *arguments], cwd=server.folder, stdout=log, stderr=log, env=env)
    try:
        server.ready(60)
        with open(server.folder + "/data/operator.key", encoding="ascii") as file:
            key = file.read().strip()
        must(FORM.match(key), "section 2: a key is `jari_`, 43 characters and a checksum", len(key))
        ok(World(Api([server.base], base.api.schema), key).admin("GET", "/keys"))
    finally:
        server.remove()
