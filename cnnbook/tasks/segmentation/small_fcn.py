r"""A small FCN for small pictures, all of whose answers are asked at once: from a step of 32 pixels down to one of 2.

Each stage halves the sides and looks twice or three times.
A stage's maps give scores by a convolution of 1×1.
Those of the stage below are enlarged twice and added, as in the paper.
So each step's answer is the coarser one, mended.

====================  =================================  ============================================
what differs          the paper's FCN-8s                 here
====================  =================================  ============================================
what goes down        VGG-16, trained on ImageNet        five small stages, batch-normalised
halving               max pooling of 2×2                 a convolution of 3×3 with a stride of 2
borders               100 pixels of padding, and cuts    sizes are filled to a multiple of 32 with
                                                         zeros below and to the right, and cut back
skips                 from steps of 16 and 8             from all steps
enlarging by two      learned                            bilinear, fixed
training              one step after the other           all at once, as the later article also does
====================  =================================  ============================================

References:
    Long, Shelhamer & Darrell (2015), Fully convolutional networks for semantic segmentation: section 4.
    Shelhamer, Long & Darrell (2017), the article of the same name: training all at once.
"""

from collections.abc import Mapping, Sequence
from typing import SupportsIndex

from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, interpolate

from cnnbook.networks.images import ImageNetwork, check_classes
from cnnbook.shapes.checks import whole_number
from cnnbook.tasks.segmentation.borders import crop, pad_to_multiple


class SmallFCN(ImageNetwork):
    """Stages that halve, scores from each, and the way back up on which they are added."""

    smallest_image = 1

    def __init__(self, num_classes: SupportsIndex, widths: Sequence[SupportsIndex], channels: SupportsIndex) -> None:
        super().__init__()
        classes = check_classes(num_classes)
        self.image_channels = whole_number("channels", channels, least=1)
        if not isinstance(widths, Sequence) or isinstance(widths, str):
            raise TypeError(f"widths must be a sequence of whole numbers, not {type(widths).__name__}")
        filters = [whole_number(f"widths[{place}]", width, least=1) for place, width in enumerate(widths)]
        if not filters:
            raise ValueError(f"widths={widths!r} must have at least one stage")
        self.stages = nn.ModuleList(
            stage(before, after, looks=1 if number < 2 else 2)  # noqa: PLR2004 (large maps are dear)
            for number, (before, after) in enumerate(zip([self.image_channels, *filters], filters, strict=False))
        )
        self.scores = nn.ModuleList(nn.Conv2d(width, classes, kernel_size=1) for width in filters)
        for layer in self.stages.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        for weight in self.scores.parameters():
            nn.init.zeros_(weight)  # a skip that has learned nothing changes nothing

    def steps(self, images: Float[Tensor, "n c h w"]) -> dict[int, Float[Tensor, "n classes _ _"]]:
        """Compute the scores of each step, the coarsest first: ``{32: …, 16: …, 8: …, 4: …, 2: …}`` for five stages.

        Scores of the step 8 stand 8 pixels apart; images that 32 does not divide are filled up first.
        """
        maps = pad_to_multiple(images, 2 ** len(self.stages))
        ways_down = []
        for stage_ in self.stages:
            maps = stage_(maps)
            ways_down.append(maps)
        answers: dict[int, Tensor] = {}
        mended: Tensor | None = None
        for number in reversed(range(len(self.stages))):
            own = self.scores[number](ways_down[number])
            mended = own if mended is None else enlarge(mended, 2) + own
            answers[2 ** (number + 1)] = mended
        return answers

    def forward(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n classes h w"]:
        """Give each pixel a score for each class, from the finest step."""
        step, scores = list(self.steps(images).items())[-1]
        return crop(enlarge(scores, step), images.shape[2:])


def stage(channels: int, filters: int, looks: int) -> nn.Sequential:
    """Halve the sides by a convolution with a stride of 2, then look again; each is normalised and rectified."""
    halve = nn.Conv2d(channels, filters, kernel_size=3, stride=2, padding=1, bias=False)
    more = (nn.Conv2d(filters, filters, kernel_size=3, padding=1, bias=False) for _ in range(looks))
    return nn.Sequential(
        *(part for layer in (halve, *more) for part in (layer, nn.BatchNorm2d(filters), nn.ReLU(inplace=True)))
    )


def enlarge(scores: Float[Tensor, "n classes h w"], times: int) -> Float[Tensor, "n classes oh ow"]:
    """Enlarge maps of scores bilinearly.

    >>> import torch
    >>> enlarge(torch.tensor([[[[0.0, 4.0]]]]), 2)[0, 0, 0]
    tensor([0., 1., 3., 4.])
    """
    return interpolate(scores, scale_factor=times, mode="bilinear", align_corners=False)


def cost_of_steps(
    answers: Mapping[int, Float[Tensor, "n classes _ _"]],
    target: Int[Tensor, "n h w"],
    weight: Float[Tensor, " classes"] | None = None,
    ignored: int = -100,
) -> Float[Tensor, ""]:
    r"""Compute the cross-entropy of the finest answer, and a third of that of each coarser one.

    .. math:: \ell(s_1, y) + \tfrac13 \sum_{k > 1} \ell(s_k, y_k)

    The finest scores are enlarged to the target; a coarser score is asked about the pixel in the middle of its square.

    Args:
        answers: what :meth:`SmallFCN.steps` gives, for images whose sides the coarsest step divides.
        target: the class of each pixel.
        weight: of each class; all count alike if there is none.
        ignored: the label of pixels that nobody judged.

    Raises:
        ValueError: the target's sides are not those of the answers.

    Example:
        Scores of zero leave it open which of two classes it is: the logarithm of 2, one time and a third.

        >>> import torch
        >>> answers = {4: torch.zeros(1, 2, 1, 1), 2: torch.zeros(1, 2, 2, 2)}
        >>> cost_of_steps(answers, torch.zeros(1, 4, 4, dtype=torch.int64)) / torch.tensor(2.0).log()
        tensor(1.3333)
    """
    finest = min(answers)
    for step, scores in answers.items():
        covered = tuple(step * side for side in scores.shape[2:])
        if covered != tuple(target.shape[1:]):
            raise ValueError(f"target has the shape {tuple(target.shape)}; the answers of step {step} cover {covered}")
    cost = cross_entropy(enlarge(answers[finest], finest), target, weight, ignore_index=ignored)
    for step, scores in answers.items():
        if step != finest:
            middles = target[:, step // 2 :: step, step // 2 :: step]
            cost = cost + cross_entropy(scores, middles, weight, ignore_index=ignored) / 3
    return cost


def small_fcn(
    num_classes: SupportsIndex = 9,
    *,
    widths: Sequence[SupportsIndex] = (16, 24, 32, 48, 64),
    channels: SupportsIndex = 3,
) -> SmallFCN:
    """FCN with skips from every stage, small enough to learn while a page is built.

    Scores have the image's rows and columns, for every image of at least one pixel.

    Args:
        num_classes: scores of each pixel; the generated street scenes have 9 classes.
        widths: filters of each stage, the largest maps first; as many stages as there are numbers.
        channels: of the images.

    Raises:
        TypeError: a number is not whole, or ``widths`` no sequence.
        ValueError: a number is less than 1, or no stage.

    >>> import torch
    >>> network = small_fcn(widths=(2, 2, 2))
    >>> {step: tuple(scores.shape) for step, scores in network.steps(torch.zeros(1, 3, 16, 24)).items()}
    {8: (1, 9, 2, 3), 4: (1, 9, 4, 6), 2: (1, 9, 8, 12)}
    >>> network(torch.zeros(1, 3, 15, 21)).shape
    torch.Size([1, 9, 15, 21])
    """
    return SmallFCN(num_classes, widths, channels)
