"""What an operator's bad day looks like, against the real server: each test starts one of its own on loopback.

Nothing here sleeps or measures: a test waits for a line of the server's log, or for an answer.
"""

import os
import queue
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import urllib.request
import zlib

import grpc
import pytest

import pixelclip
from real_server import BIN, MODEL, PICTURE, WORDS, Crowd, field, load_model, running, segment_request


def bomb():
    """A small PNG whose header promises 60,000 x 60,000 pixels."""
    def chunk(kind, data):
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    header = (60000).to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00"
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def test_sigterm_under_load_fails_no_accepted_call():
    with running() as server:
        crowd = Crowd(server)
        assert server.stop() == 0
        crowd.join()
        codes = [line["code"] for line in server.calls()]
        assert set(codes) <= {"OK", "UNAVAILABLE"}  # the latter were refused, for their callers to try elsewhere
        assert codes.count("OK") >= crowd.answered > 0
        assert {error.code() for error in crowd.failures} <= {grpc.StatusCode.UNAVAILABLE}


def test_sigterm_ends_streams_that_are_kept_open():
    with running("--drain-seconds", 3600) as server, grpc.insecure_channel(server.address) as channel:
        messages = queue.SimpleQueue()
        stream = channel.stream_stream("/pixelclip.v1.Segmentation/SegmentStream")(iter(messages.get, None))
        messages.put(field(1, field(1, field(1, field(1, b"cat")))))
        for number in range(1, 8):
            messages.put(field(2, bytes([8, number]) + field(2, field(1, PICTURE))))
        next(stream)
        server.process.send_signal(signal.SIGTERM)
        answered = 1
        with pytest.raises(grpc.RpcError) as error:
            for _ in stream:
                answered += 1
        messages.put(None)
        assert error.value.code() == grpc.StatusCode.UNAVAILABLE
        assert "shutting down" in error.value.details()
        assert server.process.wait(timeout=60) == 0
        assert [(line["code"], line["pictures"], line["failed"]) for line in server.calls()] == [
            ("UNAVAILABLE", answered, 0)]


def test_sigterm_does_not_wait_for_what_never_ends(tmp_path):
    words = tmp_path / "words"
    os.mkfifo(words)  # which every model that is loaded reads, once somebody has written it
    with running("--prewarm", words, "--drain-seconds", 0, listening=False) as server:
        words.write_text("\n".join(WORDS))
        server.wait_until_it_listens()
        with grpc.insecure_channel(server.admin) as channel:
            request = field(1, b"other") + field(2, str(MODEL).encode())
            load = channel.unary_unary("/pixelclip.v1.ModelAdmin/LoadModel").future(request)
            with open(words, "w"):  # opens when the server reads; nobody writes
                server.process.send_signal(signal.SIGTERM)
                assert server.process.wait(timeout=60) == 1
            assert load.code() == grpc.StatusCode.UNAVAILABLE
        assert server.wait_for("stopped")["problem"] == "not everything has ended in time"


def test_a_model_is_swapped_under_load_without_a_failure():
    with running() as server:
        crowd = Crowd(server)
        for _ in range(3):
            load_model(server, "vit", MODEL)
        crowd.join()
        assert crowd.failures == []
        assert server.metric("pixelclip_models_loaded") == 1


def test_a_model_that_cannot_be_loaded_changes_nothing():
    with running() as server:
        with pytest.raises(grpc.RpcError) as error:
            load_model(server, "vit", "/nonexistent")
        assert error.value.code() == grpc.StatusCode.INVALID_ARGUMENT
        with server.client() as client:
            assert client.segment(PICTURE, WORDS).classes


def test_a_bomb_among_good_pictures():
    with running() as server:
        crowd = Crowd(server)
        with grpc.insecure_channel(server.address) as channel:
            segment = channel.unary_unary("/pixelclip.v1.Segmentation/Segment")
            for _ in range(20):
                with pytest.raises(grpc.RpcError) as error:
                    segment(segment_request(bomb()), timeout=60)
                assert error.value.code() == grpc.StatusCode.INVALID_ARGUMENT
        crowd.join()
        assert crowd.failures == []


def test_clients_that_are_killed_leave_nothing_behind():
    with running() as server:
        crowd = Crowd(server, callers=2)
        for _ in range(5):
            program = subprocess.Popen(
                [BIN / "pixelclip", "segment", "--server", server.address, "--image", os.environ["PIXELCLIP_TEST_IMAGE"],
                 *[f"thing {i}" for i in range(300)]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            calls = len(server.calls())
            with server.changed:  # somewhere in its life, while others are answered
                server.changed.wait_for(lambda: len(server.lines) > calls + 2, 60)
            program.kill()
            program.wait()
        crowd.join()
        assert crowd.failures == []
        assert server.stop() == 0  # would hang on a call that never ended


def test_deadlines_that_expire_in_the_queue():
    with running() as server:
        crowd = Crowd(server, callers=4)
        with grpc.insecure_channel(server.address) as channel:
            segment = channel.unary_unary("/pixelclip.v1.Segmentation/Segment")
            late = [segment.future(segment_request(PICTURE), timeout=0.002) for _ in range(50)]
            codes = {future.code() for future in late}
        crowd.join()
        assert codes <= {grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.OK}
        assert crowd.failures == []


def test_a_slow_reader_holds_back_itself_only():
    with running("--max-queue", 8) as server:
        words = field(1, field(1, b"cat") )
        start = field(1, field(1, words) + field(5, bytes([8, 3])))  # raw label maps
        picture = field(2, bytes([8, 1]) + field(2, field(1, PICTURE)))
        sent = threading.Semaphore(0)

        def pictures():
            yield start
            for _ in range(400):
                sent.release()
                yield picture

        with grpc.insecure_channel(server.address) as slow:
            stream = slow.stream_stream("/pixelclip.v1.Segmentation/SegmentStream")(pictures())
            next(stream)  # and no more
            with server.client() as client:
                for _ in range(20):
                    assert client.segment(PICTURE, WORDS).classes
            stream.cancel()
        assert server.stop() == 0


def test_two_replicas_share_the_work():
    with running("--devices", "cpu,cpu", "--max-batch", 1) as server:
        crowd = Crowd(server)
        crowd.join()
        assert crowd.failures == []
        text = urllib.request.urlopen(f"http://{server.metrics_address}/metrics", timeout=30).read().decode()
        busy = [line for line in text.splitlines() if line.startswith("pixelclip_replica_busy_seconds_total{")]
        assert len(busy) == 2 and all(float(line.split()[-1]) > 0 for line in busy)


def test_words_are_prewarmed(tmp_path):
    (tmp_path / "words.txt").write_text("\n".join(WORDS))
    with running("--prewarm", tmp_path / "words.txt") as server:
        with server.client() as client:
            client.segment(PICTURE, WORDS)
        assert server.metric(r"pixelclip_cache_misses_total\{[^}]*text[^}]*\}") == len(WORDS) * 8


def test_probes_tell_liveness_from_readiness(tmp_path):
    words = tmp_path / "words"
    os.mkfifo(words)  # the server is starting until somebody has written it
    with running("--prewarm", words, listening=False) as server:
        assert [server.probe(path) for path in ("/healthz", "/readyz", "/metrics")] == [200, 503, 200]
        words.write_text("\n".join(WORDS))
        server.wait_until_it_listens()
        assert [server.probe(path) for path in ("/healthz", "/readyz", "/metrics")] == [200, 200, 200]


def make_certificate(folder, name):
    """A self-signed pair for this machine: NAME.pem and NAME.key."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1", "-out", folder / f"{name}.pem", "-keyout",
         folder / f"{name}.key"], check=True, capture_output=True)
    return (folder / f"{name}.pem").read_text()


def shown_certificate(address):
    """What a new connection is shown, in PEM."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), timeout=30) as plain, context.wrap_socket(plain) as encrypted:
        return ssl.DER_cert_to_PEM_cert(encrypted.getpeercert(binary_form=True))


def test_certificates_are_swapped_under_load(tmp_path):
    first, second = make_certificate(tmp_path, "first"), make_certificate(tmp_path, "second")

    def put(source, target):
        shutil.copyfile(tmp_path / source, tmp_path / "new")
        os.replace(tmp_path / "new", tmp_path / target)

    put("first.pem", "tls.pem")
    put("first.key", "tls.key")
    with running("--tls-cert", tmp_path / "tls.pem", "--tls-key", tmp_path / "tls.key") as server:
        crowd = Crowd(server, callers=2, authorities=(first + second).encode())
        assert shown_certificate(server.address) == first
        put("second.pem", "tls.pem")  # with the first one's key
        assert "is not the key" in server.wait_for("certificate not reloaded")["problem"]
        assert shown_certificate(server.address) == first
        put("second.key", "tls.key")
        server.wait_for("certificate reloaded")
        assert shown_certificate(server.address) == second
        with pixelclip.Client(server.address, tls=pixelclip.TlsOptions(root_certificates=second.encode())) as client:
            assert client.segment(PICTURE, WORDS).classes
        crowd.join()
        assert crowd.failures == [] and crowd.answered > 0
