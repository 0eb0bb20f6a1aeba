"""figureground: semantic segmentation that tells the object from its background.

After Y. Liu and M. S. Lew, "Improving the Discrimination Between Foreground and Background for
Semantic Segmentation", ICIP 2017. The names below are loaded when they are first used.
"""

from importlib import import_module
from importlib.metadata import version
from typing import Any

__version__ = version("figureground")

_HOMES = {
    "InputError": "figureground.errors",
    "Segmenter": "figureground.pipeline",
    "refine": "figureground.pipeline",
}

__all__ = ["InputError", "Segmenter", "__version__", "refine"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
