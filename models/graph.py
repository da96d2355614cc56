"""A model as a list of nodes: one loop forwards, one loop backwards, gradients summed where a value is used twice.

Its parameters lie in one flat vector (`params`), its running statistics in `state`; it owns the buffers of both loops.
"""

import copy
import html
import warnings
from collections.abc import Iterator, Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from base.arrays import Array
from base.seeds import one_of
from layers.arrays import same_rows
from layers.losses.penalties import l1_penalty, l2_penalty
from layers.losses.targets import one_hot
from layers.registry import Layer

from . import propagation
from .description import config, describe
from .flat import FlatParams
from .inspection.picture import picture
from .node import Node, as_loss, check_loss_settings
from .plan import explain_rows, input_width, plan, row_statistics, takes_indices
from .predictions import Predictions

SHAPES = 8  # of inputs for which buffers are kept: batch, last batch, blocks of evaluation
BLOCK = 1000  # rows per block of evaluation: activations stay in the cache, and memory stays bounded
IMAGES = 32 * 2**20  # bytes of images in a block of evaluation: a thousand rows of a convolutional net are too many


class Graph(Predictions):
    """A model made of nodes, with `params`, `loss(X, y) -> (loss, grads)` and `loss(X) -> scores`.

    nodes: in order of computation, see `node`; the last one gives the scores (N, C). params: name -> array.
    loss: a registered loss by name ("softmax" or "softmax_loss"), with `loss_settings` as its keywords.
    reg, l1: penalties 0.5 reg sum W^2 and l1 sum |W| over matrices; vectors are not penalised.
    dtype: of the parameters and of all computation; inputs are converted to it, and divided by input_scale: 255 lets
    pixels stay uint8 in memory, converted batch by batch to the bits that dividing them beforehand gives.
    """

    def __init__(
        self,
        nodes: Sequence[Node],
        params: Mapping[str, ArrayLike],
        *,
        loss: str | Layer = "softmax",
        loss_settings: Mapping[str, Any] | None = None,
        reg: float = 0.0,
        l1: float = 0.0,
        dtype: DTypeLike | None = None,
        input_scale: float = 1.0,
    ):
        self.nodes = _as_nodes(nodes)
        _check_dtype(dtype)
        self._params = FlatParams.of(params, dtype)
        self._steps = plan(self.nodes, self._params)
        self.loss_layer = as_loss(loss)
        self.loss_settings = dict(loss_settings or {})
        check_loss_settings(self.loss_layer, self.loss_settings)
        for name, value in (("reg", reg), ("l1", l1)):
            if not (isinstance(value, Real) and value >= 0):
                raise ValueError(f"{name} is {value!r}; expected a penalty's strength, 0 or more")
        if not 0 < input_scale < np.inf:
            raise ValueError(f"input_scale is {input_scale!r}; expected a positive number, e.g. 255 for raw pixels")
        if takes_indices(self.nodes) and input_scale != 1:
            raise ValueError(f"input_scale is {input_scale!r}; expected 1: this net takes indices into a table")
        self.reg, self.l1, self.input_scale = reg, l1, float(input_scale)
        self.noisy = any(node.layer.noisy for node in self.nodes)
        self.state = {
            f"{node.name}.{name}": np.full(self._params[node.params[0]].shape, start, self.dtype)
            for node in self.nodes
            for name, start in node.layer.state.items()
        }
        self.input_dim = input_width(self.nodes, self._params)
        self._shared = {name for name in self._params if sum(node.params.count(name) for node in self.nodes) > 1}
        self._workspaces: dict[tuple[int, ...], propagation.Workspace] = {}  # by the shape of X
        self._said_one_row = False
        self._in_blocks = any(array.ndim > 2 for array in self._params.values())  # filters: of images
        self._block: int | None = None if self._in_blocks else BLOCK
        self.takes_indices, self.row_statistics = takes_indices(self.nodes), row_statistics(self.nodes)

    @property
    def params(self) -> FlatParams:
        """Name -> view into the flat vector. Assigning a mapping copies its arrays in."""
        return self._params

    @params.setter
    def params(self, arrays: Mapping[str, ArrayLike]) -> None:
        if set(arrays) != set(self._params):
            raise ValueError(f"params has {', '.join(arrays)}; this model has {', '.join(self._params)}")
        for name, array in arrays.items():
            self._params[name] = array

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the parameters and of all computation."""
        return self._params.flat.dtype

    def loss(
        self,
        X: ArrayLike,
        y: ArrayLike | None = None,
        *,
        out: FlatParams | None = None,
        rng: np.random.Generator | int | None = None,
        seed: int | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Any:
        """`loss(X)` -> scores (N, C), evaluated without noise; `loss(X, y)` -> (loss, grads), one training pass.

        X (N, ...), y as the loss takes it (labels become one-hot rows where it takes those). loss is the mean data
        loss plus the penalties. grads are laid out like `params`, fresh, or written into `out = params.like()`.
        rng or seed: noise for dropout and the like, where `noisy`. sample_weight (N,): the data loss is then the mean
        weighted by them, sum w_n loss_n / sum w. The buffers belong to the model: one model is not for several threads
        at once; give each a copy. Raises ValueError for shapes or labels that do not fit.
        """
        if y is None:
            if self._in_blocks and len(np.shape(X)) > 1 and len(X) > self._block_of(X):  # type: ignore[arg-type]
                return np.concatenate([np.array(scores) for _, scores in self._scores(X)])
            return self.values(X)[self.nodes[-1].name]
        rng = rng if seed is None else one_of(rng, seed)
        if self.noisy and rng is None:
            raise ValueError("this model draws noise in training: call loss(X, y, rng=generator)")
        X, rng = self._inputs(X, keep=True), np.random.default_rng(rng) if self.noisy else None
        workspace = self._workspace(X.shape)
        values, caches = propagation.forward(workspace.forward, self.state, X, training=True, rng=rng)
        if workspace.fresh:
            workspace.adopt(values, caches)
        scores = values[self.nodes[-1].name]
        weighing = {} if sample_weight is None else self.weighing(sample_weight)
        loss, dscores = self.loss_layer.forward(scores, self._targets(y, scores), **self.loss_settings, **weighing)
        grads = self._params.like() if out is None else out
        propagation.backward(workspace, dscores, caches, grads)
        if self.state and (len(X) > 1 or not self.row_statistics):
            propagation.track(self._steps, caches, self.state)
        elif self.state:
            self._one_row()
        return float(loss) + self._penalty(grads), grads

    def values(self, X: ArrayLike) -> dict[str, Array]:
        """Every node's output by name, and the input as "x", computed as in evaluation."""
        fresh = propagation.Workspace(self._steps, self._params, self._shared)
        return propagation.forward(fresh.forward, self.state, self._inputs(X))[0]

    def astype(self, dtype: DTypeLike) -> "Graph":
        """A copy whose parameters, running statistics and arithmetic are in `dtype`, a floating type."""
        _check_dtype(dtype)
        twin = copy.copy(self)
        twin._params = FlatParams.of(self._params, dtype)
        twin._steps = plan(self.nodes, twin._params)
        twin.state = {name: array.astype(dtype) for name, array in self.state.items()}
        return twin

    def summary(self) -> None:
        """Print a table of the nodes with their output shapes and parameter counts."""
        print(describe(self))

    plot = picture  # the nodes as an SVG, which a notebook shows; `plot("net.svg")` writes it as well

    def _repr_html_(self) -> str:
        """The summary, for a notebook."""
        return f"<pre>{html.escape(describe(self))}</pre>"

    def config(self) -> dict[str, Any]:
        """A JSON-able description from which `models.from_config` rebuilds the graph; TypeError for others' layers."""
        return config(self)

    def compiled(self, update: Any, limits: Mapping[str, float], X: Array, y: Array, *, average: bool = False) -> Any:
        """The training step on X and y under an update rule, compiled: a `compiled.program.Program`, for the Solver.

        Raises NoCompiledFormError, a ValueError that names what has none, and ImportError where numba is missing.
        """
        from .compiled.program import NoCompiledFormError, Program

        if type(self).loss is not Graph.loss:
            raise NoCompiledFormError(f"a class of one's own, {type(self).__name__}, that changes `loss`")
        return Program(self, update, limits, X, y, average)

    def step_source(
        self, rule: Any, limits: Mapping[str, float] | None = None, *, labels: bool = True, average: bool = False
    ) -> str:
        """The training step under a rule, `solver.rules.get(name).element(settings)`, as one page of plain Python.

        limits: those of the Solver, as {"clip_norm": 1.0}. labels: targets are integers. average: of the weights.
        """
        from .compiled.program import written

        return written(self, rule, limits or {}, labels, average).source

    def _scores(self, X: ArrayLike) -> Iterator[tuple[slice, Array]]:
        """Blocks of rows and their scores, which live in a buffer until the next block."""
        X = np.asarray(X)
        if not len(X):
            raise ValueError("X has no rows")
        size = self._block_of(X)
        for start in range(0, len(X), size):
            rows = slice(start, start + size)
            block = self._inputs(X[rows], keep=True)
            workspace = self._workspace(block.shape)
            values, caches = propagation.forward(workspace.forward, self.state, block)
            if workspace.fresh:
                workspace.adopt(values, caches)
            yield rows, values[self.nodes[-1].name]

    def _block_of(self, X: Array) -> int:
        """Rows per block of evaluation, fewer where their images would take much memory."""
        if self._block is None:
            one = X[:1] if self.input_dim is None else np.zeros((1, self.input_dim))
            a_row = sum(value.nbytes for value in self.values(one).values() if value.ndim > 2)
            self._block = min(max(1, IMAGES // max(a_row, 1)), BLOCK)
        return self._block

    def _workspace(self, shape: tuple[int, ...]) -> propagation.Workspace:
        """The prepared calls and buffers for inputs of that shape; those of the oldest shape make room."""
        workspace = self._workspaces.get(shape)
        if workspace is None:
            if len(self._workspaces) == SHAPES:
                del self._workspaces[next(iter(self._workspaces))]
            workspace = self._workspaces[shape] = propagation.Workspace(self._steps, self._params, self._shared)
        return workspace

    def __getstate__(self) -> dict[str, Any]:
        """Copies and pickles prepare calls of their own: these hold views into our parameters."""
        return {**self.__dict__, "_workspaces": {}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Statistics that were mapped from a file read-only are copied: training writes into them."""
        statistics = {name: np.require(array, requirements="W") for name, array in state["state"].items()}
        self.__dict__.update({**state, "state": statistics})

    def _one_row(self) -> None:
        """Say, once, that a batch of one row has no variance; it is left out of the running statistics."""
        if not self._said_one_row:
            self._said_one_row = True
            names = ", ".join(self.row_statistics)
            warnings.warn(
                f"a batch of one row: {names} normalises by the variance of the batch, which is 0 for one row, so its"
                " gradient says little. It is left out of the running statistics. Is it the short last batch of an"
                " epoch? Choose a batch_size that leaves more rows, or none, over.",
                UserWarning,
                stacklevel=3,
            )

    def _penalty(self, grads: FlatParams) -> float:
        weights, total = self._params.decaying, 0.0
        for reg, penalty in ((self.reg, l2_penalty), (self.l1, l1_penalty)):
            if reg:
                total += penalty(weights, reg, out=grads.decaying)[0]
        return total

    def _inputs(self, X: ArrayLike, keep: bool = False) -> Array:
        """X checked, in our dtype and divided by input_scale; with `keep` in a buffer that the next call reuses."""
        X = np.asarray(X)
        if self.input_dim is not None and (X.ndim < 2 or X.size != len(X) * self.input_dim):
            raise ValueError(explain_rows(X, self.input_dim, self.nodes))
        if self.takes_indices or (X.dtype == self.dtype and self.input_scale == 1):
            return X
        workspace = self._workspace(X.shape) if keep else None
        out = np.empty(X.shape, self.dtype) if workspace is None or workspace.x is None else workspace.x
        if workspace is not None:
            workspace.x = out
        np.divide(X, self.input_scale, out=out, casting="unsafe", dtype=self.dtype)
        return out

    def _targets(self, y: ArrayLike, scores: Array) -> Array:
        y = np.asarray(y)
        same_rows(scores, y)
        if "labels" not in self.loss_layer.targets and y.shape != scores.shape and y.ndim <= 2:
            if y.ndim == 1 and y.dtype.kind in "iu" and scores.shape[1:] > (1,):
                return one_hot(y, scores.shape[1], scores.dtype.type)
            if y.size == scores.size == len(y):  # (N,) for (N, 1), or the other way round
                return y.reshape(scores.shape)
        return y


def _check_dtype(dtype: DTypeLike | None) -> None:
    try:
        floating = np.dtype(dtype).kind == "f"  # None is float64
    except TypeError:
        floating = False
    if not floating:
        raise TypeError(f"dtype is {dtype!r}; expected a floating type, as np.float32 or np.float64")


def _as_nodes(nodes: Sequence[Node]) -> tuple[Node, ...]:
    """`nodes` as a tuple; TypeError where one of them is no Node."""
    if isinstance(nodes, Node):
        raise TypeError(f"nodes is one Node, {nodes.name!r}; expected a list of them, as [node(...)]")
    for one in nodes:
        if not isinstance(one, Node):
            raise TypeError(f"nodes holds {one!r}; expected what node(name, layer, inputs, params) makes")
    return tuple(nodes)
