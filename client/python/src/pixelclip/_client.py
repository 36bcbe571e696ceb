from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Callable, TypeVar

import grpc
from google.protobuf.message import Message

from pixelclip import _channel, _request, _response
from pixelclip._channel import DEFAULT_TIMEOUT, TlsOptions
from pixelclip._errors import from_rpc_error
from pixelclip._proto import segmentation_pb2 as pb
from pixelclip._request import Encoding
from pixelclip._types import Background, Class, ImageLike, Limits, ModelInfo, Segmentation

_Response = TypeVar("_Response")


class Client:
    """A connection to a PixelCLIP server. Safe to use from several threads at once.

    Connects at the first call, and again when the connection was lost. A call that fails with UNAVAILABLE is
    tried up to three times within its timeout, 0.1 to 1 seconds apart; nothing else is tried again.

    Args:
      target: "host:port", or any other gRPC target such as "dns:///host:port" or "unix:/path".
      tls: False for plain text, True for TLS with gRPC's own list of authorities, or TlsOptions.
      timeout: seconds that a call may take, where it does not say otherwise.
    """

    def __init__(
        self, target: str, *, tls: bool | TlsOptions = False, timeout: float = DEFAULT_TIMEOUT
    ) -> None:
        self._timeout = _channel.checked_timeout(timeout)
        credentials = _channel.credentials(tls)
        if credentials is None:
            self._grpc_channel = grpc.insecure_channel(target, options=_channel.channel_options(target))
        else:
            self._grpc_channel = grpc.secure_channel(target, credentials, options=_channel.channel_options(target))
        self._segment = _channel.method(self._grpc_channel, "Segment", pb.SegmentResponse)
        self._list_models = _channel.method(self._grpc_channel, "ListModels", pb.ListModelsResponse)

    def segment(
        self,
        image: ImageLike,
        classes: Sequence[str | Class],
        *,
        background: Background | None = None,
        templates: Sequence[str] | None = None,
        model: str = "",
        encoding: Encoding = "png",
        best_scores: bool = False,
        score_maps: Sequence[str] = (),
        timeout: float | None = None,
    ) -> Segmentation:
        """Says for every pixel of a picture which class fits best.

        Args:
          image: the path or the bytes of a picture file, an array of uint8 ([H, W, 3] RGB, [H, W, 4] RGBA or
            [H, W] grey), or a PIL picture. A file's EXIF orientation is applied; alpha is dropped.
          classes: what to look for, such as ["dog", "grass, lawn", Class("sky", synonyms=["heaven"])].
          background: allows the answer "none of these". None: every pixel gets the class that fits best,
            however badly.
          templates: prompts with "{}" where the word goes, such as "a photo of a {}."; "{article}" becomes
            "a" or "an". None or empty: the eight that PixelCLIP was published with.
          model: a name out of models(). Empty: the server's default model.
          encoding: how the label map travels. The array is the same for "png", "rle" and "raw"; "none" leaves
            it out.
          best_scores: also return the best class's score of every pixel.
          score_maps: names of the classes whose scores of every pixel to return, as in `classes`.
          timeout: seconds. None: the client's.

        Raises:
          InvalidRequest: the server refuses the request; `violations` says which fields are wrong, and how.
          ModelNotFound, ServerBusy, MessageTooLarge, DeadlineExceeded, Unavailable, Cancelled, ServerError,
          InvalidResponse: see there. All are pixelclip.Error.
          OSError: the file cannot be read.
          TypeError, ValueError: an argument of the wrong type, an array of the wrong shape, or a closed
          client.
        """
        request = _request.segment_request(
            image,
            classes,
            background=background,
            templates=templates,
            model=model,
            encoding=encoding,
            best_scores=best_scores,
            score_maps=score_maps,
        )
        return _response.segmentation(self._call(self._segment, request, timeout))

    def models(self, *, timeout: float | None = None) -> list[ModelInfo]:
        """What the server has, the default model first. `timeout` and errors as for segment."""
        return _response.models(self._call(self._list_models, pb.ListModelsRequest(), timeout))

    def limits(self, *, timeout: float | None = None) -> Limits:
        """The limits that requests to this server must keep. `timeout` and errors as for segment."""
        return _response.limits(self._call(self._list_models, pb.ListModelsRequest(), timeout))

    def close(self) -> None:
        """Ends the connection; calls under way end with Cancelled. May be called again."""
        self._grpc_channel.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _call(self, method: Callable[..., _Response], request: Message, timeout: float | None) -> _Response:
        seconds = self._timeout if timeout is None else _channel.checked_timeout(timeout)
        request_id = _channel.new_request_id()
        try:
            return method(request, timeout=seconds, metadata=_channel.metadata(request_id))
        except grpc.RpcError as error:
            raise from_rpc_error(error, request_id) from error
