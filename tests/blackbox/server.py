"""One `jari serve` of the suite's own, on loopback, with a folder of its own."""
import os
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
        command = [self.binary, "serve", "--listen", f"127.0.0.1:{self.port}", "--data-dir", self.folder + "/data"]
        for key, value in self.settings.items():
            command += ["--set", f"{key}={value}"]
        if self.demo:
            command.append("--demo")
        self.log = open(self.folder + "/log.txt", "ab")
        self.process = subprocess.Popen(command + self.arguments, cwd=self.folder, stdout=self.log, stderr=self.log,
                                        env={**os.environ, "JARI_OPERATOR_KEY": KEY})
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
