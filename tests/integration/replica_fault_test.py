"""A device that dies, against the real server: LibTorch's allocations fail on one replica's thread (starved_thread.cc)
while a file exists, as all calls do on a GPU whose context is broken.

Nothing here sleeps or measures: see real_server.py.
"""

import os

import grpc
import pytest

from real_server import MODEL, PICTURE, WORDS, Crowd, field, load_model, running

SERVING, NOT_SERVING = b"\x08\x01", b"\x08\x02"
READY_NAMES = ["", "pixelclip.v1.Segmentation", "model/vit"]


@pytest.fixture
def starve(tmp_path, monkeypatch):
    """Call it with a thread's name before the server starts; the file that it returns is the trigger."""
    def prepare(thread):
        monkeypatch.setenv("LD_PRELOAD", os.environ["PIXELCLIP_TEST_STARVED_THREAD"])
        monkeypatch.setenv("STARVED_THREAD", thread)
        monkeypatch.setenv("STARVED_WHILE", str(tmp_path / "starve"))
        return tmp_path / "starve"

    return prepare


def await_health(server, name, status):
    """Returns once the server's gRPC health says so of the name."""
    with grpc.insecure_channel(server.address) as channel:
        watch = channel.unary_stream("/grpc.health.v1.Health/Watch")
        answers = watch(field(1, name.encode()), timeout=60)
        assert any(answer == status for answer in answers)
        answers.cancel()


def healthy(server, replica):
    return server.metric(rf'pixelclip_replica_healthy\{{[^}}]*replica="{replica}"\}}')


def test_one_of_two_replicas_dies_under_load(starve):
    trigger = starve("replica-1")
    with running("--devices", "cpu,cpu", "--threads", 1, "--max-batch", 2) as server:
        crowd = Crowd(server)
        trigger.touch()
        line = server.wait_for("replica lost")
        assert (line["model"], line["replica"], line["replicas_left"]) == ("vit", 1, 1)
        assert "can't allocate memory" in line["cause"]
        answered = crowd.answered
        while crowd.answered < answered + 20:  # the other replica goes on
            with server.client() as client:
                assert client.segment(PICTURE, WORDS).classes
        crowd.join()
        assert crowd.failures == []
        assert (healthy(server, 0), healthy(server, 1)) == (1, 0)
        assert [server.probe(path) for path in ("/healthz", "/readyz")] == [200, 200]


def test_the_only_replica_dies_under_load(starve):
    trigger = starve("replica-0")
    with running("--devices", "cpu") as server:
        crowd = Crowd(server)
        trigger.touch()
        assert server.wait_for("replica lost")["replicas_left"] == 0
        for thread in crowd.threads:  # each goes on until it is told UNAVAILABLE
            thread.join(timeout=120)
        assert [error.code() for error in crowd.failures] == [grpc.StatusCode.UNAVAILABLE] * len(crowd.threads)
        assert healthy(server, 0) == 0
        assert [server.probe(path) for path in ("/healthz", "/readyz", "/metrics")] == [503, 503, 200]
        for name in [*READY_NAMES, "liveness"]:
            await_health(server, name, NOT_SERVING)
        server.wait_for("not alive")

        trigger.unlink()  # where a device can be used again, loading the model anew is enough
        load_model(server, "vit", MODEL)
        with server.client() as client:
            assert client.segment(PICTURE, WORDS).classes
        for name in [*READY_NAMES, "liveness"]:
            await_health(server, name, SERVING)
        assert [server.probe(path) for path in ("/healthz", "/readyz")] == [200, 200]
