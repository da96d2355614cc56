"""Losses and their gradients in exact or 60-digit arithmetic: the references that rounding is measured against."""

import math
from decimal import Context, Decimal
from fractions import Fraction

import numpy as np

DIGITS = Context(prec=60, Emin=-(10**9), Emax=10**9)


def softmax_rows(x: np.ndarray) -> list[list[Decimal]]:
    """The probabilities of each row, to 60 digits."""
    rows = []
    for row in x:
        e = [DIGITS.exp(value) for value in _shifted(row)]
        total = _sum(e)
        rows.append([DIGITS.divide(value, total) for value in e])
    return rows


def _shifted(row: np.ndarray) -> list[Decimal]:
    top = max(map(Decimal, row.tolist()))
    return [DIGITS.subtract(Decimal(value), top) for value in row.tolist()]


def softmax_loss(x: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """1/N sum -log p[n, y] and (p - onehot) / N, rounded once to float64."""
    n, losses, dx = len(x), [], np.empty(x.shape)
    for i, (p, label) in enumerate(zip(softmax_rows(x), y.tolist(), strict=True)):
        rest, shifted = _sum(value for j, value in enumerate(p) if j != label), _shifted(x[i])
        log_total = DIGITS.ln(_sum(DIGITS.exp(value) for value in shifted))
        sure = p[label] > Decimal("0.5")
        losses.append(_minus_log_of_one_minus(rest) if sure else DIGITS.subtract(log_total, shifted[label]))
        for j, value in enumerate(p):
            dx[i, j] = float(DIGITS.divide(rest.copy_negate() if j == label else value, n))
    return float(DIGITS.divide(_sum(losses), n)), dx


def svm_loss(x: np.ndarray, y: np.ndarray, margin: float) -> tuple[float, np.ndarray]:
    """Exact rationals throughout. The hinge's kink counts as inactive."""
    total, dx, n = Fraction(0), np.zeros(x.shape), len(x)
    for i, (row, label) in enumerate(zip(x.tolist(), y.tolist(), strict=True)):
        for j, value in enumerate(row):
            hinge = Fraction(value) - Fraction(row[label]) + Fraction(margin)
            if j != label and hinge > 0:
                total += hinge
                dx[i, j] += 1
                dx[i, label] -= 1
    return rounded(total / n), dx / n


def soft_target_loss(x: np.ndarray, t: np.ndarray) -> tuple[float, np.ndarray]:
    """1/N sum -t log p and (p sum_c t - t) / N, rounded once to float64; a target of 0 takes no part."""
    n, losses, dx = len(x), [], np.empty(x.shape)
    for i, p in enumerate(softmax_rows(x)):
        shifted = _shifted(x[i])
        log_total = DIGITS.ln(_sum(DIGITS.exp(value) for value in shifted))
        weight = _sum(map(Decimal, t[i].tolist()))
        for j, (value, target) in enumerate(zip(p, map(Decimal, t[i].tolist()), strict=True)):
            if target:
                losses.append(DIGITS.multiply(target, DIGITS.subtract(log_total, shifted[j])))
            dx[i, j] = float(DIGITS.divide(DIGITS.subtract(DIGITS.multiply(value, weight), target), n))
    return float(DIGITS.divide(_sum(losses), n)), dx


def squared_loss(x: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """1/(2N) sum (x - y)^2 and (x - y) / N, in exact rationals."""
    n = len(x)
    differences = [Fraction(a) - Fraction(b) for a, b in zip(x.ravel().tolist(), y.ravel().tolist(), strict=True)]
    loss = sum((one * one for one in differences), Fraction(0)) / (2 * n)
    return rounded(loss), np.array([rounded(one / n) for one in differences]).reshape(x.shape)


def rounded(value: Fraction) -> float:
    """To float64, to infinity where it is too large."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def logistic_loss(x: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """1/N sum log(1 + e^x) - x y and (sigmoid(x) - y) / N, rounded once to float64."""
    n, losses, dx = len(x), [], np.empty(x.shape)
    for index in np.ndindex(x.shape):
        value, target = Decimal(float(x[index])), Decimal(float(y[index]))
        e = DIGITS.exp(value.copy_abs().copy_negate())  # plain signs would round to 28 digits
        soft = _minus_log_of_one_minus(DIGITS.divide(e, DIGITS.add(1, e)))
        losses.append(_sum([max(value, Decimal(0)), DIGITS.multiply(value, target).copy_negate(), soft]))
        s = DIGITS.divide(1 if value > 0 else e, DIGITS.add(1, e))
        dx[index] = float(DIGITS.divide(DIGITS.subtract(s, target), n))
    return float(DIGITS.divide(_sum(losses), n)), dx


def _minus_log_of_one_minus(q: Decimal) -> Decimal:
    """-log(1 - q); by its series where q is so small that 60 digits of 1 - q would lose it."""
    return (
        _sum(DIGITS.divide(DIGITS.power(q, k), k) for k in (1, 2, 3))
        if q < Decimal("1e-25")
        else DIGITS.ln(DIGITS.subtract(1, q)).copy_negate()
    )


def _sum(values) -> Decimal:
    total = Decimal(0)
    for value in values:
        total = DIGITS.add(total, value)
    return total


def ulps(value: float, reference: float) -> float:
    """The distance in units of the last place of the reference."""
    return abs(value - reference) / math.ulp(reference)
