"""The same client for asyncio.

    async with pixelclip.aio.Client("localhost:50051") as client:
        results = await asyncio.gather(*(client.segment(path, ["dog", "grass"]) for path in paths))

There is one client for many calls at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Iterable, Sequence
from itertools import starmap
from types import TracebackType
from typing import Any, Callable, TypeVar

import grpc
import grpc.aio
from google.protobuf.message import Message

from pixelclip import _channel, _request, _response
from pixelclip._aio_call import end_of_call
from pixelclip._channel import DEFAULT_TIMEOUT, Deadline, TlsOptions
from pixelclip._errors import VocabularyForgotten, from_rpc_error
from pixelclip._proto import segmentation_pb2 as pb
from pixelclip._request import Encoding
from pixelclip._types import (
    Background,
    Class,
    Features,
    Fit,
    ImageLike,
    Limits,
    ModelInfo,
    Priority,
    Segmentation,
    StreamPicture,
    StreamResult,
    SynonymRule,
    TemplateSet,
    Vocabulary,
)

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
        self,
        target: str,
        *,
        tls: bool | TlsOptions = False,
        token: str | None = None,
        timeout: float = DEFAULT_TIMEOUT,
    ) -> None:
        asyncio.get_running_loop()  # grpc.aio would take another loop, and fail at the first call
        self._timeout = _channel.checked_timeout(timeout)
        self._token = _channel.checked_token(token)
        self._grpc_channel: grpc.aio.Channel = _channel.open_channel(grpc.aio, target, tls)
        self._segment = _channel.unary_method(self._grpc_channel, "Segment", pb.SegmentResponse)
        self._segment_stream = _channel.stream_method(
            self._grpc_channel, "SegmentStream", pb.SegmentStreamResponse
        )
        self._register_vocabulary = _channel.unary_method(
            self._grpc_channel, "RegisterVocabulary", pb.RegisterVocabularyResponse
        )
        self._streams: set[grpc.aio.StreamStreamCall[Any, Any]] = set()
        self._list_models = _channel.unary_method(self._grpc_channel, "ListModels", pb.ListModelsResponse)

    async def segment(
        self,
        image: ImageLike | Features,
        classes: Sequence[str | Class] | Vocabulary,
        *,
        background: Background | None = None,
        templates: Sequence[str] | None = None,
        template_set: TemplateSet = "published",
        synonym_rule: SynonymRule = "average",
        model: str = "",
        encoding: Encoding = "png",
        best_scores: bool = False,
        score_maps: Sequence[str] = (),
        keep_features: bool = False,
        priority: Priority = "normal",
        tile_size: int | None = None,
        overlap: int = 0,
        global_weight: float = 0.0,
        fit: Fit = "squash",
        resolution: int = 0,
        refine_steps: int = 0,
        timeout: float | None = None,
    ) -> Segmentation:
        """As pixelclip.Client.segment. `timeout` covers the call, not the reading and decoding around it."""
        options = _request.Options(
            background=background,
            templates=templates,
            template_set=template_set,
            synonym_rule=synonym_rule,
            model=model,
            encoding=encoding,
            best_scores=best_scores,
            score_maps=score_maps,
            keep_features=keep_features,
            priority=priority,
            tile_size=tile_size,
            overlap=overlap,
            global_weight=global_weight,
            fit=fit,
            resolution=resolution,
            refine_steps=refine_steps,
        )
        request = await asyncio.to_thread(_request.segment_request, image, classes, options)
        deadline = self._deadline(timeout)
        try:
            response = await self._call(self._segment, request, deadline)
        except VocabularyForgotten:
            if not isinstance(classes, Vocabulary):
                raise
            again = await self._register(
                classes.classes,
                classes.templates,
                classes.template_set,
                classes.synonym_rule,
                classes.model,
                deadline,
            )
            request.vocabulary_id = again.id
            response = await self._call(self._segment, request, deadline)
        return await asyncio.to_thread(_response.segmentation, response)

    def stream(
        self,
        pictures: Iterable[StreamPicture] | AsyncIterable[StreamPicture],
        classes: Sequence[str | Class] | Vocabulary,
        *,
        max_in_flight: int = 0,
        latest_only: bool = False,
        background: Background | None = None,
        templates: Sequence[str] | None = None,
        template_set: TemplateSet = "published",
        synonym_rule: SynonymRule = "average",
        model: str = "",
        encoding: Encoding = "png",
        best_scores: bool = False,
        score_maps: Sequence[str] = (),
        keep_features: bool = False,
        priority: Priority = "normal",
        tile_size: int | None = None,
        overlap: int = 0,
        global_weight: float = 0.0,
        fit: Fit = "squash",
        resolution: int = 0,
        refine_steps: int = 0,
        timeout: float | None = None,
    ) -> AsyncGenerator[StreamResult, None]:
        """As pixelclip.Client.stream, but not awaited itself: `async for result in client.stream(...)`.

        `pictures` may be an asynchronous iterable, too; the loop's default executor iterates over others.
        """
        options = _request.Options(
            background=background,
            templates=templates,
            template_set=template_set,
            synonym_rule=synonym_rule,
            model=model,
            encoding=encoding,
            best_scores=best_scores,
            score_maps=score_maps,
            keep_features=keep_features,
            priority=priority,
            tile_size=tile_size,
            overlap=overlap,
            global_weight=global_weight,
            fit=fit,
            resolution=resolution,
            refine_steps=refine_steps,
        )
        start = _request.stream_start(classes, options, max_in_flight=max_in_flight, latest_only=latest_only)
        seconds = None if timeout is None else _channel.checked_timeout(timeout)
        _request.refuse_string(pictures, "pictures")
        return self._stream(start, pictures, seconds)

    async def register_vocabulary(
        self,
        classes: Sequence[str | Class],
        *,
        templates: Sequence[str] | None = None,
        template_set: TemplateSet = "published",
        synonym_rule: SynonymRule = "average",
        model: str = "",
        timeout: float | None = None,
    ) -> Vocabulary:
        """As pixelclip.Client.register_vocabulary."""
        return await self._register(
            classes, templates, template_set, synonym_rule, model, self._deadline(timeout)
        )

    async def models(self, *, timeout: float | None = None) -> list[ModelInfo]:
        """As pixelclip.Client.models."""
        request = pb.ListModelsRequest()
        return _response.models(await self._call(self._list_models, request, self._deadline(timeout)))

    async def limits(self, *, timeout: float | None = None) -> Limits:
        """As pixelclip.Client.limits."""
        request = pb.ListModelsRequest()
        return _response.limits(await self._call(self._list_models, request, self._deadline(timeout)))

    async def close(self) -> None:
        """Ends the connection, and cancels calls under way. May be called again."""
        for call in self._streams:  # gRPC does not find these by itself
            call.cancel()
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

    def _deadline(self, timeout: float | None) -> Deadline:
        return Deadline(self._timeout if timeout is None else timeout)

    async def _call(
        self, method: Callable[..., Awaitable[_Response]], request: Message, deadline: Deadline
    ) -> _Response:
        request_id = _channel.new_request_id()
        try:
            return await method(
                request,
                timeout=deadline.seconds_left(),
                metadata=_channel.metadata(request_id, self._token),
            )
        except grpc.RpcError as error:
            raise from_rpc_error(error, request_id) from error
        except grpc.aio.UsageError as error:
            raise ValueError("the client is closed") from error

    async def _register(
        self,
        classes: Sequence[str | Class],
        templates: Sequence[str] | None,
        template_set: TemplateSet,
        synonym_rule: SynonymRule,
        model: str,
        deadline: Deadline,
    ) -> Vocabulary:
        request = _request.register_request(classes, templates, template_set, synonym_rule, model)
        response = await self._call(self._register_vocabulary, request, deadline)
        return Vocabulary(
            response.vocabulary_id,
            model,
            tuple(classes),
            tuple(templates or ()),
            template_set,
            synonym_rule,
        )

    async def _stream(
        self,
        start: pb.SegmentStreamRequest,
        pictures: Iterable[StreamPicture] | AsyncIterable[StreamPicture],
        seconds: float | None,
    ) -> AsyncGenerator[StreamResult, None]:
        request_id = _channel.new_request_id()
        answers: asyncio.Queue[StreamResult | Exception | None] = asyncio.Queue()  # ends as Mailbox in Client
        room = asyncio.Semaphore(1)  # for results in it

        async def answer(result: StreamResult) -> None:
            await room.acquire()
            answers.put_nowait(result)

        async def send() -> None:
            try:
                await call.write(start)
                async for message in _stream_messages(pictures):
                    if isinstance(message, StreamResult):
                        await answer(message)
                    else:
                        await call.write(message)
                await call.done_writing()
            except Exception as error:
                if not call.done():  # otherwise `end` says why
                    answers.put_nowait(error)

        async def receive() -> None:
            try:
                async for response in call:
                    await answer(await asyncio.to_thread(_response.stream_result, response, request_id))
            except (grpc.RpcError, asyncio.CancelledError):
                pass  # `end` says why
            except Exception as error:
                answers.put_nowait(error)
            failure = await end
            answers.put_nowait(failure and from_rpc_error(failure, request_id))

        try:
            call = self._segment_stream(timeout=seconds, metadata=_channel.metadata(request_id, self._token))
        except grpc.aio.UsageError as error:
            raise ValueError("the client is closed") from error
        end = end_of_call(call)
        self._streams.add(call)
        tasks = [asyncio.create_task(send()), asyncio.create_task(receive())]
        try:
            while (item := await answers.get()) is not None:
                if isinstance(item, Exception):
                    raise item
                room.release()
                yield item
        finally:
            self._streams.remove(call)
            call.cancel()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _stream_messages(
    pictures: Iterable[StreamPicture] | AsyncIterable[StreamPicture],
) -> AsyncIterator[pb.SegmentStreamRequest | StreamResult]:
    """Takes pictures and reads their files in the loop's default executor."""
    if isinstance(pictures, AsyncIterable):
        position = 0
        async for item in pictures:
            yield await asyncio.to_thread(_request.stream_picture, position, item)
            position += 1
    else:
        messages = starmap(_request.stream_picture, enumerate(pictures))
        while (message := await asyncio.to_thread(next, messages, None)) is not None:
            yield message


Client = AsyncClient
