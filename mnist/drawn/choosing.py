"""Which guess of paper and light gives something that looks like a digit: strokes with sharp edges on clean paper."""

from typing import NamedTuple

import numpy as np

from base.arrays import Array

from . import light, scaling
from .grain import otsu, ring, without_grain
from .shapes import Found, find_digit, without_lines

_CORE, _HALO = 0.45, 0.36  # of the pen's ink: what makes a shape, and what belongs to one nearby
_GOOD = 0.25  # a guess that costs less is taken without asking the others
_SOLID = 0.6  # of its box: hardly a digit any more
_LATER = 0.15  # the simpler guess of the light is asked first, and wins when it is nearly as good
_FILLED = 0.5  # of its box: digits of thick strokes come near to it
_ODDS = 0.4  # what it costs to call that ink which covers more than the paper
_THIN = 0.3  # of the longer side: wider than strokes are
_OFF_RIM = 0.2  # share of the rim: digits that touch it cover less
_FAINTEST = 0.02


class Ink(NamedTuple):
    """Ink (H, W), 0 on paper and 1 in strokes, where the digit is, whether paper is bright, how unlikely it all is."""

    amount: Array
    found: Found
    bright_paper: bool
    cost: float


def find_ink(grey: Array, bright_paper: bool | None = None, *, strokes: bool = True) -> Ink | None:
    """The ink in grey values (H, W), on paper that is found to be bright or dark; None where the sheet is blank.

    What fills most of a large box is a sheet that lies on something else: the ink is then looked for on it. Without
    `strokes`, filled shapes are wanted, and the light is taken to be even.
    """
    best = _best_guess(grey, bright_paper, strokes)
    if best is None or not strokes or not _is_sheet(best.found.mask):
        return best
    top, left, bottom, right = scaling.box_of(best.found.mask)
    inset = 2 + round(0.03 * min(bottom - top, right - left))
    inner = _best_guess(grey[top + inset : bottom - inset, left + inset : right - inset], bright_paper, strokes)
    return inner if inner is not None and inner.cost < best.cost else best


def _is_sheet(mask: Array) -> bool:
    top, left, bottom, right = scaling.box_of(mask)
    box = mask[top:bottom, left:right]
    return bool(min(box.shape) >= 12 and box.size > 0.3 * mask.size and box.mean() > _FILLED)


def _best_guess(grey: Array, bright_paper: bool | None, strokes: bool) -> Ink | None:
    smooth, noise = without_grain(grey)
    if np.ptp(smooth) < max(_FAINTEST, 5 * noise):
        return None
    papers = (True, False) if bright_paper is None else (bright_paper,)
    brighter = smooth > otsu(smooth)
    # the paper has most of the rim and of the sheet; where the light is uneven, ink differs from what is around it
    evenly, unevenly = float(ring(brighter).mean() + brighter.mean()) / 2, _share_of_dark(smooth)
    best: Ink | None = None
    for number, pairs in enumerate(zip(*(light.guesses(smooth, noise, bright) for bright in papers), strict=True)):
        inks = [_ink(amount, noise, bright, number, strokes) for bright, amount in zip(papers, pairs, strict=True)]
        for ink in _gaps_apart([ink for ink in inks if ink is not None]):
            odds = unevenly if number else evenly
            cost = ink.cost + _LATER * number + _ODDS * (1 - odds if ink.bright_paper else odds)
            if best is None or cost < best.cost:
                best = ink._replace(cost=cost)
        if best is not None and (best.cost < _GOOD or not strokes):
            break
    return best


def _ink(amount: Array | None, noise: float, bright_paper: bool, number: int, strokes: bool) -> Ink | None:
    if amount is None:
        return None
    mask = _mask(amount, noise)
    kept = without_lines(mask)
    found = find_digit(kept)
    if found is None:
        return None
    found = found._replace(rim=found.rim | (mask & ~kept))
    if not strokes:
        own = amount / amount[found.mask].max()
        return Ink(np.clip(own, 0, 1), found, bright_paper, float(ring(found.mask).mean()))
    # under even light a digit may touch the rim; by other guesses, what does is a shadow rather
    at_rim = float(ring(found.mask).mean()) * (3 if number else 1)
    return Ink(np.clip(amount, 0, 1), found, bright_paper, _cost(amount, found) + at_rim)


def _gaps_apart(inks: list[Ink]) -> list[Ink]:
    """With dark and bright exchanged, the loops of a digit and the gaps between its strokes look like ink.

    They lie inside the box of the strokes, so ink whose box lies in the other's, off the rim, becomes unlikely.
    """
    if len(inks) < 2:
        return inks
    boxes = [scaling.box_of(ink.found.mask) for ink in inks]
    for k, other in ((0, 1), (1, 0)):
        own, others = boxes[k], boxes[other]
        shared = _area((*map(max, own[:2], others[:2]), *map(min, own[2:], others[2:])))
        strokes = ring(inks[other].found.mask).mean() < _OFF_RIM and not _is_sheet(inks[other].found.mask)
        if shared > 0.7 * _area(own) and _area(own) < 0.95 * _area(others) and strokes:
            inks[k] = inks[k]._replace(cost=inks[k].cost + 1)
    return inks


def _area(box: tuple[int, ...]) -> int:
    top, left, bottom, right = box
    return max(0, bottom - top) * max(0, right - left)


def _share_of_dark(smooth: Array) -> float:
    """Of what differs from the median around it, the share that is darker: strokes cover less than their paper."""
    from scipy import ndimage

    rows, columns = (np.linspace(0, n - 1, min(n, 64)).round().astype(int) for n in smooth.shape)
    thumb = smooth[np.ix_(rows, columns)]
    away = thumb - ndimage.median_filter(thumb, size=[max(3, n // 3) for n in thumb.shape], mode="nearest")
    away[np.abs(away) < 0.2 * np.abs(away).max()] = 0
    dark, bright = -away[away < 0].sum(), away[away > 0].sum()
    return float(dark / max(dark + bright, 1e-12))


def _mask(amount: Array, noise: float) -> Array:
    """Strokes: all that hangs together with their cores."""
    from scipy import ndimage

    core = amount > _CORE
    hysteresis: Array = ndimage.binary_propagation(core, mask=amount > _HALO) if noise < 0.01 else core
    return hysteresis


def _cost(amount: Array, found: Found) -> float:
    """0 for ink that is all digit, thin, sharp at its edges, off the rim; each thing that is not so adds."""
    from scipy import ndimage

    near = ndimage.binary_dilation(found.mask, np.ones((3, 3)), iterations=2) | found.rim
    total = float(amount[found.mask].sum())
    left_over = min(2.0, float(np.clip(amount[~near] - 0.15, 0, 1).sum()) / total)
    beyond = min(2.0, float(np.clip(-0.15 - amount, 0, 1).sum()) / total)  # on the other side of the paper
    top, left, bottom, right = scaling.box_of(found.mask)
    box = found.mask[top:bottom, left:right]
    filled = max(0.0, float(box.mean()) - _SOLID) if min(box.shape) > 0.4 * max(box.shape) else 0.0
    thick = max(0.0, scaling.stroke_width(box) / max(box.shape) - _THIN)
    outline = found.mask & ~ndimage.binary_erosion(found.mask, border_value=1)
    reach = 3 + 2 * round(0.01 * min(amount.shape))
    clipped = np.clip(amount, 0, 1)
    lowest = ndimage.minimum_filter(clipped, size=reach)[outline]
    highest = ndimage.maximum_filter(clipped, size=reach)[outline]
    blunt = 1 - float(np.mean(highest - lowest)) if outline.any() else 1.0
    return float(left_over + beyond + 3 * thick + filled + 0.5 * blunt)
