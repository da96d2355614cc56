"""Which name is the gradient of which: dW, grads['W'], grads[0], W_grad, nabla_w[0], W.grad, dJdW1.

A path such as "layers.0.dW" or "grads.W1" becomes the reduced names for which it can stand; a gradient belongs to a
parameter where one of its readings is the parameter's own.
"""

import functools
import itertools
import re
from collections.abc import Iterable

BEFORE = (
    "gradientswrt gradwrt gradientwrt gradients gradient gradof grads grad nablas nabla deltas delta dld djd dcostd"
)
BEFORE_ALL = tuple(f"{BEFORE} dlossd dloss dcost dl dj dc de loss del partial diff d g".split())
AFTER = (
    "gradients",
    "gradient",
    "grads",
    "grad",
    "deltas",
    "delta",
    "derivative",
    "deriv",
    "diff",
    "prime",
    "dot",
    "g",
    "d",
)
HOLDERS = frozenset(
    (
        "params",
        "param",
        "parameters",
        "parameter",
        "trainable",
        "data",
        "value",
        "val",
        "tensor",
        "array",
        "theta",
        "vars",
    )
)
_GENERIC = (("weights?|kernels?|filters?", "w"), ("bias(es)?", "b"))


def bare(name: str) -> str:
    """A private attribute without its class: _Dense__weights -> weights."""
    return re.sub(r"^_[A-Za-z]\w*?__(?=\w)", "", name)


def normal(name: str) -> str:
    """A name without case and underscores; weights, kernel -> w, biases -> b."""
    plain = bare(name).lower().replace("_", "")
    for pattern, short in _GENERIC:
        plain = re.sub(pattern, short, plain)
    return plain


def without_marks(name: str) -> set[str]:
    """What a name can be the gradient of: dW1 -> w1, W_grad -> w, grads -> the empty word."""
    plain = normal(name)
    found = {plain[len(p) :] for p in BEFORE_ALL if plain.startswith(p)}
    return found | {plain[: -len(s)] for s in AFTER if plain.endswith(s)}


def parameter_reading(path: str) -> tuple[str, ...]:
    """The reduced name of a parameter: params.W -> (w,), weights.0 -> (w, 0)."""
    parts = [normal(p) for p in path.split(".")]
    short = [p for p in parts if p not in HOLDERS]
    return tuple(short or parts)


def gradient_readings(path: str) -> set[tuple[str, ...]]:
    """All parameters for which an array with this path may be the gradient; empty where no part is marked as one."""
    parts = [p for p in path.split(".") if p]
    choices = [[(normal(p), False), *((m, True) for m in sorted(without_marks(p)))] for p in parts]
    found = set()
    for chosen in itertools.product(*choices):
        if any(marked for _, marked in chosen):
            reading = tuple(p for p, _ in chosen if p and p not in HOLDERS)
            if reading:
                found.add(reading)
    return found


_LOWER = re.compile(
    r"d(weights?|bias(es)?|w[xh]?|b|x|gamma|beta|theta|params|out|h|z|a|u|v|inputs?|kernels?|filters?)(?=$|[\d_A-Z])"
)


@functools.lru_cache(maxsize=10_000)
def is_marked(path: str) -> bool:
    """Whether some part of a path is called as gradients are: begins with d and a capital, or holds grad or nabla."""
    return any(map(_is_marked, path.split(".")))


def _is_marked(part: str) -> bool:
    low = part.lower()
    return (
        bool(re.match(r"(d|g|delta|nabla|grad)(_|[A-Z]|$)", part))
        or bool(_LOWER.match(part))
        or "grad" in low
        or "nabla" in low
        or low.startswith("delta")
    )


def matching(parameter: str, gradients: Iterable[str]) -> list[str]:
    """The paths that read as the gradient of a parameter, the shortest first."""
    wanted = parameter_reading(parameter)
    found = [path for path in gradients if path != parameter and wanted in gradient_readings(path)]

    def rank(path: str) -> tuple[bool, bool, int, int]:
        return not is_marked(path), _other_case(parameter, path), path.count("."), len(path)

    return sorted(found, key=rank)


def _other_case(parameter: str, path: str) -> bool:
    """Whether only letters of another case make them one name: grads.A may be that of a, where no grads.a is."""
    name, last = (one.rsplit(".", 1)[-1] for one in (parameter, path))
    return not last.startswith(name) and not last.endswith(name)


def short_names(paths: Iterable[str]) -> dict[str, str]:
    """path -> the shortest end of it that is still its own: params.W1 -> W1, layers.0.W -> layers.0.W."""
    paths = list(paths)
    short: dict[str, str] = {}
    for path in paths:
        parts = path.split(".")
        while len(parts) > 1 and parts[-1].lower() in HOLDERS:  # W.data
            parts.pop()
        for k in range(1, len(parts) + 1):
            end = ".".join(parts[-k:])
            alone = sum(f".{end}." in f".{p}." for p in paths) == 1
            if alone and not parts[-k].isdigit():
                short[path] = ".".join(map(bare, parts[-k:]))
                break
        else:
            short[path] = path
    return short
