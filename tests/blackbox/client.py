"""An HTTP client that plays one logical server behind one or more base URLs: each request goes to the next of them.

It judges what every answer must have, whatever was asked (contract, section 2), and, with a description, its schema.
"""
import http.client
import itertools
import json
import socket
import threading
import time
from urllib.parse import quote, urlencode, urlsplit


class Wrong(AssertionError):
    """A rule that was broken."""


class Answer:
    def __init__(self, request, status, headers, raw):
        self.request, self.status, self.raw = request, status, raw
        self.fields = list(headers)
        self.headers = {}
        for name, value in headers:
            self.headers.setdefault(name.lower(), value)
        self.json = None
        if "json" in self.headers.get("content-type", "") and "content-encoding" not in self.headers:
            self.json = json.loads(raw.decode("utf-8")) if raw else None

    @property
    def body(self):
        return self.json["body"]

    @property
    def reason(self):
        if not isinstance(self.json, dict):
            return None
        return self.json["body"].get("reason") if "body" in self.json else self.json.get("reason")

    def header(self, name):
        return self.headers.get(name.lower())

    def __str__(self):
        text = self.raw[:700].decode("utf-8", "replace")
        return f"{self.request}\n      -> {self.status} {text}"


class Api:
    def __init__(self, bases, schema=None, timeout=60):
        self.bases = [urlsplit(base) for base in bases]
        self.next = itertools.count()
        self.local = threading.local()
        self.schema, self.timeout = schema, timeout
        self.requests = itertools.count()
        self.count = 0

    def base(self):
        return self.bases[next(self.next) % len(self.bases)]

    def connection(self, base):
        kept = self.local.__dict__.setdefault("kept", {})
        connection, used = kept.get(base.netloc, (None, 0))
        if connection is None or time.monotonic() - used > 20:
            if connection:
                connection.close()
            connection = http.client.HTTPConnection(base.hostname, base.port, timeout=self.timeout)
        kept[base.netloc] = (connection, time.monotonic())
        return connection

    def forget(self, base):
        connection, _ = self.local.__dict__.get("kept", {}).pop(base.netloc, (None, 0))
        if connection:
            connection.close()

    def send(self, method, path, body=None, auth=None, headers=None, query=None, judge=True):
        """`body`: bytes or str as they are, anything else as JSON. `path` is sent as it is."""
        fields = dict(headers or {})
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body, ensure_ascii=False)
        if isinstance(body, str):
            body = body.encode("utf-8")
        if body is not None and not any(name.lower() == "content-type" for name in fields):
            fields["content-type"] = "application/json"
        if auth is not None:
            fields["authorization"] = f"Bearer {auth}"
        if query:
            path += "?" + urlencode(query)
        base = self.base()
        said = f"{method} {path}" + (f" {body[:400].decode('utf-8', 'replace')}" if body is not None else "")
        extra = {name: value for name, value in fields.items() if name not in ("authorization", "content-type")}
        said += f" {extra}" if extra else ""
        connection = self.connection(base)
        try:
            connection.request(method, path, body=body, headers=fields)
            response = connection.getresponse()
            raw = response.read()
        except (OSError, http.client.HTTPException):
            self.forget(base)
            raise
        if response.will_close:
            self.forget(base)
        self.count += 1
        answer = Answer(said, response.status, response.getheaders(), raw)
        if judge:
            self.judge(answer, method, path)
        return answer

    def judge(self, answer, method, path):
        def must(truth, rule):
            if not truth:
                raise Wrong(f"{rule}\n      {answer} {answer.headers}")
        must(answer.header("x-request-id"), "every answer carries x-request-id")
        if answer.status == 304:
            must(answer.raw == b"", "a 304 has no body")
            return
        kind = answer.header("content-type") or ""
        if answer.status >= 400:
            must("json" in kind, "every failure is JSON")
            if "problem+json" in kind:
                must(answer.json["status"] == answer.status, "`status` of a problem is the HTTP status")
                must(all(name in answer.json for name in ("type", "title", "status", "reason")), "a problem has its fields")
            else:
                must(set(answer.json) == {"result", "body"} and answer.json["result"] == "error", "the envelope of a failure")
                must(answer.body["code"] == answer.status, "`code` equals the HTTP status")
                must(isinstance(answer.body["reason"], str) and answer.body["message"], "a failure has reason and message")
            if answer.status == 401:
                must(answer.header("www-authenticate"), "a 401 has WWW-Authenticate")
            if answer.status == 405:
                must(answer.header("allow"), "a 405 has Allow")
            if answer.status in (429, 503) or answer.reason == "QUEUE_WAITING":
                must((answer.header("retry-after") or "").isdigit(), "Retry-After goes with 429, 503 and QUEUE_WAITING")
        elif "application/json" in kind and path.startswith("/api/") and answer.json is not None:
            must(set(answer.json) == {"result", "body"} and answer.json["result"] == "success", "the envelope of a success")
        if self.schema and answer.json is not None and path.startswith("/api/"):
            fault = self.schema.fault(method, path.split("?")[0], answer)
            must(not fault, f"the answer is not what openapi.json says: {fault}")

    def raw(self, data, wait=15, half_close=False):
        """Sends bytes as they are to the next base; gives back what comes until the end or the wait."""
        base = self.base()
        with socket.create_connection((base.hostname, base.port), timeout=wait) as link:
            link.sendall(data.replace(b"{host}", base.netloc.encode()))
            if half_close:
                link.shutdown(socket.SHUT_WR)
            got = b""
            try:
                while True:
                    part = link.recv(65536)
                    if not part:
                        break
                    got += part
                    head, _, rest = got.partition(b"\r\n\r\n")
                    for line in head.split(b"\r\n"):
                        if line.lower().startswith(b"content-length:") and len(rest) >= int(line.split(b":")[1]):
                            return got
            except (TimeoutError, ConnectionError):
                pass
            return got

    def stream(self, path, auth=None, headers=None, query=None, timeout=30):
        return Stream(self.base(), path, auth, headers, query, timeout)


class Stream:
    """Server-sent events: `next()` gives (event, id, data), or None at the end."""

    def __init__(self, base, path, auth, headers, query, timeout):
        fields = {"accept": "text/event-stream", **(headers or {})}
        if auth:
            fields["authorization"] = f"Bearer {auth}"
        if query:
            path += "?" + urlencode(query)
        self.connection = http.client.HTTPConnection(base.hostname, base.port, timeout=timeout)
        self.connection.request("GET", path, headers=fields)
        self.response = self.connection.getresponse()
        self.status = self.response.status
        self.type = self.response.getheader("content-type") or ""
        self.headers = {name.lower(): value for name, value in self.response.getheaders()}

    def next(self):
        event, number, data = None, None, []
        while True:
            line = self.response.readline()
            if not line:
                return None
            line = line.decode("utf-8").rstrip("\r\n")
            if not line:
                if data or event:
                    text = "\n".join(data)
                    return event, number, json.loads(text) if text else None
                continue
            name, _, value = line.partition(":")
            value = value[1:] if value.startswith(" ") else value
            if name == "event":
                event = value
            elif name == "id":
                number = value
            elif name == "data":
                data.append(value)

    def refusal(self):
        return Answer("stream", self.status, self.response.getheaders(), self.response.read())

    def close(self):
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def path_of(*parts):
    return "/" + "/".join(quote(str(part), safe="") for part in parts)
