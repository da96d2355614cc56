"""Models of a user's own, called with the sizes under whatever name their signature has for them."""

import pytest

from models.own_models import INPUTS, OUTPUTS, own_model

SOURCE = """
class Net:
    def __init__(self, {columns}, {scores}, rng=None):
        self.sizes = {columns}, {scores}
        self.params = {{}}

    def loss(self, X, y=None):
        return X
"""


@pytest.mark.parametrize(("columns", "scores"), [*zip(INPUTS, OUTPUTS, strict=True), ("in_dim", "n_classes")])
def test_sizes_go_by_many_names(tmp_path, columns, scores):
    path = tmp_path / "net.py"
    path.write_text(SOURCE.format(columns=columns, scores=scores), encoding="utf-8")
    assert own_model(f"{path}:Net", 13, 3, 0).sizes == (13, 3)
