"""Values worked by hand for what no gradient check can see: conventions at kinks, margins, means against sums.

Each function takes the layer, so that `test_mutants.py` can hand it a planted bug.
"""

import math

import numpy as np
from hand_worked_images import IMAGES, close

from layers import Layer

KINK = np.array([[-2.0, 0.0, 3.0]])
ONES = np.ones((1, 3))
KINK.flags.writeable = ONES.flags.writeable = False


def affine(layer: Layer) -> None:
    out, cache = layer.forward(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 0, 2], [0, 1, -1]]), np.arange(3.0))
    close(out, [[1, 3, 2], [3, 5, 4]])
    dx, dw, db = layer.backward(np.array([[1.0, 0, 0], [0, 0, 2.0]]), cache)
    close(dx, [[1, 0], [4, -2]])
    close(dw, [[1, 0, 6], [2, 0, 8]])
    close(db, [1, 0, 2])


def linear(layer: Layer) -> None:
    out, cache = layer.forward(np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]]))
    close(out, [[11]])
    dx, dw = layer.backward(np.array([[2.0]]), cache)
    close(dx, [[6, 8]])
    close(dw, [[2], [4]])


def relu(layer: Layer) -> None:
    out, cache = layer.forward(KINK)
    close(out, [[0, 0, 3]])
    close(layer.backward(ONES, cache), [[0, 0, 1]])


def leaky_relu(layer: Layer) -> None:
    out, cache = layer.forward(KINK)
    close(out, [[-0.02, 0, 3]])
    close(layer.backward(ONES, cache), [[0.01, 0.01, 1]])


def sigmoid(layer: Layer) -> None:
    out, cache = layer.forward(np.array([[0.0, math.log(3), -math.log(3)]]))
    close(out, [[0.5, 0.75, 0.25]])
    close(layer.backward(ONES, cache), [[0.25, 0.1875, 0.1875]])


def tanh(layer: Layer) -> None:
    out, cache = layer.forward(np.array([[0.0, math.log(2), -math.log(2)]]))
    close(out, [[0, 0.6, -0.6]])
    close(layer.backward(ONES, cache), [[1, 0.64, 0.64]])


def softplus(layer: Layer) -> None:
    out, cache = layer.forward(np.array([[0.0, math.log(3), -math.log(3)]]))
    close(out, [[math.log(2), math.log(4), math.log(4 / 3)]])
    close(layer.backward(ONES, cache), [[0.5, 0.75, 0.25]])


def batch_norm(layer: Layer) -> None:
    """Two rows 1 and 3: mean 2, biased variance 1 (the unbiased 2 is for the running statistics only)."""
    x, gamma, beta = np.array([[1.0], [3.0]]), np.array([2.0]), np.array([10.0])
    out, cache = layer.forward(x, gamma, beta, eps=0.0)
    close(out, [[8], [12]])
    mean, var = layer.stats(cache)
    close((mean, var), ([2], [2]))
    dx, dgamma, dbeta = layer.backward(np.array([[1.0], [0.0]]), cache)
    close((dgamma, dbeta), ([-1], [1]))
    close(dx, [[0], [0]])
    out, cache = layer.forward(x, gamma, beta, eps=0.0, stats=(np.array([1.0]), np.array([4.0])))
    close(out, [[10], [12]])
    close(layer.backward(np.ones((2, 1)), cache)[0], [[1], [1]])
    close(layer.forward(x, gamma, beta)[0], 10 + 2 * (x - 2) / math.sqrt(1 + 1e-5))


def spatial_batch_norm(layer: Layer) -> None:
    """Channel 0 holds 1, 3, 5, 7 in two images of two pixels: mean 4, variance 5, unbiased 20 / 3."""
    x = np.array([[[[1.0, 3.0]], [[0.0, 2.0]]], [[[5.0, 7.0]], [[2.0, 0.0]]]])
    gamma, beta = np.array([math.sqrt(5), 1.0]), np.array([0.0, 10.0])
    out, cache = layer.forward(x, gamma, beta, eps=0.0)
    close(out[:, 0, 0], [[-3, -1], [1, 3]])
    close(out[:, 1, 0], [[9, 11], [11, 9]])
    close(layer.stats(cache), ([4, 1], [20 / 3, 4 / 3]))
    dx, dgamma, dbeta = layer.backward(np.ones_like(x), cache)
    close(dbeta, [4, 4])
    np.testing.assert_allclose(dgamma, [0, 0], atol=1e-15)
    np.testing.assert_allclose(dx, np.zeros_like(x), atol=1e-15)
    given = np.array([1.0, 0.0]), np.array([4.0, 1.0])
    close(layer.forward(x, np.ones(2), beta, eps=0.0, stats=given)[0][:, 0, 0], [[0, 1], [2, 3]])
    close(layer.forward(x, gamma, beta)[0][1, 0, 0, 1], 3 * math.sqrt(5) / math.sqrt(5 + 1e-5))


def layer_norm(layer: Layer) -> None:
    """A row 1, 3: mean 2, variance 1, whatever the other row is; dout (1, 0) with gamma 2, 2 goes nowhere in dx."""
    x, gamma, beta = np.array([[1.0, 3.0], [10.0, 50.0]]), np.array([2.0, 2.0]), np.array([10.0, 20.0])
    out, cache = layer.forward(x, gamma, beta, eps=0.0)
    close(out, [[8, 22], [8, 22]])
    dx, dgamma, dbeta = layer.backward(np.array([[1.0, 0.0], [0.0, 3.0]]), cache)
    close((dgamma, dbeta), ([-1, 3], [1, 3]))
    close(dx, np.zeros((2, 2)))
    three = np.array([[-1.0, 0.0, 1.0]])  # variance 2 / 3; of dout (0, 1, 0) a third is the mean, nothing along xhat
    _, cache = layer.forward(three, np.full(3, 6.0), np.zeros(3), eps=0.0)
    dx = layer.backward(np.array([[0.0, 1.0, 0.0]]), cache)[0]
    close(dx, np.array([[-2, 4, -2]]) * math.sqrt(1.5))
    close(layer.forward(x, gamma, beta)[0][0], [10 - 2 / math.sqrt(1 + 1e-5), 20 + 2 / math.sqrt(1 + 1e-5)])


def group_norm(layer: Layer) -> None:
    """Four channels of one pixel in two groups: (1, 3) and (10, 50), each with mean and variance of its own."""
    x = np.array([1.0, 3.0, 10.0, 50.0]).reshape(1, 4, 1, 1)
    gamma, beta = np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.0, 0.0, 0.0, 10.0])
    out, cache = layer.forward(x, gamma, beta, groups=2, eps=0.0)
    close(out.ravel(), [-1, 2, -3, 14])
    dx, dgamma, dbeta = layer.backward(np.ones_like(x), cache)
    close((dgamma, dbeta), ([-1, 1, -1, 1], [1, 1, 1, 1]))
    close(dx.ravel(), [0, 0, 0, 0])
    close(layer.forward(x, gamma, beta, groups=4, eps=0.0001)[0].ravel(), beta)
    whole = layer.forward(x, np.ones(4), np.zeros(4), groups=1, eps=0.0)[0]  # mean 16, variance 396.5
    close(whole.ravel(), np.array([-15, -13, -6, 34]) / math.sqrt(396.5))
    close(layer.forward(x, gamma, beta, groups=2)[0][0, 1, 0, 0], 2 / math.sqrt(1 + 1e-5))


def elu(layer: Layer) -> None:
    x = np.array([[-math.log(2), 0.0, 3.0]])
    for alpha in (1.0, 0.5, 0.0, 2.0):
        out, cache = layer.forward(x, alpha=alpha)
        close(out, [[-alpha / 2, 0, 3]])
        close(layer.backward(ONES, cache), [[alpha / 2, alpha, 1]])
    close(layer.forward(np.array([[-1e300, -800.0]]))[0], [[-1, -1]])


def gelu(layer: Layer) -> None:
    """Phi(1) = 0.841344746068543, phi(1) = 0.241970724519143; the ends are 0 and x, also at infinity."""
    out, cache = layer.forward(np.array([[0.0, 1.0, -1.0]]))
    close(out, [[0, 0.8413447460685429, -0.15865525393145705]])
    close(layer.backward(ONES, cache), [[0.5, 1.0833154705876862, -0.08331547058768616]])
    ends = np.array([[-np.inf, -1e5, -50.0, 50.0, 1e5, np.inf]])
    for approximate in (False, True):
        out, cache = layer.forward(ends, approximate=approximate)
        close(out, [[0, 0, 0, 50, 1e5, np.inf]])
        close(layer.backward(np.ones_like(ends), cache), [[0, 0, 0, 1, 1, 1]])
    tanh = math.tanh(math.sqrt(2 / math.pi) * 1.044715)
    out, cache = layer.forward(np.array([[1.0]]), approximate=True)
    close(out, [[(1 + tanh) / 2]])
    slope = (1 + tanh) / 2 + (1 - tanh**2) / 2 * math.sqrt(2 / math.pi) * 1.134145
    close(layer.backward(np.ones((1, 1)), cache), [[slope]])


def embedding(layer: Layer) -> None:
    """Row 1 is read twice and its gradients add up; row 2 is never read."""
    w = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    out, cache = layer.forward(np.array([[1, 0], [1, 1]]), w)
    close(out, [[[3, 4], [1, 2]], [[3, 4], [3, 4]]])
    dout = np.array([[[1.0, 0.0], [10.0, 20.0]], [[2.0, 0.5], [4.0, 0.25]]])
    close(layer.backward(dout, cache), [[10, 20], [7, 0.75], [0, 0]])


def dropout(layer: Layer) -> None:
    """A kept entry is x / keep, the mean over masks is x, and backward uses the mask of forward."""
    x = np.full((500, 400), 3.0)
    out, cache = layer.forward(x, keep=0.75, rng=0)
    assert set(np.unique(out)) == {0.0, 4.0}
    share = np.mean(out > 0)
    assert abs(share - 0.75) < 5 * math.sqrt(0.75 * 0.25 / x.size)
    close(layer.backward(np.ones_like(x), cache), out / 3)
    close(layer.forward(x, keep=0.75)[0], x)
    assert not np.array_equal(out, layer.forward(x, keep=0.75, rng=1)[0])
    np.testing.assert_array_equal(out, layer.forward(x, keep=0.75, rng=np.random.default_rng(0))[0])


def gaussian_noise(layer: Layer) -> None:
    x = np.full((500, 400), 3.0)
    out, _ = layer.forward(x, std=0.5, rng=0)
    assert abs(np.mean(out) - 3) < 5 * 0.5 / math.sqrt(x.size)
    assert abs(np.std(out) - 0.5) < 5 * 0.5 / math.sqrt(2 * x.size)
    close(layer.forward(x, std=0.5)[0], x)


def softmax_loss(layer: Layer) -> None:
    """log C for equal scores; scores 10 and 9 still cost .551 (C = 3) and 1.461 (C = 10)."""
    y = np.array([0, 1, 2, 0])
    loss, dx = layer.forward(np.full((4, 3), 7.0), y)
    close(loss, math.log(3))
    close(dx[0], [(1 / 3 - 1) / 4, 1 / 12, 1 / 12])
    for classes, wanted in ((3, 0.551), (10, 1.461)):
        loss, _ = layer.forward(np.array([[10.0] + [9.0] * (classes - 1)]), np.array([0]))
        assert round(float(loss), 3) == wanted
    soft, dsoft = layer.forward(np.zeros((1, 2)), np.array([[0.25, 0.25]]))
    close(soft, 0.5 * math.log(2))  # targets that sum to 1/2 weigh half
    close(dsoft, [[0, 0]])


def offset_softmax_loss(layer: Layer) -> None:
    """Equal scores cost -log(1/C + d); the gradient is p - onehot times p_y / (p_y + d), here 1/2; the cap -log d."""
    loss, dx = layer.forward(np.zeros((2, 4)), np.array([0, 3]), delta=0.25)
    close(loss, math.log(2))
    close(dx, np.array([[-3, 1, 1, 1], [1, 1, 1, -3]]) / 16)
    close(layer.forward(np.array([[-2000.0, 0.0]]), np.array([0]))[0], -math.log(1e-7))


def svm_loss(layer: Layer) -> None:
    """One row by hand: hinges 5.1 - 3.2 + 1 and max(0, -1.7 - 3.2 + 1); the hinge's kink has gradient 0."""
    loss, dx = layer.forward(np.array([[3.2, 5.1, -1.7]]), np.array([0]))
    close(loss, 2.9)
    close(dx, [[-1, 1, 0]])
    loss, dx = layer.forward(np.array([[10.0, 9.0, 9.0]]), np.array([0]))
    close(loss, 0)
    close(dx, [[0, 0, 0]])
    loss, dx = layer.forward(np.zeros((2, 3)), np.array([2, 0]))
    close(loss, 2)
    close(dx, [[0.5, 0.5, -1], [-1, 0.5, 0.5]])
    close(layer.forward(np.zeros((2, 3)), np.array([2, 0]), margin=0.25)[0], 0.5)


def squared_loss(layer: Layer) -> None:
    """Differences 1, 2, 3, 4 in two rows: 30 in all, under each of the conventions."""
    x, y = np.array([[1.0, 2.0], [3.0, 4.0]]), np.zeros((2, 2))
    for reduction, wanted in (("half_mean", 7.5), ("mean", 15), ("half_sum", 15), ("sum", 30)):
        loss, dx = layer.forward(x, y, reduction=reduction)
        close(loss, wanted)
        close(dx, 2 * x * wanted / 30)
    close(layer.forward(x, y)[0], 7.5)


def logistic_loss(layer: Layer) -> None:
    loss, dx = layer.forward(np.array([[0.0, math.log(3)], [0.0, 0.0]]), np.array([[1.0, 0.0], [0.5, 0.0]]))
    close(loss, (3 * math.log(2) + math.log(4)) / 2)
    close(dx, [[-0.25, 0.375], [0, 0.25]])


def add(layer: Layer) -> None:
    close(layer.forward(np.array([[1.0, 2.0]]), np.array([[10.0, 20.0]]))[0], [[11, 22]])


def affine_relu(layer: Layer) -> None:
    out, cache = layer.forward(np.array([[1.0, 1.0]]), np.array([[1.0, -1], [1, -1]]), np.array([-2.0, 0.0]))
    close(out, [[0, 0]])
    close(layer.backward(np.ones((1, 2)), cache)[1], np.zeros((2, 2)))  # 1 + 1 - 2 sits on the kink


BY_NAME = {
    check.__name__: check
    for check in (
        affine, linear, relu, leaky_relu, sigmoid, tanh, softplus, elu, gelu, batch_norm,
        spatial_batch_norm, layer_norm, group_norm, embedding, dropout, gaussian_noise,
        softmax_loss, offset_softmax_loss, svm_loss, squared_loss, logistic_loss, add, affine_relu,
    )
} | IMAGES  # fmt: skip
