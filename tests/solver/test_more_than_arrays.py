"""np.matrix and masked arrays are refused in words: as data, labels and parameters."""

import numpy as np
import pytest
from solver_cases import CourseNet, quiet, softmax_data

pytestmark = pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")


@pytest.mark.parametrize("name", ["X_train", "y_train", "X_val", "y_val"])
def test_data(name):
    data = softmax_data()
    with pytest.raises(TypeError, match=rf"{name} is a np\.matrix.*np\.asarray\({name}\)"):
        quiet(CourseNet(), data=data | {name: np.matrix(data[name])})
    hidden = np.ma.masked_array(data[name], mask=np.zeros(data[name].shape, bool))
    hidden[3] = np.ma.masked
    with pytest.raises(ValueError, match=rf"{name} holds \d+ masked values"):
        quiet(CourseNet(), data=data | {name: hidden})


@pytest.mark.parametrize("wrap", [np.matrix, np.ma.masked_array])
def test_parameters(wrap):
    model = CourseNet()
    name = next(name for name, array in model.params.items() if array.ndim == 2)
    model.params[name] = wrap(model.params[name])
    with pytest.raises(TypeError, match=rf"parameter '{name}' is a (matrix|MaskedArray); pass a plain array"):
        quiet(model)
