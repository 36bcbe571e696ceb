"""From arguments to a request message."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pixelclip._images import image_message
from pixelclip._proto import segmentation_pb2 as pb
from pixelclip._types import Background, Class, ImageLike

Encoding = Literal["png", "rle", "raw", "none"]

_ENCODINGS = {
    "png": pb.LABEL_MAP_ENCODING_PNG,
    "rle": pb.LABEL_MAP_ENCODING_RLE,
    "raw": pb.LABEL_MAP_ENCODING_RAW,
    "none": pb.LABEL_MAP_ENCODING_NONE,
}


def segment_request(
    image: ImageLike,
    classes: Sequence[str | Class],
    *,
    background: Background | None,
    templates: Sequence[str] | None,
    model: str,
    encoding: Encoding,
    best_scores: bool,
    score_maps: Sequence[str],
) -> pb.SegmentRequest:
    """See Client.segment. Checks types only: the limits are the server's."""
    if encoding not in _ENCODINGS:
        raise ValueError(f"encoding must be one of {', '.join(map(repr, _ENCODINGS))}, not {encoding!r}")
    _refuse_string(classes, "classes")
    return pb.SegmentRequest(
        image=image_message(image),
        vocabulary=pb.Vocabulary(
            classes=[_class_message(item, f"classes[{index}]") for index, item in enumerate(classes)],
            templates=_strings(templates or (), "templates"),
        ),
        model=_string(model, "model"),
        background=None if background is None else _background_message(background),
        outputs=pb.Outputs(
            label_map=_ENCODINGS[encoding],
            best_scores=best_scores,
            score_maps=_strings(score_maps, "score_maps"),
        ),
    )


def _class_message(item: str | Class, where: str) -> pb.VocabularyClass:
    if isinstance(item, str):
        return pb.VocabularyClass(name=item)
    if not isinstance(item, Class):
        raise TypeError(f"{where} must be a str or a pixelclip.Class, not {type(item).__name__}")
    return pb.VocabularyClass(
        name=_string(item.name, f"{where}.name"), synonyms=_strings(item.synonyms, f"{where}.synonyms")
    )


def _background_message(background: Background) -> pb.Background:
    if not isinstance(background, Background):
        raise TypeError(f"background must be a pixelclip.Background, not {type(background).__name__}")
    return pb.Background(
        name=_string(background.name, "background.name"),
        words=_strings(background.words, "background.words"),
        score_threshold=background.score_threshold,
    )


def _strings(values: Sequence[str], what: str) -> Sequence[str]:
    _refuse_string(values, what)
    return [_string(value, f"{what}[{index}]") for index, value in enumerate(values)]


def _string(value: str, what: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{what} must be a str, not {type(value).__name__}")
    return value


def _refuse_string(values: object, what: str) -> None:
    if isinstance(values, (str, bytes)):  # iterable, but surely not meant letter by letter
        raise TypeError(f"{what} must be a list, not a single {type(values).__name__}")
