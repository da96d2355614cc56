"""The graph as an SVG: every node is in it, nothing overlaps, edges run from what is read to what reads it."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from models import Graph, convnet, mlp, node
from models.inspection.layout import lanes, places

SVG = "{http://www.w3.org/2000/svg}"
W = np.zeros((3, 3))
BRANCHES = [
    node("a", "linear", "x", "W0"), node("r", "relu", "a"), node("b", "linear", "r", "W1"),
    node("c", "linear", "r", "W2"),
    node("t", "tanh", "b"), node("sum", "add", ("t", "c")), node("skip", "add", ("sum", "a")),
]  # fmt: skip


def branched() -> Graph:
    return Graph(BRANCHES, {"W0": W, "W1": W, "W2": W})


NETS = {
    "mlp": lambda: mlp([784, 30, 20, 10], batch_norm=True, dropout=0.3, input_dropout=0.1),
    "convnet": lambda: convnet("4x3p1,pool,8x3,avgpool,16", image=(1, 12, 12)),
    "branches": branched,
    "one": lambda: mlp([2, 1], loss="squared"),
}


@pytest.mark.parametrize("name", NETS)
def test_every_node_has_a_box_of_its_own(name):
    model = NETS[name]()
    root = ET.fromstring(model.plot())
    boxes = [[float(box.get(key)) for key in ("x", "y", "width", "height")] for box in root.iter(f"{SVG}rect")]
    assert len(boxes) == len(model.nodes) + 2  # input and loss
    for k, (x, y, w, h) in enumerate(boxes):
        assert x >= 0
        assert x + w <= float(root.get("width"))
        assert y + h <= float(root.get("height"))
        assert not [1 for u, v, *_ in boxes[k + 1 :] if abs(x - u) < w and abs(y - v) < h]
    titles = " ".join(title.text for title in root.iter(f"{SVG}title"))
    assert all(re.search(rf"\b{re.escape(one.name)}\b", titles) for one in model.nodes)
    assert all(param in titles for param in model.params)
    assert model.loss_layer.name in titles


def test_edges_are_those_of_the_graph():
    root = ET.fromstring(branched().plot())
    assert len([path for path in root.iter(f"{SVG}path") if path.get("class") == "edge"]) == 10  # 9 inputs, 1 loss
    place = places(BRANCHES)
    assert all(place[name].row < place[one.name].row for one in BRANCHES for name in one.inputs)
    assert place["b"].row == place["c"].row
    assert place["b"].across < place["c"].across


def test_an_edge_that_passes_rows_goes_beside_their_boxes():
    place, passed = places(BRANCHES), lanes(BRANCHES, places(BRANCHES))
    assert set(passed) == {("a", "skip"), ("c", "sum")}
    for (start, end), across in passed.items():
        between = [p.across for p in place.values() if place[start].row < p.row < place[end].row]
        assert min(abs(across - other) for other in between) > 0.5


def test_a_chain_is_a_line():
    assert {place.across for place in places(mlp([4, 3, 2], batch_norm=True).nodes).values()} == {0.0}


def test_names_cannot_leave_their_place():
    model = Graph([node('<script>"&', "linear", "x", "W<b>")], {"W<b>": W})
    root = ET.fromstring(model.plot())
    assert [element.tag for element in root.iter() if "script" in element.tag] == []
    assert '<script>"&: linear' in "".join(root.itertext())


def test_it_is_written_and_shown_in_notebooks(tmp_path):
    drawn = mlp([3, 2]).plot(tmp_path / "net.svg")
    assert Path(tmp_path / "net.svg").read_text() == drawn
    assert drawn._repr_svg_() == drawn
    mlp([3, 2]).plot(tmp_path / "NET.SVG")
    for name in ("net.png", "net.txt", "net"):
        with pytest.raises(ValueError, match=f"{name}'; expected a name that ends in .svg"):
            mlp([3, 2]).plot(tmp_path / name)


def test_a_net_of_open_width_is_drawn():
    model = Graph([node("a", "relu", "x")], {})
    assert "relu" in model.plot()
