"""HTTP/2 over TLS (identity, section 4): a few frames by hand, as the standard library does not speak it."""
import json

from kit import check, must, ok, same
from tls import possible, running, shake, unverified


def frame(kind, flags=0, stream=0, data=b""):
    return len(data).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + data


def request_of(stream, path, host):
    text = lambda name, value: bytes([name, len(value)]) + value.encode()
    return frame(1, 5, stream, b"\x82\x87" + text(4, path) + text(1, host))


def frames(link):
    """Frames that come: (type, flags, stream, data), until the end."""
    got = b""
    while True:
        try:
            part = link.recv(65536)
        except ConnectionError:
            return
        if not part:
            return
        got += part
        while len(got) >= 9 and len(got) >= 9 + (size := int.from_bytes(got[:3], "big")):
            yield got[3], got[4], int.from_bytes(got[5:9], "big"), got[9:9 + size]
            got = got[9 + size:]


def h2(port):
    context = unverified()
    context.set_alpn_protocols(["h2"])
    link = shake(port, context)
    link.settimeout(20)
    link.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4))
    return link


@check("own")
def http_2_is_spoken_with_its_limits(base):
    if not possible():
        return
    with running(base) as (_, server, *_rest), h2(server.port) as link:
        link.sendall(request_of(1, "/api/v1/site", f"127.0.0.1:{server.port}"))
        settings, head, body = None, None, b""
        for kind, flags, stream, data in frames(link):
            if kind == 4 and not flags & 1:
                settings = {int.from_bytes(data[at:at + 2], "big"): int.from_bytes(data[at + 2:at + 6], "big") for at in range(0, len(data), 6)}
                link.sendall(frame(4, 1))
            elif kind == 1 and stream == 1:
                head = data
            elif kind == 0 and stream == 1:
                body += data
            must(kind not in (3, 7), "section 4: HTTP/2 is spoken", (kind, flags, stream, data))
            if stream == 1 and flags & 1:
                break
        must(head and 0x88 in head[:4], "section 4: `:status` 200", head)
        same(json.loads(body)["result"], "success", "section 4: the same answer")
        same(settings.get(3), 128, "section 4: streams a connection")
        must(settings.get(6), "section 4: a bound for the header list is told", settings)


@check("own")
def a_flood_of_resets_ends_its_connection(base):
    if not possible():
        return
    with running(base) as (w, server, *_), h2(server.port) as link:
        host = f"127.0.0.1:{server.port}"
        ended = False
        try:
            for first in range(1, 20_000, 200):
                link.sendall(b"".join(request_of(stream, "/api/v1/site", host) + frame(3, 0, stream, (8).to_bytes(4, "big"))
                                      for stream in range(first, first + 200, 2)))
            ended = any(kind == 7 for kind, *_ in frames(link))
        except TimeoutError:
            pass
        except OSError:
            ended = True
        must(ended, "section 4: 10,000 streams that are reset at once end the connection")
        ok(w.get("/api/v1/site"))
