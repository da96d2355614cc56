"""Figures as SVG that can stand in one page with others."""

import io
import re
from typing import Any


def inline_svg(figure: Any, number: int) -> str:
    """A figure as an <svg> element whose ids cannot meet those of other figures on the page; text stays text."""
    import matplotlib

    stream = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "layergraph"}):
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    text = stream.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r'\bid="([^"]+)"', rf'id="f{number}-\1"', text)
    text = re.sub(r"url\(#([^)]+)\)", rf"url(#f{number}-\1)", text)
    text = re.sub(r'href="#([^"]+)"', rf'href="#f{number}-\1"', text)
    text = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", text, flags=re.DOTALL)
    text = re.sub(r">\s+<", "><", text)
    return text.replace("<svg ", '<svg role="img" ', 1)
