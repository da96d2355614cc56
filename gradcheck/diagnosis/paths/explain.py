"""Names a gradient by what would have to be different in the forward for it to be right.

MISSING_TERM: right if some use of a variable were constant; BATCH_SUBSET: right if only one pass of a loop counted;
ELEMENTWISE_FACTOR, WRONG_POINT, MASK_*, SIGN: right if a function of the forward had another slope, or a product
another operand in one of its derivatives.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from ...repair.repair import rebind
from ..all_wrong import FOLLOWS
from ..view import Explanation, View
from .experiments import further, lost
from .switches import Experiment, Switches
from .trial import Trial

LARGEST = 3000  # elements of all arguments
TENSORS = 2  # that find nothing, the small ones first, before the search ends


def explain(tensors: Sequence[Sequence[View]]) -> list[tuple[str, Explanation]]:
    """(tensor, explanation) of what explains the tensors, each with those that it explains as well."""
    usable = [views for views in tensors if views and views[0].a.shape == views[0].g.shape]
    usable = [views for views in usable if np.all(np.isfinite(views[0].a))]
    if not usable or sum(np.size(v) for v in usable[0][0].run.values.values()) > LARGEST:
        return []
    subject = usable[0][0].subject
    switches = Switches(subject.read, subject.write)
    original = subject.swap_forward(None)
    made = switches.copy_of(original)
    if made is None:
        return []
    subject.swap_forward(rebind(original, made))
    try:
        return _search(switches, sorted(usable, key=lambda views: (views[0].a.size < 2, views[0].a.size)))
    except Exception:  # a forward that does not bear its switches has no experiments
        return []
    finally:
        subject.swap_forward(original)


def _search(switches: Switches, tensors: Sequence[Sequence[View]]) -> list[tuple[str, Explanation]]:
    found: list[tuple[str, Explanation]] = []
    left, tried = list(tensors), 0
    while left and tried < TENSORS:
        views = left.pop(0)
        told = _explained(Trial(switches, views))
        if told is None:
            tried += 1
            continue
        experiment, explanation = told
        others = [w for w in left if Trial(switches, w).confirmed(experiment, 1)]
        explanation.evidence[FOLLOWS] = [w[0].name for w in others]
        left = [w for w in left if w not in others]
        found.append((views[0].name, explanation))
    return found


def _explained(trial: Trial) -> tuple[Experiment, Explanation] | None:
    if not trial.start():
        return None
    return next(((e, told) for e, told in _candidates(trial) if trial.confirmed(e)), None)


def _candidates(trial: Trial) -> Iterator[tuple[Experiment, Explanation]]:
    """The experiments that explain the gradient along one direction."""
    moving = []
    sites = trial.switches.sites
    for site in sorted(range(len(sites)), key=lambda k: (sites[k].kind != "use", sites[k].depth)):
        if not trial.switches.floating(site):
            continue
        if sites[site].kind in "*@":
            moving.append(site)
            continue
        held = Experiment((site,))
        found = trial.first(held)
        if trial.main.may_explain(found):
            yield held, lost(trial, site)
        if not trial.main.unchanged(found) and np.isfinite(found):
            moving.append(site)
    for experiment, told in further(trial, moving):
        if trial.left <= 0:
            return
        if trial.main.may_explain(trial.first(experiment)):
            yield experiment, told
