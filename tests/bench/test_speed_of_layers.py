"""The speed of single layers: every pass is timed in every round, other values are refused, the table says both."""

import json

import numpy as np
import pytest

from bench.speed import layers
from bench.speed.layers import Case
from bench.speed.rounds import UnequalWorkError
from cli.main import main

SMALL = (
    Case("conv2d", (3, 2, 6, 5), (4, 2, 3, 3), {"padding": 1}),
    Case("max_pool2d", (3, 2, 6, 5), None, {"size": 2}),
)


@pytest.fixture(scope="module")
def measured():
    return layers.measure("float64", 2, 0.001, 1, lambda text: None, SMALL)


def test_every_pass_is_timed_in_every_round(measured):
    assert json.loads(json.dumps(measured))["cases"][0]["seconds"] == measured["cases"][0]["seconds"]
    conv, pool = (case["seconds"]["ours"] for case in measured["cases"])
    assert [set(one) for one in conv] == [set(layers.PASSES)] * 2
    assert [set(one) for one in pool] == [{"forward", "backward"}] * 2
    assert all(value > 0 for one in [*conv, *pool] for value in one.values())


def test_the_table_has_milliseconds_and_the_ratio_of_each_pass():
    seconds = {"ours": [{"forward": 0.002, "backward": 0.01}], "torch": [{"forward": 0.001, "backward": 0.02}]}
    head, pool, conv = layers.rows(
        {
            "cases": [
                {"case": SMALL[1]._asdict(), "seconds": seconds},
                {"case": SMALL[0]._asdict(), "seconds": {"ours": [dict.fromkeys(layers.PASSES, 0.003)]}},
            ]
        }
    )
    assert head[:5] == ["layer", "x", "w", "forward, ms", "/ torch's"]
    assert pool[:3] == ["max_pool2d size=2", "3 x 2 x 6 x 5", "-"]
    assert pool[3:] == ["2.00", "2.00 (2.00-2.00)", "10.00", "0.50 (0.50-0.50)", "-", "-"]
    assert conv == ["conv2d padding=1", "3 x 2 x 6 x 5", "4 x 2 x 3 x 3", *["3.00", "-"] * 3]


def test_other_values_are_refused():
    with pytest.raises(UnequalWorkError, match=r"torch has other values than ours for max_pool2d size=2"):
        layers._compare({"ours": [1.0, 2.0], "torch": [1.0, 2.1]}, SMALL[1], 1e-3)


@pytest.mark.parametrize("case", layers.CASES, ids=lambda case: f"{case.title} {case.x[1:]}")
def test_what_torch_computes_is_what_we_compute(case):
    pytest.importorskip("torch", reason="needs torch (extra peers)")
    few = case._replace(x=(2, *case.x[1:]))
    for one, other in zip(layers._ours(few, "float64")[1], layers._torch(few, "float64", 1)[1], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-11)


def test_the_command_prints_the_table(monkeypatch, capsys):
    monkeypatch.setattr(layers.measure, "__defaults__", (SMALL,))
    assert main(["bench", "speed", "--parts", "layers", "--rounds", "1", "--seconds", "0.001"]) == 0
    out = capsys.readouterr().out
    assert "Layers of images in float32" in out
    assert "| conv2d padding=1  | 3 x 2 x 6 x 5 | 4 x 2 x 3 x 3 |" in out
