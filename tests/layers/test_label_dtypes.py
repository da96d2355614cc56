"""Labels may be any integers: a narrow dtype must not wrap where a loss computes with them."""

import numpy as np
import pytest

from layers import softmax_loss, svm_loss


@pytest.mark.parametrize("loss", [softmax_loss, svm_loss])
@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", "u2", "i4", "u4", "u8", ">i4"])
def test_narrow_and_unsigned_labels_give_the_bits_of_int64(loss, dtype):
    rng = np.random.default_rng(0)
    scores, y = rng.standard_normal((300, 10)), rng.integers(0, 10, 300)
    expected, found = loss(scores, y), loss(scores, y.astype(dtype))
    assert found[0] == expected[0]
    np.testing.assert_array_equal(found[1], expected[1])
