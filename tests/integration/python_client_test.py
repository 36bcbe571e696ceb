"""The Python client against a real server.

PIXELCLIP_SERVER is the server's host:port, PIXELCLIP_TEST_IMAGE the path of a photograph. Needs the pixelclip
package and pytest; without the variables everything is skipped.
"""

import asyncio
import itertools
import os

import numpy as np
import PIL.Image
import PIL.ImageOps
import pytest

import pixelclip

SERVER = os.environ.get("PIXELCLIP_SERVER")
PICTURE = os.environ.get("PIXELCLIP_TEST_IMAGE")
WORDS = ["cat", "grass, lawn", "sky", "wooden floor"]

pytestmark = [
    pytest.mark.skipif(not SERVER, reason="PIXELCLIP_SERVER (host:port of a running server) is not set"),
    pytest.mark.skipif(not PICTURE, reason="PIXELCLIP_TEST_IMAGE (path of a photograph) is not set"),
]


@pytest.fixture(scope="module")
def client():
    with pixelclip.Client(SERVER) as connected:
        yield connected


@pytest.fixture(scope="module")
def result(client):
    return client.segment(PICTURE, WORDS, best_scores=True, score_maps=WORDS)


@pytest.fixture(scope="module")
def pixels():
    with PIL.Image.open(PICTURE) as image:
        return np.asarray(PIL.ImageOps.exif_transpose(image).convert("RGB"))


def test_label_map_fits_the_picture(result, pixels):
    assert result.labels.shape == pixels.shape[:2] == (result.height, result.width)
    assert result.labels.dtype == np.uint8


@pytest.mark.parametrize("encoding", ["png", "rle", "raw"])
def test_encodings_give_the_same_label_map(client, result, encoding):
    again = client.segment(PICTURE, WORDS, encoding=encoding)
    np.testing.assert_array_equal(again.labels, result.labels)
    assert again.classes == result.classes


@pytest.mark.parametrize("encoding", ["png", "rle", "raw"])
def test_encodings_give_the_same_label_map_of_16_bits(client, encoding):
    words = [f"thing number {i}" for i in range(256)]
    background = pixelclip.Background(score_threshold=1)  # the largest cosine there is
    result = client.segment(PICTURE, words, templates=["{}"], background=background, encoding=encoding)
    assert result.labels.dtype == np.uint16
    assert (result.labels == 256).all()


def test_no_label_map(client, result):
    answer = client.segment(PICTURE, WORDS, encoding="none")
    assert answer.label_map is None
    assert answer.classes == result.classes


def test_summary_agrees_with_the_label_map(result):
    assert [item.name for item in result.classes] == WORDS
    for item in result.classes:
        mask = result.mask(item.name)
        assert item.pixels == mask.sum()
        assert item.share == pytest.approx(mask.mean())
        if item.box is None:
            assert item.pixels == 0
            continue
        ys, xs = np.nonzero(mask)
        assert item.box == (xs.min(), ys.min(), np.ptp(xs) + 1, np.ptp(ys) + 1)
        assert item.mean_score == pytest.approx(result.best_scores[mask].mean(), abs=0.01)


def test_best_scores_are_those_of_the_best_class(result):
    step = max(np.ptp(scores) for scores in result.score_maps.values()) / 255
    stack = np.stack([result.score_maps[word] for word in WORDS])
    np.testing.assert_allclose(result.best_scores, stack.max(axis=0), atol=2 * step + 1e-6)
    chosen = np.take_along_axis(stack, result.labels[np.newaxis].astype(int), axis=0)[0]
    np.testing.assert_allclose(chosen, result.best_scores, atol=2 * step + 1e-6)


def test_file_bytes_and_path_are_the_same(client, result):
    with open(PICTURE, "rb") as file:
        answer = client.segment(file.read(), WORDS)
    np.testing.assert_array_equal(answer.labels, result.labels)


def test_arrays_and_pil_pictures_are_the_same(client, pixels):
    from_array = client.segment(pixels, WORDS).labels
    assert from_array.shape == pixels.shape[:2]
    image = PIL.Image.fromarray(pixels)
    opaque = np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
    for same in (image, image.convert("RGBA"), opaque, np.asfortranarray(pixels)):
        np.testing.assert_array_equal(client.segment(same, WORDS).labels, from_array)


def test_grey_array(client, pixels):
    grey = pixels[:, :, 1].copy()
    np.testing.assert_array_equal(
        client.segment(grey, WORDS).labels, client.segment(np.dstack([grey] * 3), WORDS).labels
    )


def test_background_by_threshold(client, result):
    threshold = float(np.median(result.best_scores))
    answer = client.segment(PICTURE, WORDS, background=pixelclip.Background(score_threshold=threshold))
    assert answer.background == answer["background"]
    assert 0 < answer.background.share < 1
    kept = answer.labels != answer.background.label
    np.testing.assert_array_equal(answer.labels[kept], result.labels[kept])


def test_background_by_words(client, result):
    loser = min(result.classes, key=lambda item: item.pixels).name
    words = [word for word in WORDS if word != loser]
    answer = client.segment(PICTURE, words, background=pixelclip.Background(words=[loser], name="none"))
    # Another order of the words may round differently where two scores are all but equal.
    assert np.mean(answer.mask("none") == result.mask(loser)) > 0.999


@pytest.mark.parametrize(
    "arguments, field",
    [
        ({"classes": []}, "vocabulary.classes"),
        ({"classes": ["dog", "cat", "Dog "]}, "vocabulary.classes[2].name"),
        ({"classes": ["dog", ""]}, "vocabulary.classes[1].name"),
        ({"classes": ["dog", "very " * 100 + "long"]}, "vocabulary.classes[1].name"),
        ({"classes": ["dog"], "templates": ["no place for the word"]}, "vocabulary.templates[0]"),
        ({"classes": ["dog"], "score_maps": ["cat"]}, "outputs.score_maps[0]"),
        ({"classes": ["dog"], "background": pixelclip.Background()}, "background"),
        ({"classes": ["dog"], "image": b"no picture"}, "image.encoded"),
    ],
)
def test_invalid_request_names_the_field(client, arguments, field):
    with pytest.raises(pixelclip.InvalidRequest) as caught:
        client.segment(**{"image": PICTURE, **arguments})
    assert caught.value.field == field
    assert caught.value.violations[0].description
    assert caught.value.request_id


def test_unknown_model(client):
    with pytest.raises(pixelclip.ModelNotFound, match="no-such-model"):
        client.segment(PICTURE, WORDS, model="no-such-model")


def test_models(client, result):
    models = client.models()
    assert result.model == (models[0].name, models[0].version)
    assert all(model.input_width > 0 and model.embedding_dimensions > 0 for model in models)
    answer = client.segment(PICTURE, WORDS, model=models[-1].name)
    assert answer.model.name == models[-1].name


def test_limits(client):
    limits = client.limits()
    assert limits.max_classes > 0
    with pytest.raises(pixelclip.InvalidRequest) as caught:
        client.segment(PICTURE, [f"word {i}" for i in range(limits.max_classes + 1)])
    assert caught.value.field == "vocabulary.classes"


def test_times_and_request_id(result):
    assert 0 < result.seconds.encoder < result.seconds.total
    assert result.request_id


def test_deadline(client):
    with pytest.raises(pixelclip.DeadlineExceeded):
        client.segment(PICTURE, WORDS, timeout=1e-4)


def test_asyncio(result):
    async def segment_twice():
        async with pixelclip.AsyncClient(SERVER) as client:
            return await asyncio.gather(*(client.segment(PICTURE, WORDS) for _ in range(2)))

    for answer in asyncio.run(segment_twice()):
        np.testing.assert_array_equal(answer.labels, result.labels)


def test_stream_answers_every_picture_as_segment_does(client, result, pixels):
    pictures = [PICTURE, (7, pixels), b"no picture", (1 << 40, PICTURE), "/nothing/here"]
    answers = {answer.id: answer for answer in client.stream(pictures, WORDS, max_in_flight=2)}
    assert sorted(answers) == [0, 2, 4, 7, 1 << 40]
    for picture_id in (0, 1 << 40):
        np.testing.assert_array_equal(answers[picture_id].result.labels, result.labels)
        assert answers[picture_id].result.classes == result.classes
    np.testing.assert_array_equal(answers[7].result.labels, client.segment(pixels, WORDS).labels)
    assert isinstance(answers[2].error, pixelclip.InvalidRequest)
    assert answers[2].error.field == "image.encoded"
    assert isinstance(answers[4].error, FileNotFoundError)


def test_stream_with_options(client):
    background = pixelclip.Background(score_threshold=1)
    options = dict(background=background, encoding="rle", best_scores=True, priority="low")
    (answer,) = client.stream([PICTURE], WORDS, **options)
    assert answer.result.background.share == 1
    assert answer.result.best_scores.shape == answer.result.labels.shape


def test_stream_of_the_latest_pictures(client):
    answers = list(client.stream([PICTURE] * 20, WORDS, encoding="none", latest_only=True, max_in_flight=1))
    assert sorted(answer.id for answer in answers) == list(range(20))
    assert all(answer.skipped or answer.result for answer in answers)
    assert next(answer for answer in answers if answer.id == 19).result  # nothing newer took its place


def test_leaving_a_stream(client):
    for answer in client.stream(itertools.repeat(PICTURE), WORDS, encoding="none"):
        assert answer.result
        break
    assert client.segment(PICTURE, WORDS, encoding="none").request_id


@pytest.mark.parametrize(
    "arguments, field",
    [
        ({"classes": []}, "vocabulary.classes"),
        ({"classes": ["dog"], "max_in_flight": 1 << 20}, "max_in_flight"),
        ({"classes": ["dog"], "tile_size": 10}, "tiling.tile_size"),
        ({"classes": ["dog"], "model": "no-such-model"}, "model"),
    ],
)
def test_invalid_stream_names_the_field(client, arguments, field):
    def errors():  # of the stream, or of each picture
        try:
            return [answer.error for answer in client.stream([PICTURE, PICTURE], **arguments)]
        except pixelclip.InvalidRequest as error:
            return [error]

    found = errors()
    assert found
    for error in found:
        assert isinstance(error, pixelclip.InvalidRequest)
        assert error.field.endswith(field)


def test_vocabulary(client, result):
    vocabulary = client.register_vocabulary(WORDS)
    answer = client.segment(PICTURE, vocabulary)
    np.testing.assert_array_equal(answer.labels, result.labels)
    assert answer.classes == result.classes
    with pixelclip.Client(SERVER) as other:
        assert other.register_vocabulary(list(WORDS)) == vocabulary
    (streamed,) = client.stream([PICTURE], vocabulary)
    np.testing.assert_array_equal(streamed.result.labels, result.labels)


def test_vocabulary_that_the_server_does_not_know(client, result):
    unknown = pixelclip.Vocabulary(id="0" * 32, model="", classes=tuple(WORDS), templates=())
    np.testing.assert_array_equal(client.segment(PICTURE, unknown).labels, result.labels)


def test_invalid_vocabulary_names_the_field(client):
    with pytest.raises(pixelclip.InvalidRequest) as caught:
        client.register_vocabulary(["dog", ""])
    assert caught.value.field == "vocabulary.classes[1].name"


def test_features(client, result):
    first = client.segment(PICTURE, ["cat", "dog"], keep_features=True)
    assert first.features.expire_seconds > 0
    answer = client.segment(first.features, WORDS)
    np.testing.assert_array_equal(answer.labels, result.labels)
    assert answer.classes == result.classes
    assert client.segment(first.features, client.register_vocabulary(WORDS)).classes == result.classes
    assert result.features is None


def test_features_that_the_server_does_not_know(client, result):
    unknown = pixelclip.Features("0" * 32, result.model.name, 120)
    with pytest.raises(pixelclip.FeaturesExpired):
        client.segment(unknown, WORDS)
    (answer,) = client.stream([unknown], WORDS)
    assert isinstance(answer.error, pixelclip.FeaturesExpired)


def test_tiles(client, result):
    answer = client.segment(PICTURE, WORDS, tile_size=320, overlap=64, priority="high")
    assert answer.labels.shape == result.labels.shape
    assert (answer.labels != result.labels).any()
    with pytest.raises(pixelclip.InvalidRequest) as caught:
        client.segment(PICTURE, WORDS, tile_size=320, overlap=320)
    assert caught.value.field == "tiling.overlap"


def test_asynchronous_stream(result):
    async def segment_all():
        async with pixelclip.AsyncClient(SERVER) as client:
            pictures = [PICTURE, b"no picture", PICTURE]
            return {answer.id: answer async for answer in client.stream(pictures, WORDS)}

    answers = asyncio.run(segment_all())
    assert sorted(answers) == [0, 1, 2]
    assert isinstance(answers[1].error, pixelclip.InvalidRequest)
    for picture_id in (0, 2):
        np.testing.assert_array_equal(answers[picture_id].result.labels, result.labels)
