"""The same client for asyncio.

    async with pixelclip.aio.Client("localhost:50051") as client:
        results = await asyncio.gather(*(client.segment(path, ["dog", "grass"]) for path in paths))

There is one client for many calls at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from types import TracebackType
from typing import Callable, TypeVar

import grpc
import grpc.aio
from google.protobuf.message import Message

from pixelclip import _channel, _request, _response
from pixelclip._channel import DEFAULT_TIMEOUT, TlsOptions
from pixelclip._errors import from_rpc_error
from pixelclip._proto import segmentation_pb2 as pb
from pixelclip._request import Encoding
from pixelclip._types import Background, Class, ImageLike, Limits, ModelInfo, Segmentation

__all__ = ["AsyncClient", "Client"]

_Response = TypeVar("_Response")


class AsyncClient:
    """As pixelclip.Client, but its methods are awaited. Belongs to the event loop that it was made in.

    Files are read, and answers decoded, in the loop's default executor. Cancelling a task that awaits a call
    cancels the call.

    Raises:
      RuntimeError: made where no event loop runs.
    """

    def __init__(
        self, target: str, *, tls: bool | TlsOptions = False, timeout: float = DEFAULT_TIMEOUT
    ) -> None:
        asyncio.get_running_loop()  # grpc.aio would take another loop, and fail at the first call
        self._timeout = _channel.checked_timeout(timeout)
        credentials = _channel.credentials(tls)
        if credentials is None:
            self._grpc_channel = grpc.aio.insecure_channel(target, options=_channel.channel_options(target))
        else:
            self._grpc_channel = grpc.aio.secure_channel(target, credentials, options=_channel.channel_options(target))
        self._segment = _channel.method(self._grpc_channel, "Segment", pb.SegmentResponse)
        self._list_models = _channel.method(self._grpc_channel, "ListModels", pb.ListModelsResponse)

    async def segment(
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
        """As pixelclip.Client.segment. `timeout` covers the call, not the reading and decoding around it."""
        request = await asyncio.to_thread(
            _request.segment_request,
            image,
            classes,
            background=background,
            templates=templates,
            model=model,
            encoding=encoding,
            best_scores=best_scores,
            score_maps=score_maps,
        )
        response = await self._call(self._segment, request, timeout)
        return await asyncio.to_thread(_response.segmentation, response)

    async def models(self, *, timeout: float | None = None) -> list[ModelInfo]:
        """As pixelclip.Client.models."""
        return _response.models(await self._call(self._list_models, pb.ListModelsRequest(), timeout))

    async def limits(self, *, timeout: float | None = None) -> Limits:
        """As pixelclip.Client.limits."""
        return _response.limits(await self._call(self._list_models, pb.ListModelsRequest(), timeout))

    async def close(self) -> None:
        """Ends the connection, and cancels calls under way. May be called again."""
        await self._grpc_channel.close()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def _call(
        self, method: Callable[..., Awaitable[_Response]], request: Message, timeout: float | None
    ) -> _Response:
        seconds = self._timeout if timeout is None else _channel.checked_timeout(timeout)
        request_id = _channel.new_request_id()
        try:
            return await method(request, timeout=seconds, metadata=_channel.metadata(request_id))
        except grpc.RpcError as error:
            raise from_rpc_error(error, request_id) from error
        except grpc.aio.UsageError as error:
            raise ValueError("the client is closed") from error


Client = AsyncClient
