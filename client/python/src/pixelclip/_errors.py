"""What a failed call raises."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol, cast

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

_STATUS_KEY = "grpc-status-details-bin"
_PUSHBACK_KEY = "grpc-retry-pushback-ms"


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
    """What the server found wrong with the request."""
    retry_after: float | None = None
    """Seconds after which a busy server wants to be asked again, if it said so."""

    @property
    def field(self) -> str:
        """The first violation's field, such as "vocabulary.classes[3].name"; empty if unknown."""
        return self.violations[0].field if self.violations else ""


class InvalidRequest(Error):
    """INVALID_ARGUMENT: the request is at fault. `violations` and `field` say where."""


class ModelNotFound(InvalidRequest):
    """The server has no model of that name: NOT_FOUND, or INVALID_ARGUMENT at the field "model"."""


class FeaturesExpired(Error):
    """NOT_FOUND at the field "image.features_id": the server no longer has them. Send the picture again."""


class VocabularyForgotten(Error):
    """NOT_FOUND at the field "vocabulary_id", although the words were registered again just before."""


class Unauthenticated(Error):
    """UNAUTHENTICATED: the server wants a bearer token, and the client has none or another."""


class ServerBusy(Error):
    """RESOURCE_EXHAUSTED: the server has too much to do; `retry_after` may say when to try again. Tried again
    already, see Client."""


class MessageTooLarge(Error):
    """A request larger than the server accepts (INVALID_ARGUMENT, or RESOURCE_EXHAUSTED where it is above 64 MiB
    or its metadata are too large), or a response above 1 GiB (RESOURCE_EXHAUSTED)."""


class DeadlineExceeded(Error):
    """DEADLINE_EXCEEDED: no answer within the timeout; or, at once, the server could not have met it."""


class Unavailable(Error):
    """UNAVAILABLE: the server cannot be reached, or is starting or stopping. Tried
    again already, see Client."""


class Cancelled(Error):
    """CANCELLED: the call was cancelled, other than by cancelling the awaiting task."""


class ServerError(Error):
    """Any other status: the server failed (INTERNAL, UNKNOWN), or is no PixelCLIP server (UNIMPLEMENTED)."""


class InvalidResponse(Error):
    """The server's answer contradicts itself, such as a label map of another size than the picture."""


_CLASSES: dict[grpc.StatusCode, type[Error]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidRequest,
    grpc.StatusCode.NOT_FOUND: ModelNotFound,
    grpc.StatusCode.UNAUTHENTICATED: Unauthenticated,
    grpc.StatusCode.RESOURCE_EXHAUSTED: ServerBusy,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceeded,
    grpc.StatusCode.UNAVAILABLE: Unavailable,
    grpc.StatusCode.CANCELLED: Cancelled,
}

# Where the field says more than the status does.
_CLASSES_OF_FIELDS: dict[tuple[grpc.StatusCode, str], type[Error]] = {
    (grpc.StatusCode.INVALID_ARGUMENT, "model"): ModelNotFound,
    (grpc.StatusCode.INVALID_ARGUMENT, "request"): MessageTooLarge,
    (grpc.StatusCode.NOT_FOUND, "image.features_id"): FeaturesExpired,
    (grpc.StatusCode.NOT_FOUND, "vocabulary_id"): VocabularyForgotten,
}

_TOO_LARGE = ("larger than max", "metadata size exceeds")

_CODES: dict[int, grpc.StatusCode] = {code.value[0]: code for code in grpc.StatusCode}


class _FailedCall(Protocol):
    """What the exceptions of grpc and of grpc.aio have in common."""

    def code(self) -> grpc.StatusCode: ...

    def details(self) -> str | None: ...

    def trailing_metadata(self) -> Iterable[tuple[str, str | bytes]] | None: ...


def from_rpc_error(rpc_error: grpc.RpcError, request_id: str) -> Error:
    """The Error that says the same of the call known as `request_id`."""
    call = cast(_FailedCall, rpc_error)
    trailers = dict(tuple(call.trailing_metadata() or ()))  # grpc.aio's own type is no mapping to dict
    violations = _violations(trailers.get(_STATUS_KEY, b""))
    error = _error(call.code(), call.details() or "", violations, request_id)
    error.retry_after = _retry_after(trailers.get(_PUSHBACK_KEY, ""))
    error.__cause__ = rpc_error
    return error


def from_status(status: status_pb2.Status, request_id: str) -> Error:
    """The Error for one picture of the stream known as `request_id`."""
    code = _CODES.get(status.code, grpc.StatusCode.UNKNOWN)
    return _error(code, status.message, _violations(status.SerializeToString()), request_id)


def local_error(code: grpc.StatusCode, message: str, request_id: str = "") -> Error:
    """The Error for what this side ended."""
    return _error(code, message, (), request_id)


def _error(code: grpc.StatusCode, message: str, violations: Sequence[Violation], request_id: str) -> Error:
    error_class = _CLASSES.get(code, ServerError)
    if len(violations) == 1:
        error_class = _CLASSES_OF_FIELDS.get((code, violations[0].field), error_class)
    # gRPC itself refuses large messages and metadata, with a busy server's status; only its words differ.
    if error_class is ServerBusy and any(words in message for words in _TOO_LARGE):
        error_class = MessageTooLarge
    error = error_class(message or code.name)
    error.code = code
    error.request_id = request_id
    error.violations = violations
    return error


def _violations(status: str | bytes) -> list[Violation]:
    """Those in a serialised google.rpc.Status."""
    bad_request = error_details_pb2.BadRequest()
    try:
        return [
            Violation(violation.field, violation.description)
            for detail in status_pb2.Status.FromString(status).details
            if detail.Unpack(bad_request)
            for violation in bad_request.field_violations
        ]
    except DecodeError:  # the status itself still says what happened
        return []


def _retry_after(pushback: str | bytes) -> float | None:
    """Seconds. None if the server said nothing, or that nobody should try again."""
    try:
        milliseconds = int(pushback)
    except ValueError:
        return None
    return milliseconds / 1000 if milliseconds >= 0 else None
