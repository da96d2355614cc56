"""One measurement from its options to its files: what is measured, its text, speed.json, speed.md and the pictures."""

import json
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

from base.environment import environment

from . import compiled_parts, compiling, inside, layers, memory, numeric, parts, plot, rounds, target
from .contenders import BASIC, PEERS
from .problem import SIZES, Problem, UnavailableError
from .ratios import Ratio
from .table import markdown, table

BUSY = 0.5  # processes beside ours, before it begins, from which on the machine is called busy


def measure_all(options: Any, say: Callable[[str], None]) -> dict[str, Any]:
    """The parts that `options` (the command's arguments) ask for, with the environment, as plain values for JSON."""
    threads = None if options.all_threads else options.threads or 1
    result: dict[str, Any] = {"environment": {**environment(), "threads": threads}}
    if "steps" in options.parts:
        names = [*BASIC, *(PEERS if options.peers is None else options.peers)]
        dtypes = options.dtypes or [options.dtype or "float32"]
        problems = [Problem(hidden, batch, dtype, rule) for dtype in dtypes for rule in options.rules
                    for hidden, batch in options.sizes or SIZES]  # fmt: skip
        measured = rounds.measure(
            problems, names, rounds=options.rounds, seconds=options.seconds, threads=threads, say=say
        )
        result["steps"] = measured
    if "inside" in options.parts:
        say("parts of a step, prediction and bookkeeping")
        sizes = options.sizes or SIZES
        result["parts"] = {f"{h}, {b}": parts.measure(h, b, options.rounds) for h, b in sizes}
        try:
            result["compiled"] = {f"{h}, {b}": compiled_parts.measure(h, b, options.rounds) for h, b in sizes}
            result["compiling"] = compiling.measure()
        except (UnavailableError, ValueError) as reason:
            result["compiled_missing"] = str(reason)
        hidden = sorted({size[0] for size in sizes})
        result["prediction"] = {str(h): inside.prediction(h, options.rounds) for h in hidden}
        result["bookkeeping"] = inside.bookkeeping(options.rounds)
    if "distortions" in options.parts:
        say("distortions")
        result["distortions"] = inside.distortions(options.rounds)
    if "memory" in options.parts:
        say("memory")
        try:
            for storage, engine in product(memory.STORAGES, memory.ENGINES):
                result.setdefault("memory", {})[f"{storage}, {engine}"] = memory.measure(storage, engine)
        except ValueError as reason:  # what else was measured is not thrown away
            result["memory_missing"] = str(reason)
    if "target" in options.parts:
        result["target"] = target.measure(options.seeds, threads, say)
    if "layers" in options.parts:
        dtypes = options.dtypes or [options.dtype or "float32"]
        result["layers"] = [layers.measure(d, options.rounds, options.seconds, threads, say) for d in dtypes]
    if "numeric" in options.parts:
        result["numeric"] = numeric.measure(options.gradients, options.rounds, say)
    return result


def as_text(result: dict[str, Any]) -> str:
    """All of it as Markdown."""
    sections = []
    if "steps" in result:
        sections += [_conditions(result), table(result["steps"])]
    if "parts" in result:
        sections.append("Parts of a momentum step in float32, as multiples of its five products, median (quartiles)")
        sections.append("\n".join(markdown(parts.rows(result["parts"]))))
    if "compiled" in result:
        sections.append("Parts of the compiled momentum step in float32, as multiples of its five products")
        sections += [
            "\n".join(markdown(parts.rows(result["compiled"], compiled_parts.PARTS))),
            compiling.sentence(result["compiling"]),
        ]
    if "compiled_missing" in result:
        sections.append(f"The compiled step could not be measured: {result['compiled_missing']}.")
    if "prediction" in result:
        cells = [["H", "prediction of 10,000 images / its products"]]
        cells += [[hidden, str(Ratio(*value))] for hidden, value in result["prediction"].items()]
        share = Ratio(*(100 * part for part in result["bookkeeping"]))
        sections += ["\n".join(markdown(cells)), f"The Solver's bookkeeping at H = 128, B = 100: {share} % of a step."]
    if "distortions" in result:
        times = Ratio(*result["distortions"])
        sections.append(f"Distorting a training set takes {times} of an epoch of 784-800-10 on it (batches of 128).")
    if "memory" in result:
        sections.append("\n".join(markdown(memory.rows(result["memory"]))))
    if "memory_missing" in result:
        sections.append(f"Peak memory could not be measured: {result['memory_missing']}")
    if "target" in result:
        sections += ["\n".join(markdown(target.rows(result["target"])))]
        sections += [f"{name} is missing: {why}." for name, why in result["target"]["missing"].items()]
    for measured in result.get("layers", ()):
        sections.append(f"Layers of images in {measured['dtype']}, batches of 100, ours / torch's: median (quartiles)")
        sections.append("\n".join(markdown(layers.rows(measured))))
        sections += [f"{name} is missing: {why}." for name, why in measured["missing"].items()]
    if "numeric" in result:
        sections.append(numeric.sentence(result["numeric"]))
    return "\n\n".join(sections)


def _conditions(result: dict[str, Any]) -> str:
    where, load = result["environment"], result["steps"]["load_before"]
    busy = "" if load is None or load < BUSY else f" Measured on a busy machine (load {load:.1f})."
    return (
        f"{where['cpu']}, Python {where['python']}, NumPy {where['numpy']}, {where['blas']} {where['blas_version']}"
        f" ({result['steps']['kernels'] or 'unknown'} kernels).{busy}"
    )


def write(result: dict[str, Any], text: str, folder: Path) -> list[Path]:
    """speed.json, speed.md and, where steps were measured, a picture for each rule and dtype."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / "speed.json", folder / "speed.md"]
    paths[0].write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    paths[1].write_text(text + "\n", encoding="utf-8")
    return paths + (plot.plot(result["steps"], folder) if "steps" in result else [])
