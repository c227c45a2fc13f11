"""`jari serve` of the suite's own, on loopback: one with a folder of its own, or several that act as one."""
import json
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
import socket

KEY = "bb-operator-key-of-the-black-box-suite-0123456789"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    def __init__(self, binary, settings=None, demo=False, folder=None, arguments=()):
        self.binary, self.settings, self.demo = binary, dict(settings or {}), demo
        self.folder = folder or tempfile.mkdtemp(prefix="bb-jari-")
        self.arguments = list(arguments)
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.process = None

    def start(self, wait=60):
        self.launch()
        return self.ready(wait)

    def launch(self):
        command = [self.binary, "serve", "--listen", f"127.0.0.1:{self.port}", "--data-dir", self.folder + "/data"]
        for key, value in self.settings.items():
            command += ["--set", f"{key}={value}"]
        if self.demo:
            command.append("--demo")
        self.log = open(self.folder + "/log.txt", "ab")
        self.process = subprocess.Popen(command + self.arguments, cwd=self.folder, stdout=self.log, stderr=self.log,
                                        env={**os.environ, "JARI_OPERATOR_KEY": KEY})

    def ready(self, wait):
        end = time.monotonic() + wait
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(self.base + "/readyz", timeout=5) as answer:
                    if answer.status == 200:
                        return self
            except OSError:
                if self.process.poll() is not None:
                    break
            time.sleep(0.05)
        raise RuntimeError(f"the server does not start: {self.said()}")

    @property
    def bases(self):
        return [self.base]

    def said(self):
        with open(self.folder + "/log.txt", encoding="utf-8", errors="replace") as log:
            return log.read()

    def kill(self):
        self.process.kill()
        return self.process.wait()

    def stop(self, wait=40):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(wait)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode if self.process else None

    def verify(self):
        return subprocess.run([self.binary, "verify", "--data-dir", self.folder + "/data"], capture_output=True,
                              text=True, timeout=120, env={**os.environ, "JARI_OPERATOR_KEY": KEY})

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Instances:
    """Several instances that act as one server, each on a folder of its own."""

    def __init__(self, binary, count, settings):
        self.servers = [Server(binary, settings) for _ in range(count)]
        key = self.servers[0].folder + "/cluster.key"
        with open(os.open(key, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32) + "\n")
        peers = ",".join(f"{number}=http://127.0.0.1:{free_port()}" for number in range(1, count + 1))
        for number, server in enumerate(self.servers, 1):
            server.arguments += ["--node-id", str(number), "--peers", peers, "--cluster-key-file", key]

    def start(self):
        # None is ready before the others are there.
        for server in self.servers:
            server.launch()
        for server in self.servers:
            server.ready(60)
        return self.settled(60)

    def settled(self, wait):
        """Waits until each instance leads its share of the concerts: a stream ends where its concert goes to another one,
        and the streams of the suite do not come again as those of a browser do."""
        end, before, since = time.monotonic() + wait, None, 0
        while time.monotonic() < end:
            now = self.owners()
            if now != before:
                before, since = now, time.monotonic()
            if len(set(now)) == len(self.servers) and time.monotonic() - since > 2:
                return self
            time.sleep(0.1)
        raise RuntimeError(f"the instances do not share the concerts: {before}\n{self.said()}")

    def owners(self):
        """The instance that leads each share of the concerts."""
        request = urllib.request.Request(self.bases[0] + "/api/v1/admin/cluster",
                                         headers={"authorization": f"Bearer {KEY}"})
        with urllib.request.urlopen(request, timeout=5) as answer:
            slots = json.load(answer)["body"]["slots"]
        return [share["owner"] for share in slots for _ in range(share["from"], share["to"] + 1)]

    @property
    def bases(self):
        return [server.base for server in self.servers]

    def said(self):
        return "".join(server.said() for server in self.servers)

    def stop(self):
        """The worst exit code of all."""
        return max((server.stop() for server in self.servers), key=abs)

    def verify(self):
        """The report of the first that is not clean, else of the last."""
        reports = [server.verify() for server in self.servers]
        return next((report for report in reports if report.returncode != 0), reports[-1])

    def remove(self):
        for server in self.servers:
            server.remove()
