"""The README's Python runs as it stands, and does what the text around it says."""

import re
from pathlib import Path

import pytest

README = Path(__file__).parent.parent / "README.md"


def test_python_blocks_run(capsys: pytest.CaptureFixture[str]):
    pytest.importorskip("sklearn")
    names: dict[str, object] = {}
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        exec(compile(block, str(README), "exec"), names)
    out = capsys.readouterr().out
    assert float(re.findall(r"^0\.\d+$", out, re.MULTILINE)[0]) > 0.9
    assert "SCALE_INV_BATCH  b  3/3 elements wrong" in out
    assert "averaged over the batch where a sum is right" in out
