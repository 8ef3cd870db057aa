"""LeNet-5 is the paper's, layer by layer, as its section II.B counts them."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from cnnbook.layers.checks import InputError
from cnnbook.networks.lenet import SEES, Distances, Squash, Subsampling, characters, lenet5, lenet5_modern
from cnnbook.summary import summarize

LAYERS = {  # section II.B: the maps' shape, trainable parameters, connections where the paper counts them
    "C1": ("features.0", (6, 28, 28), 156, 122_304),
    "S2": ("features.2", (6, 14, 14), 12, 5_880),
    "C3": ("features.4", (16, 10, 10), 1_516, 151_600),
    "S4": ("features.6", (16, 5, 5), 32, 2_000),
    "C5": ("features.8", (120, 1, 1), 48_120, 48_120),
    "F6": ("classifier.1", (84,), 10_164, None),
}


@pytest.mark.parametrize("layer", LAYERS)
def test_each_layer_has_the_paper_s_shape_parameters_and_connections(layer):
    name, shape, parameters, connections = LAYERS[layer]
    module = lenet5().get_submodule(name)
    assert sum(weight.numel() for weight in module.parameters()) == parameters
    rows = [row for row in summarize(lenet5(), (1, 1, 32, 32)).rows if row.name.startswith(name)]
    assert rows[-1].shape[1:] == shape
    if connections and layer.startswith("C"):
        assert parameters * shape[1] * shape[2] == connections  # each weight once for each place, biases too
    elif connections:
        assert (4 + 1) * shape[0] * shape[1] * shape[2] == connections  # four pixels and a bias for each unit


def test_the_second_filters_see_three_four_and_six_maps_and_no_two_the_same():
    assert [len(maps) for maps in SEES] == [3] * 6 + [4] * 9 + [6]
    assert len({frozenset(maps) for maps in SEES}) == len(SEES)
    images, network = torch.rand(1, 6, 14, 14, requires_grad=True), lenet5().features[4]
    for made, maps in enumerate(SEES):
        (slopes,) = torch.autograd.grad(network(images)[0, made].sum(), images)
        assert set(slopes[0].flatten(1).any(1).nonzero().flatten().tolist()) == set(maps)


def test_a_network_without_numbers_can_be_filled_later():
    torch.manual_seed(0)
    wanted = lenet5()
    with torch.device("meta"):
        network = lenet5()
    network.to_empty(device="cpu").load_state_dict(wanted.state_dict())
    images = torch.rand(2, 1, 32, 32)
    torch.testing.assert_close(network(images), wanted(images))


def test_the_squashing_keeps_one_and_minus_one():
    torch.testing.assert_close(Squash()(torch.tensor([-1.0, 0.0, 1.0])), torch.tensor([-1.0, 0, 1]), atol=1e-4, rtol=0)


def test_the_squashing_bends_most_at_one():
    line = torch.linspace(0, 3, 3001, dtype=torch.float64, requires_grad=True)
    (slopes,) = torch.autograd.grad(Squash()(line).sum(), line, create_graph=True)
    (bends,) = torch.autograd.grad(slopes.sum(), line)
    assert abs(line[bends.abs().argmax()].item() - 1) < 0.02


def test_subsampling_is_a_convolution_with_four_equal_weights():
    layer = Subsampling(3)
    nn.init.normal_(layer.bias)
    maps = torch.rand(2, 3, 8, 6)
    kernels = layer.weight[:, None, None, None].expand(3, 1, 2, 2)
    torch.testing.assert_close(layer(maps), functional.conv2d(maps, kernels, layer.bias, stride=2, groups=3))


def test_a_drawn_character_is_its_own_class():
    codes = characters()
    scores = Distances(codes)(codes)
    assert scores.argmax(1).tolist() == list(range(10))
    assert scores.diag().tolist() == [0.0] * 10
    assert scores[3, 8] == -4 * (codes[3] != codes[8]).sum()


def test_cross_entropy_is_the_paper_s_loss_without_its_constant():
    penalties, wanted = torch.tensor([[2.0, 5.0, 1.0]]), torch.tensor([1])
    by_hand = 5 + torch.tensor([-2.0, -5.0, -1.0]).exp().sum().log()  # equation 9
    torch.testing.assert_close(functional.cross_entropy(-penalties, wanted), by_hand)


def test_the_drawn_characters_are_not_learned():
    assert "classifier.3.codes" in lenet5().state_dict()
    assert not any("codes" in name for name, _ in lenet5().named_parameters())


def test_other_characters_make_other_classes():
    letters = torch.randn(26, 84).sign()
    assert lenet5(letters)(torch.zeros(2, 1, 32, 32)).shape == (2, 26)


def test_first_weights_stay_within_the_paper_s_bounds():
    torch.manual_seed(0)
    network = lenet5()
    for layer, inputs in [("features.0", 25), ("features.8", 400), ("classifier.1", 120)]:
        largest = network.get_submodule(layer).weight.abs().max().item()
        assert 0.9 * 2.4 / inputs < largest <= 2.4 / inputs


@pytest.mark.parametrize(("build", "last"), [(lenet5, "features.8"), (lenet5_modern, "features.6")])
def test_it_takes_one_channel_of_thirty_two_pixels_only(build, last):
    assert build()(torch.zeros(2, 1, 32, 32)).shape == (2, 10)
    with pytest.raises(InputError, match=f"images of 28×28 pixels are too small: {last}, Conv2d, gets 4×4"):
        build()(torch.zeros(1, 1, 28, 28))
    with pytest.raises(InputError, match="images of 33×32 pixels are too large: LeNet5 takes at most 32×32"):
        build()(torch.zeros(1, 1, 33, 32))
    with pytest.raises(InputError, match="channel"):
        build()(torch.zeros(1, 3, 32, 32))


@pytest.mark.parametrize(
    ("codes", "error", "message"),
    [
        ([[1.0] * 84], TypeError, "codes must be a torch.Tensor, not list"),
        (torch.ones(84), ValueError, r"codes have shape \(84,\); a row of 84 numbers is needed"),
        (torch.ones(10, 80), ValueError, r"codes have shape \(10, 80\)"),
    ],
)
@pytest.mark.usefixtures("as_the_reader_runs_it")
def test_wrong_characters_are_refused(codes, error, message):
    with pytest.raises(error, match=message):
        lenet5(codes)


def test_wrong_numbers_of_classes_are_refused():
    with pytest.raises(ValueError, match="num_classes=0 must be at least 1"):
        lenet5_modern(0)


@pytest.mark.parametrize(
    "codes", [torch.ones(0, 84), torch.full((2, 84), 7.0), torch.full((2, 84), torch.nan), torch.ones(2, 84).bool()]
)
def test_codes_that_are_no_characters_are_refused(codes):
    with pytest.raises(ValueError, match="must be at least one, of the numbers 1 and -1"):
        lenet5(codes)
