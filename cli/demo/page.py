"""The page: one source, `assets/`, for the server and for the file that holds the net itself."""

import base64
import hashlib
import html
import json
import re
from pathlib import Path
from typing import Any

import numpy as np

from base.arrays import Array

from .reading import Reading

ASSETS = Path(__file__).resolve().parent / "assets"
SCRIPTS = ("prepare.js", "net.js", "drawing.js", "page.js")
POLICY = "default-src 'none'; img-src data:; connect-src {connect}; style-src '{style}'; script-src '{script}'"


def served(reading: Reading) -> str:
    """The page that asks the server."""
    return _page({**reading.told(), "ask": "/read"}, "'self'")


def static(reading: Reading) -> str:
    """The page that holds the net and computes itself; ValueError names a layer that it cannot compute."""
    graph = reading.graph
    if graph is None:
        raise ValueError(f"{reading.net.settings.model} is a net of your own: a page can compute graphs alone")
    known = computed()
    for node in graph.nodes:
        if node.layer.name not in known:
            raise ValueError(
                f"node {node.name!r}: a page cannot compute layer {node.layer.name!r}; it can: {', '.join(known)}."
                f" `layergraph demo` shows any net"
            )
    values = graph.values(np.zeros((1, reading.shape[0] * reading.shape[1])))
    nodes = [
        {
            "name": node.name, "layer": node.layer.name, "inputs": node.inputs, "params": node.params,
            "settings": dict(node.settings), "state": {name: f"{node.name}.{name}" for name in node.layer.state},
            "shapes": {"input": values[node.inputs[0]].shape[1:], "output": values[node.name].shape[1:]},
        }
        for node in graph.nodes
    ]  # fmt: skip
    arrays = {name: _array(array) for held in (graph.params, graph.state) for name, array in held.items()}
    net = {"nodes": nodes, "arrays": arrays, "input_scale": graph.input_scale}
    return _page({**reading.told(), "net": net}, "'none'")


def computed() -> list[str]:
    """The layers that the page's script computes: the keys of its table."""
    table = _asset("net.js").partition("const LAYERS = {")[2].partition("\n};")[0]
    return re.findall(r"^  (\w+)[,:]", table, re.MULTILINE)


def _array(array: Array) -> dict[str, Any]:
    little = np.ascontiguousarray(array, "<f4")
    return {"shape": array.shape, "base64": base64.b64encode(little.tobytes()).decode()}


def _page(told: dict[str, Any], connect: str) -> str:
    """The source with its parts in place; the policy lets nothing run or load but these."""
    style, script = _asset("page.css"), "\n".join(_asset(name) for name in SCRIPTS)
    data = json.dumps(told, allow_nan=False).replace("<", "\\u003c")
    policy = POLICY.format(connect=connect, style=_hash(style), script=_hash(script))
    parts = {
        "policy": html.escape(policy, quote=False), "style": style, "script": script, "data": data,
        "title": html.escape(f"Draw for {told['model']} on {told['name']}"),
    }  # fmt: skip
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], _asset("page.html"))


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")
