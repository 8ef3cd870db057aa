"""Batch normalisation: every channel is given mean 0 and variance 1 over the batch."""

from math import prod
from typing import SupportsFloat

import numpy as np
from jaxtyping import Float, Num

from cnnbook.reference.conv import real
from cnnbook.reference.maps import fit_gradient
from cnnbook.shapes import real_number

Images = Num[np.ndarray, "n c *size"]
PerChannel = Num[np.ndarray, " c"] | None


def batch_norm_loops(
    input: Images,
    running_mean: PerChannel,
    running_var: PerChannel,
    weight: PerChannel = None,
    bias: PerChannel = None,
    training: bool = False,
    momentum: SupportsFloat = 0.1,
    eps: SupportsFloat = 1e-5,
) -> Float[np.ndarray, "n c *size"]:
    r"""Give every channel the mean 0 and the variance 1, then a scale and a shift of its own.

    .. math::
        y_c = w_c\, \hat{x}_c + b_c \qquad \hat{x}_c = \frac{x_c - \mu_c}{\sqrt{\sigma_c^2 + \varepsilon}}

    While training, mean and variance are those of all :math:`M` numbers of the channel in the batch,

    .. math::
        \mu_c = \frac{1}{M} \sum_i x_{c,i} \qquad \sigma_c^2 = \frac{1}{M} \sum_i (x_{c,i} - \mu_c)^2

    and the running averages move towards them by the share :math:`m`, which is the momentum:

    .. math::
        \hat\mu_c \leftarrow (1 - m)\,\hat\mu_c + m\,\mu_c \qquad
        \hat\sigma_c^2 \leftarrow (1 - m)\,\hat\sigma_c^2 + m\,\frac{M}{M - 1}\,\sigma_c^2

    Afterwards the running averages serve, so that what comes out for an image does not depend on its neighbours.

    Args:
        input: images, channels, then as many axes as there are.
        running_mean: :math:`\hat\mu`, one number for each channel; training **changes it in place**, as torch does.
        running_var: :math:`\hat\sigma^2`, as ``running_mean``; while training, both may be ``None``.
        weight: the scale :math:`w` of each channel, 1 where not given.
        bias: the shift :math:`b` of each channel, 0 where not given.
        training: whether the batch is normalised by its own mean and variance.
        momentum: the share of the newest batch in the running averages.
        eps: :math:`\varepsilon`, which keeps the denominator from zero.

    Raises:
        TypeError: an array holds no real numbers, running averages hold no float64, or a number is none.
        ValueError: shapes do not match, running averages are missing, ``eps`` is too small,
            or training has one number to a channel, which has no variance.

    References:
        Ioffe & Szegedy (2015), *Batch normalization*, algorithms 1 and 2.

    >>> batch, mean, variance = np.array([[1], [3]]), np.zeros(1), np.ones(1)
    >>> batch_norm_loops(batch, mean, variance, training=True, eps=1e-12)
    array([[-1.],
           [ 1.]])
    >>> mean, variance  # a tenth of 2, and of 2: one number fewer counts in the variance
    (array([0.2]), array([1.1]))
    """
    input, momentum, eps = fit_images(input), real_number("momentum", momentum), real_number("eps", eps)
    means, variances = statistics(input, running_mean, running_var, training, eps)
    weight, bias = per_channel("weight", weight, input, otherwise=1.0), per_channel("bias", bias, input, otherwise=0.0)

    output = np.zeros_like(input)
    for channel in range(input.shape[1]):
        normalised = (input[:, channel] - means[channel]) / np.sqrt(variances[channel] + eps)
        output[:, channel] = weight[channel] * normalised + bias[channel]
    if training and running_mean is not None and running_var is not None and input.size:
        count = input.size / input.shape[1]
        running_mean[:] = (1 - momentum) * running_mean + momentum * means
        running_var[:] = (1 - momentum) * running_var + momentum * variances * count / (count - 1)
    return output


def batch_norm_backward(
    grad_output: Num[np.ndarray, "n c *size"],
    input: Images,
    running_mean: PerChannel,
    running_var: PerChannel,
    weight: PerChannel = None,
    training: bool = False,
    eps: SupportsFloat = 1e-5,
) -> tuple[Float[np.ndarray, "n c *size"], Float[np.ndarray, " c"], Float[np.ndarray, " c"]]:
    r"""Tell input, weight and bias how the loss changes with each of their numbers.

    .. math::
        \frac{\partial \ell}{\partial w_c} = \sum_i g_{c,i}\, \hat{x}_{c,i} \qquad
        \frac{\partial \ell}{\partial b_c} = \sum_i g_{c,i}

    By running averages every number is scaled alike, and so is its gradient.
    While training, each number also moves the mean and the variance by which all of its channel are normalised,
    and what they lose by that is taken off:

    .. math::
        \frac{\partial \ell}{\partial x_{c,i}} = \frac{w_c}{\sqrt{\sigma_c^2 + \varepsilon}} \left( g_{c,i}
        - \frac{1}{M} \sum_j g_{c,j} - \hat{x}_{c,i}\, \frac{1}{M} \sum_j g_{c,j}\, \hat{x}_{c,j} \right)

    Args:
        grad_output: :math:`g = \partial \ell / \partial y`, of the input's shape.
        input: what was given to :func:`batch_norm_loops`, and so are the arguments that follow.
        running_mean: running mean of each channel.
        running_var: running variance of each channel.
        weight: the scale of each channel.
        training: whether the batch was normalised by its own mean and variance.
        eps: what was added to the variance.

    Returns:
        The gradients to input, weight and bias.

    Raises:
        TypeError: an array holds no real numbers, running averages hold no float64, or a number is none.
        ValueError: shapes do not match, running averages are missing, ``eps`` is too small,
            or training has one number to a channel.

    References:
        Ioffe & Szegedy (2015), *Batch normalization*, section 3.

    >>> batch, grad = np.array([[1], [3], [5]]), np.array([[1], [0], [0]])
    >>> to_batch, to_weight, to_bias = batch_norm_backward(grad, batch, np.zeros(1), np.ones(1), eps=0)
    >>> to_batch.T, to_weight, to_bias
    (array([[1., 0., 0.]]), array([1.]), array([1.]))

    While training, the gradient cannot move all numbers alike, nor stretch them: the output would stay as it was.

    >>> to_batch, *_ = batch_norm_backward(grad, batch, None, None, training=True)
    >>> bool(abs(to_batch.sum()) < 1e-12), bool(abs((to_batch * batch).sum()) < 1e-5)
    (True, True)
    """
    input, eps = fit_images(input), real_number("eps", eps)
    means, variances = statistics(input, running_mean, running_var, training, eps)
    grad_output = fit_gradient(grad_output, input.shape)
    weight = per_channel("weight", weight, input, otherwise=1.0)

    grad_input, grad_weight, grad_bias = np.zeros_like(input), np.zeros_like(weight), np.zeros_like(weight)
    for channel in range(input.shape[1]):
        grad, scale = grad_output[:, channel], 1 / np.sqrt(variances[channel] + eps)
        normalised = (input[:, channel] - means[channel]) * scale
        grad_weight[channel], grad_bias[channel] = np.sum(grad * normalised), np.sum(grad)
        if training and grad.size:
            grad = grad - (grad_bias[channel] + normalised * grad_weight[channel]) / grad.size
        grad_input[:, channel] = weight[channel] * scale * grad
    return grad_input, grad_weight, grad_bias


def statistics(
    input: Float[np.ndarray, "n c *size"],
    running_mean: PerChannel,
    running_var: PerChannel,
    training: bool,
    eps: float,
) -> tuple[Float[np.ndarray, " c"], Float[np.ndarray, " c"]]:
    """Return the mean and the variance by which each channel is normalised: the batch's own, or the running ones.

    Raises:
        TypeError: running averages hold no float64.
        ValueError: running averages are missing or do not fit, there is no variance, or ``eps`` is too small.

    >>> statistics(np.array([[1.0], [3.0]]), None, None, training=True, eps=0.1)
    (array([2.]), array([1.]))
    """
    if eps < 0 or (training and eps == 0):
        raise ValueError(f"eps={eps} must be positive, or 0 where running averages serve")
    for name, running in [("running_mean", running_mean), ("running_var", running_var)]:
        if running is not None:
            per_channel(name, running, input, otherwise=0.0)
            if running.dtype != np.float64:
                raise TypeError(
                    f"{name} has dtype {running.dtype}; float64 is needed, for training changes it in place"
                )
        elif not training or running_mean is not running_var:
            raise ValueError(f"{name} is None; only training can do without, and then without both")
    if not training and running_mean is not None and running_var is not None:
        return running_mean, running_var
    if input.shape[0] * prod(input.shape[2:]) == 1:
        raise ValueError(f"input of shape {input.shape} has one number for each channel: it has no variance")

    means, variances, count = np.zeros(input.shape[1]), np.zeros(input.shape[1]), max(1, input[:, :1].size)
    for channel in range(input.shape[1]):
        means[channel] = np.sum(input[:, channel]) / count
        variances[channel] = np.sum((input[:, channel] - means[channel]) ** 2) / count
    return means, variances


def fit_images(input: Num[np.ndarray, "..."], least: int = 2) -> Float[np.ndarray, "..."]:
    """Check that an array has images, channels, and as many axes as are needed at least; return it in float64.

    >>> fit_images(np.zeros(5))
    Traceback (most recent call last):
    ValueError: input has shape (5,); at least 2 axes are needed, images and channels first
    """
    input = real("input", input)
    if input.ndim < least:
        raise ValueError(f"input has shape {input.shape}; at least {least} axes are needed, images and channels first")
    return input


def per_channel(
    name: str, array: PerChannel, input: Float[np.ndarray, "..."], otherwise: float
) -> Float[np.ndarray, " c"]:
    """Return one number for each channel: the array's, or the same for all where there is no array.

    >>> per_channel("weight", None, np.zeros((10, 3)), otherwise=1.0)
    array([1., 1., 1.])
    """
    array = np.full(input.shape[1], otherwise) if array is None else real(name, array)
    if array.shape != input.shape[1:2]:
        needed = input.shape[1:2]
        raise ValueError(f"{name} has shape {array.shape}; {needed} is needed: one number for each channel of input")
    return array
