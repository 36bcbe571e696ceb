"""A real server on loopback, and callers of it, for tests that break things.

Nothing here sleeps or measures: one waits for a line of the server's log, or for an answer.
"""

import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import urllib.error
import urllib.request

import grpc

import pixelclip

BIN = pathlib.Path(os.environ["PIXELCLIP_BIN"])
MODEL = pathlib.Path(os.environ["PIXELCLIP_TEST_FIXTURES"]) / "vit" / "openai_state.pt"
PICTURE = pathlib.Path(os.environ["PIXELCLIP_TEST_IMAGE"]).read_bytes()
WORDS = ["cat", "grass", "sky"]


class Server:
    """A pixelclip-server; `wait_for` reads its log. `listening=False` does not wait until it takes calls."""

    def __init__(self, *flags, listening=True):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PIXELCLIP_")}
        self.process = subprocess.Popen(
            [BIN / "pixelclip-server", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--metrics-listen",
             "127.0.0.1:0", "--model", f"vit={MODEL}", *map(str, flags)],
            stderr=subprocess.PIPE, text=True, env=environment)
        self.lines, self.seen, self.changed = [], 0, threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()
        self.metrics_address = self.wait_for("probes answered")["metrics"]
        if listening:
            self.wait_until_it_listens()

    def wait_until_it_listens(self):
        line = self.wait_for("listening")
        self.address, self.admin = line["address"], line["admin"]

    def _read(self):
        for line in self.process.stderr:
            with self.changed:
                self.lines.append(json.loads(line))
                self.changed.notify_all()
        with self.changed:
            self.lines.append({"event": "end"})
            self.changed.notify_all()

    def wait_for(self, event, timeout=120):
        def found():
            return next((line for line in self.lines if line["event"] in (event, "end")), None)

        with self.changed:
            assert self.changed.wait_for(found, timeout), f"no {event!r} in the log"
            assert found()["event"] == event, self.lines
            return found()

    def calls(self):
        with self.changed:
            return [line for line in self.lines if line["event"] == "call"]

    def probe(self, path):
        """The status code."""
        try:
            with urllib.request.urlopen(f"http://{self.metrics_address}{path}", timeout=30) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    def metric(self, name):
        text = urllib.request.urlopen(f"http://{self.metrics_address}/metrics", timeout=30).read().decode()
        return sum(float(line.split()[-1]) for line in text.splitlines() if re.match(name + r"[ {]", line))

    def client(self, **options):
        return pixelclip.Client(self.address, **options)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


@contextlib.contextmanager
def running(*flags, listening=True):
    server = Server(*flags, listening=listening)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            assert server.stop() == 0


class Crowd:
    """Callers that go on until `stop` is set or the server is gone; `failures` holds what they met.

    With `authorities` (PEM), they use TLS."""

    def __init__(self, server, callers=6, authorities=None):
        self.credentials = grpc.ssl_channel_credentials(authorities) if authorities else None
        self.answered, self.failures, self.stop = 0, [], threading.Event()
        self.first_answers = threading.Semaphore(0)
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self._call, args=(server.address,)) for _ in range(callers)]
        for thread in self.threads:
            thread.start()
        for _ in self.threads:
            assert self.first_answers.acquire(timeout=120)

    def _open(self, address):
        options = [("grpc.enable_retries", 0)]
        if self.credentials is None:
            return grpc.insecure_channel(address, options=options)
        return grpc.secure_channel(address, self.credentials, options=options)

    def _call(self, address):
        with self._open(address) as channel:
            segment = channel.unary_unary("/pixelclip.v1.Segmentation/Segment")
            request = segment_request(PICTURE)
            first = True
            while not self.stop.is_set():
                try:
                    segment(request, timeout=60)
                    with self.lock:
                        self.answered += 1
                except grpc.RpcError as error:
                    with self.lock:
                        self.failures.append(error)
                    if error.code() == grpc.StatusCode.UNAVAILABLE:
                        break
                if first:
                    self.first_answers.release()
                    first = False

    def join(self):
        self.stop.set()
        for thread in self.threads:
            thread.join(timeout=120)
            assert not thread.is_alive()


def field(number, payload):
    """One length-delimited protobuf field."""
    size, encoded = len(payload), b""
    while size > 127:
        encoded += bytes([size & 127 | 128])
        size >>= 7
    return bytes([number << 3 | 2]) + encoded + bytes([size]) + payload


def segment_request(picture, words=tuple(WORDS)):
    vocabulary = b"".join(field(1, field(1, word.encode())) for word in words)
    return field(1, field(1, picture)) + field(2, vocabulary)


def load_model(server, name, path):
    with grpc.insecure_channel(server.admin) as channel:
        load = channel.unary_unary("/pixelclip.v1.ModelAdmin/LoadModel")
        return load(field(1, name.encode()) + field(2, str(path).encode()), timeout=120)
