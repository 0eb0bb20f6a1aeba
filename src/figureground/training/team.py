"""Several processes that train one network, as torchrun starts them.

Each process takes its share of every batch; gradients are summed, and the loss is divided by the
pixels of the whole batch, so that the steps are those of one process with the same batch.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor, distributed, nn

from figureground.errors import InputError

Item = TypeVar("Item")


@dataclass(frozen=True)
class Team:
    """This process's number, and how many there are."""

    rank: int = 0
    size: int = 1

    @classmethod
    def join(cls) -> "Team":
        """Meet the others; alone where torchrun did not start the process."""
        size = int(os.environ.get("WORLD_SIZE", "1"))
        if size == 1:
            return cls()
        if not distributed.is_initialized():
            nccl = torch.cuda.is_available() and distributed.is_nccl_available()
            distributed.init_process_group("cpu:gloo,cuda:nccl" if nccl else "gloo")
        return cls(distributed.get_rank(), size)

    @property
    def leads(self) -> bool:
        """Whether this process writes the files and speaks."""
        return self.rank == 0

    def share(self, batch: Sequence[Item]) -> Sequence[Item]:
        """This process's part of a batch."""
        if len(batch) % self.size:
            raise InputError(
                f"schedule.batch: {len(batch)} is no multiple of {self.size} processes"
            )
        return batch[self.rank :: self.size]

    def total(self, value: Tensor) -> Tensor:
        """The sum of a tensor over the processes."""
        if self.size > 1:
            distributed.all_reduce(value)
        return value

    def sum_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Replace every gradient by its sum over the processes, in one message."""
        gradients = [p.grad for p in parameters if p.grad is not None]
        if self.size == 1 or not gradients:
            return
        flat = self.total(torch.cat([gradient.reshape(-1) for gradient in gradients]))
        sizes = [gradient.numel() for gradient in gradients]
        for gradient, summed in zip(gradients, torch.split(flat, sizes), strict=True):
            gradient.copy_(summed.view_as(gradient))
