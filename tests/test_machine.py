"""What a run borrows from the machine, it gives back."""

import signal
import threading

import pytest
import torch

from cnnbook.machine import choose_device, held_interrupts, mix_seeds, own_generators, processes


def test_seeds_are_the_same_everywhere_and_differ_from_place_to_place():
    assert mix_seeds(0, 1) == 2918264622725855778
    assert len({mix_seeds(seed, step, rank) for seed in range(5) for step in range(5) for rank in range(5)}) == 125
    torch.manual_seed(mix_seeds(2**40, 2**40, 7))  # never more bits than torch takes


def test_the_readers_generators_continue_where_they_were():
    torch.manual_seed(0)
    expected = torch.rand(2)
    torch.manual_seed(0)
    first = torch.rand(1)
    with own_generators(torch.device("cpu")):
        torch.manual_seed(5)
        torch.rand(9)
    assert torch.equal(torch.cat([first, torch.rand(1)]), expected)


def test_without_torchrun_there_is_one_process():
    with processes(torch.device("cpu")) as found:
        assert found == (torch.device("cpu"), 0, 1)


def test_the_cpu_is_always_there_and_auto_is_some_device():
    assert choose_device("cpu") == torch.device("cpu")
    torch.zeros(1, device=choose_device("auto"))


def test_a_device_that_holds_no_numbers_is_refused():
    with pytest.raises(ValueError, match="device='meta' must be 'auto', 'cpu' or an accelerator"):
        choose_device("meta")


def test_an_interrupt_after_the_last_step_is_not_lost():
    def last_step():
        with held_interrupts(1) as interrupted:
            signal.raise_signal(signal.SIGINT)
            assert interrupted()

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            last_step()
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_thread_trains_without_touching_the_handler():
    seen = []

    def run():
        with held_interrupts(1) as interrupted:
            seen.append(interrupted())

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [False]
