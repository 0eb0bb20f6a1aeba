"""Packages that only a part of the work needs."""

from collections.abc import Iterator
from contextlib import contextmanager

from figureground.errors import InputError


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Imports inside need the extra of this name; what is missing becomes an InputError."""
    try:
        yield
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if missing.startswith("figureground"):
            raise
        raise InputError(
            f"this needs {missing.partition('.')[0]}: pip install 'figureground[{name}]'"
        ) from None
