"""How the arguments of layers lie: examples in rows with most authors, in columns with some; channels first or last."""

from .scheme import Scheme

_RNN_PARTS = {
    "Wax": "weights R D",
    "Waa": "weights R R",
    "Wya": "weights M R",
    "ba": "weights R 1",
    "by": "weights M 1",
}
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
    Scheme(
        r"lstm",
        {"x": "N D", "h": "N R", "c": "N R", "wx": "weights D 4R", "wh": "weights R 4R", "b": "weights 4R"},
    ),
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
        {
            "x": "N T D", **dict.fromkeys(["wq", "wk", "wv", "wo", "w_q", "w_k", "w_v", "w_o"], "weights D D"),
            "mask": "mask T T",
        },
    ),
    Scheme(r"tempor|sequence", {"x": "N S D", "w": "weights D M", "b": "weights M"}),
    Scheme(
        r"affine|fc|linear|dense|full",
        {"x": "N 2 1 3", "w": "weights 6 M", "b": "weights M", "gamma": "M", "beta": "M"},
    ),
    Scheme(
        r"affine|fc|linear|dense|full",
        {"x": "N D", "w": "weights D M", "b": "weights M", "gamma": "M", "beta": "M"},
    ),
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
    Scheme(
        r"mul|add|sub|div|hadamard",
        {"x": "N D", "y": "positive N D", "x1": "N D", "x2": "N D", "a": "N D", "b": "positive N D"},
    ),
    Scheme(r"matmul|dot", {"a": "N D", "b": "D M", "x": "N D", "y": "D M", "w": "D M"}),
    Scheme(r"concat|stack", {"x": "N D", "y": "N M", "a": "N D", "b": "N M", "x1": "N D", "x2": "N M"}),
    Scheme(r"", {"x": "N D"}),
    Scheme(r"", {"x": "positive N D"}),
    Scheme(r"", {"x": "N C 4 4"}),
    Scheme(r"", {"x": "N T D"}),
    Scheme(r"", {"x": "N"}),
]  # fmt: skip
