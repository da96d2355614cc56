"""Pictures made of tiles: first-layer weights and worst mistakes show the right pixels with the right words."""

import numpy as np
import pytest
from picture_checks import texts_of, unreadable

import plots
from plots.mistakes import worst
from plots.tiles import image_shape, mosaic

RNG = np.random.default_rng(0)


def softmax(scores):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def exam(count=60, classes=10, pixels=64):
    """Random images and answers, of which many are wrong."""
    rng = np.random.default_rng(1)
    return rng.random((count, pixels)), rng.integers(0, classes, count), softmax(3 * rng.normal(size=(count, classes)))


def test_mosaic_by_hand():
    sheet = mosaic(np.arange(1, 13).reshape(3, 2, 2), columns=2, gap=(1, 2))
    nan = np.nan
    wanted = [[1, 2, nan, nan, 5, 6], [3, 4, nan, nan, 7, 8], [nan] * 6,
              [9, 10, nan, nan, nan, nan], [11, 12, nan, nan, nan, nan]]  # fmt: skip
    np.testing.assert_array_equal(sheet, wanted)


def test_unit_j_is_column_j_as_an_image():
    W1 = RNG.normal(size=(6, 5))
    sheet = plots.weights(W1, side=(2, 3)).axes[0].images[0].get_array()
    np.testing.assert_array_equal(sheet[:2, 4:7], W1[:, 1].reshape(2, 3))
    np.testing.assert_array_equal(sheet[3:5, 0:3], W1[:, 3].reshape(2, 3))


@pytest.mark.parametrize("scale", ["shared", "unit"])
def test_the_scale_is_symmetric(scale):
    W1 = RNG.normal(size=(64, 9)) * np.linspace(0.1, 2, 9) + 0.3
    image = plots.weights(W1, scale=scale).axes[0].images[0]
    assert image.norm.vmin == -image.norm.vmax
    if scale == "unit":
        np.testing.assert_allclose(np.abs(image.get_array()[:8, :8]).max(), 1)
    else:
        beyond = int((np.abs(W1) > image.norm.vmax).sum())
        assert beyond == 1, "a thousandth of 576 weights may saturate"


@pytest.mark.parametrize("shape", [(64, 1), (64, 2), (64, 30), (784, 100), (784, 120), (160, 7)])
def test_weights_are_readable(shape):
    figure = plots.weights(RNG.normal(size=shape), side=(8, 20) if shape[0] == 160 else None)
    assert unreadable(figure) == []
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels[0] == "0"


def test_filter_f_is_an_image_and_several_channels_stand_in_a_row():
    W1 = RNG.normal(size=(5, 1, 2, 3))
    axes = plots.weights(W1).axes[0]
    sheet = axes.images[0].get_array()
    np.testing.assert_array_equal(sheet[:2, 4:7], W1[1, 0])
    np.testing.assert_array_equal(sheet[3:5, 0:3], W1[3, 0])
    assert axes.get_xlabel() == "filter (row + column)"
    W1 = RNG.normal(size=(4, 2, 2, 3))
    figure = plots.weights(W1)
    axes = figure.axes[0]
    sheet = axes.images[0].get_array()
    assert sheet.shape == (4 * 2 + 3, 2 * 3 + 1)
    np.testing.assert_array_equal(sheet[6:8, 4:7], W1[2, 1])
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("channel", "filter")
    assert [label.get_text() for label in axes.get_yticklabels()] == ["0", "1", "2", "3"]
    assert "First-layer filters: 4, 2 x 3 pixels, 2 channels" in figure.get_suptitle()


@pytest.mark.parametrize(
    "shape", [(1, 1, 5, 5), (32, 1, 5, 5), (6, 1, 3, 3), (8, 3, 5, 5), (200, 3, 3, 3), (64, 32, 5, 5)]
)
def test_filters_are_readable(shape):
    figure = plots.weights(RNG.normal(size=shape))
    assert unreadable(figure) == []
    count = min(shape[0], 100 // shape[1])
    assert ("the first" in figure.get_suptitle()) == (count < shape[0])


def test_more_than_a_hundred_units_are_cut_and_said():
    figure = plots.weights(np.ones((4, 250), dtype=np.float32))
    assert "the first 100 of 250 hidden units" in figure.get_suptitle()


def test_weights_that_are_all_zero_are_white():
    image = plots.weights(np.zeros((4, 3)), scale="unit").axes[0].images[0]
    assert image.get_array()[0, 0] == 0
    assert image.norm.vmax == 1


@pytest.mark.parametrize(
    ("W1", "settings", "text"),
    [(np.ones(4), {}, r"W1 has shape \(4,\); expected \(D, H\): D pixels, H hidden units; or \(F, C, KH, KW\)"),
     (np.ones((2, 3, 4)), {}, r"W1 has shape \(2, 3, 4\)"),
     (np.ones((2, 1, 3, 3)), {"side": 4}, "side is 4, 16 pixels, but W1 has 9"),
     (np.ones((12, 2)), {}, r"W1 has 12 pixels per image, which is no square: give side=\(height, width\)"),
     (np.ones((12, 2)), {"side": 4}, "side is 4, 16 pixels, but W1 has 12"),
     (np.ones((12, 2)), {"side": (3, 5)}, "15 pixels"),
     (np.ones((12, 2)), {"side": (0, 5)}, "expected a positive integer"),
     (np.full((4, 2), np.nan), {}, "W1 holds NaN or infinity in 8 of 8"),
     (np.ones((4, 2)), {"scale": "log"}, "scale is 'log'"), (np.ones((4, 2), dtype=complex), {}, "complex128")],
)  # fmt: skip
def test_wrong_weights_are_refused(W1, settings, text):
    with pytest.raises(ValueError, match=text):
        plots.weights(W1, **settings)


def test_image_shape_takes_numpy_integers():
    assert image_shape(12, (np.int64(3), 4), "X") == (3, 4)
    assert image_shape(784, None, "X") == (28, 28)


def test_worst_first_and_only_mistakes():
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.01, 0.99], [0.6, 0.4], [0.01, 0.99]])
    np.testing.assert_array_equal(worst(np.array([1, 0, 0, 0, 1]), probabilities), [2, 0, 1])


def test_equal_answers_are_ordered_by_the_true_class():
    probabilities = np.array([[0.5, 0.3, 0.2], [0.5, 0.2, 0.3]])
    np.testing.assert_array_equal(worst(np.array([1, 1]), probabilities), [1, 0])


def test_the_pictures_belong_to_their_captions():
    images, true, probabilities = exam()
    figure = plots.mistakes(images, true, probabilities, count=4)
    order = worst(true, probabilities)
    sheet = figure.axes[0].images[0].get_array()
    np.testing.assert_array_equal(sheet[:8, :8], images[order[0]].reshape(8, 8))
    np.testing.assert_array_equal(sheet[-8:, -10:-2] if sheet.shape[1] > 18 else sheet[-8:, -8:],
                                  images[order[3]].reshape(8, 8))  # fmt: skip
    n = order[0]
    guess = probabilities[n].argmax()
    assert f"{true[n]} read as {guess}\n{100 * probabilities[n, guess]:.2f} %" in texts_of(figure)
    assert figure.get_suptitle() == f"The 4 surest of {order.size} mistakes in 60 images"


@pytest.mark.parametrize("count", [1, 2, 25, 100])
def test_mistakes_are_readable(count):
    assert unreadable(plots.mistakes(*exam(200), count=count)) == []


def test_a_caption_lies_in_the_gap_between_two_images():
    figure = plots.mistakes(*exam(200), count=4)
    caption = texts_of(figure) and figure.axes[0].texts[2].get_window_extent()
    height = figure.axes[0].images[0].get_array().shape[0]
    bottom_of_first, top_of_third = (figure.axes[0].transData.transform((0, y))[1] for y in (7.5, height - 8.5))
    assert top_of_third - 1 <= caption.y0 < caption.y1 <= bottom_of_first


def test_long_names_have_room():
    names = ["T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "$Bag$", "Ankle boot"]
    figure = plots.mistakes(*exam(200), names=names)
    assert unreadable(figure) == []
    assert not any(text.get_parse_math() for text in figure.axes[0].texts)


def test_images_may_be_stacked_and_of_any_kind_of_number():
    images, true, probabilities = exam()
    stacked = (255 * images).astype(np.uint8).reshape(-1, 4, 16)
    figure = plots.mistakes(stacked, true, probabilities.astype(np.float32), count=1)
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), stacked[worst(true, probabilities)[0]])


def test_no_mistakes_is_a_picture_too(tmp_path):
    images, true, _ = exam()
    figure = plots.mistakes(images, true, np.eye(10)[true], tmp_path / "none.png")
    assert figure.get_suptitle() == "No mistakes: all 60 right"
    assert (tmp_path / "none.png").stat().st_size > 0


@pytest.mark.parametrize(
    ("change", "text"),
    [({"probabilities": 5 * RNG.normal(size=(60, 10))}, r"expected 0\.\.1: apply softmax"),
     ({"probabilities": np.full((60, 10), np.nan)}, "did training diverge"),
     ({"probabilities": np.full((60, 4), 0.25)}, r"y_true holds 9; probabilities has 4 columns, so .* 0\.\.3"),
     ({"probabilities": np.ones((60, 10), dtype=int)}, "probabilities is int64"),
     ({"images": RNG.random((59, 64))}, "images has 59 rows but y_true has 60"),
     ({"images": RNG.random((60, 60))}, "images has 60 pixels per image, which is no square"),
     ({"images": RNG.random((60, 1, 8, 8))}, r"expected numbers \(N, D\) or \(N, height, width\)"),
     ({"images": np.full((60, 64), np.inf)}, "images holds NaN or infinity"),
     ({"count": 0}, r"count is 0; expected an integer 1\.\.100"), ({"count": True}, "count is True"),
     ({"names": ["a"]}, "names has 1 entries")],
)  # fmt: skip
def test_wrong_mistakes_are_refused(change, text):
    images, true, probabilities = exam()
    true[0] = 9
    with pytest.raises(ValueError, match=text):
        plots.mistakes(**({"images": images, "y_true": true, "probabilities": probabilities} | change))
