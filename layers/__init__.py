"""Layers as pairs of pure functions: `out, cache = f_forward(x, *params)`, `dx, *dparams = f_backward(dout, cache)`.

Losses are one function: `loss, dx = f_loss(x, y)`. Shapes: N examples, D inputs, H hidden units, C classes.
"""

from base.class_weights import class_weights as class_weights

from .activations.elu import elu_backward as elu_backward, elu_forward as elu_forward
from .activations.gelu import gelu_backward as gelu_backward, gelu_forward as gelu_forward
from .activations.leaky_relu import leaky_relu_backward as leaky_relu_backward, leaky_relu_forward as leaky_relu_forward
from .activations.relu import relu_backward as relu_backward, relu_forward as relu_forward
from .activations.sigmoid import sigmoid_backward as sigmoid_backward, sigmoid_forward as sigmoid_forward
from .activations.softplus import softplus_backward as softplus_backward, softplus_forward as softplus_forward
from .activations.tanh import tanh_backward as tanh_backward, tanh_forward as tanh_forward
from .add import add_backward as add_backward, add_forward as add_forward
from .affine import affine_backward as affine_backward, affine_forward as affine_forward
from .affine_relu import affine_relu_backward as affine_relu_backward, affine_relu_forward as affine_relu_forward
from .dropout import dropout_backward as dropout_backward, dropout_forward as dropout_forward
from .embedding import embedding_backward as embedding_backward, embedding_forward as embedding_forward
from .gaussian_noise import (
    gaussian_noise_backward as gaussian_noise_backward,
    gaussian_noise_forward as gaussian_noise_forward,
)
from .losses.logistic_loss import logistic_loss as logistic_loss
from .losses.offset_softmax_loss import offset_softmax_loss as offset_softmax_loss
from .losses.penalties import l1_penalty as l1_penalty, l2_penalty as l2_penalty
from .losses.softmax_loss import softmax_loss as softmax_loss
from .losses.squared_loss import squared_loss as squared_loss
from .losses.svm_loss import svm_loss as svm_loss
from .losses.targets import one_hot as one_hot, softmax as softmax
from .norms.batch_norm import batch_norm_backward as batch_norm_backward, batch_norm_forward as batch_norm_forward
from .norms.group_norm import group_norm_backward as group_norm_backward, group_norm_forward as group_norm_forward
from .norms.layer_norm import layer_norm_backward as layer_norm_backward, layer_norm_forward as layer_norm_forward
from .norms.spatial_batch_norm import (
    spatial_batch_norm_backward as spatial_batch_norm_backward,
    spatial_batch_norm_forward as spatial_batch_norm_forward,
)
from .registry import Layer as Layer, get as get, register as register, registered as registered
from .spatial.average_pool2d import (
    average_pool2d_backward as average_pool2d_backward,
    average_pool2d_forward as average_pool2d_forward,
)
from .spatial.conv2d import conv2d_backward as conv2d_backward, conv2d_forward as conv2d_forward
from .spatial.flatten import flatten_backward as flatten_backward, flatten_forward as flatten_forward
from .spatial.image import image_backward as image_backward, image_forward as image_forward
from .spatial.max_pool2d import max_pool2d_backward as max_pool2d_backward, max_pool2d_forward as max_pool2d_forward
