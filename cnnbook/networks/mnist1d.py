"""The two networks that meet on MNIST-1D: one slides its weights, the other connects everything.

References:
    Prince (2023), Understanding Deep Learning, section 10.5 and problem 10.15.
"""

from torch import nn


def convolutional() -> nn.Sequential:
    r"""Three convolutions of 15 filters, kernel 3, stride 2, then ten scores.

    .. math:: 40 \to 15 \cdot 19 \to 15 \cdot 9 \to 15 \cdot 4 \to 10

    Example:
        >>> sum(weight.numel() for weight in convolutional().parameters())
        2050
    """
    return he_initialised(
        nn.Sequential(
            nn.Conv1d(1, 15, kernel_size=3, stride=2),  # n 15 19
            nn.ReLU(),
            nn.Conv1d(15, 15, kernel_size=3, stride=2),  # n 15 9
            nn.ReLU(),
            nn.Conv1d(15, 15, kernel_size=3, stride=2),  # n 15 4
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(15 * 4, 10),
        )
    )


def fully_connected() -> nn.Sequential:
    r"""As many hidden units as the convolutional net has, layer by layer, each connected to all before it.

    .. math:: 40 \to 285 \to 135 \to 60 \to 10

    Example:
        >>> sum(weight.numel() for weight in fully_connected().parameters())
        59065
    """
    return he_initialised(
        nn.Sequential(
            nn.Flatten(),
            nn.Linear(40, 15 * 19),
            nn.ReLU(),
            nn.Linear(15 * 19, 15 * 9),
            nn.ReLU(),
            nn.Linear(15 * 9, 15 * 4),
            nn.ReLU(),
            nn.Linear(15 * 4, 10),
        )
    )


def he_initialised(network: nn.Sequential) -> nn.Sequential:
    r"""Draw weights uniformly with variance :math:`2 / \text{inputs}`, so that signals outlive the ReLUs; biases are 0.

    References:
        He, Zhang, Ren & Sun (2015), Delving deep into rectifiers.
    """
    for layer in network:
        if isinstance(layer, nn.Conv1d | nn.Linear):
            nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return network
