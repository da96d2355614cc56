"""Layers as a course's notebooks call them: settings and running statistics in one dict.

`from layers.course import batchnorm_forward` on top of our layers. In a notebook of CS231n (2017 and later) only the
import line changes.
"""

from .batch_norm import batchnorm_backward as batchnorm_backward, batchnorm_forward as batchnorm_forward
from .dropout import dropout_backward as dropout_backward, dropout_forward as dropout_forward
