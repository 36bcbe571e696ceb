"""Client of PixelCLIP Server: say which of your words fits every pixel of a picture.

    with pixelclip.Client("localhost:50051") as client:
        result = client.segment("photo.jpg", ["dog", "grass, lawn", "sky"])
    result.labels        # [H, W] uint8, an index into result.classes
    result["dog"].share  # part of the picture, 0 to 1
    result.mask("dog")   # [H, W] bool

Client.stream segments many pictures in one call, such as the frames of a video.
pixelclip.aio has the same client for asyncio.
"""

from importlib.metadata import version as _version

from pixelclip import aio
from pixelclip._channel import DEFAULT_TIMEOUT, TlsOptions
from pixelclip._client import Client
from pixelclip._errors import (
    Cancelled,
    DeadlineExceeded,
    Error,
    FeaturesExpired,
    InvalidRequest,
    InvalidResponse,
    MessageTooLarge,
    ModelNotFound,
    ServerBusy,
    ServerError,
    Unauthenticated,
    Unavailable,
    Violation,
    VocabularyForgotten,
)
from pixelclip._overlay import overlay, palette
from pixelclip._request import Encoding
from pixelclip._types import (
    Background,
    Box,
    Class,
    ClassResult,
    Features,
    Fit,
    ImageLike,
    Limits,
    ModelInfo,
    ModelVersion,
    Priority,
    Segmentation,
    StageTimes,
    StreamPicture,
    StreamResult,
    SynonymRule,
    TemplateSet,
    Vocabulary,
)
from pixelclip.aio import AsyncClient

__version__ = _version("pixelclip")

__all__ = [
    "DEFAULT_TIMEOUT",
    "AsyncClient",
    "Background",
    "Box",
    "Cancelled",
    "Class",
    "ClassResult",
    "Client",
    "DeadlineExceeded",
    "Encoding",
    "Error",
    "Features",
    "FeaturesExpired",
    "Fit",
    "ImageLike",
    "InvalidRequest",
    "InvalidResponse",
    "Limits",
    "MessageTooLarge",
    "ModelInfo",
    "ModelNotFound",
    "ModelVersion",
    "Priority",
    "Segmentation",
    "ServerBusy",
    "ServerError",
    "StageTimes",
    "StreamPicture",
    "StreamResult",
    "SynonymRule",
    "TemplateSet",
    "TlsOptions",
    "Unauthenticated",
    "Unavailable",
    "Violation",
    "Vocabulary",
    "VocabularyForgotten",
    "aio",
    "overlay",
    "palette",
]
