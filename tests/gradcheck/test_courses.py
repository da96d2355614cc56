"""Files in the shape of courses: everything in them is found, drawn and judged as it should be, without glue."""

from pathlib import Path

import pytest
from reports import said_as_written, seed_global_streams, written

from gradcheck.finder.find import find

COURSES = Path(__file__).parent / "courses"
RIGHT: tuple[str, ...] = ()
EXPECTED = {
    "layer_pairs": dict.fromkeys(
        [
            "affine",
            "relu",
            "affine_relu",
            "batchnorm",
            "batchnorm_alt",
            "layernorm",
            "dropout",
            "svm_loss",
            "softmax_loss",
        ],
        RIGHT,
    ),
    "broken_layers": {
        "affine": ("SCALE_INV_BATCH",),
        "relu": ("MASK_FROM_DOUT",),
        "leaky_relu": ("MASK_LEAK",),
        "batchnorm": ("BN_VAR_TERM", "BN_MEAN_TERM"),
        "dropout": ("SCALE_OTHER",),
        "softmax_loss": ("SCALE_BATCH",),
        "svm_loss": ("LABEL_TERM",),
        "svm_loss_vectorized": ("MISSING_REG",),
        "softmax_loss_vectorized": RIGHT,
    },
    "image_layers": {
        "conv_naive": RIGHT,
        "conv_fast": ("BATCH_SUBSET",),
        "max_pool_naive": RIGHT,
        "avg_pool": ("SCALE_OTHER",),
        "spatial_batchnorm": RIGHT,
        "spatial_groupnorm": RIGHT,
        "conv_relu_pool": ("SCALE_TWO",),
    },
    "sequence_layers": {
        "rnn_step": RIGHT,
        "rnn": RIGHT,
        "word_embedding": ("REPEATED_INDEX",),
        "lstm_step": RIGHT,
        "lstm": ("BATCH_SUBSET",),
        "temporal_affine": RIGHT,
        "temporal_softmax_loss": RIGHT,
        "attention": ("SCALE_TWO",),
        "gru_step": ("ADDITIVE_TERM",),
    },
    "columns": {
        "sigmoid": ("ELEMENTWISE_FACTOR",),
        "relu": RIGHT,
        "linear": RIGHT,
        "linear_activation[sigmoid]": ("ELEMENTWISE_FACTOR",),
        "linear_activation[relu]": RIGHT,
        "L_model_forward": RIGHT,
        "propagate": RIGHT,
        "batchnorm": ("FLATTENED",),
    },
    "whole_nets": {
        "forward_propagation": RIGHT,
        "forward_propagation_with_regularization": ("MISSING_REG",),
        "forward_propagation_n": ("SCALE_OTHER",),
        "nn_loss": RIGHT,
    },
    "image_columns": {
        "conv": RIGHT,
        "pool[max]": RIGHT,
        "pool[average]": ("SCALE_TWO",),
        "rnn_cell": RIGHT,
        "lstm_cell": ("ELEMENTWISE_FACTOR", "UNNAMED"),
    },
    "vectors": {
        "sigmoid": RIGHT,
        "tanh": ("ELEMENTWISE_FACTOR",),
        "forward_backward_prop": RIGHT,
        "naive_softmax_loss_and_gradient": RIGHT,
        "linear_regression_loss": ("SCALE_HALF",),
        "logistic_regression_loss": RIGHT,
        "mse_loss": RIGHT,
        "cross_entropy_loss": ("SCALE_BATCH",),
        "corr2d": RIGHT,
        "rnn_step": ("ELEMENTWISE_FACTOR",),
        "squared_loss": RIGHT,
        "forward": RIGHT,
    },
    "object_layers": {
        **dict.fromkeys(["Relu", "Affine", "SoftmaxWithLoss", "Tanh"], RIGHT),
        "Sigmoid": ("ELEMENTWISE_FACTOR",),
        "AffineMean": ("SCALE_INV_BATCH",),
        "Dense": ("RAISES",),
        "MeanSquared": ("SCALE_HALF",),
    },
    "object_nets": {
        **dict.fromkeys(["_softmax_loss", "TwoLayerNet", "Network"], RIGHT),
        "ForgetfulNet": ("MISSING_REG",),
        "GradientNet": ("ELEMENTWISE_FACTOR",),
    },
}


@pytest.mark.parametrize("course", EXPECTED)
def test_a_course_file_is_judged_as_it_is(course):
    judged = {}
    for subject in find(COURSES / f"{course}.py"):
        seed_global_streams()
        report = subject.check(repair=False)
        assert not report.unchecked, report
        assert said_as_written(f"course_{course}", subject.name, report)
        judged[subject.name] = tuple(dict.fromkeys(f.code for f in report.findings if f.severity == "error"))
        assert report.verdict == ("fail" if judged[subject.name] else "pass"), report
    assert judged == EXPECTED[course]
    assert list(judged) == list(written(f"course_{course}"))


def test_every_file_of_the_folder_is_among_them():
    assert {path.stem for path in COURSES.glob("*.py")} == set(EXPECTED)
