"""The schemes of each kind of subject, in the order in which they are tried."""

from .layer_schemes import LAYERS
from .loss_schemes import LOSSES, NETS
from .scheme import Scheme

SCHEMES = {"layer": LAYERS, "loss": LOSSES, "chain": NETS}


def ordered(kind: str, name: str) -> list[Scheme]:
    """The schemes of a kind: those for which the function's name speaks, then those of any name, then the others."""
    known = SCHEMES[kind]
    fitting = [s for s in known if s.fits(name)]
    general = [s for s in known if not s.words and kind == "layer"]
    return fitting + general + [s for s in known if s not in fitting and s not in general]
