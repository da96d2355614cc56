"""What docs/teaching.md and docs/gradcheck.md tell people to write and to run does what they say."""

import re
import shlex
from pathlib import Path

import pytest

from cli.main import build_parser, main

ROOT = Path(__file__).parent.parent.parent
TEACHING = (ROOT / "docs" / "teaching.md").read_text(encoding="utf-8")
GRADCHECK = (ROOT / "docs" / "gradcheck.md").read_text(encoding="utf-8")


def blocks(text, language=""):
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [block for spoken, block in fenced if spoken == language]


@pytest.mark.thorough
def test_a_class_is_graded_as_the_page_says(tmp_path, monkeypatch, capsys):
    for block in blocks(TEACHING, "python"):
        path = tmp_path / block.partition("\n")[0].removeprefix("# ")
        path.parent.mkdir(exist_ok=True)
        path.write_text(block)
    monkeypatch.chdir(tmp_path)
    command, printed = blocks(TEACHING, "sh")[0], blocks(TEACHING, "text")[0]
    program, *arguments = shlex.split(command)
    assert program == "layergraph"
    assert main([*arguments, "--timeout", "3"]) == 1
    assert capsys.readouterr().out.replace("after 3 s", "after 30 s") == printed
    hinted = (tmp_path / "pages" / "bob.py.html").read_text()
    assert "SCALE_INV_BATCH" in hinted
    assert "mean -&gt; sum" not in hinted
    assert (tmp_path / "points.csv").read_text().splitlines()[1].startswith("bob.py,2,0,2,6,")


def test_the_hook_runs_a_command_of_ours():
    yaml = pytest.importorskip("yaml")
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    used = yaml.safe_load(blocks(GRADCHECK, "yaml")[1])["repos"][0]["hooks"][0]
    assert used["id"] == hook["id"]
    program, *arguments = shlex.split(hook["entry"])
    assert program == "layergraph"
    assert build_parser().parse_args([*arguments, "my_layers.py"]).targets == ["my_layers.py"]
