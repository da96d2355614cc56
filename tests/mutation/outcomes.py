"""Outcomes kept in a file while the code and the tests stay as they are: an interrupted run goes on where it was, and
reasons added to survivors.toml need no mutant to run again.
"""

import hashlib
import json
import threading
from pathlib import Path

from mutations import Mutant
from trees import ROOT, tracked


class Outcomes:
    """Mutant -> what killed it, for this very state of all Python files."""

    def __init__(self, path: Path):
        self.path, self._lock = path, threading.Lock()
        digest = hashlib.sha256()
        for name in tracked():
            if name.endswith(".py"):
                digest.update(name.encode() + b"\0" + (ROOT / name).read_bytes())
        self.state, self.known = digest.hexdigest(), {}
        if path.exists():
            kept = json.loads(path.read_text(encoding="utf-8"))
            self.known = kept["outcomes"] if kept["state"] == self.state else {}

    def get(self, mutant: Mutant) -> str | None:
        """What killed it, "" where it survived, None where it has not run."""
        return self.known.get(self._key(mutant))

    def put(self, mutant: Mutant, killer: str) -> None:
        """Keep it, on disk too."""
        with self._lock:
            self.known[self._key(mutant)] = killer
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(json.dumps({"state": self.state, "outcomes": self.known}), encoding="utf-8")

    @staticmethod
    def _key(mutant: Mutant) -> str:
        return hashlib.sha256(f"{mutant.package} {mutant.file} {mutant.source}".encode()).hexdigest()
