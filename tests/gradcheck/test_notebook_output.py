"""What a notebook shows of a report: small, self-contained, with styles that reach no further."""

import re

import numpy as np
import pytest

import gradcheck
from gradcheck import Report, Suite


def wrong(shape=(2, 3), label="wrong"):
    x = np.random.default_rng(0).standard_normal(shape)
    return gradcheck.layer(lambda x: (x * 2, None), lambda d, c: d * 1.0, x, label=label, structure="elementwise")


def test_a_page_as_text():
    assert wrong().to_html().startswith("<!doctype html>")
    assert Suite([wrong(), wrong()], 0).to_html().startswith("<!doctype html>")


@pytest.mark.parametrize("shape", [(2, 3), (16, 60)])
def test_a_fragment_is_small_and_has_its_pictures(shape):
    text = wrong(shape)._repr_html_()
    assert len(text.encode()) < 60_000
    assert text.count("<svg") == 3
    assert "SCALE_HALF" in text
    assert "http" not in text
    assert "<script" not in text


def test_the_styles_reach_no_further():
    style = re.search("<style>(.*?)</style>", wrong()._repr_html_(), re.DOTALL)[1]
    selectors = re.findall(r"([^{}]+)\{", re.sub(r"@media\([^{]*\{", "", style))
    assert len(selectors) > 20
    assert all(one.strip().startswith(".gradcheck") for part in selectors for one in part.split(","))


def test_many_reports_that_fail_stay_small_and_the_rest_is_counted():
    text = Suite([wrong((20, 20), f"layer {k}") for k in range(40)], 0)._repr_html_()
    assert len(text.encode()) < 60_000
    shown = text.count("<section>") - 1
    assert shown >= 2
    assert f"{40 - shown} more: print them" in text


def test_a_long_source_is_cut_around_the_line_of_the_fault():
    report = Report(
        label="long", source_text="".join(f"line{k} = {k}\n" for k in range(5000)), source_start=100, compared=1
    )
    report.findings.append(gradcheck.Finding("SIGN", "error", "x", "m", {}, "f.py:1100  code"))
    text = report._repr_html_()
    assert "<b>1100  line1000 = 1000</b>" in text
    assert "line1040" not in text
    assert len(text.encode()) < 20_000


def test_a_fragment_escapes_what_it_shows():
    assert "<i>&amp;" not in wrong(label="<i>&amp;")._repr_html_()
