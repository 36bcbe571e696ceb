"""SegmentStream: many pictures in one call."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from fake_server import BROKEN, FakeServer, bad_request

import pixelclip
from pixelclip._proto import segmentation_pb2 as pb

IMAGE = np.zeros((5, 7, 3), np.uint8)
WORDS = ["sky", "grass, lawn", "dog"]
WAIT = 30  # seconds, for what happens at once


def test_answers_come_in_order_of_arrival(client: Any, server: FakeServer) -> None:
    server.stream_group = 3
    results = list(client.stream([IMAGE] * 7, WORDS))
    assert [result.id for result in results] == [2, 1, 0, 5, 4, 3, 6]
    for result in results:
        assert (result.error, result.skipped) == (None, False)
        assert result.result.request_id == server.request_ids[0]
        np.testing.assert_array_equal(result.result.labels, server.labels)


def test_no_pictures(client: Any, server: FakeServer) -> None:
    assert list(client.stream([], WORDS)) == []
    assert len(server.stream_starts) == 1


def test_start(client: Any, server: FakeServer) -> None:
    list(client.stream([], WORDS))
    list(
        client.stream(
            [],
            WORDS,
            max_in_flight=8,
            latest_only=True,
            background=pixelclip.Background(words=["wall"]),
            templates=["a {}."],
            model="convnext",
            encoding="rle",
            best_scores=True,
            score_maps=["dog"],
            keep_features=True,
            priority="low",
            tile_size=512,
            overlap=64,
        )
    )
    classes = [pb.VocabularyClass(name=word) for word in WORDS]
    assert server.stream_starts == [
        pb.SegmentStreamStart(
            vocabulary=pb.Vocabulary(classes=classes),
            outputs=pb.Outputs(label_map=pb.LABEL_MAP_ENCODING_PNG),
            priority=pb.PRIORITY_NORMAL,
        ),
        pb.SegmentStreamStart(
            vocabulary=pb.Vocabulary(classes=classes, templates=["a {}."]),
            model="convnext",
            background=pb.Background(words=["wall"]),
            outputs=pb.Outputs(
                label_map=pb.LABEL_MAP_ENCODING_RLE,
                best_scores=True,
                score_maps=["dog"],
                keep_features=True,
            ),
            priority=pb.PRIORITY_LOW,
            tiling=pb.Tiling(tile_size=512, overlap=64),
            max_in_flight=8,
            latest_only=True,
        ),
    ]


def test_ids_of_the_callers_choice(client: Any) -> None:
    pictures = [(7, IMAGE), IMAGE, ((1 << 64) - 1, IMAGE)]
    assert [result.id for result in client.stream(pictures, WORDS)] == [7, 1, (1 << 64) - 1]


@pytest.mark.parametrize(
    "item, error, message",
    [
        ((1 << 64, IMAGE), ValueError, r"the id of pictures\[1\] must be at least 0 and below 2\*\*64"),
        ((-1, IMAGE), ValueError, "not -1"),
        (("frame", IMAGE), TypeError, r"the id of pictures\[1\] must be an int, not str"),
        ((1, IMAGE, IMAGE), TypeError, r"pictures\[1\] must be a picture or \(id, picture\), not 3 things"),
    ],
)
def test_pictures_without_an_id_end_the_stream(client: Any, item: Any, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        list(client.stream([IMAGE, item], WORDS))


def test_picture_that_the_server_refuses(client: Any, server: FakeServer) -> None:
    results = list(client.stream([IMAGE, BROKEN, IMAGE], WORDS))
    assert [type(result.error) for result in results] == [type(None), pixelclip.InvalidRequest, type(None)]
    error = results[1].error
    assert (results[1].id, results[1].result) == (1, None)
    assert str(error) == "image.encoded: no picture"
    assert (error.code, error.field) == (grpc.StatusCode.INVALID_ARGUMENT, "image.encoded")
    assert error.request_id == server.request_ids[0]


def test_picture_that_cannot_be_sent(client: Any, tmp_path: Path) -> None:
    pictures = [tmp_path / "nothing-here", IMAGE.astype(np.float32), IMAGE[0, 0], None, IMAGE]
    results = {result.id: result for result in client.stream(pictures, WORDS)}
    assert [type(results[i].error) for i in range(5)] == [
        FileNotFoundError, TypeError, ValueError, TypeError, type(None)
    ]  # fmt: skip
    assert results[4].result.request_id


def test_answer_that_contradicts_itself(client: Any, server: FakeServer) -> None:
    server.labels = np.full((5, 7), 3, np.uint8)
    results = list(client.stream([IMAGE, IMAGE], WORDS))
    assert [type(result.error) for result in results] == 2 * [pixelclip.InvalidResponse]
    assert results[0].error.request_id == server.request_ids[0]


@pytest.mark.parametrize(
    "answer, error_class",
    [
        (pb.SegmentStreamResponse(), pixelclip.InvalidResponse),
        (pb.SegmentStreamResponse.FromString(b"\xfa\x01\x03new"), pixelclip.InvalidResponse),  # field 31
        (pb.SegmentStreamResponse(error={"code": 8, "message": "busy"}), pixelclip.ServerBusy),
        (pb.SegmentStreamResponse(error={"code": 13}), pixelclip.ServerError),
        (pb.SegmentStreamResponse(error={"code": 99}), pixelclip.ServerError),
    ],
)
def test_errors_of_one_picture(
    client: Any, server: FakeServer, answer: pb.SegmentStreamResponse, error_class: type
) -> None:
    server.stream_handler = lambda requests, context: iter([answer])
    (result,) = client.stream([IMAGE], WORDS)
    assert type(result.error) is error_class
    assert result.error.request_id == server.request_ids[0]


def test_latest_only(client: Any, server: FakeServer) -> None:
    server.stream_group = 3
    results = list(client.stream([IMAGE] * 5, WORDS, latest_only=True))
    assert [result.id for result in results if result.skipped] == [1, 0, 3]
    assert [result.id for result in results if result.result] == [2, 4]
    assert not any(result.error for result in results)


def test_each_picture_may_wait_for_the_answer_to_the_one_before(client: Any, tmp_path: Path) -> None:
    answered = threading.Semaphore(0)

    def pictures() -> Iterator[Any]:
        for picture in (IMAGE, tmp_path / "nothing-here", BROKEN, IMAGE):
            yield picture
            assert answered.acquire(timeout=WAIT)

    ids = []
    for result in client.stream(pictures(), WORDS):
        ids.append(result.id)
        answered.release()
    assert ids == [0, 1, 2, 3]


def test_what_the_pictures_raise(client: Any) -> None:
    def pictures() -> Iterator[Any]:
        yield IMAGE
        raise LookupError("no more frames")

    with pytest.raises(LookupError, match="no more frames"):
        list(client.stream(pictures(), WORDS))
    with pytest.raises(grpc.RpcError):  # of the caller's own, not the stream's
        list(client.stream(itertools.chain([IMAGE], raising(grpc.RpcError())), WORDS))
    with pytest.raises(TypeError, match="not iterable"):
        list(client.stream(3, WORDS))


def raising(error: Exception) -> Iterator[Any]:
    raise error
    yield


@pytest.mark.parametrize(
    "arguments, error, message",
    [
        (dict(pictures="photo.jpg"), TypeError, "pictures must be a list, not a single str"),
        (dict(pictures=b"file"), TypeError, "pictures must be a list, not a single bytes"),
        (dict(classes="dog"), TypeError, "classes must be a list"),
        (dict(max_in_flight=-1), ValueError, "max_in_flight must be at least 0"),
        (dict(encoding="jpeg"), ValueError, "encoding must be one of"),
        (dict(overlap=1), ValueError, "no tile_size"),
        (dict(timeout=0), ValueError, "timeout must be"),
    ],
)
def test_wrong_arguments_are_reported_at_once(
    client: Any, server: FakeServer, arguments: dict[str, Any], error: type, message: str
) -> None:
    with pytest.raises(error, match=message):
        client.stream(**{"pictures": [IMAGE], "classes": WORDS, **arguments})
    assert server.request_ids == []


def test_error_of_the_whole_stream(client: Any, server: FakeServer) -> None:
    def handler(requests: Any, context: grpc.ServicerContext) -> Iterator[pb.SegmentStreamResponse]:
        next(requests)
        bad_request(context, "too many", [("max_in_flight", "too many")])
        yield pb.SegmentStreamResponse()

    server.stream_handler = handler
    for _ in range(10):  # whatever has been sent meanwhile
        with pytest.raises(pixelclip.InvalidRequest, match="too many") as caught:
            list(client.stream(itertools.repeat(np.zeros((300, 300, 3), np.uint8)), WORDS, max_in_flight=99))
        assert caught.value.field == "max_in_flight"
        assert caught.value.request_id == server.request_ids[-1]
        assert isinstance(caught.value.__cause__, grpc.RpcError)


def test_error_after_some_answers(client: Any, server: FakeServer) -> None:
    def handler(requests: Any, context: grpc.ServicerContext) -> Iterator[pb.SegmentStreamResponse]:
        next(requests)
        yield pb.SegmentStreamResponse(id=next(requests).picture.id, skipped=True)
        context.abort(grpc.StatusCode.UNAVAILABLE, "stopping")

    server.stream_handler = handler
    results = client.stream(itertools.repeat(IMAGE), WORDS)
    assert next(results).id == 0
    with pytest.raises(pixelclip.Unavailable, match="stopping"):
        next(results)
    assert len(server.request_ids) == 1  # not tried again: the answers would come twice


def test_busy_server_gets_the_pictures_again(client: Any, server: FakeServer) -> None:
    def handler(requests: Any, context: grpc.ServicerContext) -> Iterator[pb.SegmentStreamResponse]:
        next(requests)
        picture = next(requests).picture
        if len(server.request_ids) < 4:
            context.set_trailing_metadata((("grpc-retry-pushback-ms", "1"),))
            context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "busy")
        yield pb.SegmentStreamResponse(id=picture.id, skipped=True)

    server.stream_handler = handler
    assert [result.id for result in client.stream([(7, IMAGE)], WORDS)] == [7]
    assert len(server.request_ids) == 4


@pytest.fixture
def cancelled(server: FakeServer) -> threading.Event:
    """Set when a stream ends, which answers every picture as long as there are any."""
    event = threading.Event()

    def handler(requests: Any, context: grpc.ServicerContext) -> Iterator[pb.SegmentStreamResponse]:
        context.add_callback(event.set)
        next(requests)
        for request in requests:
            yield pb.SegmentStreamResponse(id=request.picture.id, skipped=True)

    server.stream_handler = handler
    return event


def test_closing_cancels_the_call(client: Any, cancelled: threading.Event) -> None:
    results = client.stream(itertools.repeat(IMAGE), WORDS)
    assert [next(results).id, next(results).id] == [0, 1]
    results.close()
    assert cancelled.wait(WAIT)


def test_closing_while_no_picture_comes(client: Any, cancelled: threading.Event) -> None:
    never = threading.Event()

    def pictures() -> Iterator[Any]:
        yield IMAGE
        never.wait()

    results = client.stream(pictures(), WORDS)
    assert next(results).id == 0
    results.close()
    assert cancelled.wait(WAIT)
    never.set()


def test_closing_before_the_first_result(client: Any, server: FakeServer) -> None:
    client.stream([IMAGE], WORDS).close()
    assert server.request_ids == []


def test_leaving_the_loop_cancels_the_call(server: FakeServer, cancelled: threading.Event) -> None:
    with pixelclip.Client(server.target) as client:
        for _ in client.stream(itertools.repeat(IMAGE), WORDS):
            break
        assert cancelled.wait(WAIT)


def test_timeout(client: Any, server: FakeServer) -> None:
    def handler(requests: Any, context: Any) -> Iterator[pb.SegmentStreamResponse]:
        server.stopping.wait()
        yield pb.SegmentStreamResponse()

    server.stream_handler = handler
    with pytest.raises(pixelclip.DeadlineExceeded):
        list(client.stream([IMAGE], WORDS, timeout=0.05))


def test_closing_the_client_ends_its_streams(server: FakeServer, cancelled: threading.Event) -> None:
    client = pixelclip.Client(server.target)
    results = client.stream(itertools.repeat(IMAGE), WORDS)
    next(results)
    client.close()
    with pytest.raises(pixelclip.Cancelled):
        list(results)
    with pytest.raises(ValueError, match="closed"):
        list(client.stream([IMAGE], WORDS))

    async def use() -> None:
        client = pixelclip.AsyncClient(server.target)
        results = client.stream(itertools.repeat(IMAGE), WORDS)
        await results.__anext__()
        await client.close()
        with pytest.raises(pixelclip.Cancelled):
            async for _ in results:
                pass
        with pytest.raises(ValueError, match="closed"):
            await client.stream([IMAGE], WORDS).__anext__()

    asyncio.run(use())


def test_vocabulary_in_a_stream(client: Any, server: FakeServer) -> None:
    vocabulary = client.register_vocabulary(WORDS, templates=["a {}."])
    server.vocabularies.clear()
    (result,) = client.stream([IMAGE], vocabulary)
    assert result.result["dog"].pixels == 2
    assert server.stream_starts[0].vocabulary == server.registrations[0].vocabulary
    assert len(server.registrations) == 1


def test_features_in_a_stream(client: Any, server: FakeServer) -> None:
    kept = client.segment(IMAGE, WORDS, keep_features=True).features
    gone = pixelclip.Features("features-9", "vit", 120)
    first, second = client.stream([kept, (7, gone)], WORDS)
    np.testing.assert_array_equal(first.result.labels, server.labels)
    assert type(second.error) is pixelclip.FeaturesExpired


def test_features_out_of_a_stream(client: Any) -> None:
    (result,) = client.stream([IMAGE], WORDS, keep_features=True)
    assert client.segment(result.result.features, WORDS).request_id


def test_long_stream(client: Any) -> None:
    image = np.zeros((200, 200, 3), np.uint8)
    assert sum(1 for _ in client.stream(itertools.repeat(image, 100), WORDS, encoding="none")) == 100


def test_asynchronous_pictures(server: FakeServer) -> None:
    async def pictures() -> AsyncIterator[Any]:
        for picture in (IMAGE, BROKEN, (7, IMAGE)):
            await asyncio.sleep(0)
            yield picture

    async def failing() -> AsyncIterator[Any]:
        yield IMAGE
        raise LookupError("no more frames")

    async def use() -> None:
        async with pixelclip.AsyncClient(server.target) as client:
            results = [result async for result in client.stream(pictures(), WORDS)]
            assert [result.id for result in results] == [0, 1, 7]
            assert type(results[1].error) is pixelclip.InvalidRequest
            with pytest.raises(LookupError, match="no more frames"):
                async for _ in client.stream(failing(), WORDS):
                    pass

    asyncio.run(use())


def test_cancelling_a_task_cancels_its_stream(server: FakeServer, cancelled: threading.Event) -> None:
    async def use() -> None:
        first = asyncio.Event()

        async def consume(client: pixelclip.AsyncClient) -> None:
            async for _ in client.stream(itertools.repeat(IMAGE), WORDS):
                first.set()

        async with pixelclip.AsyncClient(server.target) as client:
            task = asyncio.ensure_future(consume(client))
            await first.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await asyncio.to_thread(cancelled.wait, WAIT)

    asyncio.run(use())
