"""What a picture's file becomes, by hand: deep greys, turned pictures, clear pixels, sizes, and its refusals."""

import contextlib
import types

import numpy as np
import pytest

import mnist
from mnist.own import picture_file
from mnist.own.picture_file import as_bytes, look_at, read_picture, resized

PIL = pytest.importorskip("PIL.Image")


@pytest.mark.parametrize(
    ("values", "fractions"),
    [
        ([[0, 65535]], [[0, 1]]),
        ([[0, 256]], [[0, 256 / 65535]]),
        ([[0, 255]], [[0, 1]]),  # bytes in a deep file
        ([[0, 51]], [[0, 0.2]]),
        ([[0, 2]], [[0, 2 / 255]]),
        ([[0, 131070]], [[0, 1]]),  # of the largest, where that is more
        ([[0.0, 1.0]], [[0, 1]]),
        ([[0.25, 0.5]], [[0.25, 0.5]]),
        ([[-1.0, 300.0]], [[-1, 300]]),  # the caller stretches these
    ],
)
def test_deep_values_are_fractions(values, fractions):
    np.testing.assert_allclose(picture_file._deep(np.array(values)), fractions)


def test_large_deep_pictures_are_thinned(monkeypatch):
    monkeypatch.setattr(picture_file, "_ENOUGH", 4)
    for side, kept in ((4, 4), (7, 7), (8, 4), (9, 5), (12, 4)):
        assert picture_file._deep(np.zeros((side, 3))).shape == (kept, {4: 3, 7: 3, 8: 2, 9: 2, 12: 1}[side])


@pytest.mark.parametrize("orientation", range(1, 10))  # there is no ninth
def test_a_picture_is_seen_as_the_camera_was_held(tmp_path, orientation):
    picture = PIL.fromarray(np.arange(6, dtype=np.uint8).reshape(2, 3) * 40)
    exif = PIL.Exif()
    exif[0x0112] = orientation
    picture.save(tmp_path / "a.png", exif=exif)
    turned = orientation in (5, 6, 7, 8)
    assert look_at(tmp_path / "a.png") == ((2, 3, True) if turned else (3, 2, True))
    assert read_picture(tmp_path / "a.png").shape == ((3, 2) if turned else (2, 3))


@pytest.mark.parametrize(("mode", "grey", "shape"), [
    ("L", True, (2, 3)), ("1", True, (2, 3)), ("LA", True, (2, 3, 4)), ("RGB", False, (2, 3, 3)),
    ("RGBA", False, (2, 3, 4)), ("P", False, (2, 3, 3)),
])  # fmt: skip
def test_modes_of_a_picture(tmp_path, mode, grey, shape):
    PIL.new(mode, (3, 2)).save(tmp_path / "a.png")
    assert look_at(tmp_path / "a.png").grey is grey
    found = read_picture(tmp_path / "a.png")
    assert (found.shape, found.dtype) == (shape, np.uint8)


def test_large_pictures_are_reduced(tmp_path, monkeypatch):
    monkeypatch.setattr(picture_file, "_ENOUGH", 4)
    for side, kept in ((4, 4), (7, 7), (8, 4), (12, 4)):
        PIL.new("L", (side, 1)).save(tmp_path / "a.png")
        assert read_picture(tmp_path / "a.png").shape == (1, kept)


@pytest.mark.parametrize(("side", "kept"), [(2400, 2400), (4799, 4799), (4800, 2400)])
def test_at_least_2400_pixels_of_the_longer_side_are_kept(tmp_path, side, kept):
    PIL.new("L", (side, 1)).save(tmp_path / "a.png")
    assert read_picture(tmp_path / "a.png").shape == (1, kept)
    assert picture_file._deep(np.zeros((1, side))).shape == (1, kept)


@pytest.mark.parametrize(("size", "read"), [((10_000, 10_000), True), ((100_000_001, 1), False)])
def test_a_hundred_million_pixels_are_read(tmp_path, monkeypatch, size, read):
    opened = contextlib.nullcontext(types.SimpleNamespace(size=size))
    monkeypatch.setattr(PIL, "open", lambda path: opened)
    if read:
        assert picture_file._opened(tmp_path / "a.png", lambda picture: picture.size) == size
        return
    with pytest.raises(
        mnist.DataError, match=r"has 100000001 x 1 pixels; at most 100 million are read: save it smaller$"
    ):
        picture_file._opened(tmp_path / "a.png", lambda picture: picture.size)


def test_stretched_to_a_shape_each_pixel_is_a_mean():
    picture = np.array([[0, 255], [255, 255]], np.uint8)
    np.testing.assert_allclose(resized(picture, (2, 2)), picture / 255, atol=1e-9)
    np.testing.assert_allclose(resized(picture, (1, 2)), [[0.5, 1]], atol=1e-4)
    np.testing.assert_allclose(resized(picture, (2, 1)), [[0.5], [1]], atol=1e-4)
    assert resized(picture, (1, 1))[0, 0] == pytest.approx(0.75, abs=1e-4)
    assert resized(np.full((3, 3), 255, np.uint8), (2, 2)).max() == 1


def test_bytes_of_a_form():
    fractions = np.array([[0.0, 0.5], [1.0, 1.5]])
    assert as_bytes(fractions, "L", (2, 2)).tolist() == [[0, 128], [255, 255]]
    assert as_bytes(-fractions, "L", (2, 2)).tolist() == [[0, 0], [0, 0]]
    assert as_bytes(np.full((2, 4), 7, np.uint8), "RGB", (4, 2)).shape == (2, 4, 3)
    assert as_bytes(np.full((2, 4), 7, np.uint8), "L", (2, 1)).tolist() == [[7, 7]]
    clear = np.zeros((1, 2, 4), np.uint8)
    clear[0, 1, 3] = 255
    assert as_bytes(clear, "L", (2, 1)).tolist() == [[255, 0]]  # clear is white
    assert as_bytes(clear[..., 2:], "L", (2, 1)).tolist() == [[255, 0]]
    red = np.zeros((1, 1, 3), np.uint8)
    red[..., 0] = 255
    assert as_bytes(red, "L", (1, 1)).tolist() == [[76]]
    assert as_bytes(red, "RGB", (1, 1)).tolist() == [[[255, 0, 0]]]


def test_pictures_that_are_refused(tmp_path, monkeypatch):
    def says(path):
        with pytest.raises(mnist.DataError) as caught:
            read_picture(path)
        return str(caught.value)

    monkeypatch.setattr(picture_file, "MOST_PIXELS", 5_000_000)
    path = tmp_path / "a.png"
    assert says(path) == f"there is no {path}"
    path.write_bytes(b"no picture")
    assert says(path) == (
        f"{path} is not a picture that can be read: its format is none that Pillow knows (PNG, JPEG, GIF, BMP, TIFF,"
        " WebP are)"
    )
    PIL.new("1", (2500, 2000)).save(path)
    assert read_picture(path).shape == (2000, 2500)
    PIL.new("1", (2501, 2000)).save(path)
    assert says(path) == f"{path} has 2501 x 2000 pixels; at most 5 million are read: save it smaller"
    monkeypatch.setattr(PIL, "MAX_IMAGE_PIXELS", 100)
    assert says(path) == f"{path} has too many pixels; at most 5 million are read: save it smaller"
    assert picture_file._reason(ValueError()) == "ValueError"
    assert picture_file._reason(ValueError("odd")) == "odd"
