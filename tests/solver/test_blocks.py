"""How element-wise rules walk over a vector: which pieces, in which blocks, and what becomes of denormals."""

import numpy as np
import pytest

from solver import rules
from solver.protocols import Slot
from solver.rules.elementwise import BLOCK, _pieces, flush_denormals


def slots(*parts):
    return [Slot(f"p{i}", slice(start, stop), (stop - start,), decays) for i, (start, stop, decays) in enumerate(parts)]


def ranges(size, layout=None, shape=None):
    w = np.empty(size if shape is None else shape, np.float32)
    return [(piece.start, piece.stop, decays) for piece, decays in _pieces(w, layout)]


@pytest.mark.parametrize(
    ("parts", "pieces"),
    [
        ([(0, 4, True), (4, 10, True), (10, 12, False)], [(0, 10, True), (10, 12, False)]),
        ([(4, 8, True), (0, 4, True)], [(4, 8, True), (0, 4, True)]),
        ([(0, 4, True), (6, 10, True)], [(0, 4, True), (6, 10, True)]),
        ([(0, 4, False), (4, 5, True), (5, 9, False), (9, 12, False)], [(0, 4, False), (4, 5, True), (5, 12, False)]),
        ([(0, BLOCK, True), (BLOCK, BLOCK + 3, True)], [(0, BLOCK, True), (BLOCK, BLOCK + 3, True)]),
        ([(0, BLOCK + 1, False)], [(0, BLOCK, False), (BLOCK, BLOCK + 1, False)]),
        ([(5, BLOCK + 5, True)], [(5, BLOCK + 5, True)]),
    ],
)
def test_neighbours_of_one_kind_are_one_piece_and_pieces_are_cut_into_blocks(parts, pieces):
    assert ranges(3 * BLOCK, slots(*parts)) == pieces


def test_without_a_layout_matrices_decay_and_vectors_do_not():
    assert ranges(12) == [(0, 12, False)]
    assert ranges(0, shape=(3, 4)) == [(0, 12, True)]
    assert ranges(0, shape=(2, 3, 4)) == [(0, 24, True)]
    assert ranges(0, layout=()) == []


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_decays_for_ever_is_set_to_zero(dtype):
    least = 2.0**40 * float(np.finfo(dtype).tiny)
    array = np.array([least, np.nextafter(dtype(least), dtype(0)), -least, -least / 2, 0, 1, -1, least * 2], dtype)
    flush_denormals(array)
    assert array.tolist() == [least, 0, -least, 0, 0, 1, -1, least * 2]


def test_muon_leaves_the_last_matrix_to_adamw():
    layout = [Slot(name, slice(0, 1), shape, True) for name, shape in
              (("W1", (2, 3)), ("W2", (3, 4)), ("b", (4,)), ("W3", (4, 5)), ("c", (5,)))]  # fmt: skip
    muon = rules.get("muon")
    assert muon.resolve({"adamw_names": None}, layout)["adamw_names"] == ("W3",)
    assert muon.resolve({"adamw_names": None}, layout[2:3])["adamw_names"] == ()
    assert muon.resolve({"adamw_names": ("W1", "b")}, layout)["adamw_names"] == ("W1", "b")
    with pytest.raises(ValueError, match=r"adamw_names has \['W4', 'a'\]; the model has W1, W2, b, W3, c\."):
        muon.resolve({"adamw_names": ("W4", "W1", "a")}, layout)
