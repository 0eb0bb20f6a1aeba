"""Networks: anything that gives class probabilities for a photo.

`fcn` needs torch and is loaded when it is first used; `load_network` does not.
"""

from typing import Any

from figureground.networks.loading import DEFAULT_NETWORK, Network, load_network

__all__ = ["DEFAULT_NETWORK", "Network", "fcn", "load_network"]


def __getattr__(name: str) -> Any:
    if name != "fcn":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from figureground.networks.torch.fcn import fcn

    return fcn
