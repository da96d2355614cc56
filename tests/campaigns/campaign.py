"""What every campaign shares: its options, its one line of counts, its rows for the page, its file of figures.

A campaign is a script of this folder with `--amount`, `--seed` and `--json FILE`. It prints one line of counts, and
ends with exit code 1 where one of its pass lines is missed. `campaigns.toml` lists them, `run_all.py` runs them.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy: bits and times are promised for one thread
ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from base.environment import environment  # noqa: E402


@dataclass(frozen=True)
class Row:
    """One row of the page: what was done how often, what came out, what was promised, and whether it was kept."""

    what: str
    amount: int
    unit: str
    result: str
    promise: str
    met: bool


@dataclass
class Campaign:
    """One run of a campaign: made from its options, ended by `finish`."""

    name: str
    args: argparse.Namespace
    started: float = field(default_factory=time.perf_counter)

    def finish(self, line: str, rows: Sequence[Row], figures: dict[str, Any] | None = None) -> int:
        """Print the line, write the figures where they were asked for; the exit code."""
        missed = [row for row in rows if not row.met]
        print(f"{self.name}: {line}" + ("" if not missed else "   MISSED: " + "; ".join(row.what for row in missed)))
        if self.args.json:
            found = {
                "campaign": self.name, "amount": self.args.amount, "seed": self.args.seed, "line": line,
                "ok": not missed, "seconds": round(time.perf_counter() - self.started, 1),
                "rows": [asdict(row) for row in rows], "figures": figures or {}, "environment": environment(),
            }  # fmt: skip
            text = json.dumps(found, indent=1, ensure_ascii=False, allow_nan=False)
            self.args.json.write_text(text + "\n", encoding="utf-8")
        return int(bool(missed))


def parser(doc: str | None, amount: int, unit: str) -> argparse.ArgumentParser:
    """The options of a campaign; `amount` is the full one."""
    made = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--amount", type=int, default=amount, help=f"{unit}, {amount:,} by default")
    made.add_argument("--seed", type=int, default=0)
    made.add_argument("--json", type=Path, metavar="FILE", help="write the figures into this file")
    return made
