"""Layers as a course's notebooks call them: settings and running statistics in one dict.

`from layers.course import batchnorm_forward` on top of our layers. In a notebook of CS231n (2017 and later) only the
import line changes.
"""

from .batch_norm import batchnorm_backward as batchnorm_backward, batchnorm_forward as batchnorm_forward
from .convolution import (
    conv_backward as conv_backward,
    conv_backward_fast as conv_backward_fast,
    conv_backward_naive as conv_backward_naive,
    conv_forward as conv_forward,
    conv_forward_fast as conv_forward_fast,
    conv_forward_naive as conv_forward_naive,
    conv_relu_backward as conv_relu_backward,
    conv_relu_forward as conv_relu_forward,
    conv_relu_pool_backward as conv_relu_pool_backward,
    conv_relu_pool_forward as conv_relu_pool_forward,
    max_pool_backward as max_pool_backward,
    max_pool_backward_fast as max_pool_backward_fast,
    max_pool_backward_naive as max_pool_backward_naive,
    max_pool_forward as max_pool_forward,
    max_pool_forward_fast as max_pool_forward_fast,
    max_pool_forward_naive as max_pool_forward_naive,
)
from .dropout import dropout_backward as dropout_backward, dropout_forward as dropout_forward
from .normalisation import (
    layernorm_backward as layernorm_backward,
    layernorm_forward as layernorm_forward,
    spatial_batchnorm_backward as spatial_batchnorm_backward,
    spatial_batchnorm_forward as spatial_batchnorm_forward,
    spatial_groupnorm_backward as spatial_groupnorm_backward,
    spatial_groupnorm_forward as spatial_groupnorm_forward,
)
