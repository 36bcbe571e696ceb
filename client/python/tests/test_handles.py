"""Vocabularies and features that the server keeps."""

from __future__ import annotations

import pickle
from types import SimpleNamespace
from typing import Any

import grpc
import numpy as np
import pytest
from fake_server import FakeServer, bad_request_status, refuse

import pixelclip
from pixelclip._proto import segmentation_pb2 as pb

IMAGE = np.zeros((5, 7, 3), np.uint8)
WORDS = ["sky", pixelclip.Class("grass", synonyms=["lawn"]), "dog"]


def test_vocabulary(client: Any, server: FakeServer) -> None:
    vocabulary = client.register_vocabulary(WORDS, templates=["a {}."], model="convnext")
    assert server.registrations == [
        pb.RegisterVocabularyRequest(
            vocabulary=pb.Vocabulary(
                classes=[
                    pb.VocabularyClass(name="sky"),
                    pb.VocabularyClass(name="grass", synonyms=["lawn"]),
                    pb.VocabularyClass(name="dog"),
                ],
                templates=["a {}."],
            ),
            model="convnext",
        )
    ]
    result = client.segment(IMAGE, vocabulary)
    assert [item.name for item in result.classes] == ["sky", "grass", "dog"]
    np.testing.assert_array_equal(result.labels, server.labels)


def test_only_the_id_of_a_vocabulary_is_sent(client: Any, server: FakeServer) -> None:
    vocabulary = client.register_vocabulary(WORDS)
    client.segment(IMAGE, vocabulary)
    assert server.requests[0].vocabulary_id == vocabulary.id
    assert not server.requests[0].HasField("vocabulary")


def test_forgotten_vocabulary_is_registered_again(client: Any, server: FakeServer) -> None:
    vocabulary = client.register_vocabulary(WORDS, templates=["a {}."], model="convnext")
    server.vocabularies.clear()
    for _ in range(2):
        np.testing.assert_array_equal(client.segment(IMAGE, vocabulary).labels, server.labels)
    assert len(server.registrations) == 2
    assert server.registrations[1] == server.registrations[0]
    assert len(server.requests) == 3


def test_vocabulary_is_registered_again_only_once(client: Any, server: FakeServer) -> None:
    vocabulary = client.register_vocabulary(WORDS)
    status = bad_request_status(grpc.StatusCode.NOT_FOUND, "not known", [("vocabulary_id", "not known")])
    server.handler = lambda request, context: refuse(context, status)  # type: ignore
    with pytest.raises(pixelclip.VocabularyForgotten, match="not known") as caught:
        client.segment(IMAGE, vocabulary)
    assert (caught.value.code, caught.value.field) == (grpc.StatusCode.NOT_FOUND, "vocabulary_id")
    assert (len(server.registrations), len(server.requests)) == (2, 2)


def test_vocabulary_of_a_server_that_was_replaced(client: Any, server: FakeServer) -> None:
    vocabulary = pixelclip.Vocabulary(id="0" * 32, model="", classes=tuple(WORDS), templates=())
    assert client.segment(IMAGE, vocabulary)["dog"].pixels == 2
    assert server.requests[-1].vocabulary_id in server.vocabularies


def test_vocabulary_is_a_value(client: Any) -> None:
    vocabulary = client.register_vocabulary(WORDS)
    assert client.register_vocabulary(list(WORDS)) == vocabulary
    assert pickle.loads(pickle.dumps(vocabulary)) == vocabulary
    assert "grass" not in repr(vocabulary)


@pytest.mark.parametrize("method", ["segment", "stream"])
def test_templates_are_those_of_the_vocabulary(client: Any, server: FakeServer, method: str) -> None:
    vocabulary = client.register_vocabulary(WORDS)
    with pytest.raises(ValueError, match="give them to register_vocabulary"):
        getattr(client, method)(IMAGE, vocabulary, templates=["{}"])
    assert server.requests == []


def test_wrong_words_are_not_registered(client: Any, server: FakeServer) -> None:
    with pytest.raises(TypeError, match="classes must be a list"):
        client.register_vocabulary("dog")
    with pytest.raises(TypeError, match=r"templates\[0\] must be a str"):
        client.register_vocabulary(["dog"], templates=[None])
    assert server.registrations == []


def test_features(client: Any, server: FakeServer) -> None:
    first = client.segment(IMAGE, WORDS, model="convnext", keep_features=True)
    assert first.features == pixelclip.Features("features-0", "convnext", 120)
    second = client.segment(first.features, ["sea", "path", "cat"])
    assert second["cat"].pixels == 2
    assert server.requests[1].image == pb.Image(features_id="features-0")
    assert server.requests[1].model == "convnext"
    assert second.features is None
    client.segment(first.features, WORDS, model="vit")
    assert server.requests[2].model == "vit"


def test_features_are_not_kept_unless_asked_for(client: Any, server: FakeServer) -> None:
    assert client.segment(IMAGE, WORDS).features is None
    assert not server.requests[0].outputs.keep_features


def test_expired_features(client: Any, server: FakeServer) -> None:
    features = client.segment(IMAGE, WORDS, keep_features=True).features
    server.features.clear()
    with pytest.raises(pixelclip.FeaturesExpired) as caught:
        client.segment(features, WORDS)
    assert (caught.value.code, caught.value.field) == (grpc.StatusCode.NOT_FOUND, "image.features_id")


def test_one_timeout_for_all_that_a_method_does(
    client: Any, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    vocabulary = client.register_vocabulary(WORDS)
    status = bad_request_status(grpc.StatusCode.NOT_FOUND, "not known", [("vocabulary_id", "not known")])
    now = 0.0
    monkeypatch.setattr("pixelclip._channel.time", SimpleNamespace(monotonic=lambda: now))

    def handler(request: pb.SegmentRequest, context: grpc.ServicerContext) -> pb.SegmentResponse:
        nonlocal now
        now = 61.0
        refuse(context, status)
        raise AssertionError

    server.handler = handler
    with pytest.raises(pixelclip.DeadlineExceeded):
        client.segment(IMAGE, vocabulary, timeout=60)
    assert (len(server.registrations), len(server.requests)) == (1, 1)
