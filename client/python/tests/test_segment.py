"""What Segment and ListModels send and return."""

from __future__ import annotations

import asyncio
import inspect
import importlib.metadata
from typing import Any

import numpy as np
import pytest
from fake_server import FakeServer

import pixelclip
from pixelclip._proto import segmentation_pb2 as pb

IMAGE = np.zeros((5, 7, 3), np.uint8)
WORDS = ["sky", "grass, lawn", "dog"]


@pytest.mark.parametrize("encoding", ["png", "rle", "raw"])
def test_label_map_is_the_same_in_every_encoding(client: Any, server: FakeServer, encoding: str) -> None:
    labels = client.segment(IMAGE, WORDS, encoding=encoding).labels
    assert labels.dtype == np.uint8
    np.testing.assert_array_equal(labels, server.labels)


@pytest.mark.parametrize("encoding", ["png", "rle", "raw"])
@pytest.mark.parametrize("count, dtype", [(256, np.uint8), (257, np.uint16), (2000, np.uint16)])
def test_label_map_of_many_classes(
    client: Any, server: FakeServer, encoding: str, count: int, dtype: type
) -> None:
    server.labels = np.random.default_rng(count).integers(0, count, (40, 30))
    server.labels[3, 4] = count - 1
    labels = client.segment(IMAGE, [str(i) for i in range(count)], encoding=encoding).labels
    assert labels.dtype == dtype
    np.testing.assert_array_equal(labels, server.labels)


def test_classes(client: Any, server: FakeServer) -> None:
    result = client.segment(IMAGE, WORDS)
    assert (result.width, result.height) == (7, 5)
    assert [c.name for c in result.classes] == WORDS
    assert result["dog"] == pixelclip.ClassResult(
        name="dog",
        label=2,
        is_background=False,
        pixels=2,
        share=2 / 35,
        mean_score=0.25,
        box=pixelclip.Box(5, 4, 2, 1),
    )
    assert result.mask("dog").dtype == np.bool_
    np.testing.assert_array_equal(np.argwhere(result.mask("dog")), [[4, 5], [4, 6]])
    assert result.background is None
    assert result.model == pixelclip.ModelVersion("vit", "0123456789ab")
    assert (result.seconds.encoder, result.seconds.total) == (0.5, 0.75)
    assert result.request_id == server.request_ids[0]


def test_class_without_pixels_has_no_box(client: Any) -> None:
    result = client.segment(IMAGE, [*WORDS, "cat"])
    assert result["cat"].box is None
    assert not result.mask("cat").any()


def test_unknown_name_lists_those_there_are(client: Any) -> None:
    result = client.segment(IMAGE, WORDS)
    with pytest.raises(KeyError, match="no class named 'grass'.*grass, lawn"):
        result["grass"]


def test_background(client: Any, server: FakeServer) -> None:
    background = pixelclip.Background(words=["wall"], score_threshold=0.0, name="none")
    result = client.segment(IMAGE, WORDS[:2], background=background)
    assert result.background == result["none"]
    assert result.background.is_background and result.background.label == 2
    sent = server.requests[0].background
    assert (list(sent.words), sent.HasField("score_threshold"), sent.score_threshold) == (["wall"], True, 0.0)


def test_request_without_options(client: Any, server: FakeServer) -> None:
    client.segment(b"file", ["dog", "grass, lawn", pixelclip.Class("sky", synonyms=["heaven"])])
    assert server.requests[0] == pb.SegmentRequest(
        image=pb.Image(encoded=b"file"),
        vocabulary=pb.Vocabulary(
            classes=[
                pb.VocabularyClass(name="dog"),
                pb.VocabularyClass(name="grass, lawn"),
                pb.VocabularyClass(name="sky", synonyms=["heaven"]),
            ]
        ),
        outputs=pb.Outputs(label_map=pb.LABEL_MAP_ENCODING_PNG),
        priority=pb.PRIORITY_NORMAL,
    )


def test_request_with_options(client: Any, server: FakeServer) -> None:
    client.segment(
        b"file",
        WORDS,
        model="convnext",
        templates=["{}", "a {}."],
        priority="high",
        tile_size=512,
        overlap=64,
        global_weight=0.5,
        fit="keep_aspect",
        resolution=640,
        refine_steps=10,
        synonym_rule="best",
    )
    assert server.requests[0].inference == pb.InferenceOptions(
        fit=pb.INPUT_FIT_KEEP_ASPECT, resolution=640, refine_steps=10
    )
    assert server.requests[0].vocabulary.synonym_rule == pb.SYNONYM_RULE_BEST
    assert server.requests[0].priority == pb.PRIORITY_HIGH
    assert server.requests[0].tiling == pb.Tiling(tile_size=512, overlap=64, global_weight=0.5)
    assert server.requests[0].model == "convnext"
    assert list(server.requests[0].vocabulary.templates) == ["{}", "a {}."]
    assert not server.requests[0].HasField("background")


def test_templates_by_name_and_probabilities(client: Any, server: FakeServer) -> None:
    background = pixelclip.Background(score_threshold=0.1, softmax_scale=40)
    client.segment(IMAGE, WORDS, template_set="imagenet", background=background)
    assert server.requests[0].vocabulary.template_set == pb.TEMPLATE_SET_IMAGENET
    assert server.requests[0].background.softmax_scale == 40


def test_scores(client: Any) -> None:
    result = client.segment(IMAGE, WORDS, best_scores=True, score_maps=["dog", "sky"])
    expected = np.broadcast_to(np.linspace(-0.5, 0.5, 7), (5, 7))
    assert result.best_scores.dtype == np.float32
    np.testing.assert_allclose(result.best_scores, expected, atol=0.51 / 255)
    assert (result.best_scores.min(), result.best_scores.max()) == (-0.5, 0.5)
    assert list(result.score_maps) == ["dog", "sky"]
    np.testing.assert_array_equal(result.score_maps["sky"], result.best_scores)


def test_scores_are_absent_unless_asked_for(client: Any) -> None:
    result = client.segment(IMAGE, WORDS)
    assert result.best_scores is None
    assert result.score_maps == {}


def test_no_label_map(client: Any) -> None:
    result = client.segment(IMAGE, WORDS, encoding="none")
    assert result["sky"].pixels == 21
    assert result.label_map is None
    with pytest.raises(ValueError, match="no label map"):
        _ = result.labels
    with pytest.raises(ValueError, match="no label map"):
        result.mask("sky")


@pytest.mark.parametrize(
    "arguments, error, message",
    [
        (dict(classes="dog"), TypeError, "classes must be a list, not a single str"),
        (dict(classes=["dog", 3]), TypeError, r"classes\[1\] must be a str or a pixelclip.Class, not int"),
        (
            dict(classes=[pixelclip.Class("sky", "heaven")]),
            TypeError,
            r"classes\[0\].synonyms must be a list",
        ),
        (dict(classes=[pixelclip.Class(None)]), TypeError, r"classes\[0\].name must be a str"),  # type: ignore[arg-type]
        (dict(templates="a {}"), TypeError, "templates must be a list"),
        (dict(templates=[None]), TypeError, r"templates\[0\] must be a str, not NoneType"),
        (dict(score_maps="dog"), TypeError, "score_maps must be a list"),
        (dict(background=0.3), TypeError, "background must be a pixelclip.Background, not float"),
        (dict(background=pixelclip.Background(words="wall")), TypeError, "background.words must be a list"),
        (
            dict(encoding="jpeg"),
            ValueError,
            "encoding must be one of 'png', 'rle', 'raw', 'none', not 'jpeg'",
        ),
        (
            dict(priority="urgent"),
            ValueError,
            "priority must be one of 'low', 'normal', 'high', not 'urgent'",
        ),
        (dict(tile_size=-1), ValueError, r"tile_size must be at least 0 and below 2\*\*32, not -1"),
        (dict(tile_size=512.0), TypeError, "tile_size must be an int, not float"),
        (dict(tile_size=512, overlap=1 << 32), ValueError, r"overlap must be .* not 4294967296"),
        (dict(overlap=64), ValueError, "overlap is 64, but there is no tile_size"),
        (dict(global_weight=0.5), ValueError, "global_weight is 0.5, but there is no tile_size"),
        (dict(fit="crop"), ValueError, "fit must be one of 'squash', 'keep_aspect', not 'crop'"),
        (dict(template_set="eighty"), ValueError, "template_set must be one of .* not 'eighty'"),
        (dict(synonym_rule="mean"), ValueError, "synonym_rule must be one of .* not 'mean'"),
        (dict(refine_steps=-1), ValueError, "refine_steps must be at least 0"),
        (dict(priority=["low"]), ValueError, r"priority must be one of .* not \['low'\]"),
        (dict(classes=["dog", "d\ud800g"]), ValueError, r"classes\[1\] has half a surrogate pair"),
        (dict(templates=["a {}", "\udfff {}"]), ValueError, r"templates\[1\] has half a surrogate pair"),
        (dict(model="\ud800"), ValueError, "model has half a surrogate pair"),
        (dict(timeout=0), ValueError, "timeout must be a finite number of seconds above 0, not 0"),
        (dict(timeout=float("inf")), ValueError, "timeout must be"),
    ],
)
def test_wrong_arguments_are_not_sent(
    client: Any, server: FakeServer, arguments: dict[str, Any], error: type, message: str
) -> None:
    with pytest.raises(error, match=message):
        client.segment(**{"image": IMAGE, "classes": WORDS, **arguments})
    assert server.requests == []


def test_models(client: Any) -> None:
    models = client.models()
    assert [model.name for model in models] == ["vit", "convnext"]
    assert models[0] == pixelclip.ModelInfo("vit", "0123456789ab", "ViT, width 768", 320, 320, 512)


def test_limits(client: Any) -> None:
    assert client.limits() == pixelclip.Limits(1 << 26, 1 << 27, 2000, 32, 100, 20000, 16, 200, 64)


def test_context_managers(server: FakeServer) -> None:
    with pixelclip.Client(server.target) as client:
        assert client.models()
    with pytest.raises(ValueError, match="closed"):
        client.models()

    async def use() -> int:
        async with pixelclip.aio.Client(server.target) as client:
            results = await asyncio.gather(*(client.segment(IMAGE, WORDS) for _ in range(8)))
        return len(results)

    assert asyncio.run(use()) == 8


def test_both_clients_take_the_same_arguments() -> None:
    for name in ("__init__", "segment", "stream", "register_vocabulary", "models", "limits"):
        parameters = [
            {
                parameter.name: (parameter.kind, parameter.default)
                for parameter in inspect.signature(getattr(kind, name)).parameters.values()
            }
            for kind in (pixelclip.Client, pixelclip.AsyncClient)
        ]
        assert parameters[0] == parameters[1], name


def test_async_client_needs_a_running_loop(server: FakeServer) -> None:
    with pytest.raises(RuntimeError, match="no running event loop"):
        pixelclip.AsyncClient(server.target)


def test_cancelling_a_task_cancels_its_call(server: FakeServer) -> None:
    async def use() -> None:
        arrived, cancelled = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()

        def wait(request: pb.SegmentRequest, context: Any) -> pb.SegmentResponse:
            context.add_callback(lambda: loop.call_soon_threadsafe(cancelled.set))
            loop.call_soon_threadsafe(arrived.set)
            server.stopping.wait()
            return pb.SegmentResponse()

        server.handler = wait
        async with pixelclip.AsyncClient(server.target) as client:
            task = asyncio.ensure_future(client.segment(IMAGE, WORDS))
            await arrived.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.wait_for(cancelled.wait(), 30)

    asyncio.run(use())


def test_version() -> None:
    assert pixelclip.__version__ == importlib.metadata.version("pixelclip")
