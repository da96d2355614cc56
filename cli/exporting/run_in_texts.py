"""What a run says beside its arrays, as texts that ONNX and safetensors files keep; and a run made of them again."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from base.files import json_text
from models import Graph, Scaling
from solver import checkpoint

from ..experiment import own_rows
from ..experiment.trained_net import Trained

RUN = "layergraph.run"
PARTS = ("settings", "metadata", "environment", "data", "counters", "seconds", "rule", "best", "rows", "stopped_reason")


def texts(net: Trained, saved: checkpoint.Checkpoint, weights: str) -> dict[str, str]:
    """Classes, shape and scaling of the inputs for any reader; the run's own record for `run_from`."""
    info, scale = net.info, scaling(net)
    classes = info.get("classes")
    inputs = {"shape": info["shape"], "divisor": scale.divisor, "mean": _plain(scale.mean), "std": _plain(scale.std)}
    found = {
        "inputs": json.dumps(inputs),
        "weights": weights,
        RUN: json.dumps({key: saved.meta[key] for key in PARTS if key in saved.meta}),
    }
    return found if not classes else {**found, "classes": json.dumps(list(classes), ensure_ascii=False)}


def scaling(net: Trained) -> Scaling:
    """How the run treated raw pixels or columns."""
    keeps = own_rows.kept(net.info)
    if keeps is not None:
        return Scaling(keeps.scaling.divisor, keeps.scaling.mean, keeps.scaling.std)
    info = net.info
    return Scaling(float(info["maximum"]) if info["scaled"] else 1.0, info["mean"], info["std"])


def run_from(texts: Mapping[str, str], model: Graph, path: Path) -> bool:
    """Write the run that the texts tell of to `path`, with the weights of `model`; False where they tell of none."""
    if RUN not in texts:
        return False
    told = json_text.loads(texts[RUN])
    if not isinstance(told, dict) or not {"metadata", "rule", "counters"} <= set(told):
        raise ValueError(f"the file's text {RUN!r} is not the record of a run")
    meta = {**told, "model": {"class": "Graph", "config": model.config()}, "evaluates_at": None}
    groups = {"param": model.params, "best": model.params, "state": model.state, "best_state": model.state}
    arrays = {f"{group}/{name}": array for group, held in groups.items() for name, array in held.items()}
    checkpoint.write(path, arrays, meta)
    return True


def _plain(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else value
