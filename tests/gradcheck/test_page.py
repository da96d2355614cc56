"""The HTML page and its pictures as they were written down; a pixel or the last digits of a number may differ."""

import numpy as np
from reports import GOLDEN, PICTURED, page, parts


def test_the_page_of_a_few_reports():
    words, numbers = parts(page())
    wanted_words, wanted = parts((GOLDEN / "page.html").read_text(encoding="utf-8"))
    assert words == wanted_words
    np.testing.assert_allclose(numbers, wanted, rtol=1e-2, atol=0.15)
    assert all(name in "".join(words) for name in PICTURED)
