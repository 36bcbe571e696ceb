"""From arguments to request messages. Checks what no message can hold: the limits are the server's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from pixelclip._images import image_message
from pixelclip._proto import segmentation_pb2 as pb
from pixelclip._types import (
    Background,
    Class,
    Features,
    Fit,
    ImageLike,
    Priority,
    StreamPicture,
    StreamResult,
    SynonymRule,
    TemplateSet,
    Vocabulary,
)

Encoding = Literal["png", "rle", "raw", "none"]

_Choice = TypeVar("_Choice")

_ENCODINGS = {
    "png": pb.LABEL_MAP_ENCODING_PNG,
    "rle": pb.LABEL_MAP_ENCODING_RLE,
    "raw": pb.LABEL_MAP_ENCODING_RAW,
    "none": pb.LABEL_MAP_ENCODING_NONE,
}

_TEMPLATE_SETS = {
    "published": pb.TEMPLATE_SET_UNSPECIFIED,
    "none": pb.TEMPLATE_SET_NONE,
    "imagenet": pb.TEMPLATE_SET_IMAGENET,
}

_SYNONYM_RULES = {"average": pb.SYNONYM_RULE_UNSPECIFIED, "best": pb.SYNONYM_RULE_BEST}

_FITS = {"squash": pb.INPUT_FIT_UNSPECIFIED, "keep_aspect": pb.INPUT_FIT_KEEP_ASPECT}

_PRIORITIES = {"low": pb.PRIORITY_LOW, "normal": pb.PRIORITY_NORMAL, "high": pb.PRIORITY_HIGH}


@dataclass(frozen=True)
class Options:
    """What Segment and SegmentStream have in common; see Client.segment."""

    background: Background | None
    templates: Sequence[str] | None
    template_set: TemplateSet
    synonym_rule: SynonymRule
    model: str
    encoding: Encoding
    best_scores: bool
    score_maps: Sequence[str]
    keep_features: bool
    priority: Priority
    tile_size: int | None
    overlap: int
    global_weight: float
    fit: Fit
    resolution: int
    refine_steps: int


def segment_request(
    image: ImageLike | Features, classes: Sequence[str | Class] | Vocabulary, options: Options
) -> pb.SegmentRequest:
    fields = _common_fields(options)
    if isinstance(image, Features) and not options.model:
        fields["model"] = image.model
    if isinstance(classes, Vocabulary):
        _refuse_wording(options)
        fields["vocabulary_id"] = classes.id
    else:
        fields["vocabulary"] = _vocabulary_message(
            classes, options.templates, options.template_set, options.synonym_rule
        )
    return pb.SegmentRequest(image=image_message(image), **fields)


def stream_start(
    classes: Sequence[str | Class] | Vocabulary, options: Options, *, max_in_flight: int, latest_only: bool
) -> pb.SegmentStreamRequest:
    """Says a Vocabulary's words, not its id: once a stream they cost little, and are never forgotten."""
    if isinstance(classes, Vocabulary):
        _refuse_wording(options)
        vocabulary = _vocabulary_message(
            classes.classes, classes.templates, classes.template_set, classes.synonym_rule
        )
    else:
        vocabulary = _vocabulary_message(
            classes, options.templates, options.template_set, options.synonym_rule
        )
    return pb.SegmentStreamRequest(
        start=pb.SegmentStreamStart(
            vocabulary=vocabulary,
            max_in_flight=_uint(max_in_flight, "max_in_flight"),
            latest_only=latest_only,
            **_common_fields(options),
        )
    )


def stream_picture(position: int, item: StreamPicture) -> pb.SegmentStreamRequest | StreamResult:
    """The message, or what is wrong with this picture: see image_message.

    Raises:
      TypeError, ValueError: no id that it could be answered under.
    """
    picture_id, image = _numbered(position, item)
    try:
        picture = pb.SegmentStreamPicture(id=picture_id, image=image_message(image))
    except (OSError, TypeError, ValueError) as error:
        return StreamResult(picture_id, error=error)
    return pb.SegmentStreamRequest(picture=picture)


def register_request(
    classes: Sequence[str | Class],
    templates: Sequence[str] | None,
    template_set: TemplateSet,
    synonym_rule: SynonymRule,
    model: str,
) -> pb.RegisterVocabularyRequest:
    return pb.RegisterVocabularyRequest(
        vocabulary=_vocabulary_message(classes, templates, template_set, synonym_rule),
        model=_string(model, "model"),
    )


def _common_fields(options: Options) -> dict[str, Any]:
    """SegmentRequest and SegmentStreamStart name them alike."""
    tiling = None
    if options.tile_size is not None:
        tiling = pb.Tiling(
            tile_size=_uint(options.tile_size, "tile_size"),
            overlap=_uint(options.overlap, "overlap"),
            global_weight=options.global_weight,
        )
    elif options.overlap:
        raise ValueError(f"overlap is {options.overlap}, but there is no tile_size")
    elif options.global_weight:
        raise ValueError(f"global_weight is {options.global_weight}, but there is no tile_size")
    inference = pb.InferenceOptions(
        fit=_choice(options.fit, _FITS, "fit"),
        resolution=_uint(options.resolution, "resolution"),
        refine_steps=_uint(options.refine_steps, "refine_steps"),
    )
    return {
        "model": _string(options.model, "model"),
        "background": None if options.background is None else _background_message(options.background),
        "outputs": pb.Outputs(
            label_map=_choice(options.encoding, _ENCODINGS, "encoding"),
            best_scores=options.best_scores,
            score_maps=_strings(options.score_maps, "score_maps"),
            keep_features=options.keep_features,
        ),
        "priority": _choice(options.priority, _PRIORITIES, "priority"),
        "tiling": tiling,
        "inference": inference if inference.ByteSize() else None,
    }


def _refuse_wording(options: Options) -> None:
    for name, given in (
        ("templates", bool(options.templates)),
        ("template_set", options.template_set != "published"),
        ("synonym_rule", options.synonym_rule != "average"),
    ):
        if given:
            raise ValueError(f"{name} belong to the vocabulary: give them to register_vocabulary")


def _numbered(position: int, item: StreamPicture) -> tuple[int, ImageLike | Features]:
    if not isinstance(item, tuple):
        return position, item
    if len(item) != 2:
        raise TypeError(f"pictures[{position}] must be a picture or (id, picture), not {len(item)} things")
    return _uint(item[0], f"the id of pictures[{position}]", bits=64), item[1]


def _vocabulary_message(
    classes: Sequence[str | Class],
    templates: Sequence[str] | None,
    template_set: TemplateSet,
    synonym_rule: SynonymRule,
) -> pb.Vocabulary:
    refuse_string(classes, "classes")
    return pb.Vocabulary(
        classes=[_class_message(item, f"classes[{index}]") for index, item in enumerate(classes)],
        templates=_strings(templates or (), "templates"),
        template_set=_choice(template_set, _TEMPLATE_SETS, "template_set"),
        synonym_rule=_choice(synonym_rule, _SYNONYM_RULES, "synonym_rule"),
    )


def _class_message(item: str | Class, where: str) -> pb.VocabularyClass:
    if isinstance(item, str):
        return pb.VocabularyClass(name=_string(item, where))
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
        softmax_scale=background.softmax_scale,
    )


def _strings(values: Sequence[str], what: str) -> Sequence[str]:
    refuse_string(values, what)
    return [_string(value, f"{what}[{index}]") for index, value in enumerate(values)]


def _string(value: str, what: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{what} must be a str, not {type(value).__name__}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{what} has half a surrogate pair, which is no text: {value!r}") from None
    return value


def _uint(value: int, what: str, bits: int = 32) -> int:
    if not isinstance(value, int):
        raise TypeError(f"{what} must be an int, not {type(value).__name__}")
    if not 0 <= value < 1 << bits:
        raise ValueError(f"{what} must be at least 0 and below 2**{bits}, not {value}")
    return value


def _choice(value: str, choices: Mapping[str, _Choice], what: str) -> _Choice:
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{what} must be one of {', '.join(map(repr, choices))}, not {value!r}")
    return choices[value]


def refuse_string(values: object, what: str) -> None:
    if isinstance(values, (str, bytes)):  # iterable, but surely not meant letter by letter
        raise TypeError(f"{what} must be a list, not a single {type(values).__name__}")
