"""From response messages to results."""

from __future__ import annotations

from pixelclip._errors import InvalidResponse, from_status
from pixelclip._labels import label_map, score_map
from pixelclip._proto import segmentation_pb2 as pb
from pixelclip._types import (
    Box,
    ClassResult,
    Features,
    Limits,
    ModelInfo,
    ModelVersion,
    Segmentation,
    StageTimes,
    StreamResult,
)


def segmentation(response: pb.SegmentResponse) -> Segmentation:
    """Raises InvalidResponse, with the request's id, if the response contradicts itself."""
    width, height = response.width, response.height
    seconds = response.seconds
    try:
        return Segmentation(
            width=width,
            height=height,
            classes=[_class_result(result) for result in response.classes],
            model=ModelVersion(response.model.name, response.model.version),
            seconds=StageTimes(
                decode=seconds.decode,
                preprocess=seconds.preprocess,
                queue=seconds.queue,
                text=seconds.text,
                encoder=seconds.encoder,
                classify=seconds.classify,
                encode=seconds.encode,
                total=seconds.total,
            ),
            request_id=response.request_id,
            best_scores=score_map(response.best_scores, width, height)
            if response.HasField("best_scores")
            else None,
            score_maps={item.class_name: score_map(item, width, height) for item in response.score_maps},
            label_map=label_map(response.label_map, width, height, len(response.classes)),
            features=Features(response.features_id, response.model.name, response.features_expire_seconds)
            if response.features_id
            else None,
        )
    except InvalidResponse as error:
        error.request_id = response.request_id
        raise


def stream_result(response: pb.SegmentStreamResponse, request_id: str) -> StreamResult:
    """`request_id` is the stream's."""
    kind = response.WhichOneof("result")
    if kind == "skipped":
        return StreamResult(response.id, skipped=True)
    if kind == "error":
        return StreamResult(response.id, error=from_status(response.error, request_id))
    try:
        if kind is None:
            raise InvalidResponse("an answer of a kind that this client does not know")
        return StreamResult(response.id, segmentation(response.response))
    except InvalidResponse as error:
        error.request_id = error.request_id or request_id
        return StreamResult(response.id, error=error)


def models(response: pb.ListModelsResponse) -> list[ModelInfo]:
    """In the server's order: the default model first."""
    return [
        ModelInfo(
            name=info.model.name,
            version=info.model.version,
            description=info.description,
            input_width=info.input_width,
            input_height=info.input_height,
            embedding_dimensions=info.embedding_dimensions,
        )
        for info in response.models
    ]


def limits(response: pb.ListModelsResponse) -> Limits:
    message = response.limits
    return Limits(
        max_image_pixels=message.max_image_pixels,
        max_request_bytes=message.max_request_bytes,
        max_classes=message.max_classes,
        max_synonyms=message.max_synonyms,
        max_templates=message.max_templates,
        max_prompts=message.max_prompts,
        max_score_maps=message.max_score_maps,
        max_background_words=message.max_background_words,
        max_stream_in_flight=message.max_stream_in_flight,
    )


def _class_result(message: pb.ClassResult) -> ClassResult:
    box = message.box
    return ClassResult(
        name=message.name,
        label=message.label,
        is_background=message.is_background,
        pixels=message.pixels,
        share=message.share,
        mean_score=message.mean_score,
        box=Box(box.x, box.y, box.width, box.height) if message.HasField("box") else None,
    )
