"""A bad day of two servers, watched by a real Prometheus with the scrape configuration and the rules of deploy/.

Good calls, callers' mistakes, more load than they can bear, and a replica that dies. Instead of asking Kubernetes whom to
scrape, Prometheus is told, in the labels that Kubernetes would give. The GPUs are not real: a small exporter answers with
names and labels of NVIDIA's dcgm-exporter.

As a program it lives the day and draws the dashboard (needs deploy/grafana/requirements.txt):

    python3 tests/integration/bad_day.py --seconds 100 --out docs/dashboard.png
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

import yaml

import pixelclip
from fake_dcgm_exporter import FakeDcgmExporter

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("PIXELCLIP_BIN", REPOSITORY / "build" / "bin"))
STARVED_THREAD = os.environ.get(
    "PIXELCLIP_TEST_STARVED_THREAD", str(REPOSITORY / "build/tests/integration/libstarved_thread.so"))
PICTURE = REPOSITORY / "docs" / "demo" / "cat.jpg"
PROMETHEUS = REPOSITORY / "deploy" / "prometheus"
NAMESPACE = "pixelclip"


def find_prometheus(program):
    """Where the Debian package `prometheus` has the program, or where it was unpacked without root; None: nowhere."""
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"))
    return shutil.which(program) or shutil.which(program, path=cache / "pixelclip" / "prometheus" / "usr" / "bin")


class Program:
    """A process whose log, on standard error, can be waited for."""

    def __init__(self, *command, **variables):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PIXELCLIP_")}
        self.process = subprocess.Popen(
            [str(word) for word in command], stderr=subprocess.PIPE, text=True, env={**environment, **variables})
        self.lines, self.changed = [], threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stderr:
            with self.changed:
                self.lines.append(line)
                self.changed.notify_all()
        with self.changed:
            self.lines.append("<the end>")
            self.changed.notify_all()

    def wait_for(self, pattern):
        """The first match in the log."""
        def found():
            return next((match for match in map(re.compile(pattern + "|<the end>").search, self.lines) if match), None)

        with self.changed:
            assert self.changed.wait_for(found, 120) and found()[0] != "<the end>", f"no {pattern} in {self.lines}"
            return found()

    def said(self, pattern):
        with self.changed:
            return any(map(re.compile(pattern).search, self.lines))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=120) == 0, self.lines


class Server(Program):
    """With TLS, and two replicas; the second one dies once `lose_a_replica` is called."""

    def __init__(self, folder, number):
        self.name, self.trigger = f"pixelclip-server-{number}", folder / f"starve-{number}"
        self.certificate = folder / "tls.pem"
        super().__init__(
            BIN / "pixelclip-server", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0",
            "--model", REPOSITORY / "models" / "mini", "--devices", "cpu,cpu", "--threads", 1, "--max-queue", 12,
            "--text-cache-bytes", 1_000_000, "--tls-cert", self.certificate, "--tls-key", folder / "tls.key",
            LD_PRELOAD=STARVED_THREAD, STARVED_THREAD="replica-1", STARVED_WHILE=str(self.trigger))
        self.metrics = json.loads(self.wait_for('.*"event":"probes answered".*')[0])["metrics"]

    def wait_until_it_listens(self):
        self.address = json.loads(self.wait_for('.*"event":"listening".*')[0])["address"]

    def client(self):
        tls = pixelclip.TlsOptions(root_certificates=self.certificate.read_bytes())
        return pixelclip.Client(self.address, tls=tls, timeout=60)

    def load(self, kind, seconds, *options):
        return subprocess.Popen(
            [str(word) for word in (
                BIN / "pixelclip-load", kind, "--server", self.address, "--tls", "--ca-cert", self.certificate, "--image",
                PICTURE, "--warm-up", 0, "--duration", seconds, "--cold-words", 0.02, *options)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def lose_a_replica(self):
        self.trigger.touch()


class Prometheus(Program):
    """With deploy/prometheus/prometheus.yml, where discovery is replaced by `targets` and a second is the interval."""

    def __init__(self, folder, targets):
        configuration = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())
        configuration["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        configuration["rule_files"] = [str(PROMETHEUS / name) for name in configuration["rule_files"]]
        for job in configuration["scrape_configs"]:
            del job["kubernetes_sd_configs"]
            job["static_configs"] = targets[job["job_name"]]
        self.configuration = folder / "prometheus.yml"
        self.configuration.write_text(yaml.safe_dump(configuration))
        super().__init__(
            find_prometheus("prometheus"), f"--config.file={self.configuration}",
            f"--storage.tsdb.path={folder / 'tsdb'}", "--web.listen-address=127.0.0.1:0", GOMAXPROCS="1")
        self.url = "http://" + self.wait_for(r'msg="Listening on" address=(\S+)')[1]
        self.wait_for("Server is ready to receive web requests")

    def ask(self, path, **parameters):
        url = f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=60) as answer:
            return json.load(answer)["data"]


def target(name, address, port="metrics"):
    """As Kubernetes describes a pod to Prometheus."""
    labels = {"namespace": NAMESPACE, "pod_name": name, "pod_phase": "Running", "pod_node_name": "node-0",
              "pod_container_port_name": port}
    return {"targets": [address], "labels": {f"__meta_kubernetes_{label}": value for label, value in labels.items()}}


def make_certificate(folder):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-out", folder / "tls.pem", "-keyout",
         folder / "tls.key"], check=True, capture_output=True)


class Day:
    """Two servers and who watches them, which `stack` ends; `live` lets calls come."""

    def __init__(self, folder, stack):
        make_certificate(folder)
        self.servers = []
        for number in (0, 1):
            self.servers.append(Server(folder, number))
            stack.callback(self.servers[-1].stop)
        self.gpus = FakeDcgmExporter()
        stack.callback(self.gpus.shutdown)
        self.prometheus = Prometheus(folder, {
            "pixelclip": [*(target(server.name, server.metrics) for server in self.servers),
                          target(self.servers[0].name, "127.0.0.1:1", port="grpc")],  # not to be scraped
            "dcgm-exporter": [target("dcgm-exporter-0", self.gpus.metrics)]})
        stack.callback(self.prometheus.stop)
        for server in self.servers:
            server.wait_until_it_listens()
        self.started = time.time()

    def live(self, seconds):
        """About so many seconds: calm, many callers, far too many, then in a hurry, a replica lost, and calm again."""
        part = max(1, round(seconds / 6))
        self._phase(part, "open", "--rate", 2)
        self._phase(part, "closed", "--callers", 8)
        self._phase(part, "open", "--rate", 40)
        self._phase(part, "open", "--rate", 40, "--timeout", 1.5)
        self.servers[1].lose_a_replica()
        for _ in range(60):  # on a busy machine the other replica may have been quicker to take every batch
            self._phase(part, "closed", "--callers", 4)
            if self.servers[1].said("replica lost"):
                break
        self.servers[1].wait_for("replica lost")
        self._phase(part, "open", "--rate", 2)

    def _phase(self, seconds, kind, *options):
        loads = [server.load(kind, seconds, *options) for server in self.servers]
        while any(load.poll() is None for load in loads):
            for server in self.servers:
                odd_calls(server)
            self.gpus.await_visits(1)

    def eventually(self, look, times=30):
        """What `look` finds, who is asked again and again until it finds anything. Meanwhile calm calls come: on some
        machines, at some times, a few seconds of calls do not bring about everything that can happen."""
        for _ in range(times):
            if found := look():
                return found
            self._phase(1, "open", "--rate", 2)
        return look()

    def now(self):
        return time.time()

    def history(self, expression):
        """Its series since the servers listened."""
        return self.prometheus.ask("query_range", query=expression, start=self.started, end=self.now(), step=1)["result"]


def odd_calls(server):
    """What the load client does not send: mistakes, hopeless deadlines, handles, streams. Any may be refused."""
    with server.client() as client:
        def attempt(*arguments, **options):
            with contextlib.suppress(pixelclip.Error):
                return client.segment(*arguments, **options)

        attempt(b"no picture", ["cat"])
        attempt(PICTURE, ["cat"], timeout=0.004)
        with contextlib.suppress(pixelclip.Error):
            words = client.register_vocabulary(["cat", "wall", "sofa, couch"])
            kept = attempt(PICTURE, words, keep_features=True)
            if kept is not None:
                attempt(kept.features, ["dog", "floor"])
            for _ in client.stream([PICTURE] * 4, words, latest_only=True, max_in_flight=1):
                pass


@contextlib.contextmanager
def day():
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        yield Day(pathlib.Path(folder), stack)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=100)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    with day() as watched:
        watched.live(arguments.seconds)
        subprocess.run(
            [sys.executable, REPOSITORY / "deploy/grafana/draw.py", "--prometheus", watched.prometheus.url, "--start",
             str(watched.started), "--end", str(watched.now()), "--interval", "1", "--out", arguments.out, "--subtitle",
             "Two servers on one machine and a bad day in two minutes; the GPUs are imagined"], check=True)


if __name__ == "__main__":
    main()
