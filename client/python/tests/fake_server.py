"""A PixelCLIP server without a model: it answers every picture with one given label map.

It does keep vocabularies and features, and answers the pictures of a stream out of order.
"""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Iterator, Sequence
from concurrent import futures
from typing import Any, Callable

import grpc
import numpy as np
import PIL.Image
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2
from numpy.typing import NDArray

from pixelclip._proto import segmentation_pb2 as pb

Handler = Callable[[pb.SegmentRequest, grpc.ServicerContext], pb.SegmentResponse]
StreamHandler = Callable[
    [Iterator[pb.SegmentStreamRequest], grpc.ServicerContext], Iterator[pb.SegmentStreamResponse]
]

BROKEN = b"broken"
"""A picture file that cannot be read."""


class FakeServer:
    """Listens on a free port of the loopback interface until stopped.

    `labels` is the label map, [H, W]; `handler` and `stream_handler` replace the whole answer. Streams answer
    `stream_group` pictures at a time, the last one first; with latest_only, only the last one. All lists are
    of what came in.
    """

    def __init__(
        self,
        labels: NDArray[Any],
        credentials: grpc.ServerCredentials | None = None,
        options: Sequence[tuple[str, Any]] = (("grpc.max_receive_message_length", -1),),
    ) -> None:
        self.labels = labels
        self.handler: Handler | None = None
        self.stream_handler: StreamHandler | None = None
        self.stream_group = 1
        self.requests: list[pb.SegmentRequest] = []
        self.registrations: list[pb.RegisterVocabularyRequest] = []
        self.stream_starts: list[pb.SegmentStreamStart] = []
        self.request_ids: list[str] = []
        self.authorizations: list[str | None] = []
        self.vocabularies: dict[str, pb.Vocabulary] = {}
        self.features: set[str] = set()
        self.stopping = threading.Event()
        self._server = grpc.server(futures.ThreadPoolExecutor(max_workers=4), options=options)
        self._server.add_generic_rpc_handlers(
            [
                grpc.method_handlers_generic_handler(
                    "pixelclip.v1.Segmentation",
                    {
                        "Segment": grpc.unary_unary_rpc_method_handler(
                            self._segment,
                            request_deserializer=pb.SegmentRequest.FromString,
                            response_serializer=pb.SegmentResponse.SerializeToString,
                        ),
                        "SegmentStream": grpc.stream_stream_rpc_method_handler(
                            self._segment_stream,
                            request_deserializer=pb.SegmentStreamRequest.FromString,
                            response_serializer=pb.SegmentStreamResponse.SerializeToString,
                        ),
                        "RegisterVocabulary": grpc.unary_unary_rpc_method_handler(
                            self._register_vocabulary,
                            request_deserializer=pb.RegisterVocabularyRequest.FromString,
                            response_serializer=pb.RegisterVocabularyResponse.SerializeToString,
                        ),
                        "ListModels": grpc.unary_unary_rpc_method_handler(
                            self._list_models,
                            request_deserializer=pb.ListModelsRequest.FromString,
                            response_serializer=pb.ListModelsResponse.SerializeToString,
                        ),
                    },
                )
            ]
        )
        if credentials is None:
            port = self._server.add_insecure_port("127.0.0.1:0")
        else:
            port = self._server.add_secure_port("127.0.0.1:0", credentials)
        self.target = f"127.0.0.1:{port}"
        self._server.start()

    def stop(self) -> None:
        self.stopping.set()
        self._server.stop(None).wait()

    def _segment(self, request: pb.SegmentRequest, context: grpc.ServicerContext) -> pb.SegmentResponse:
        self.requests.append(request)
        request_id = self._note(context)
        if self.handler:
            return self.handler(request, context)
        try:
            return self._answer(request, request_id)
        except _Refusal as refusal:
            refuse(context, refusal.status)
            raise AssertionError from refusal

    def _segment_stream(
        self, requests: Iterator[pb.SegmentStreamRequest], context: grpc.ServicerContext
    ) -> Iterator[pb.SegmentStreamResponse]:
        request_id = self._note(context)
        if self.stream_handler:
            yield from self.stream_handler(requests, context)
            return
        start = next(requests).start
        self.stream_starts.append(start)
        group: list[pb.SegmentStreamPicture] = []
        for request in requests:
            assert request.WhichOneof("message") == "picture"
            group.append(request.picture)
            if len(group) == self.stream_group:
                yield from self._answer_group(start, group, request_id)
                group = []
        yield from self._answer_group(start, group, request_id)

    def _answer_group(
        self, start: pb.SegmentStreamStart, group: list[pb.SegmentStreamPicture], request_id: str
    ) -> Iterator[pb.SegmentStreamResponse]:
        for place, picture in enumerate(reversed(group)):
            if start.latest_only and place > 0:
                yield pb.SegmentStreamResponse(id=picture.id, skipped=True)
                continue
            request = pb.SegmentRequest(
                image=picture.image,
                vocabulary=start.vocabulary,
                vocabulary_id=start.vocabulary_id,
                model=start.model,
                background=start.background if start.HasField("background") else None,
                outputs=start.outputs,
            )
            try:
                yield pb.SegmentStreamResponse(id=picture.id, response=self._answer(request, request_id))
            except _Refusal as refusal:
                yield pb.SegmentStreamResponse(id=picture.id, error=refusal.status)

    def _register_vocabulary(
        self, request: pb.RegisterVocabularyRequest, context: grpc.ServicerContext
    ) -> pb.RegisterVocabularyResponse:
        self._note(context)
        self.registrations.append(request)
        words = request.vocabulary.SerializeToString(deterministic=True)
        vocabulary_id = hashlib.sha256(words).hexdigest()[:32]
        self.vocabularies[vocabulary_id] = request.vocabulary
        return pb.RegisterVocabularyResponse(vocabulary_id=vocabulary_id)

    def _answer(self, request: pb.SegmentRequest, request_id: str) -> pb.SegmentResponse:
        """Raises _Refusal."""
        if request.vocabulary_id:
            if request.vocabulary_id not in self.vocabularies:
                raise _Refusal(grpc.StatusCode.NOT_FOUND, "vocabulary_id", "not known")
            words = self.vocabularies[request.vocabulary_id]
            request = pb.SegmentRequest.FromString(request.SerializeToString())
            request.vocabulary.CopyFrom(words)
        image = request.image
        if image.features_id and image.features_id not in self.features:
            raise _Refusal(grpc.StatusCode.NOT_FOUND, "image.features_id", "not known")
        if image.encoded == BROKEN:
            raise _Refusal(grpc.StatusCode.INVALID_ARGUMENT, "image.encoded", "no picture")
        response = segment_response(request, self.labels, request_id)
        if request.outputs.keep_features:
            response.features_id = f"features-{len(self.features)}"
            response.features_expire_seconds = 120
            self.features.add(response.features_id)
        return response

    def _note(self, context: grpc.ServicerContext) -> str:
        """The call's id."""
        metadata = {key: str(value) for key, value in context.invocation_metadata()}
        self.request_ids.append(metadata["x-request-id"])
        self.authorizations.append(metadata.get("authorization"))
        return self.request_ids[-1]

    def _list_models(
        self, request: pb.ListModelsRequest, context: grpc.ServicerContext
    ) -> pb.ListModelsResponse:
        del request
        self._note(context)
        return pb.ListModelsResponse(
            models=[
                pb.ModelInfo(
                    model=pb.ModelVersion(name="vit", version="0123456789ab"),
                    description="ViT, width 768",
                    input_width=320,
                    input_height=320,
                    embedding_dimensions=512,
                ),
                pb.ModelInfo(model=pb.ModelVersion(name="convnext", version="ba9876543210")),
            ],
            limits=pb.Limits(
                max_image_pixels=1 << 26,
                max_request_bytes=1 << 27,
                max_classes=2000,
                max_synonyms=32,
                max_templates=100,
                max_prompts=20000,
                max_score_maps=16,
                max_background_words=200,
                max_stream_in_flight=64,
            ),
        )


def segment_response(request: pb.SegmentRequest, labels: NDArray[Any], request_id: str) -> pb.SegmentResponse:
    """What a server says that found `labels`. Mean scores are 0.25, score maps run from -0.5 to 0.5."""
    height, width = labels.shape
    names = [item.name for item in request.vocabulary.classes]
    has_background = request.HasField("background")
    if has_background:
        names.append(request.background.name or "background")
    ramp = np.broadcast_to(np.linspace(0, 255, width).round().astype(np.uint8), (height, width))
    response = pb.SegmentResponse(
        width=width,
        height=height,
        label_map=label_map_message(request.outputs.label_map, labels, len(names)),
        score_maps=[
            pb.ScoreMap(class_name=name, min_score=-0.5, max_score=0.5, png=png(ramp))
            for name in request.outputs.score_maps
        ],
        model=pb.ModelVersion(name=request.model or "vit", version="0123456789ab"),
        seconds=pb.StageTimes(encoder=0.5, total=0.75),
        request_id=request_id,
    )
    if request.outputs.best_scores:
        response.best_scores.CopyFrom(pb.ScoreMap(min_score=-0.5, max_score=0.5, png=png(ramp)))
    for label, name in enumerate(names):
        ys, xs = np.nonzero(labels == label)
        result = response.classes.add(
            label=label,
            name=name,
            is_background=has_background and label == len(names) - 1,
            pixels=ys.size,
            share=ys.size / labels.size,
        )
        if ys.size:
            result.mean_score = 0.25
            x, y = int(xs.min()), int(ys.min())
            result.box.CopyFrom(
                pb.BoundingBox(x=x, y=y, width=int(xs.max()) + 1 - x, height=int(ys.max()) + 1 - y)
            )
    return response


def label_map_message(
    encoding: pb.LabelMapEncoding, labels: NDArray[Any], class_count: int
) -> pb.LabelMap | None:
    dtype = np.uint8 if class_count <= 256 else np.uint16
    if encoding == pb.LABEL_MAP_ENCODING_NONE:
        return None
    if encoding == pb.LABEL_MAP_ENCODING_RLE:
        masks = [pb.RleMask(label=int(v), counts=coco_counts(labels == v)) for v in np.unique(labels)]
        return pb.LabelMap(rle=pb.RleLabelMap(masks=masks))
    if encoding == pb.LABEL_MAP_ENCODING_RAW:
        raw = labels.astype(np.dtype(dtype).newbyteorder("<")).tobytes()
        return pb.LabelMap(raw=pb.RawLabelMap(bytes_per_label=np.dtype(dtype).itemsize, labels=raw))
    return pb.LabelMap(png=png(labels.astype(dtype)))


def png(values: NDArray[Any]) -> bytes:
    file = io.BytesIO()
    PIL.Image.fromarray(values).save(file, "PNG")
    return file.getvalue()


def coco_counts(mask: NDArray[np.bool_]) -> str:
    """COCO's compressed run lengths, one number and one character at a time."""
    runs, current, length = [], False, 0
    for value in map(bool, mask.T.ravel()):
        if value != current:
            runs.append(length)
            current, length = value, 0
        length += 1
    runs.append(length)
    text = ""
    for index, run in enumerate(runs):
        rest = run - runs[index - 2] if index > 2 else run
        more = True
        while more:
            low = rest & 0x1F
            rest >>= 5
            more = rest != (-1 if low & 0x10 else 0)
            text += chr(48 + low + (0x20 if more else 0))
    return text


class _Refusal(Exception):
    def __init__(self, code: grpc.StatusCode, field: str, description: str) -> None:
        super().__init__()
        self.status = bad_request_status(code, f"{field}: {description}", [(field, description)])


def bad_request_status(
    code: grpc.StatusCode, message: str, violations: Sequence[tuple[str, str]]
) -> status_pb2.Status:
    detail = any_pb2.Any()
    detail.Pack(
        error_details_pb2.BadRequest(
            field_violations=[
                error_details_pb2.BadRequest.FieldViolation(field=field, description=description)
                for field, description in violations
            ]
        )
    )
    return status_pb2.Status(code=code.value[0], message=message, details=[detail])


def refuse(context: grpc.ServicerContext, status: status_pb2.Status) -> None:
    """Ends the call as the server does."""
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(next(code for code in grpc.StatusCode if code.value[0] == status.code), status.message)


def bad_request(context: grpc.ServicerContext, message: str, violations: Sequence[tuple[str, str]]) -> None:
    """Ends the call as the server does for a request that is at fault."""
    refuse(context, bad_request_status(grpc.StatusCode.INVALID_ARGUMENT, message, violations))
