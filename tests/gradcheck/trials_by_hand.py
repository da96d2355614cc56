"""Trials of sites that hold given values, as experiments meet them."""

from types import SimpleNamespace

from gradcheck.diagnosis.paths.sites import Site


def site(name, kind="use", function="forward", depth=0):
    return Site(name, f"y = {name}", "net.py", 7, kind, function, depth)


def trial_of(values, kinds=None, passes=None, operands=None, names=None, argument="x"):
    """A trial whose sites u0, u1, ... (or `names`) hold these values at their first pass, all in one function."""

    def value(k, at):
        assert at == 0, "the first pass"
        return values[k]

    kinds, passes = kinds or ["use"] * len(values), passes or [1] * len(values)
    names = names or [f"u{k}" for k in range(len(values))]
    switches = SimpleNamespace(
        sites=[site(name, kind) for name, kind in zip(names, kinds, strict=True)],
        passes=lambda k: passes[k], value=value, operands=lambda k: operands,
    )  # fmt: skip
    return SimpleNamespace(switches=switches, views=[SimpleNamespace(name=argument)])
