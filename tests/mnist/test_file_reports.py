"""What a report says of a file: which part of MNIST it is, by name or by size, and what its values are."""

import numpy as np
import pytest
from mnist_files import idx_bytes, pickle_bytes, small_parts, sums

from mnist.checksums import idx_sha256
from mnist.errors import DataError
from mnist.locate import STEMS
from mnist.parts import NAMES
from mnist.report import describe, verify_file, verify_folder

SHAPES = ((60000, 28, 28), (60000,), (10000, 28, 28), (10000,))


@pytest.fixture
def blank_is_canonical(monkeypatch):
    """Zeros of MNIST's shapes pass for MNIST."""
    arrays = [np.zeros(shape, np.uint8) for shape in SHAPES]
    sums = {name: idx_sha256(array) for name, array in zip(NAMES, arrays, strict=True)}
    monkeypatch.setattr("mnist.report.MNIST", sums)
    return arrays


@pytest.mark.parametrize("at", range(4))
def test_a_part_is_known_by_its_size_where_its_name_says_nothing(tmp_path, blank_is_canonical, at):
    array = blank_is_canonical[at]
    for name in ("some.idx", STEMS[at]):
        (tmp_path / name).write_bytes(idx_bytes(array))
        report = verify_file(tmp_path / name)
        assert report.error is None
        assert [(held.name, held.part, held.shape) for held in report.held] == [(NAMES[at], NAMES[at], array.shape)]
    changed = array.copy()
    changed[-1] = 1
    (tmp_path / "some.idx").write_bytes(idx_bytes(changed))
    assert f"decoded {NAMES[at]} have sha256" in verify_file(tmp_path / "some.idx").error


@pytest.mark.parametrize("shape", [(59999, 28, 28), (60000, 28, 27), (10001,), (10000, 28, 28, 1)])
def test_other_sizes_are_no_part(tmp_path, shape):
    (tmp_path / "some.idx").write_bytes(idx_bytes(np.zeros(shape, np.uint8)))
    error = verify_file(tmp_path / "some.idx").error
    assert error == f"some.idx holds values of shape {shape}, which is no part of MNIST."


def held(tmp_path, **arrays):
    np.savez(tmp_path / "some.npz", **arrays)
    return {one.name: one for one in describe(tmp_path / "some.npz").held}


def test_classes_are_counted_and_pixels_measured(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (5, 3), np.uint8)
    found = held(
        tmp_path, many=np.arange(150) % 120, none=np.zeros(0, int), real=np.zeros(3), pixels=pixels,
        wide=pixels.astype(int), empty=pixels[:0], table=pixels[None],
    )  # fmt: skip
    assert found["many"].counts == {str(i): 2 if i < 30 else 1 for i in range(100)}
    for name in ("none", "real", "wide", "empty"):
        assert (found[name].counts or None, found[name].mean, found[name].std) == (None, None, None)
    for name in ("pixels", "table"):
        assert found[name].mean == pytest.approx(pixels.mean())
        assert found[name].std == pytest.approx(pixels.std())
        assert found[name].sha256 == idx_sha256(pixels[None] if name == "table" else pixels)
    assert found["wide"].sha256 == found["real"].sha256 == ""


def test_a_folder_is_told_what_it_lacks(tmp_path, blank_is_canonical):
    (tmp_path / STEMS[3]).write_bytes(idx_bytes(blank_is_canonical[3]))
    reports = verify_folder(tmp_path)
    assert [report.error is None for report in reports] == [True, False, False, False]
    assert [report.error for report in reports[1:]] == [f"{stem}.gz is missing." for stem in STEMS[:3]]
    (tmp_path / "notes").mkdir()
    with pytest.raises(DataError, match="holds no data files"):
        verify_folder(tmp_path / "notes")


def test_a_pickle_is_described_by_the_parts_that_are_in_it(tmp_path):
    parts = small_parts()
    (tmp_path / "a.pkl").write_bytes(pickle_bytes(parts, 2))
    report = describe(tmp_path / "a.pkl")
    assert (report.kind, report.error) == ("pickle", None)
    assert [(one.name, one.shape, one.dtype, one.part) for one in report.held] == [
        (name, array.shape, "uint8", None) for name, array in zip(NAMES, parts, strict=True)
    ]
    assert [one.sha256 for one in report.held] == list(sums(parts).values())
