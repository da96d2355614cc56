"""Checks backward passes against numeric derivatives, and names the bug.

`layer`, `loss`, `net`, `model` and `suite` return a `Report`; the course's function names are here as well.
"""

from base.own_packages import require_own

require_own(__file__, "layers")

from .api import layer as layer, loss as loss, model as model, net as net, suite as suite  # noqa: E402
from .assertions import assert_gradients as assert_gradients  # noqa: E402
from .classes.entry import instance as instance, pointwise as pointwise  # noqa: E402
from .course import (  # noqa: E402
    eval_numerical_gradient as eval_numerical_gradient,
    eval_numerical_gradient_array as eval_numerical_gradient_array,
    grad_check_sparse as grad_check_sparse,
    rel_error as rel_error,
)
from .each_pair import each_pair as each_pair  # noqa: E402
from .findings import Finding as Finding, TensorResult as TensorResult  # noqa: E402
from .frameworks.entry import jax as jax, torch as torch  # noqa: E402
from .magic import load_ipython_extension as load_ipython_extension  # noqa: E402
from .report.report import Report as Report, Suite as Suite  # noqa: E402
