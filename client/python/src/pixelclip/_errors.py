"""What a failed call raises."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol, cast

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

_STATUS_KEY = "grpc-status-details-bin"


class Violation(NamedTuple):
    """What is wrong with one field of a request, in the words of segmentation.proto."""

    field: str
    """Such as "vocabulary.classes[3].name"."""
    description: str


class Error(Exception):
    """A call failed. Chained from the grpc.RpcError, if there was one."""

    code: grpc.StatusCode | None = None
    """What the call ended with; None for InvalidResponse."""
    request_id: str = ""
    """Identifies the call in the server's logs, if it came so far."""
    violations: Sequence[Violation] = ()
    """What the server found wrong with the request; only InvalidRequest has any."""

    @property
    def field(self) -> str:
        """The first violation's field, such as "vocabulary.classes[3].name"; empty if unknown."""
        return self.violations[0].field if self.violations else ""


class InvalidRequest(Error):
    """INVALID_ARGUMENT: the request is at fault. `violations` and `field` say where."""


class ModelNotFound(InvalidRequest):
    """The server has no model of that name: NOT_FOUND, or INVALID_ARGUMENT at the field "model"."""


class ServerBusy(Error):
    """RESOURCE_EXHAUSTED: the server has too much to do; try again later."""


class MessageTooLarge(Error):
    """RESOURCE_EXHAUSTED: a request larger than the server accepts, or a response above 1 GiB."""


class DeadlineExceeded(Error):
    """DEADLINE_EXCEEDED: no answer within the timeout."""


class Unavailable(Error):
    """UNAVAILABLE: the server cannot be reached, or is starting or stopping; retried already, see Client."""


class Cancelled(Error):
    """CANCELLED: the call was cancelled, other than by cancelling the awaiting task."""


class ServerError(Error):
    """Any other status: the server failed (INTERNAL, UNKNOWN), or is no PixelCLIP server (UNIMPLEMENTED)."""


class InvalidResponse(Error):
    """The server's answer contradicts itself, such as a label map of another size than the picture."""


_CLASSES: dict[grpc.StatusCode, type[Error]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidRequest,
    grpc.StatusCode.NOT_FOUND: ModelNotFound,
    grpc.StatusCode.RESOURCE_EXHAUSTED: ServerBusy,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceeded,
    grpc.StatusCode.UNAVAILABLE: Unavailable,
    grpc.StatusCode.CANCELLED: Cancelled,
}


class _FailedCall(Protocol):
    """What the exceptions of grpc and of grpc.aio have in common."""

    def code(self) -> grpc.StatusCode: ...

    def details(self) -> str | None: ...

    def trailing_metadata(self) -> Iterable[tuple[str, str | bytes]] | None: ...


def from_rpc_error(rpc_error: grpc.RpcError, request_id: str) -> Error:
    """The Error that says the same of the call known as `request_id`."""
    call = cast(_FailedCall, rpc_error)
    code = call.code()
    message = call.details() or code.name
    violations = _violations(call.trailing_metadata() or ())
    error_class = _CLASSES.get(code, ServerError)
    if error_class is InvalidRequest and [violation.field for violation in violations] == ["model"]:
        error_class = ModelNotFound
    # gRPC itself refuses large messages, with a busy server's status; only its words differ.
    if error_class is ServerBusy and "larger than max" in message:
        error_class = MessageTooLarge
    error = error_class(message)
    error.code = code
    error.request_id = request_id
    error.violations = violations
    return error


def _violations(trailing_metadata: Iterable[tuple[str, str | bytes]]) -> list[Violation]:
    bad_request = error_details_pb2.BadRequest()
    try:
        return [
            Violation(violation.field, violation.description)
            for key, value in trailing_metadata
            if key == _STATUS_KEY and isinstance(value, bytes)
            for detail in status_pb2.Status.FromString(value).details
            if detail.Unpack(bad_request)
            for violation in bad_request.field_violations
        ]
    except DecodeError:  # the status itself still says what happened
        return []
