"""What a trained net says of a drawing, as the page shows it: scores, hidden activations, gradient to the pixels."""

from typing import Any

import numpy as np

import mnist
from base.arrays import Array
from layers import softmax
from mnist.own.picture_file import resized
from models import Graph, input_gradient

from ..experiment.trained_net import Trained
from ..exporting.run_in_texts import scaling

SIDE = 112  # pixels of a drawing's sides


class Reading:
    """Reads drawings with a net; ValueError for a net that reads no grey pictures, or gives no classes."""

    def __init__(self, net: Trained, name: str):
        shape = net.info["shape"]
        if len(shape) != 2:
            what = "rows of a table" if len(shape) == 1 else f"pictures of shape {tuple(shape)}"
            raise ValueError(f"{name} was trained on {what}; a drawing needs a net for grey pictures (H, W)")
        if net.is_real:
            raise ValueError(f"{name} gives a value; the page shows classes")
        self.net, self.name, self.shape = net, name, (int(shape[0]), int(shape[1]))
        self.frame = net.drawings().frame
        count = net.model.loss(np.zeros((1, shape[0] * shape[1]), net.settings.dtype)).shape[-1]
        self.classes = [net.class_name(k) for k in range(count)]
        self.hidden = _hidden(net.model)
        self.graph = net.model if isinstance(net.model, Graph) else None

    def told(self) -> dict[str, Any]:
        """What the page has to know of net and pictures."""
        scale, frame = scaling(self.net), self.frame
        return {
            "name": self.net.info["name"],
            "model": self.net.settings.model,
            "side": SIDE,
            "shape": self.shape,
            "classes": self.classes,
            "hidden": self.hidden,
            "gain": self.net.info["maximum"] / scale.divisor,
            "mean": 0.0 if scale.mean is None else float(scale.mean),
            "std": 1.0 if scale.std is None else float(scale.std),
            "frame": None if frame is None else frame._asdict(),
        }

    def prepared(self, drawing: Array) -> tuple[Array, bool, list[str]]:
        """(pixels (H, W) in 0..1, whether there is nothing, what is to be said) of bright ink (S, S), bytes."""
        if self.frame is None:
            return resized(drawing / 255, self.shape), not drawing.any(), []
        found = mnist.prepare(drawing, self.frame, bright_paper=False)
        return found.pixels, found.blank, [] if found.blank else list(found.warnings)

    def read(self, drawing: Array, chosen: int | None) -> dict[str, Any]:
        """What the page shows; chosen: the class whose score is differentiated, or None for the most likely one."""
        pixels, blank, warnings = self.prepared(drawing)
        rows = self.net.treat(pixels[None] * self.net.info["maximum"])
        scores = self.net.model.loss(rows)[0]
        probabilities = softmax(scores[None])[0]
        best = int(probabilities.argmax())
        answer = {
            "blank": blank,
            "warnings": warnings,
            "pixels": pixels.reshape(-1).tolist(),
            "scores": scores.tolist(),
            "probabilities": probabilities.tolist(),
            "best": best,
            "hidden": [],
            "gradient": None,
        }
        if self.graph is not None:
            values = self.graph.values(rows)
            answer["hidden"] = [{"name": name, "values": values[name].reshape(-1).tolist()} for name in self.hidden]
            dscores = np.eye(len(scores))[None, best if chosen is None else chosen]
            told = self.told()
            dx = input_gradient(self.graph, rows, dscores)
            answer["gradient"] = (dx.reshape(-1) * (told["gain"] / told["std"])).tolist()
        return answer


def _hidden(model: Any) -> list[str]:
    """The names of the activations between input and scores."""
    nodes = model.nodes[:-1] if isinstance(model, Graph) else ()
    return [node.name for node in nodes if node.layer.kind in ("activation", "sandwich")]
