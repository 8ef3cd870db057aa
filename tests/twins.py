"""What it takes to stand in for one of torch's layers: whatever a network may do with it."""

import inspect

import torch


def assert_same_constructor(ours, theirs):
    """The same arguments in the same order, with the same defaults."""

    def arguments(layer):
        return [(name, argument.default) for name, argument in inspect.signature(layer).parameters.items()]

    assert arguments(ours) == arguments(theirs)


def assert_same(our_layer, their_layer, *inputs, **tolerances):
    """The same output, of the same type and laid out alike, and the same gradients to inputs and weights."""
    (outputs, gradients), (their_outputs, their_gradients) = (
        answer(layer, inputs) for layer in (our_layer, their_layer)
    )
    for found, expected in zip(outputs + gradients, their_outputs + their_gradients, strict=True):
        torch.testing.assert_close(found, expected, equal_nan=True, **tolerances)
    for found, expected in zip(outputs, their_outputs, strict=True):
        assert found.is_contiguous(memory_format=memory_format(expected))


def answer(layer, inputs):
    """What a layer says, and the gradients, as far as there are any."""
    inputs = [input.detach().requires_grad_(input.is_floating_point()) for input in inputs]
    outputs = layer(*inputs)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    learned = [tensor for tensor in [*inputs, *layer.parameters()] if tensor.requires_grad]
    if not outputs[0].requires_grad or not outputs[0].numel():
        return outputs, ()
    torch.manual_seed(0)
    return outputs, torch.autograd.grad(outputs[0], learned, torch.randn_like(outputs[0]))


def memory_format(tensor):
    """The layout of a tensor in memory."""
    for ndim, last in [(4, torch.channels_last), (5, torch.channels_last_3d)]:
        if tensor.ndim == ndim and not tensor.is_contiguous() and tensor.is_contiguous(memory_format=last):
            return last
    return torch.contiguous_format


def assert_traces(layer, *inputs):
    """It is compiled as one graph, and exported for batches of any size."""
    expected = layer(*inputs)
    torch.testing.assert_close(torch.compile(layer, fullgraph=True, backend="aot_eager")(*inputs), expected)
    batch = torch.export.Dim("batch")
    exported = torch.export.export(layer, inputs, dynamic_shapes=[{0: batch} for _ in inputs]).module()
    torch.testing.assert_close(exported(*inputs), expected)
    torch.testing.assert_close(exported(*[input[:1] for input in inputs]), layer(*[input[:1] for input in inputs]))


def assert_maps(layer, *inputs):
    """``torch.vmap`` over groups of images gives what one batch gives."""
    groups = [torch.stack([input, input.flip(0)]) for input in inputs]
    expected = [layer(*group) for group in zip(*groups, strict=True)]
    torch.testing.assert_close(torch.vmap(layer)(*groups), torch.stack(expected))


def assert_gradient_has_a_gradient(layer, *inputs):
    """The gradient may itself be differentiated."""
    inputs = [input.double().requires_grad_() if input.is_floating_point() else input for input in inputs]
    assert torch.autograd.gradgradcheck(layer.double(), inputs)
