"""The size, number, flag or shape that the name of a parameter stands for."""

import numpy as np
import pytest

from gradcheck.classes.sizes import NOTHING, is_penalty, number_of, size_of, weights_for


@pytest.mark.parametrize(
    ("size", "names"),
    [
        ([6, 4, 3], "layer_sizes network_structure nn_arch sizes layers layers_dims topology _layout_"),
        ([5, 4], "hidden_sizes hidden_layers hiddensizes hidden_size_list"),
        (11, "vocab vocab_size num_embeddings n_tokens V"),
        (6, "embedding_dim wordvec_size d_model n_embd"),
        (6, "input_size in_features fan_in num_inputs D n_x size prev_units _Input_Size_"),
        (3, "time_size seq_len n_steps T bptt_truncate kernel_size filter_size f k window"),
        (2, "in_channels channels n_channels C_in pool_size pool num_heads groups G"),
        (4, "out_channels num_filters n_filters filters n_f hidden_size hidden_dim num_hidden H n_a h_dim"),
        (1, "stride strides stride_h pad padding pad_w"),
        (3, "num_classes n_neurons output_size units n_y fan_out neurons C M O N next_size"),
        (NOTHING, "x rate gamma path input_data eps"),
    ],
)
def test_sizes(size, names):
    assert [size_of(name) for name in names.split()] == [size] * len(names.split())


@pytest.mark.parametrize(
    ("number", "names"),
    [
        (0.5, "dropout dropout_ratio drop_rate p keep_prob prob ratio weight_init_std weight_scale std sigma"),
        (0.1, "learning_rate lr eta step_size reg l1 L2 lam lmbda weight_decay wd l2_reg lambda_"),
        (0.9, "momentum decay beta_1 beta2 rho"),
        (0.3, "alpha slope leak a scale beta temperature gain"),
        (1e-5, "eps epsilon _EPS_"), (1.0, "delta margin"), (5, "batch_size bs"), (0, "seed random_state"), (1, "axis"),
        ("layer", "name title id"), (np.float64, "dtype"), ("sigmoid", "activation act nonlinearity"),
    ],
)  # fmt: skip
def test_numbers(number, names):
    assert [number_of(name) for name in names.split()] == [number] * len(names.split())


@pytest.mark.parametrize(
    ("flag", "names"),
    [(True, "train is_training train_flg use_bias bias requires_grad"), (False, "verbose stateful is_last test"),
     (NOTHING, "x units path")],
)  # fmt: skip
def test_flags(flag, names):
    assert all(number_of(name) is flag for name in names.split())


@pytest.mark.parametrize(
    ("name", "default", "is_one"),
    [("reg", 0.0, True), ("reg", 0, True), ("_L2_", 1, True), ("lambd", 0.5, True), ("reg", True, False),
     ("reg", None, False), ("reg", "l2", False), ("alpha", 0.0, False), ("x", 0.0, False)],
)  # fmt: skip
def test_weights_of_penalties(name, default, is_one):
    assert is_penalty(name, default) is is_one


PLAIN = {
    **dict.fromkeys(("w", "weight", "weights", "kernel", "filters"), (6, 3)), "b": (3,), "bias": (3,), "biases": (3,),
    "gamma": (6,), "beta": (6,), **dict.fromkeys(("wx", "w_x", "w_xh", "wxh", "u"), (6, 4)),
    **dict.fromkeys(("wh", "w_h", "w_hh", "whh"), (4, 4)), **dict.fromkeys(("why", "w_hy", "wy"), (4, 3)),
    "w1": (6, 4), "b1": (4,), "w2": (4, 3), "b2": (3,),
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "other"),
    [
        ("Dense", {}),
        ("Conv", {"w": (4, 2, 3, 3), "filters": (4, 2, 3, 3), "b": (4,)}),
        ("Conv2D", {"w": (4, 2, 3, 3), "b": (4,), "gamma": (2,), "beta": (2,)}),
        ("SpatialNorm", {"gamma": (2,)}),
        ("Embedding", {"w": (11, 6)}),
        ("RNN", {"b": (4,)}),
        ("Recurrent", {"b": (4,)}),
        ("GRU", {"b": (12,), "wx": (6, 12), "u": (6, 12), "wh": (4, 12)}),
        ("LSTMCell", {"b": (16,), "wx": (6, 16), "wh": (4, 16), "why": (4, 3)}),
    ],
)
def test_shapes_of_weights(kind, other):
    found = weights_for(kind)
    assert list(found) == list(PLAIN)
    assert {k: found[k] for k in other} == other
    if kind == "Dense":
        assert found == PLAIN
