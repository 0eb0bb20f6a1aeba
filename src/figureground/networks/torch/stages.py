"""Training in stages: each stride starts from the weights of the next coarser one."""

from collections.abc import Mapping

from torch import Tensor, nn

from figureground.errors import InputError

OWN = ("score16.", "score8.", "double16.", "double8.", "enlarge.")
"""Layers that a coarser stage may lack, or that are fixed and differ in size."""


def take_stage(network: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Load weights of the same network or of a coarser stage of it.

    A skip that the coarser stage lacks keeps its start, which adds nothing to the scores.
    """
    ours = network.state_dict()
    taken = {n: t for n, t in tensors.items() if n in ours and not n.startswith("enlarge.")}
    for name, tensor in taken.items():
        if tensor.shape != ours[name].shape:
            raise InputError(
                f"start: {name} is {tuple(tensor.shape)}, expected {tuple(ours[name].shape)}"
            )
    missing = [n for n in ours if n not in taken and not n.startswith(OWN)]
    if missing:
        raise InputError(f"start: lacks {missing[0]}; expected a stage of this network")
    network.load_state_dict(taken, strict=False)
