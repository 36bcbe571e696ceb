"""A PixelCLIP server without a model: it answers every picture with one given label map."""

from __future__ import annotations

import io
import threading
from collections.abc import Sequence
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


class FakeServer:
    """Listens on a free port of the loopback interface until stopped.

    `labels` is the label map, [H, W]; `handler` replaces the whole answer; `requests` and
    `request_ids` are those that came in.
    """

    def __init__(
        self,
        labels: NDArray[Any],
        credentials: grpc.ServerCredentials | None = None,
        options: Sequence[tuple[str, Any]] = (("grpc.max_receive_message_length", -1),),
    ) -> None:
        self.labels = labels
        self.handler: Handler | None = None
        self.requests: list[pb.SegmentRequest] = []
        self.request_ids: list[str] = []
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
        self.request_ids.append(str(dict(context.invocation_metadata())["x-request-id"]))
        if self.handler:
            return self.handler(request, context)
        return segment_response(request, self.labels, self.request_ids[-1])

    def _list_models(
        self, request: pb.ListModelsRequest, context: grpc.ServicerContext
    ) -> pb.ListModelsResponse:
        del request, context
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


def bad_request(context: grpc.ServicerContext, message: str, violations: Sequence[tuple[str, str]]) -> None:
    """Ends the call as the server does for a request that is at fault."""
    detail = any_pb2.Any()
    detail.Pack(
        error_details_pb2.BadRequest(
            field_violations=[
                error_details_pb2.BadRequest.FieldViolation(field=field, description=description)
                for field, description in violations
            ]
        )
    )
    status = status_pb2.Status(
        code=grpc.StatusCode.INVALID_ARGUMENT.value[0], message=message, details=[detail]
    )
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(grpc.StatusCode.INVALID_ARGUMENT, message)
