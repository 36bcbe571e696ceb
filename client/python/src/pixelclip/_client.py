from __future__ import annotations

import threading
from collections.abc import Generator, Iterable, Iterator, Sequence
from itertools import starmap
from types import TracebackType
from typing import Callable, TypeVar

import grpc
from google.protobuf.message import Message

from pixelclip import _channel, _request, _response
from pixelclip._channel import DEFAULT_TIMEOUT, Deadline, TlsOptions
from pixelclip._errors import VocabularyForgotten, from_rpc_error
from pixelclip._mailbox import Mailbox
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

_Response = TypeVar("_Response")


class Client:
    """A connection to a PixelCLIP server. Safe to use from several threads at once.

    Connects at the first call, and again when the connection was lost. A call that fails with UNAVAILABLE or
    RESOURCE_EXHAUSTED is tried up to four times within its timeout: when the server says, or else 0.1 to 1
    seconds apart. Nothing else is tried again, and nothing at all while most calls fail.

    Args:
      target: "host:port", or any other gRPC target such as "dns:///host:port" or "unix:/path".
      tls: False for plain text, True for TLS with gRPC's own list of authorities, or TlsOptions.
      token: goes with every call, for servers that ask for a bearer token. Without TLS, anybody on the way
        can read it.
      timeout: seconds that a call may take, where it does not say otherwise.
    """

    def __init__(
        self,
        target: str,
        *,
        tls: bool | TlsOptions = False,
        token: str | None = None,
        timeout: float = DEFAULT_TIMEOUT,
    ) -> None:
        self._timeout = _channel.checked_timeout(timeout)
        self._token = _channel.checked_token(token)
        self._grpc_channel: grpc.Channel = _channel.open_channel(grpc, target, tls)
        self._segment = _channel.unary_method(self._grpc_channel, "Segment", pb.SegmentResponse)
        self._segment_stream = _channel.stream_method(
            self._grpc_channel, "SegmentStream", pb.SegmentStreamResponse
        )
        self._register_vocabulary = _channel.unary_method(
            self._grpc_channel, "RegisterVocabulary", pb.RegisterVocabularyResponse
        )
        self._list_models = _channel.unary_method(self._grpc_channel, "ListModels", pb.ListModelsResponse)

    def segment(
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
        """Says for every pixel of a picture which class fits best.

        Args:
          image: the path or the bytes of a picture file, an array of uint8 ([H, W, 3] RGB, [H, W, 4] RGBA or
            [H, W] grey), or a PIL picture. A file's EXIF orientation is applied; alpha is dropped. Or the
            `features` of an earlier result: then only words are computed.
          classes: what to look for, such as ["dog", "grass, lawn", Class("sky", synonyms=["heaven"])]; or
            what register_vocabulary returned, which is registered anew if the server has forgotten it.
          background: allows the answer "none of these". None: every pixel gets the class that fits best,
            however badly.
          templates: prompts with "{}" where the word goes, such as "a photo of a {}."; "{article}" becomes
            "a" or "an". None or empty: those of `template_set`, or the Vocabulary's.
          template_set: templates by name: "published", the eight of PixelCLIP; "none", the word as it is;
            "imagenet", the eighty of CLIP.
          synonym_rule: what a class with synonyms is: "average", the mean of their embeddings, or "best", at
            each pixel the one that fits best.
          model: a name out of models(). Empty: the server's default model; for features, the one that made
            them.
          encoding: how the label map travels. The array is the same for "png", "rle" and "raw"; "none" leaves
            it out.
          best_scores: also return the best class's score of every pixel.
          score_maps: names of the classes whose scores of every pixel to return, as in `classes`.
          keep_features: let the server keep the encoded picture for a while, as the result's `features`.
          priority: whom the server serves first when calls wait.
          tile_size: cut the picture into tiles of so many pixels a side and encode each by itself: more
            detail, in proportion more time. 0: the server's choice, 640. None: the picture is not cut.
          overlap: pixels that neighbouring tiles share. 0: a quarter of tile_size.
          global_weight: how much the whole picture, encoded beside the tiles, counts in each tile, 0 to 1.
          fit: what the model sees of the shape of a picture or tile: "squash", a square, or "keep_aspect".
          resolution: pixels a side of that square, a multiple of 32 from 64 to 1024. 0: the model's own.
          refine_steps: draw the labels to the picture's edges in so many steps, at most 50; 10 is usual. Not
            for features.
          timeout: seconds. None: the client's.

        Raises:
          InvalidRequest: the server refuses the request; `violations` says which fields are wrong, and how.
          FeaturesExpired: the server no longer has the features; send the picture again.
          ModelNotFound, VocabularyForgotten, Unauthenticated, ServerBusy, MessageTooLarge, DeadlineExceeded,
          Unavailable, Cancelled, ServerError, InvalidResponse: see there. All are pixelclip.Error.
          OSError: the file cannot be read.
          TypeError, ValueError: an argument of the wrong type, an array of the wrong shape, or a closed
          client.
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
        request = _request.segment_request(image, classes, options)
        deadline = self._deadline(timeout)
        try:
            response = self._call(self._segment, request, deadline)
        except VocabularyForgotten:
            if not isinstance(classes, Vocabulary):
                raise
            again = self._register(
                classes.classes,
                classes.templates,
                classes.template_set,
                classes.synonym_rule,
                classes.model,
                deadline,
            )
            request.vocabulary_id = again.id
            response = self._call(self._segment, request, deadline)
        return _response.segmentation(response)

    def stream(
        self,
        pictures: Iterable[StreamPicture],
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
    ) -> Generator[StreamResult, None, None]:
        """Segments many pictures with one vocabulary, such as the frames of a video.

        Yields one result for each picture, in order of arrival. A picture that fails does not end the stream:
        its result holds the exception. Closing the generator, or leaving the loop over it, cancels what is
        under way. Whoever is slow, here or there, slows down the taking of `pictures`.

        Args:
          pictures: each as for segment, or a pair of an id, 0 to 2**64 - 1, and a picture; without one, its
            position is its id. A thread of its own iterates over them, and reads files.
          classes: as for segment.
          max_in_flight: pictures in progress at once. 0: the server's choice, 4.
          latest_only: for live video: while as many as allowed are in progress, only the newest of the others
            is kept; the rest are answered as skipped.
          timeout: seconds for the whole stream. None: as many as it takes.
          The others are as for segment.

        Raises:
          As segment, but only for what concerns the whole stream; and whatever `pictures` raises.
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

    def register_vocabulary(
        self,
        classes: Sequence[str | Class],
        *,
        templates: Sequence[str] | None = None,
        template_set: TemplateSet = "published",
        synonym_rule: SynonymRule = "average",
        model: str = "",
        timeout: float | None = None,
    ) -> Vocabulary:
        """Lets the server embed and keep words, for calls that are given the result in place of them.

        Arguments and errors as for segment. `model` embeds them now, every other one at first use.
        """
        return self._register(
            classes, templates, template_set, synonym_rule, model, self._deadline(timeout)
        )

    def models(self, *, timeout: float | None = None) -> list[ModelInfo]:
        """What the server has, the default model first. `timeout` and errors as for segment."""
        request = pb.ListModelsRequest()
        return _response.models(self._call(self._list_models, request, self._deadline(timeout)))

    def limits(self, *, timeout: float | None = None) -> Limits:
        """The limits that requests to this server must keep. `timeout` and errors as for segment."""
        request = pb.ListModelsRequest()
        return _response.limits(self._call(self._list_models, request, self._deadline(timeout)))

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

    def _deadline(self, timeout: float | None) -> Deadline:
        return Deadline(self._timeout if timeout is None else timeout)

    def _call(self, method: Callable[..., _Response], request: Message, deadline: Deadline) -> _Response:
        request_id = _channel.new_request_id()
        try:
            return method(
                request,
                timeout=deadline.seconds_left(),
                metadata=_channel.metadata(request_id, self._token),
            )
        except grpc.RpcError as error:
            raise from_rpc_error(error, request_id) from error

    def _register(
        self,
        classes: Sequence[str | Class],
        templates: Sequence[str] | None,
        template_set: TemplateSet,
        synonym_rule: SynonymRule,
        model: str,
        deadline: Deadline,
    ) -> Vocabulary:
        request = _request.register_request(classes, templates, template_set, synonym_rule, model)
        response = self._call(self._register_vocabulary, request, deadline)
        return Vocabulary(
            response.vocabulary_id,
            model,
            tuple(classes),
            tuple(templates or ()),
            template_set,
            synonym_rule,
        )

    def _stream(
        self, start: pb.SegmentStreamRequest, pictures: Iterable[StreamPicture], seconds: float | None
    ) -> Generator[StreamResult, None, None]:
        request_id = _channel.new_request_id()
        mailbox = Mailbox()  # StreamResults, and in the end an exception or None

        def requests() -> Iterator[pb.SegmentStreamRequest]:  # gRPC has a thread for it
            yield start
            try:
                for message in starmap(_request.stream_picture, enumerate(pictures)):
                    if isinstance(message, pb.SegmentStreamRequest):
                        yield message
                    elif not mailbox.put(message):
                        return
            except Exception as error:
                mailbox.put(error)

        def receive() -> None:
            try:
                for response in call:
                    mailbox.put(_response.stream_result(response, request_id))
                mailbox.put(None)
            except grpc.RpcError as error:
                mailbox.put(from_rpc_error(error, request_id))
            except Exception as error:
                mailbox.put(error)

        call = self._segment_stream(
            requests(), timeout=seconds, metadata=_channel.metadata(request_id, self._token)
        )
        try:
            threading.Thread(target=receive, name="pixelclip-stream", daemon=True).start()
            while (item := mailbox.take()) is not None:
                if isinstance(item, Exception):
                    raise item
                yield item
        finally:
            mailbox.close()
            call.cancel()
