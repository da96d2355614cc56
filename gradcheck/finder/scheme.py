"""A scheme: which parameter of a family of functions has which shape, and the roles that parameters' names stand for.

It is tried where every parameter has a place in it. `words` says for which names of functions it comes first.
"""

import re
from typing import Any, NamedTuple


class Scheme(NamedTuple):
    """words: a pattern of function names; table: parameter (lower case) or role -> spec."""

    words: str
    table: dict[str, Any]

    def fits(self, name: str) -> bool:
        """Whether the name of a function speaks for this scheme."""
        return bool(self.words) and re.search(self.words, name, re.IGNORECASE) is not None


ROLES = {
    "x": r"x|xs|xt|inputs?|inp|a|a_?prev|prev_?a|a_?in|x_?in|input_?data|feats?|features?|data|images?|z|zs|u|arr"
    r"|matrix|h|hidden|activations?|x_?(batch|train|input)|previous|y",
    "scores": r"x|z|scores?|logits?|s|f|out(put)?s?|y_?pred|pred(iction)?s?|preds|y_?hat|yhat|o|a|al|a2|probs?|p|h"
    r"|y1|activations?|predicted|estimate[ds]?|net_?out(put)?|y",
    "w": r"w|weights?|theta|kernels?|filters?|k|params?|wt|beta|coef",
    "b": r"b|bias(es)?|intercept|b_?h",
    "y": r"y|ys|labels?|targets?|t|y_?true|truth|gt|ground_?truth|y_?train|y_?batch|true|actual|expected|t_?true|y2"
    r"|one_?hot|correct|classes|yb",
    "gamma": r"gamma|scale|gain",
    "beta": r"beta|shift|offset",
    "h": r"prev_?h|h_?prev|h_?0|hprev|prev_?hidden|hidden|state|prev_?state|h|s_?prev",
    "c": r"prev_?c|c_?prev|c_?0|cprev|cell|prev_?cell",
    "wx": r"wx|w_?xh?|wxh|w_?ih|w_?input|u",
    "wh": r"wh|w_?hh?|whh|w_?hidden|w",
    "parameters": r"params?|parameters?|weights|theta|model|net|p",
    "q": r"q|queries|query",
    "k": r"k|keys?",
    "v": r"v|values?",
    "mask": r"mask|masks|attn_?mask|key_?mask|m|d",
}
