"""How a call fails: every status, BadRequest details, retries, limits, TLS."""

from __future__ import annotations

import dataclasses
import pickle
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import grpc
import numpy as np
import pytest
from fake_server import FakeServer, bad_request, segment_response

import pixelclip
from pixelclip._proto import segmentation_pb2 as pb

IMAGE = np.zeros((5, 7, 3), np.uint8)
WORDS = ["sky", "grass", "dog"]


def aborting(code: grpc.StatusCode, details: str) -> Callable[..., pb.SegmentResponse]:
    def handler(request: pb.SegmentRequest, context: grpc.ServicerContext) -> pb.SegmentResponse:
        del request
        context.abort(code, details)
        raise AssertionError

    return handler


@pytest.mark.parametrize(
    "code, error_class",
    [
        (grpc.StatusCode.INVALID_ARGUMENT, pixelclip.InvalidRequest),
        (grpc.StatusCode.NOT_FOUND, pixelclip.ModelNotFound),
        (grpc.StatusCode.UNAUTHENTICATED, pixelclip.Unauthenticated),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, pixelclip.ServerBusy),
        (grpc.StatusCode.DEADLINE_EXCEEDED, pixelclip.DeadlineExceeded),
        (grpc.StatusCode.CANCELLED, pixelclip.Cancelled),
        (grpc.StatusCode.UNAVAILABLE, pixelclip.Unavailable),
        (grpc.StatusCode.INTERNAL, pixelclip.ServerError),
        (grpc.StatusCode.UNKNOWN, pixelclip.ServerError),
        (grpc.StatusCode.UNIMPLEMENTED, pixelclip.ServerError),
    ],
)
def test_every_status(client: Any, server: FakeServer, code: grpc.StatusCode, error_class: type) -> None:
    server.handler = aborting(code, "what happened")
    with pytest.raises(error_class, match="what happened") as caught:
        client.segment(IMAGE, WORDS)
    error = caught.value
    assert type(error) is error_class and isinstance(error, pixelclip.Error)
    assert error.code is code
    assert error.request_id == server.request_ids[0]
    assert (list(error.violations), error.field, error.retry_after) == ([], "", None)
    assert isinstance(error.__cause__, grpc.RpcError)


def test_violations(client: Any, server: FakeServer) -> None:
    violations = [
        ("vocabulary.classes[2].name", "same as classes[0]"),
        ("outputs.score_maps[0]", "no such class"),
    ]
    server.handler = lambda request, context: bad_request(context, "two things", violations)  # type: ignore
    with pytest.raises(pixelclip.InvalidRequest, match="two things") as caught:
        client.segment(IMAGE, WORDS)
    assert caught.value.violations == violations
    assert caught.value.violations[1].description == "no such class"
    assert caught.value.field == "vocabulary.classes[2].name"
    assert caught.value.request_id == server.request_ids[0]


def test_violation_at_the_model(client: Any, server: FakeServer) -> None:
    server.handler = lambda request, context: bad_request(context, "no model", [("model", "none")])  # type: ignore
    with pytest.raises(pixelclip.ModelNotFound, match="no model") as caught:
        client.segment(IMAGE, WORDS, model="vit-2")
    assert caught.value.code is grpc.StatusCode.INVALID_ARGUMENT
    assert isinstance(caught.value, pixelclip.InvalidRequest)


def test_broken_details_do_not_hide_the_status(client: Any, server: FakeServer) -> None:
    def handler(request: pb.SegmentRequest, context: grpc.ServicerContext) -> pb.SegmentResponse:
        context.set_trailing_metadata((("grpc-status-details-bin", b"\xff\xff"),))
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, "what happened")
        raise AssertionError

    server.handler = handler
    with pytest.raises(pixelclip.InvalidRequest, match="what happened"):
        client.segment(IMAGE, WORDS)


def test_errors_can_be_pickled(client: Any, server: FakeServer) -> None:
    server.handler = lambda request, context: bad_request(context, "wrong", [("image", "?")])  # type: ignore
    with pytest.raises(pixelclip.InvalidRequest) as caught:
        client.segment(IMAGE, WORDS)
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (str(copy), copy.code, copy.field, copy.request_id) == (
        "wrong", grpc.StatusCode.INVALID_ARGUMENT, "image", server.request_ids[0]
    )  # fmt: skip


def busy(pushback: str, code: grpc.StatusCode = grpc.StatusCode.RESOURCE_EXHAUSTED) -> Callable[..., Any]:
    def handler(request: Any, context: grpc.ServicerContext) -> Any:
        del request
        context.set_trailing_metadata((("grpc-retry-pushback-ms", pushback),))
        context.abort(code, "busy")
        raise AssertionError

    return handler


@pytest.mark.parametrize("code", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED])
def test_is_tried_again_even_with_a_large_picture(
    client: Any, server: FakeServer, code: grpc.StatusCode
) -> None:
    def handler(request: pb.SegmentRequest, context: grpc.ServicerContext) -> pb.SegmentResponse:
        if len(server.requests) < 4:
            busy("1", code)(request, context)
        return segment_response(request, server.labels, "request-7")

    server.handler = handler
    assert client.segment(np.zeros((1500, 1500, 3), np.uint8), WORDS).request_id
    assert len(server.requests) == 4
    assert len(set(server.request_ids)) == 1


@pytest.mark.parametrize("code", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED])
def test_retries_end(client: Any, server: FakeServer, code: grpc.StatusCode) -> None:
    server.handler = busy("7", code)
    with pytest.raises(pixelclip.Error, match="busy") as caught:
        client.segment(IMAGE, WORDS)
    assert (caught.value.code, caught.value.retry_after) == (code, 0.007)
    assert pickle.loads(pickle.dumps(caught.value)).retry_after == 0.007
    assert len(server.requests) == 4


def test_what_is_probably_too_large_is_sent_once(client: Any, server: FakeServer) -> None:
    server.handler = busy("1")  # with this status gRPC refuses large messages by itself
    with pytest.raises(pixelclip.ServerBusy):
        client.segment(np.zeros((4800, 4800, 3), np.uint8), WORDS)
    assert len(server.requests) == 1


def test_server_that_says_not_to_try_again(client: Any, server: FakeServer) -> None:
    server.handler = busy("-1")
    with pytest.raises(pixelclip.ServerBusy) as caught:
        client.segment(IMAGE, WORDS)
    assert caught.value.retry_after is None
    assert len(server.requests) == 1


def test_deadline_that_the_server_cannot_meet(client: Any, server: FakeServer) -> None:
    server.handler = busy("1500", grpc.StatusCode.DEADLINE_EXCEEDED)
    with pytest.raises(pixelclip.DeadlineExceeded) as caught:
        client.segment(IMAGE, WORDS)
    assert caught.value.retry_after == 1.5
    assert len(server.requests) == 1


@pytest.mark.parametrize("pushback", ["soon", "", "1.5"])
def test_senseless_pushback(client: Any, server: FakeServer, pushback: str) -> None:
    server.handler = busy(pushback)
    with pytest.raises(pixelclip.ServerBusy) as caught:
        client.segment(IMAGE, WORDS)
    assert caught.value.retry_after is None


def test_nothing_else_is_retried(client: Any, server: FakeServer) -> None:
    server.handler = aborting(grpc.StatusCode.INTERNAL, "broken")
    with pytest.raises(pixelclip.ServerError):
        client.segment(IMAGE, WORDS)
    assert len(server.requests) == 1


def test_token(connect: Callable[..., Any], server: FakeServer) -> None:
    connect(server.target).models()
    client = connect(server.target, token="secret-1")
    client.models()
    client.segment(IMAGE, client.register_vocabulary(WORDS))
    assert [result.id for result in client.stream([IMAGE], WORDS)] == [0]
    assert server.authorizations == [None] + 4 * ["Bearer secret-1"]


@pytest.mark.parametrize("token", ["", "two words", "secret\n", "s\u00e9cret"])
def test_token_that_cannot_be_sent(connect: Callable[..., Any], token: str) -> None:
    with pytest.raises(ValueError, match="token must be printable ASCII") as caught:
        connect("localhost:1", token=token)
    assert "cret" not in str(caught.value)


def test_no_server(connect: Callable[..., Any]) -> None:
    with socket.socket() as unused:  # bound, but not listening
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(pixelclip.Unavailable) as caught:
            connect(f"127.0.0.1:{unused.getsockname()[1]}").models()
    assert caught.value.code is grpc.StatusCode.UNAVAILABLE
    assert caught.value.request_id


def test_timeout(connect: Callable[..., Any], server: FakeServer) -> None:
    def handler(request: pb.SegmentRequest, context: grpc.ServicerContext) -> pb.SegmentResponse:
        server.stopping.wait()
        return pb.SegmentResponse()

    server.handler = handler
    with pytest.raises(pixelclip.DeadlineExceeded):
        connect(server.target).segment(IMAGE, WORDS, timeout=0.05)
    with pytest.raises(pixelclip.DeadlineExceeded):
        connect(server.target, timeout=0.05).segment(IMAGE, WORDS)


def test_request_larger_than_the_server_accepts(connect: Callable[..., Any], server: FakeServer) -> None:
    small = FakeServer(server.labels, options=(("grpc.max_receive_message_length", 1000),))
    try:
        with pytest.raises(pixelclip.MessageTooLarge) as caught:
            connect(small.target).segment(np.zeros((100, 100, 3), np.uint8), WORDS)
    finally:
        small.stop()
    assert caught.value.code is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_request_larger_than_the_servers_own_limit(client: Any, server: FakeServer) -> None:
    problem = "request: has 2000 bytes; at most 1000 are accepted"
    server.handler = lambda request, context: bad_request(context, problem, [("request", problem[9:])])  # type: ignore
    with pytest.raises(pixelclip.MessageTooLarge, match="at most 1000") as caught:
        client.segment(IMAGE, WORDS)
    assert caught.value.field == "request"


def test_metadata_larger_than_the_server_accepts(connect: Callable[..., Any], server: FakeServer) -> None:
    client = connect(server.target, token="t" * 100_000)
    with pytest.raises(pixelclip.MessageTooLarge, match="metadata size exceeds"):
        client.models()


def test_response_above_the_default_limit_of_grpc(client: Any, server: FakeServer) -> None:
    server.labels = np.zeros((2500, 2500), np.uint8)
    assert client.segment(IMAGE, WORDS, encoding="raw").labels.shape == (2500, 2500)


def test_contradicting_response_names_the_request(client: Any, server: FakeServer) -> None:
    server.labels = np.full((5, 7), 3, np.uint8)
    with pytest.raises(pixelclip.InvalidResponse, match="label 3, but there are 3 classes") as caught:
        client.segment(IMAGE, WORDS)
    assert caught.value.request_id == server.request_ids[0]
    assert caught.value.code is None


def test_closed_client(connect: Callable[..., Any], server: FakeServer) -> None:
    client = connect(server.target)
    close = client._client.close if hasattr(client, "_client") else client.close
    result = close()
    if result is not None:
        client._loop.run_until_complete(result)
    with pytest.raises(ValueError, match="closed"):
        client.models()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """A private key and a certificate for localhost, self-signed."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the openssl command to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            openssl,
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
        ]
        + [
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
            "-keyout",
            "key",
            "-out",
            "certificate",
        ],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return Path(folder, "key").read_bytes(), Path(folder, "certificate").read_bytes()


@pytest.fixture
def tls_server(certificate: tuple[bytes, bytes], server: FakeServer) -> Iterator[str]:
    """Wants a certificate of its clients, too. Yields the target."""
    key, chain = certificate
    credentials = grpc.ssl_server_credentials(
        [(key, chain)], root_certificates=chain, require_client_auth=True
    )
    fake = FakeServer(server.labels, credentials)
    yield fake.target.replace("127.0.0.1", "localhost")
    fake.stop()


def test_tls(connect: Callable[..., Any], tls_server: str, certificate: tuple[bytes, bytes]) -> None:
    key, chain = certificate
    tls = pixelclip.TlsOptions(root_certificates=chain, private_key=key, certificate_chain=chain)
    assert connect(tls_server, tls=tls).models()
    with pytest.raises(pixelclip.Unavailable):  # an authority that nobody trusts
        connect(tls_server, tls=True).models()


def test_tls_with_another_name(
    connect: Callable[..., Any], tls_server: str, certificate: tuple[bytes, bytes]
) -> None:
    key, chain = certificate
    tls = pixelclip.TlsOptions(root_certificates=chain, private_key=key, certificate_chain=chain)
    by_address = tls_server.replace("localhost", "127.0.0.1")  # not in the certificate
    assert connect(by_address, tls=dataclasses.replace(tls, server_name="localhost")).models()
    with pytest.raises(pixelclip.Unavailable):
        connect(by_address, tls=tls).models()


def test_tls_key_without_certificate() -> None:
    with pytest.raises(ValueError, match="go together"):
        pixelclip.TlsOptions(private_key=b"key")


def test_tls_of_what_is_no_pem(certificate: tuple[bytes, bytes]) -> None:
    key, chain = certificate
    with pytest.raises(ValueError, match="root_certificates holds no certificate"):
        pixelclip.TlsOptions(root_certificates=b"ca.pem")  # the path in place of the contents
    with pytest.raises(ValueError, match="root_certificates holds no certificate"):
        pixelclip.TlsOptions(root_certificates=b"")
    with pytest.raises(ValueError, match="certificate_chain holds no certificate"):
        pixelclip.TlsOptions(private_key=key, certificate_chain=key)
    with pytest.raises(ValueError, match="private_key holds no private key"):
        pixelclip.TlsOptions(private_key=chain, certificate_chain=chain)
    assert pixelclip.TlsOptions(root_certificates="# Főtanúsítvány\n".encode() + chain)
