"""The operators of an ONNX graph under construction."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from base.arrays import Array

OPSET = 18


class Operators:
    """The operators of a graph under construction, and its constants; every value is a name."""

    def __init__(self, dtype: np.dtype[Any]):
        self.dtype = dtype
        self.nodes: list[Any] = []
        self.constants: dict[str, Array] = {}

    def add(self, operator: str, *inputs: str, name: str | None = None, **attributes: Any) -> str:
        """One more operator on these values; the name of its output."""
        from onnx import helper

        output = name or f"{operator}:{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [output], **attributes))
        return output

    def single(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """An operator that runtimes know in float32 alone: in another dtype its inputs and output are converted."""
        from onnx import TensorProto, helper

        if self.dtype == np.float32:
            return self.add(operator, *inputs, **attributes)
        given = [self.add("Cast", one, to=TensorProto.FLOAT) for one in inputs]
        own = helper.np_dtype_to_tensor_dtype(self.dtype)
        return self.add("Cast", self.add(operator, *given, **attributes), to=own)

    def integers(self, values: Sequence[int]) -> str:
        """The name of a constant vector of integers: a shape, or axes."""
        name = f"constant:{len(self.constants)}"
        self.constants[name] = np.array(values, np.int64)
        return name

    def constant(self, value: ArrayLike, name: str | None = None) -> str:
        """The name of a constant, in the dtype of the net."""
        name = name or f"constant:{len(self.constants)}"
        self.constants[name] = np.array(value, self.dtype)
        return name
