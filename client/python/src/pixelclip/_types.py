"""The values that go in and come out. Nothing here knows gRPC or Protobuf."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Union

import numpy as np
import PIL.Image
from numpy.typing import NDArray

#: A picture: the path of a file, the bytes of a file, an array of uint8 ([H, W, 3] RGB, [H, W, 4] RGBA
#: or [H, W] grey), or a PIL picture. Files may be JPEG, PNG, WebP, BMP or TIFF, and the server applies
#: their EXIF orientation; arrays and PIL pictures are taken as they lie in memory. Alpha is dropped.
ImageLike = Union[str, "os.PathLike[str]", bytes, bytearray, memoryview, NDArray[np.uint8], PIL.Image.Image]

#: Whom the server serves first when calls wait.
Priority = Literal["low", "normal", "high"]

#: Prompt templates by name: the eight that PixelCLIP was published with, the word as it is, or the eighty of
#: CLIP's evaluation on ImageNet.
TemplateSet = Literal["published", "none", "imagenet"]

#: What a class with several synonyms is: the mean of their embeddings, or at each pixel the one that fits best.
SynonymRule = Literal["average", "best"]

#: What the model sees of a picture's shape: a square, or its own shape with as many pixels.
Fit = Literal["squash", "keep_aspect"]

#: uint8 if there are at most 256 classes (the background counts), otherwise uint16.
LabelArray = Union[NDArray[np.uint8], NDArray[np.uint16]]


@dataclass(frozen=True)
class Class:
    """One class of a vocabulary.

    `name` is what to look for, such as "traffic light"; a comma followed by a space separates synonyms:
    "road, street". `synonyms` are more of them. What they make together, `synonym_rule` says.
    """

    name: str
    synonyms: Sequence[str] = ()


@dataclass(frozen=True)
class Background:
    """Allows the answer "none of these". At least one of `words` and `score_threshold` is needed.

    A pixel is background if one of `words` fits it better than every class, or if its best score, a cosine
    from -1 to 1, is below `score_threshold`. Useful thresholds depend on the model: look at
    `ClassResult.mean_score`. `name` is what the answer calls it; empty means "background".

    With `softmax_scale`, more than 0 and at most 1000, `score_threshold` is a probability: the cosines times
    the scale go through softmax over all classes and words. Papers take 40 to 100.
    """

    words: Sequence[str] = ()
    score_threshold: float | None = None
    name: str = ""
    softmax_scale: float | None = None


@dataclass(frozen=True)
class Vocabulary:
    """Words that a server keeps: what register_vocabulary returned. Goes wherever lists of classes go.

    Good for every client and thread. It holds the words, too, so that a server that has forgotten them can be
    told again.
    """

    id: str
    """The server's name for them: the same words have the same one on every server."""
    model: str
    """Which model they were registered with; others embed them at first use. Empty: the server's default."""
    classes: tuple[str | Class, ...] = field(repr=False)
    templates: tuple[str, ...] = field(repr=False)
    template_set: TemplateSet = field(default="published", repr=False)
    synonym_rule: SynonymRule = field(default="average", repr=False)


@dataclass(frozen=True)
class Features:
    """A picture that the server has encoded and kept: `Segmentation.features`. Goes wherever pictures go.

    Good for one model of one server, for a short time.
    """

    id: str
    model: str
    """The model that encoded it; calls that name no model use this one."""
    expire_seconds: float
    """How long it is kept, unless memory runs short; each use begins that time anew."""


#: What stream() takes: a picture, or one with a number of the caller's choice.
StreamPicture = Union[ImageLike, Features, tuple[int, Union[ImageLike, Features]]]


class Box(NamedTuple):
    """[x, x + width) by [y, y + height), in pixels from the top left corner."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class ClassResult:
    """What one class, or the background, got of the picture."""

    name: str
    """As in the request."""
    label: int
    """Its value in the label map."""
    is_background: bool
    """Whether this is "none of these"."""
    pixels: int
    """How many pixels it has."""
    share: float
    """The same as a part of all pixels, 0 to 1."""
    mean_score: float
    """Mean over its pixels of the best score there, a cosine from -1 to 1; 0 without pixels."""
    box: Box | None
    """The smallest box around its pixels; None without pixels."""


class ModelVersion(NamedTuple):
    """Which weights answered."""

    name: str
    version: str
    """The first 12 hexadecimal digits of the SHA-256 of the weights."""


@dataclass(frozen=True)
class StageTimes:
    """How long each stage took on the server, in seconds."""

    decode: float
    preprocess: float
    queue: float
    text: float
    encoder: float
    classify: float
    encode: float
    total: float


@dataclass(frozen=True)
class ModelInfo:
    """A model that the server has."""

    name: str
    version: str
    """The first 12 hexadecimal digits of the SHA-256 of the weights."""
    description: str
    input_width: int
    """What a picture is resized to before the visual encoder, in pixels."""
    input_height: int
    embedding_dimensions: int


@dataclass(frozen=True)
class Limits:
    """The limits that requests to the server must keep."""

    max_image_pixels: int
    max_request_bytes: int
    max_classes: int
    max_synonyms: int
    max_templates: int
    max_prompts: int
    """Distinct texts of one request: classes, times their synonyms, times templates."""
    max_score_maps: int
    max_background_words: int
    max_stream_in_flight: int
    """Pictures of one stream in progress at once."""


@dataclass(frozen=True, eq=False)
class Segmentation:
    """The answer for one picture of H by W pixels, its EXIF orientation applied."""

    width: int
    height: int
    classes: list[ClassResult]
    """In the vocabulary's order, then the background if one was asked for; classes[i].label is i."""
    model: ModelVersion
    seconds: StageTimes
    request_id: str
    """Identifies the call in the server's logs."""
    best_scores: NDArray[np.float32] | None = field(default=None, repr=False)
    """[H, W], the best class's cosine; None unless asked for. Sent as 8 bits between its extremes."""
    score_maps: dict[str, NDArray[np.float32]] = field(default_factory=dict, repr=False)
    """[H, W] for each class that was asked for. Sent as 8 bits between its extremes."""
    label_map: LabelArray | None = field(default=None, repr=False)
    """As `labels`, but None if the answer has no label map."""
    features: Features | None = None
    """Stands for the picture in further calls; None unless asked for with keep_features=True."""

    @property
    def labels(self) -> LabelArray:
        """[H, W]: which class each pixel has, an index into `classes`.

        uint8 if there are at most 256 classes (the background counts), otherwise uint16, however it was
        encoded.

        Raises:
          ValueError: the answer has no label map, because it was asked for with encoding="none".
        """
        if self.label_map is None:
            raise ValueError('no label map in this answer: ask for one with encoding="png", "rle" or "raw"')
        return self.label_map

    @property
    def background(self) -> ClassResult | None:
        """The background's entry; None if none was asked for."""
        return next((result for result in self.classes if result.is_background), None)

    def __getitem__(self, name: str) -> ClassResult:
        """The class of this name, exactly as in the request; KeyError if there is none."""
        for result in self.classes:
            if result.name == name:
                return result
        raise KeyError(f"no class named {name!r}; there are {[result.name for result in self.classes]}")

    def mask(self, name: str) -> NDArray[np.bool_]:
        """[H, W]: which pixels the class of this name has. Raises as `labels` and `result[name]`."""
        return np.equal(self.labels, self[name].label)


@dataclass(frozen=True, eq=False)
class StreamResult:
    """The answer for one picture of a stream: exactly one of `result`, `error` and `skipped` is there."""

    id: int
    """The caller's number, or else the picture's position in the stream, from 0."""
    result: Segmentation | None = None
    error: Exception | None = None
    """What segment() would have raised for this picture."""
    skipped: bool = False
    """A newer picture took its place; only with latest_only=True."""
