"""The public names and their signatures, held in a file so that no change goes unseen.

After a change on purpose: python tests/test_api.py > tests/golden/api.txt
"""

import inspect
from importlib import import_module
from pathlib import Path

MODULES = (
    *("figureground", "figureground.losses", "figureground.networks", "figureground.contours"),
    *("figureground.proposals", "figureground.objectness", "figureground.crf"),
    *("figureground.data", "figureground.evaluation"),
)
GOLDEN = Path(__file__).parent / "golden" / "api.txt"


def described() -> str:
    lines = []
    for module_name in MODULES:
        module = import_module(module_name)
        for name in sorted(getattr(module, "__all__", ())):
            lines.extend(_lines(f"{module_name}.{name}", getattr(module, name)))
    return "\n".join(lines) + "\n"


def _lines(name: str, thing: object) -> list[str]:
    if not callable(thing):
        return [name]
    lines = [f"{name}{_signature(thing)}"]
    if inspect.isclass(thing):
        for member, value in sorted(vars(thing).items()):
            if not member.startswith("_") and (callable(value) or isinstance(value, property)):
                lines.append(f"{name}.{member}{_signature(value) if callable(value) else ''}")
    return lines


def _signature(thing: object) -> str:
    """Names and defaults; types are mypy's business."""
    try:
        parameters = inspect.signature(thing).parameters.values()
    except (TypeError, ValueError):
        return ""
    bare = [
        parameter.replace(
            annotation=inspect.Parameter.empty, default=_without_folder(parameter.default)
        )
        for parameter in parameters
    ]
    return str(inspect.Signature(bare))


def _without_folder(default: object) -> object:
    return default.name if isinstance(default, Path) else default


def test_the_public_names_are_those_of_the_golden_file() -> None:
    assert described() == GOLDEN.read_text()


if __name__ == "__main__":
    print(described(), end="")
