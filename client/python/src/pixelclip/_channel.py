"""What the synchronous and the asynchronous client have in common below the messages."""

from __future__ import annotations

import json
import math
import uuid
from dataclasses import dataclass, field
from operator import methodcaller
from typing import Any, Callable

import grpc
import grpc.aio
from google.protobuf.message import Message

from pixelclip._proto import segmentation_pb2 as pb

DEFAULT_TIMEOUT = 60.0
"""Seconds."""

_SERVICE: str = pb.DESCRIPTOR.services_by_name["Segmentation"].full_name

# A label map and sixteen score maps of the largest picture stay below this.
_MAX_RESPONSE_BYTES = 1 << 30

# gRPC gives up on retrying a call whose request does not fit into this buffer; its default of 256 KiB is less
# than a photo.
_RETRY_BUFFER_BYTES = 256 << 20

_LOOPBACK = ("localhost:", "127.", "[::1]:", "unix:")

_OPTIONS: list[tuple[str, str | int]] = [
    ("grpc.max_send_message_length", -1),  # the server's limit is the one that counts
    ("grpc.max_receive_message_length", _MAX_RESPONSE_BYTES),
    ("grpc.per_rpc_retry_buffer_size", _RETRY_BUFFER_BYTES),
    (
        "grpc.service_config",
        json.dumps(
            {
                "methodConfig": [
                    {
                        "name": [{"service": _SERVICE}],
                        "retryPolicy": {
                            "maxAttempts": 3,
                            "initialBackoff": "0.1s",
                            "maxBackoff": "1s",
                            "backoffMultiplier": 2,
                            "retryableStatusCodes": ["UNAVAILABLE"],
                        },
                    }
                ]
            }
        ),
    ),
]


def channel_options(target: str) -> list[tuple[str, str | int]]:
    """gRPC's options. No HTTP proxy leads to this machine itself, yet gRPC would ask one that the environment names."""
    return _OPTIONS + ([("grpc.enable_http_proxy", 0)] if target.startswith(_LOOPBACK) else [])


@dataclass(frozen=True)
class TlsOptions:
    """PEM data, as read from files.

    `root_certificates` are the authorities to trust; None means gRPC's own list. `private_key` and
    `certificate_chain`, both or neither, are the client's, for servers that ask for them.
    """

    root_certificates: bytes | None = None
    private_key: bytes | None = field(default=None, repr=False)
    certificate_chain: bytes | None = None

    def __post_init__(self) -> None:
        if (self.private_key is None) != (self.certificate_chain is None):
            raise ValueError("private_key and certificate_chain go together: give both or neither")


def credentials(tls: bool | TlsOptions) -> grpc.ChannelCredentials | None:
    """None for plain text."""
    if tls is False:
        return None
    options = TlsOptions() if tls is True else tls
    return grpc.ssl_channel_credentials(
        root_certificates=options.root_certificates,
        private_key=options.private_key,
        certificate_chain=options.certificate_chain,
    )


def method(
    channel: grpc.Channel | grpc.aio.Channel, name: str, response: type[Message]
) -> Callable[..., Any]:
    """The service's method of this name: takes a request message, returns or promises a `response`."""
    return channel.unary_unary(
        f"/{_SERVICE}/{name}",
        request_serializer=methodcaller("SerializeToString"),
        response_deserializer=response.FromString,
    )


def new_request_id() -> str:
    """A name for one call that the server takes over into its logs."""
    return uuid.uuid4().hex


def metadata(request_id: str) -> tuple[tuple[str, str], ...]:
    """What goes with a call."""
    return (("x-request-id", request_id),)


def checked_timeout(timeout: float) -> float:
    """`timeout` itself, in seconds. Raises ValueError unless it is above zero and finite."""
    if not (0 < timeout < math.inf):
        raise ValueError(f"timeout must be a finite number of seconds above 0, not {timeout}")
    return timeout
