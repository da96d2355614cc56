"""What a parameter of a constructor or of a forward asks for, by its name: a size, a rate, a flag, weights."""

import re
from typing import Any

import numpy as np

INPUT, HIDDEN, CLASSES, CHANNELS, STEPS, WORDS, SIDE = 6, 4, 3, 2, 3, 11, 4
NOTHING = object()

_SIZES: tuple[tuple[str, Any], ...] = (
    (
        r"(layers?|network|net|nn)_?(sizes?|dims?|shapes?|structure|list|units|nodes|arch\w*)$|sizes|dims|architecture",
        "net",
    ),
    (r"layers(_dims?|_sizes?)?$|topology|structure|layout", "net"),
    (r"hidden_?(size_?list|sizes|dims|layers?|units_list|layer_sizes)$", [5, 4]),
    (r"vocab(_?size)?|num_?embeddings|n_?tokens|num_?words|n_?vocab|v", WORDS),
    (r"(word_?vec|embed\w*|emb|wordvec|vec\w*)_?(size|dim)s?|embedding_?dim|d_?model|n_?embd?", INPUT),
    (r"time_?size|seq_?len\w*|n_?steps|time_?steps|t|bptt_?truncate|seq_?length", STEPS),
    (
        r"(in|input|inp|c_?in|n_?in|num_?in\w*|n?_?c_?prev)_?(channels?|ch|chan|depth|planes|filters|maps)|n_?channels"
        r"|num_?channels|channels?|c_?in|depth_?in",
        CHANNELS,
    ),
    (
        r"(out|output|c_?out|n_?out)_?(channels?|ch|chan|depth|planes|filters|maps)|(n|num|nb)_?(filters?|kernels?|fil\w*)"
        r"|filter_?num|c_?out|filters?_?count|filters|n_?f",
        HIDDEN,
    ),
    (r"(kernel|filter|conv|f|k|window)_?(size|sz|dim|shape|h|w|height|width)?$", 3),
    (r"pool\w*(_?(size|h|w|height|width|sz|dim|shape))?$", 2),
    (r"strides?(_?[hwxy])?$", 1),
    (r"pad(ding)?(_?[hwxy])?$", 1),
    (r"(n|num|nb)_?heads?|heads?", 2),
    (r"num_?groups|groups?|g", 2),
    (
        r"(in|input|inp|n_?in|num_?in\w*|fan_?in|dim_?in|d_?in|n_?inputs?|num_?inputs?|n_?features?|num_?features?"
        r"|inputs?_?(nodes|neurons|units|count|num)|idim|features?|prev_?\w*|last_?\w*)"
        r"_?(size|dims?|features?|nodes?|neurons?|units?|len|n|number|shape|layer_?size)?s?$|d|dim|n_?x|size|nin|n_?upper",
        INPUT,
    ),
    (
        r"(hid(den)?|n_?hid(den)?|num_?hid(den)?|n_?h|hidden_?layer|latent|enc\w*|inner|h_?dim)"
        r"_?(size|dims?|features?|nodes?|neurons?|units?|len|n|number|layer_?size)?s?\d?$|h|n_?a",
        HIDDEN,
    ),
    (
        r"(out(put)?|n_?out(put)?|num_?out(put)?s?|fan_?out|dim_?out|d_?out|classes|n_?classes|num_?classes|class_?num"
        r"|nb_?classes|n_?labels|odim|target|next_?\w*|this_?\w*|n_?neurons?|num_?neurons?|num_?nodes|n_?nodes|units?"
        r"|n_?units?|num_?units|neurons?|nodes|n_?outputs?|num_?outputs|cells?|nout|n_?y)"
        r"_?(size|dims?|features?|nodes?|neurons?|units?|len|n|number|layer_?size)?s?$|c|m|k|o|n",
        CLASSES,
    ),
)
_PENALTY = r"(reg\w*|l1|l2|lam\w*|lmbda|lambd\w*|weight_?decay\w*|alpha_?reg|wd|l2_?\w*)$"
_NUMBERS: tuple[tuple[str, Any], ...] = (
    (r"(dropout\w*|drop_?\w*|p|prob|rate|ratio|keep_?prob\w*|p_?drop\w*|keep)$", 0.5),
    (r"(learning_?rate|lr|eta|l_?rate|step_?size)$", 0.1),
    (r"(mom\w*|decay|beta_?[12]|rho)$", 0.9),
    (_PENALTY, 0.1),
    (r"(alpha|slope|negative_?slope|leak\w*|a|scale|beta|temperature|temp|gain|lambda_?)$", 0.3),
    (r"(eps\w*|epsilon)$", 1e-5),
    (r"(delta|margin)$", 1.0),
    (r"(weight_?init_?std|weight_?scale|std|init_?\w*std|sigma|weight_?std|init_?scale)$", 0.5),
    (r"(batch_?size|mini_?batch_?size|bs)$", 5),
    (r"(seed|random_?state|random_?seed)$", 0),
    (
        r"(train\w*|is_?train\w*|training|mode_?train|train_?flg|requires_?grad|trainable|use_?bias|bias|has_?bias)$",
        True,
    ),
    (r"(stateful|verbose|debug|is_?\w+|use_?\w+|first|last|flag|test\w*|return_?\w*)$", False),
    (r"(axis)$", 1),
    (r"(name|label|layer_?name|title|id)$", "layer"),
    (r"(dtype)$", np.float64),
    (r"(activation\w*|act\w*|nonlin\w*|hidden_?activation)$", "sigmoid"),
)


def size_of(name: str) -> Any:
    """The size that a parameter of this name stands for; NOTHING where it stands for none."""
    for pattern, value in _SIZES:
        if re.fullmatch(f"(?:{pattern})", name.lower().strip("_")):
            return [INPUT, HIDDEN, CLASSES] if value == "net" else value
    return NOTHING


def is_penalty(name: str, default: Any) -> bool:
    """Whether a parameter is the weight of a penalty with a number as its default: of 0 it would hide that part."""
    number = isinstance(default, (int, float)) and not isinstance(default, bool)
    return number and re.fullmatch(f"(?:{_PENALTY})", name.lower().strip("_")) is not None


def number_of(name: str) -> Any:
    """The number, flag or word that a parameter of this name stands for."""
    return next((v for p, v in _NUMBERS if re.fullmatch(f"(?:{p})", name.lower().strip("_"))), NOTHING)


def weights_for(kind: str) -> dict[str, tuple[int, ...]]:
    """name -> shape of arrays that a class of this name takes: W, b, gamma, Wx, Wh."""
    low = kind.lower()
    gates = 4 if "lstm" in low else 3 if "gru" in low else 1
    conv = "conv" in low
    words = "embed" in low
    w: tuple[int, ...] = (HIDDEN, CHANNELS, 3, 3) if conv else (WORDS, INPUT) if words else (INPUT, CLASSES)
    width = HIDDEN if conv else CLASSES
    norm = CHANNELS if "2d" in low or "spatial" in low else INPUT
    if gates > 1 or "rnn" in low or "recurrent" in low:
        width = gates * HIDDEN
    return {
        **dict.fromkeys(("w", "weight", "weights", "kernel", "filters"), w),
        **dict.fromkeys(("b", "bias", "biases"), (width,)),
        **dict.fromkeys(("gamma", "beta"), (norm,)),
        **dict.fromkeys(("wx", "w_x", "w_xh", "wxh", "u"), (INPUT, gates * HIDDEN)),
        **dict.fromkeys(("wh", "w_h", "w_hh", "whh"), (HIDDEN, gates * HIDDEN)),
        **dict.fromkeys(("why", "w_hy", "wy"), (HIDDEN, CLASSES)),
        "w1": (INPUT, HIDDEN),
        "b1": (HIDDEN,),
        "w2": (HIDDEN, CLASSES),
        "b2": (CLASSES,),
    }
