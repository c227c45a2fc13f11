"""TLS (identity, section 4), as far as the standard library speaks it: over HTTP/1.1."""
import http.client
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
from contextlib import contextmanager
from urllib.parse import urlsplit

from client import Api
from kit import World, check, fresh, must, note, ok, same, until
from server import KEY
from starting import start


class Tls(Api):
    """A client that trusts one certificate."""

    def __init__(self, base, context, schema=None):
        super().__init__([base], schema)
        self.context = context

    def connection(self, base):
        return http.client.HTTPSConnection(base.hostname, base.port, timeout=self.timeout, context=self.context)


def certificate(folder, name="server"):
    """The paths of a new certificate for loopback and of its key."""
    cert, key = os.path.join(folder, f"{name}.crt"), os.path.join(folder, f"{name}.key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-keyout", key, "-out", cert, "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
                   check=True, capture_output=True, timeout=60)
    os.chmod(key, 0o600)
    return cert, key


def possible():
    if not shutil.which("openssl"):
        note("TLS was not tried: there is no `openssl` to make a certificate with.")
    return shutil.which("openssl")


def trusting(cert):
    return ssl.create_default_context(cafile=cert)


def unverified(**fields):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    for name, value in fields.items():
        setattr(context, name, value)
    return context


def shake(port, context):
    """A handshake: the connection."""
    return context.wrap_socket(socket.create_connection(("127.0.0.1", port), 20), server_hostname="localhost")


def shown(port):
    """The certificate that a new connection is shown."""
    with shake(port, unverified()) as link:
        return link.getpeercert(binary_form=True)


def der(cert):
    with open(cert, encoding="ascii") as file:
        return ssl.PEM_cert_to_DER_cert(file.read())


@contextmanager
def running(base, **settings):
    """A server with TLS: the world, the server, the paths of certificate and key."""
    server = base.server()
    try:
        cert, key = certificate(server.folder)
        server.settings = {"server.tls_cert": cert, "server.tls_key": key, **{name.replace("__", "."): value for name, value in settings.items()}}
        server.base = f"https://127.0.0.1:{server.port}"
        server.launch()
        w = World(Tls(server.base, trusting(cert), base.api.schema), KEY)

        def ready():
            must(server.process.poll() is None, "the server does not start", server.said()[-2000:])
            try:
                return w.get("/readyz").status == 200
            except OSError:
                return False
        until(ready, 60, what="the server is ready")
        yield w, server, cert, key
    finally:
        server.remove()


def replace(new, old):
    for fresh_file, path in zip(new, old):
        os.replace(fresh_file, path)


@check("own")
def https_is_served(base):
    if not possible():
        return
    with running(base) as (w, server, cert, _):
        ok(w.get("/api/v1/site"))
        ok(w.post("/api/v1/users", {"username": fresh()}, headers={"origin": server.base, "sec-fetch-site": "same-origin"}), 201)
        ok(w.admin("GET", "/users"))
        buyer = w.buyer()
        link = w.api.connection(urlsplit(server.base))
        link.request("GET", "/api/v1/token/events", headers={"authorization": f"Bearer {buyer.token}"})
        answer = link.getresponse()
        same((answer.status, answer.readline().strip()[:5]), (200, b"event"), "streams")
        link.close()
        with shake(server.port, trusting(cert)) as link:
            same(link.version(), "TLSv1.3", "section 4: TLS 1.3")
        with shake(server.port, unverified(maximum_version=ssl.TLSVersion.TLSv1_2)) as link:
            same(link.version(), "TLSv1.2", "section 4: TLS 1.2")
        same(server.stop(), 0, "it stops well")


def old_context(server_side=False):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if server_side else unverified()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    return context


def speaks_old(cert, key):
    """Whether this Python can speak TLS 1.1 at all: with itself."""
    context = old_context(server_side=True)
    context.load_cert_chain(cert, key)
    with socket.create_server(("127.0.0.1", 0)) as door:
        def answer():
            try:
                context.wrap_socket(door.accept()[0], server_side=True).close()
            except OSError:
                pass
        thread = threading.Thread(target=answer)
        thread.start()
        try:
            shake(door.getsockname()[1], old_context()).close()
            return True
        except OSError:
            return False
        finally:
            thread.join(20)


@check("own")
def versions_below_1_2_are_refused(base):
    if not possible():
        return
    with running(base) as (w, server, cert, key):
        if not speaks_old(cert, key):
            note("TLS 1.1 was not tried: this Python does not speak it.")
            return
        try:
            shake(server.port, old_context()).close()
            must(False, "section 4: TLS 1.2 and 1.3, nothing older")
        except ssl.SSLError:
            pass
        ok(w.get("/api/v1/site"))


@check("own")
def the_protocol_is_agreed_on(base):
    if not possible():
        return
    with running(base) as (_, server, *_rest):
        for offered, wanted in ((["h2", "http/1.1"], "h2"), (["http/1.1", "h2"], "h2"), (["http/1.1"], "http/1.1"), ([], None)):
            context = unverified()
            if offered:
                context.set_alpn_protocols(offered)
            with shake(server.port, context) as link:
                same(link.selected_alpn_protocol(), wanted, f"section 4: ALPN of {offered}")


@check("own")
def whoever_speaks_no_tls_is_not_served_and_blocks_nobody(base):
    if not possible():
        return
    with running(base) as (w, server, *_):
        silent = [socket.create_connection(("127.0.0.1", server.port), 20) for _ in range(30)]
        with socket.create_connection(("127.0.0.1", server.port), 20) as link:
            link.sendall(b"GET /api/v1/site HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            try:
                got = link.recv(4096)
            except ConnectionError:
                got = b""
            must(b" 200 " not in got and b"result" not in got, "section 4: no plain HTTP where TLS is", got)
        ok(w.get("/api/v1/site"))
        for one in silent:
            one.close()


@check("own")
def half_a_setting_is_refused_at_the_start(w):
    for key, other in (("server.tls_cert", "server.tls_key"), ("server.tls_key", "server.tls_cert")):
        code, said = start(w, "serve", "--set", f"{key}=some.pem", files={"some.pem": "nonsense"})
        must(code == 2 and key in said and other in said, f"section 4: both or neither: exit {code}", said)


@check("own")
def files_that_are_no_certificate_and_key_are_refused_at_the_start(w):
    if not possible():
        return
    folder = tempfile.mkdtemp(prefix="bb-tls-")
    try:
        (cert, key), (_, stranger) = certificate(folder), certificate(folder, "other")
        bad = os.path.join(folder, "bad.pem")
        with open(os.open(bad, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
            file.write("-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n")
        for pair, named in (((folder + "/none.pem", key), "none.pem"), ((cert, folder + "/none.pem"), "none.pem"), ((bad, key), "bad.pem"),
                            ((cert, bad), "bad.pem"), ((key, key), "server.key"), ((cert, stranger), "other.key")):
            code, said = start(w, "serve", "--set", f"server.tls_cert={pair[0]}", "--set", f"server.tls_key={pair[1]}")
            must(code in (1, 2) and named in said and "panicked" not in said, f"section 4: {pair}: exit {code}, {named} is named", said)
    finally:
        shutil.rmtree(folder)


@check("own")
def a_renewed_certificate_is_taken_with_sighup(base):
    if not possible():
        return
    with running(base) as (w, server, cert, key):
        link = w.api.connection(urlsplit(server.base))
        link.request("GET", "/api/v1/site")
        same(link.getresponse().read()[:1], b"{", "a connection of before")
        replace(certificate(server.folder, "new"), (cert, key))
        server.process.send_signal(signal.SIGHUP)
        until(lambda: shown(server.port) == der(cert), 30, what="section 4: the new certificate is shown")
        link.request("GET", "/api/v1/site")
        same(link.getresponse().status, 200, "connections go on")
        link.close()
        ok(World(Tls(server.base, trusting(cert)), KEY).get("/api/v1/site"))


@check("own")
def a_renewed_certificate_is_taken_within_a_minute(base):
    """Takes as long as the rule says."""
    if not possible():
        return
    with running(base) as (_, server, cert, key):
        replace(certificate(server.folder, "new"), (cert, key))
        until(lambda: shown(server.port) == der(cert), 100, 1, "section 4: the files are looked at again every minute")


@check("own")
def a_bad_new_certificate_is_logged_and_the_old_one_kept(base):
    if not possible():
        return
    with running(base) as (_, server, cert, key):
        before, good = der(cert), certificate(server.folder, "good")
        for bad in ((good[0], None), ("nonsense", None)):
            told = len(server.said())
            if bad[0] == "nonsense":
                with open(cert, "w", encoding="ascii") as file:
                    file.write("nonsense")
            else:
                shutil.copy(bad[0], cert)
            server.process.send_signal(signal.SIGHUP)
            until(lambda: "server.crt" in server.said()[told:] or "tls_cert" in server.said()[told:], 30, what="section 4: it is logged")
            same(shown(server.port), before, "section 4: the old one is kept")
        replace(good, (cert, key))
        server.process.send_signal(signal.SIGHUP)
        until(lambda: shown(server.port) == der(cert), 30, what="section 4: the next good one is taken")
        must("PRIVATE KEY" not in server.said(), "section 6: no key in the log")


@check("own")
def over_tls_pages_are_strict(base):
    if not possible():
        return
    with running(base) as (w, *_):
        page = w.get("/docs", judge=False)
        if page.status in (301, 302, 303, 307, 308):
            page = w.get(page.header("location"), judge=False)
        must("max-age=" in (page.header("strict-transport-security") or ""), "section 5: Strict-Transport-Security", page.headers)
