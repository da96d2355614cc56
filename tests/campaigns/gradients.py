"""Campaign: the error distribution of every registered layer and loss against the checker's numeric derivative.

Each layer with each of its settings, batches of 1, 2 and 7, `--amount` draws of the inputs each, in float64. The
error is the largest |analytic - numeric| of a tensor relative to the largest entry of that tensor, kinks left out.
Run: python tests/campaigns/gradients.py [--amount 60]
"""

import sys
from functools import partial

import numpy as np
from campaign import Campaign, Row, parser

import gradcheck
from layers import Layer, registered

BATCHES = (1, 2, 7)
WORST, MEDIAN = 1e-7, 1e-9


def errors(layer: Layer, amount: int, seed: int) -> tuple[list[float], int]:
    """Relative errors of all tensors, and how many checks did not pass."""
    found, failed = [], 0
    for settings in layer.settings:
        forward = partial(layer.forward, **settings)
        for n in BATCHES:
            for number in range(amount):
                args = layer.inputs(np.random.default_rng([seed, n, number]), n)
                if layer.backward is None:
                    report = gradcheck.loss(forward, *args, seed=number)
                else:
                    report = gradcheck.layer(forward, layer.backward, *args, seed=number)
                failed += not report.ok
                for tensor in report.tensors.values():
                    smooth = ~tensor.kink_mask & np.isfinite(tensor.numeric)
                    size = float(np.max(np.abs(tensor.numeric[smooth]), initial=0))
                    if size:
                        gap = np.abs(tensor.analytic - tensor.numeric)[smooth]
                        found.append(float(np.max(gap, initial=0)) / size)
    return found, failed


def main() -> int:
    """Run it."""
    campaign = Campaign("gradients", parser(__doc__, 60, "draws of each layer, setting and batch size").parse_args())
    all_errors, failed, logs = [], 0, {}
    for name, layer in registered().items():
        found, bad = errors(layer, campaign.args.amount, campaign.args.seed)
        if bad:
            print(f"{name}: {bad} checks did not pass", file=sys.stderr)
        failed += bad
        all_errors += found
        logs[name] = [round(float(np.log10(max(error, 1e-17))), 2) for error in found]
    worst, median = max(all_errors), float(np.median(all_errors))
    met = not failed and worst <= WORST and median <= MEDIAN
    row = Row(
        f"gradients of all {len(logs)} layers and losses against numeric ones, every setting, batches of 1, 2 and 7",
        len(all_errors), "tensors", f"{failed} accused; largest relative error {worst:.1e}, median {median:.1e}",
        f"0 accused, at most {WORST:.0e}, median at most {MEDIAN:.0e}", met,
    )  # fmt: skip
    line = f"{len(all_errors)} tensors, {failed} accused, largest error {worst:.1e}, median {median:.1e}"
    return campaign.finish(line, [row], {"errors": logs})


if __name__ == "__main__":
    sys.exit(main())
