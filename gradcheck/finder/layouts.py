"""The layouts that courses share: for each family of functions, which parameter has which shape.

A scheme is tried where every parameter has a place in it. `words` says for which names it comes first. Rows hold the
examples with most authors, columns with some; both are tried, and what runs on two batch sizes is taken.
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
    "x": r"x|xs|xt|inputs?|inp|a|a_?prev|prev_?a|a_?in|x_?in|input_?data|feats?|features?|data|images?|z|zs|u|arr|matrix"
    r"|h|hidden|activations?|x_?(batch|train|input)|previous|y",
    "scores": r"x|z|scores?|logits?|s|f|out(put)?s?|y_?pred|pred(iction)?s?|preds|y_?hat|yhat|o|a|al|a2|probs?|p|h|y1"
    r"|activations?|predicted|estimate[ds]?|net_?out(put)?|y",
    "w": r"w|weights?|theta|kernels?|filters?|k|params?|wt|beta|coef",
    "b": r"b|bias(es)?|intercept",
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
_NET_ROWS = {"W1": "weights D H", "b1": "weights H", "W2": "weights H M", "b2": "weights M"}
_NET_3 = {**_NET_ROWS, "W2": "weights H K", "b2": "weights K", "W3": "weights K M", "b3": "weights M"}
_NET_COLUMNS = {"W1": "weights H D", "b1": "weights H 1", "W2": "weights M H", "b2": "weights M 1"}
_NET_COLUMNS_3 = {**_NET_COLUMNS, "W2": "weights K H", "b2": "weights K 1", "W3": "weights M K", "b3": "weights M 1"}
_BINARY = {**_NET_COLUMNS, "W2": "weights 1 H", "b2": "weights 1 1"}
_BINARY_3 = {**_NET_COLUMNS_3, "W3": "weights 1 K", "b3": "weights 1 1"}
_RNN_PARTS = {"Wax": "weights R D", "Waa": "weights R R", "Wya": "weights M R", "ba": "weights R 1", "by": "weights M 1"}
_LSTM_PARTS = {
    **{f"W{g}": "weights R 6" for g in "fico"},  # R + D
    **{f"b{g}": "weights R 1" for g in "fico"},
    "Wu": "weights R 6", "bu": "weights R 1", "Wy": "weights M R", "by": "weights M 1",
}  # fmt: skip
_CONV = {"b": "weights F", "gamma": "weights F", "beta": "weights F"}
_IMAGES = "N C 3 5"
LAYERS = [
    Scheme(r"pool", {"a_prev": "N 4 6 C"}),
    Scheme(r"pool", {"x": "N C 4 6"}),
    Scheme(r"pool", {"x": "N 4 6 C"}),
    Scheme(r"conv", {"x": _IMAGES, "w": "weights F C 3 3", **_CONV}),
    Scheme(r"conv", {"x": "N 4 4 C", "w": "weights 2 2 C F", "b": "weights 1 1 1 F"}),
    Scheme(r"conv", {"x": "N 4 4 C", "w": "weights 3 3 C F", "b": "weights F"}),
    Scheme(r"conv", {"x": _IMAGES, "w": "weights F C 3 3", "b": "weights F 1"}),
    Scheme(r"corr|conv", {"x": "N 5", "w": "weights 2 2"}),
    Scheme(r"corr|conv", {"x": "N 5", "w": "weights 2 2", "b": "number"}),
    Scheme(r"conv.*1d|1d|corr", {"x": "N C 6", "w": "weights F C 3", "b": "weights F"}),
    Scheme(r"group", {"x": "N 4 3 2", "gamma": "1 4 1 1", "beta": "1 4 1 1"}),
    Scheme(r"group", {"x": "N 4 3 2", "gamma": "4", "beta": "4"}),
    Scheme(r"spatial|2d|conv", {"x": "N C 3 2", "gamma": "C", "beta": "C"}),
    Scheme(r"spatial|2d", {"x": "N C 3 2", "gamma": "1 C 1 1", "beta": "1 C 1 1"}),
    Scheme(r"lstm", {"x": "N D", "h": "N R", "c": "N R", "wx": "weights D 4R", "wh": "weights R 4R", "b": "weights 4R"}),
    Scheme(r"lstm", {"x": "N T D", "h": "N R", "wx": "weights D 4R", "wh": "weights R 4R", "b": "weights 4R"}),
    Scheme(
        r"lstm",
        {"x": "N T D", "h": "N R", "c": "N R", "wx": "weights D 4R", "wh": "weights R 4R", "b": "weights 4R"},
    ),
    Scheme(r"gru", {"x": "N D", "h": "N R", "wx": "weights D 3R", "wh": "weights R 3R", "b": "weights 3R"}),
    Scheme(r"gru", {"x": "N T D", "h": "N R", "wx": "weights D 3R", "wh": "weights R 3R", "b": "weights 3R"}),
    Scheme(
        r"atten|lstm",
        {
            "x": "N D", "h": "N R", "c": "N R", "attn": "N R", "wx": "weights D 4R", "wh": "weights R 4R",
            "wattn": "weights R 4R", "b": "weights 4R",
        },
    ),
    Scheme(
        r"atten|lstm",
        {
            "x": "N T D", "a": "N R 4 4", "wx": "weights D 4R", "wh": "weights R 4R", "wattn": "weights R 4R",
            "b": "weights 4R",
        },
    ),
    Scheme(r"rnn|recurr|step", {"x": "N D", "h": "N R", "wx": "weights D R", "wh": "weights R R", "b": "weights R"}),
    Scheme(r"rnn|recurr", {"x": "N T D", "h": "N R", "wx": "weights D R", "wh": "weights R R", "b": "weights R"}),
    Scheme(r"rnn", {"xt": "D N", "a_prev": "R N", "parameters": _RNN_PARTS}),
    Scheme(r"rnn", {"x": "D N T", "a0": "R N", "parameters": _RNN_PARTS}),
    Scheme(r"lstm", {"xt": "D N", "a_prev": "R N", "c_prev": "R N", "parameters": _LSTM_PARTS}),
    Scheme(r"lstm", {"x": "D N T", "a0": "R N", "parameters": _LSTM_PARTS}),
    Scheme(r"embed|lookup|word", {"x": "words N T", "w": "weights V D"}),
    Scheme(r"embed|lookup|word", {"x": "words N", "w": "weights V D"}),
    Scheme(
        r"atten",
        {"q": "N T D", "k": "N T D", "v": "N T D", "mask": "mask N T T", **dict.fromkeys(("wq", "wk", "wv"), "D D")},
    ),
    Scheme(r"atten", {"q": "N D", "k": "T D", "v": "T H"}),
    Scheme(r"atten", {"q": "T D", "k": "N D", "v": "N M"}),
    Scheme(
        r"atten|head",
        {"x": "N T D", **dict.fromkeys(("wq", "wk", "wv", "wo", "w_q", "w_k", "w_v", "w_o"), "weights D D"), "mask": "mask T T"},
    ),
    Scheme(r"tempor|sequence", {"x": "N S D", "w": "weights D M", "b": "weights M"}),
    Scheme(r"affine|fc|linear|dense|full", {"x": "N 2 1 3", "w": "weights 6 M", "b": "weights M", "gamma": "M", "beta": "M"}),
    Scheme(r"affine|fc|linear|dense|full", {"x": "N D", "w": "weights D M", "b": "weights M", "gamma": "M", "beta": "M"}),
    Scheme(r"affine|linear|dense", {"x": "D N", "w": "weights M D", "b": "weights M 1"}),
    Scheme(r"affine|linear|dense", {"x": "N D", "w": "weights D M", "b": "weights 1 M"}),
    Scheme(r"affine|linear|dense", {"x": "N D", "w": "weights M D", "b": "weights M"}),
    Scheme(r"affine|linear|dense", {"x": "N D", "w": "weights D M", "b": "number"}),
    Scheme(r"linear|regress", {"x": "N D", "w": "weights D", "b": "number"}),
    Scheme(r"bilinear", {"x": "N D", "x1": "N D", "x2": "N H", "y": "N H", "w": "weights D H"}),
    Scheme(r"norm", {"x": "N D", "gamma": "D", "beta": "D"}),
    Scheme(r"norm", {"x": "N D", "gamma": "1 D", "beta": "1 D"}),
    Scheme(r"norm", {"x": "D N", "gamma": "D 1", "beta": "D 1"}),
    Scheme(r"norm", {"z": "D N", "x": "D N", "gamma": "D 1", "beta": "D 1"}),
    Scheme(r"norm", {"x": "N C 3 2", "gamma": "C", "beta": "C"}),
    Scheme(r"prelu", {"x": "N D", "alpha": "0.5", "a": "D"}),
    Scheme(r"dropout", {"x": "N H", "mask": "bits N H"}),
    Scheme(r"mul|add|sub|div|hadamard", {"x": "N D", "y": "positive N D", "x1": "N D", "x2": "N D", "a": "N D", "b": "positive N D"}),
    Scheme(r"matmul|dot", {"a": "N D", "b": "D M", "x": "N D", "y": "D M", "w": "D M"}),
    Scheme(r"concat|stack", {"x": "N D", "y": "N M", "a": "N D", "b": "N M", "x1": "N D", "x2": "N M"}),
    Scheme(r"", {"x": "N D"}),
    Scheme(r"", {"x": "positive N D"}),
    Scheme(r"", {"x": "N C 4 4"}),
    Scheme(r"", {"x": "N T D"}),
    Scheme(r"", {"x": "N"}),
]  # fmt: skip
_CLASS_LOSS = r"softmax|svm|cross|entropy|nll|hinge|margin|logistic|loss|cost"
_REAL = r"mse|l2|l1|square|quadratic|regress|huber|mae|euclid"
LOSSES = [
    Scheme(r"tempor|sequence", {"scores": "N S M", "y": "labels N S", "mask": "mask N S"}),
    Scheme(r"tempor|caption", {"scores": "N S M", "y": "labels N S", "mask": "bits N S"}),
    Scheme(_REAL, {"scores": "N M", "y": "N M"}),
    Scheme(_REAL, {"scores": "N", "y": "N"}),
    Scheme(_REAL, {"x": "N D", "y": "N", "w": "weights D", "b": "number"}),
    Scheme(_REAL, {"x": "N D", "y": "N 1", "w": "weights D 1", "b": "number"}),
    Scheme(r"binary|bce|sigmoid", {"scores": "unit N", "y": "bits N"}),
    Scheme(r"binary|bce|sigmoid", {"scores": "unit N 1", "y": "bits N 1"}),
    Scheme(r"compute_cost|cost", {"scores": "unit 1 N", "y": "bits 1 N"}),
    Scheme(_CLASS_LOSS, {"scores": "N M", "y": "labels N"}),
    Scheme(r"cross|entropy|nll|prob", {"scores": "probabilities N M", "y": "labels N"}),
    Scheme(_CLASS_LOSS, {"scores": "N M", "y": "one_hot N M"}),
    Scheme(r"cross|entropy|nll|prob", {"scores": "probabilities N M", "y": "one_hot N M"}),
    Scheme(r"", {"scores": "column_probabilities M N", "y": "one_hot_columns M N"}),
    Scheme(r"softmax|svm", {"w": "weights D M", "x": "N D", "y": "labels N"}),
    Scheme(r"softmax|svm", {"w": "weights D M", "b": "weights M", "x": "N D", "y": "labels N"}),
    Scheme(r"softmax", {"w": "weights D M", "b": "weights M", "x": "N D", "y": "one_hot N M"}),
    Scheme(r"softmax", {"w": "weights D M", "x": "N D", "y": "one_hot N M"}),
    Scheme(r"propagate|logistic", {"w": "weights D 1", "b": "number", "x": "D N", "y": "whole_bits 1 N"}),
    Scheme(r"logistic|lr|log", {"w": "weights D", "x": "N D", "y": "bits N", "b": "number"}),
    Scheme(r"logistic|lr|log", {"w": "weights D 1", "x": "N D", "y": "bits N 1", "b": "number"}),
    Scheme(r"logistic|hinge|svm", {"w": "weights D", "x": "N D", "y": "signs N", "b": "number"}),
    Scheme(r"hinge", {"scores": "N", "y": "signs N"}),
    Scheme(
        r"forward_backward|net",
        {"x": "N D", "y": "one_hot N M", "w": lambda rng, n: 0.5 * rng.standard_normal(51), "dimensions": lambda rng, n: [4, 6, 3]},
    ),
    Scheme(r"net", {"parameters": _NET_ROWS, "x": "N D", "y": "labels N"}),
    Scheme(r"net", {"parameters": _NET_ROWS, "x": "N D", "y": "one_hot N M"}),
    Scheme(r"net", {"parameters": _NET_3, "x": "N D", "y": "labels N"}),
    Scheme(r"net", {"parameters": {"W": "weights D M", "b": "weights M"}, "x": "N D", "y": "labels N"}),
    Scheme(r"net", {"parameters": {"w": "weights D", "b": "number"}, "x": "N D", "y": "bits N"}),
    Scheme(r"net", {"parameters": ["weights D H", "weights H", "weights H M", "weights M"], "x": "N D", "y": "labels N"}),
    Scheme(r"net", {"parameters": ["weights D H", "weights H M"], "x": "N D", "y": "labels N"}),
    Scheme(r"net", {"parameters": _NET_COLUMNS, "x": "D N", "y": "one_hot_columns M N"}),
    Scheme(r"net", {"parameters": _BINARY, "x": "D N", "y": "whole_bits 1 N"}),
    Scheme(r"net", {**{k.lower(): v for k, v in _NET_ROWS.items()}, "x": "N D", "y": "labels N"}),
    Scheme(r"net", {**{k.lower(): v for k, v in _NET_ROWS.items()}, "x": "N D", "y": "one_hot N M"}),
    Scheme(r"word2vec|vec|gram", {"predicted": "D", "target": "word", "outputvectors": "weights V D", "dataset": lambda rng, n: None}),
    Scheme(
        r"word2vec|vec|naive",
        {"centerwordvec": "D", "outsidewordidx": "word", "outsidevectors": "weights V D", "dataset": lambda rng, n: None},
    ),
    Scheme(r"", {"scores": "M", "y": "whole"}),
]  # fmt: skip
NETS = [
    Scheme(r"regular", {"parameters": _BINARY_3, "x": "D N", "y": "whole_bits 1 N"}),
    Scheme(r"", {"parameters": _BINARY, "x": "D N", "y": "whole_bits 1 N"}),
    Scheme(r"", {"parameters": _BINARY_3, "x": "D N", "y": "whole_bits 1 N"}),
    Scheme(r"", {"parameters": _NET_COLUMNS, "x": "D N", "y": "one_hot_columns M N"}),
    Scheme(r"", {"parameters": _NET_COLUMNS_3, "x": "D N", "y": "one_hot_columns M N"}),
    Scheme(r"", {"parameters": _NET_ROWS, "x": "N D", "y": "one_hot N M"}),
    Scheme(r"", {"parameters": _NET_ROWS, "x": "N D", "y": "labels N"}),
    Scheme(r"", {"parameters": {"W1": "weights D H", "W2": "weights H 1"}, "x": "N D", "y": "bits N 1"}),
    Scheme(r"", {"theta": "weights 1", "x": "N 1"}),
]
SCHEMES = {"layer": [*LAYERS], "loss": [*LOSSES], "chain": NETS}


def ordered(kind: str, name: str) -> list[Scheme]:
    """The schemes of a kind: those for which the function's name speaks, then those of any name, then the others."""
    known = SCHEMES[kind]
    fitting = [s for s in known if s.fits(name)]
    general = [s for s in known if not s.words and kind == "layer"]
    return fitting + general + [s for s in known if s not in fitting and s not in general]
