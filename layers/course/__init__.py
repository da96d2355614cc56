"""Layers as a course's notebooks call them: settings and running statistics in one dict.

`from layers.course import batchnorm_forward` on top of our layers. In a notebook of CS231n (2017 and later) only the
import line changes.
"""

from .batch_norm import batchnorm_backward as batchnorm_backward, batchnorm_forward as batchnorm_forward
from .dropout import dropout_backward as dropout_backward, dropout_forward as dropout_forward
from .normalisation import (
    layernorm_backward as layernorm_backward,
    layernorm_forward as layernorm_forward,
    spatial_batchnorm_backward as spatial_batchnorm_backward,
    spatial_batchnorm_forward as spatial_batchnorm_forward,
    spatial_groupnorm_backward as spatial_groupnorm_backward,
    spatial_groupnorm_forward as spatial_groupnorm_forward,
)
