"""What the synchronous and the asynchronous client have in common below the messages."""

from __future__ import annotations

import json
import math
import ssl
import time
import uuid
from dataclasses import dataclass, field
from operator import methodcaller
from typing import Any, Callable

import grpc
import grpc.aio
from google.protobuf.message import Message

from pixelclip._errors import local_error
from pixelclip._proto import segmentation_pb2 as pb

DEFAULT_TIMEOUT = 60.0
"""Seconds."""

_SERVICE: str = pb.DESCRIPTOR.services_by_name["Segmentation"].full_name

# A label map and sixteen score maps of the largest picture stay below this.
_MAX_RESPONSE_BYTES = 1 << 30

# gRPC gives up on retrying a call whose request does not fit into this buffer; its default of 256 KiB is less
# than a photo. It refuses what is too large for a server with a busy server's status, so such a request would
# go there four times; what is smaller, servers refuse as a caller's fault.
_RETRY_BUFFER_BYTES = 64 << 20

# So that a connection that died without a word is noticed while a call waits on it, and that routers which
# forget idle connections remember this one.
_KEEPALIVE_MILLISECONDS = 20_000  # servers of this project allow half of that
_KEEPALIVE_TIMEOUT_MILLISECONDS = 10_000

_LOOPBACK = ("localhost:", "127.", "[::1]:", "unix:")

_OPTIONS: list[tuple[str, str | int]] = [
    ("grpc.max_send_message_length", -1),  # the server's limit is the one that counts
    ("grpc.max_receive_message_length", _MAX_RESPONSE_BYTES),
    ("grpc.per_rpc_retry_buffer_size", _RETRY_BUFFER_BYTES),
    ("grpc.keepalive_time_ms", _KEEPALIVE_MILLISECONDS),
    ("grpc.keepalive_timeout_ms", _KEEPALIVE_TIMEOUT_MILLISECONDS),
    ("grpc.http2.max_pings_without_data", 0),  # no limit: a call may be silent for long
    (
        "grpc.service_config",
        json.dumps(
            {
                "methodConfig": [
                    {
                        "name": [{"service": _SERVICE}],
                        # A server's grpc-retry-pushback-ms takes the place of the pauses.
                        "retryPolicy": {
                            "maxAttempts": 4,
                            "initialBackoff": "0.1s",
                            "maxBackoff": "1s",
                            "backoffMultiplier": 2,
                            "retryableStatusCodes": ["UNAVAILABLE", "RESOURCE_EXHAUSTED"],
                        },
                    }
                ],
                "loadBalancingConfig": [{"round_robin": {}}],
                # Nobody's retries shall keep a server busy that is too busy already.
                "retryThrottling": {"maxTokens": 100, "tokenRatio": 0.1},
            }
        ),
    ),
]


@dataclass(frozen=True)
class TlsOptions:
    """PEM data, as read from files.

    `root_certificates` are the authorities to trust; None means gRPC's own list. `private_key` and
    `certificate_chain`, both or neither, are the client's, for servers that ask for them. `server_name` is
    what the server's certificate must be made out to; None means the target's host.

    Raises:
      ValueError: not PEM, or one of two that go together; gRPC would only wait until a call's time is up.
    """

    root_certificates: bytes | None = None
    private_key: bytes | None = field(default=None, repr=False)
    certificate_chain: bytes | None = None
    server_name: str | None = None

    def __post_init__(self) -> None:
        if (self.private_key is None) != (self.certificate_chain is None):
            raise ValueError("private_key and certificate_chain go together: give both or neither")
        for name in ("root_certificates", "certificate_chain"):
            pem = getattr(self, name)
            if pem is not None and not _holds_certificate(pem):
                raise ValueError(f"{name} holds no certificate in PEM")
        if self.private_key is not None and b"PRIVATE KEY-----" not in self.private_key:
            raise ValueError("private_key holds no private key in PEM")


def _holds_certificate(pem: bytes) -> bool:
    try:
        # Comments between certificates may have any letters.
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=pem.decode("ascii", "ignore"))
    except (ssl.SSLError, ValueError):
        return False
    return True


def open_channel(library: Any, target: str, tls: bool | TlsOptions) -> Any:
    """A channel of `library`, which is grpc or grpc.aio. It connects at the first call."""
    options = list(_OPTIONS)
    # No HTTP proxy leads to this machine itself, yet gRPC would ask one that the environment names.
    if target.startswith(_LOOPBACK):
        options.append(("grpc.enable_http_proxy", 0))
    if tls is False:
        return library.insecure_channel(target, options=options)
    pem = TlsOptions() if tls is True else tls
    if pem.server_name is not None:
        options.append(("grpc.ssl_target_name_override", pem.server_name))
    credentials = grpc.ssl_channel_credentials(
        root_certificates=pem.root_certificates,
        private_key=pem.private_key,
        certificate_chain=pem.certificate_chain,
    )
    return library.secure_channel(target, credentials, options=options)


def unary_method(
    channel: grpc.Channel | grpc.aio.Channel, name: str, response: type[Message]
) -> Callable[..., Any]:
    """The service's method of this name: takes a request message, returns or promises a `response`."""
    return channel.unary_unary(
        f"/{_SERVICE}/{name}", request_serializer=_serialize, response_deserializer=response.FromString
    )


def stream_method(
    channel: grpc.Channel | grpc.aio.Channel, name: str, response: type[Message]
) -> Callable[..., Any]:
    """As unary_method, for a method whose requests and responses are streams."""
    return channel.stream_stream(
        f"/{_SERVICE}/{name}", request_serializer=_serialize, response_deserializer=response.FromString
    )


_serialize = methodcaller("SerializeToString")


def new_request_id() -> str:
    """A name for one call that the server takes over into its logs."""
    return uuid.uuid4().hex


def metadata(request_id: str, token: str | None) -> tuple[tuple[str, str], ...]:
    """What goes with a call."""
    authorization = () if token is None else (("authorization", f"Bearer {token}"),)
    return (("x-request-id", request_id), *authorization)


def checked_token(token: str | None) -> str | None:
    """`token` itself. Raises ValueError, without telling it, unless it is one word of printable ASCII."""
    if token is not None and not (token and all("!" <= character <= "~" for character in token)):
        raise ValueError("token must be printable ASCII without spaces and line breaks, and not empty")
    return token


def checked_timeout(timeout: float) -> float:
    """`timeout` itself, in seconds. Raises ValueError unless it is above zero and finite."""
    if not (0 < timeout < math.inf):
        raise ValueError(f"timeout must be a finite number of seconds above 0, not {timeout}")
    return timeout


class Deadline:
    """Seconds from now, for all calls that one method makes."""

    def __init__(self, timeout: float) -> None:
        self._timeout = checked_timeout(timeout)
        self._end = time.monotonic() + timeout

    def seconds_left(self) -> float:
        """Above zero. Raises DeadlineExceeded if there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise local_error(grpc.StatusCode.DEADLINE_EXCEEDED, f"no answer within {self._timeout} seconds")
        return left
