"""The cases of make.py computed by our layers."""

from collections.abc import Mapping

import numpy as np

from layers import registered

# case -> (names of the inputs in the order of our arguments, name of the upstream gradient, settings)
OURS = {
    "affine": (("x", "w", "b"), "dout_m", {}),
    "linear": (("x", "w"), "dout_m", {}),
    "affine_relu": (("x", "w", "b"), "dout_m", {}),
    "relu": (("x",), "dout_d", {}),
    "leaky_relu": (("x",), "dout_d", {}),
    "leaky_relu slope=0.3": (("x",), "dout_d", {"slope": 0.3}),
    "softplus": (("x",), "dout_d", {}),
    "sigmoid": (("x",), "dout_d", {}),
    "tanh": (("x",), "dout_d", {}),
    "add": (("x", "y"), "dout_d", {}),
    "batch_norm": (("x", "gamma", "beta"), "dout_d", {}),
    "batch_norm stats": (("x", "gamma", "beta"), "dout_d", {"stats": ("mean", "var")}),
    "elu": (("x",), "dout_d", {}),
    "elu alpha=0.5": (("x",), "dout_d", {"alpha": 0.5}),
    "gelu": (("x",), "dout_d", {}),
    "gelu approximate=True": (("x",), "dout_d", {"approximate": True}),
    "layer_norm": (("x", "gamma", "beta"), "dout_d", {}),
    "layer_norm eps=0.001": (("x", "gamma", "beta"), "dout_d", {"eps": 1e-3}),
    "layer_norm of images": (("images", "gamma_image", "beta_image"), "dout_images", {}),
    "group_norm groups=2": (("images", "gamma_c", "beta_c"), "dout_images", {"groups": 2}),
    "group_norm groups=1": (("images", "gamma_c", "beta_c"), "dout_images", {"groups": 1}),
    "group_norm groups=4": (("images", "gamma_c", "beta_c"), "dout_images", {"groups": 4}),
    "spatial_batch_norm": (("images", "gamma_c", "beta_c"), "dout_images", {}),
    "spatial_batch_norm stats": (("images", "gamma_c", "beta_c"), "dout_images", {"stats": ("mean_c", "var_c")}),
    "embedding": (("indices", "table"), "dout_words", {}),
    "softmax_loss": (("scores", "labels"), None, {}),
    "softmax_loss one_hot": (("scores", "one_hot"), None, {}),
    "softmax_loss soft": (("scores", "soft"), None, {}),
    "svm_loss": (("scores", "labels"), None, {}),
    "svm_loss margin=0.5": (("scores", "labels"), None, {"margin": 0.5}),
    "logistic_loss": (("scores", "bits"), None, {}),
    "squared_loss": (("scores", "real"), None, {}),
    "squared_loss reduction='sum'": (("scores", "real"), None, {"reduction": "sum"}),
}


def values(case: str, given: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Output and gradients by the names of make.py, from its inputs."""
    names, upstream, settings = OURS[case]
    layer = registered()[case.split()[0]]
    if "stats" in settings:
        settings = {"stats": tuple(given[f"input/{name}"] for name in settings["stats"])}
    out, cache = layer.forward(*[given[f"input/{name}"] for name in names], **settings)
    found = layer.backward(given[f"input/{upstream}"], cache) if layer.backward else cache
    found = found if isinstance(found, tuple) else (found,)
    names = [name for name, arg in zip(names, layer.args, strict=False) if arg in layer.differentiated]
    gradients = zip(names, found, strict=False)  # a loss has no gradient by its targets
    return {f"{case}/out": out, **{f"{case}/d{name}": gradient for name, gradient in gradients}}
