"""What comes with the package: designs to start from, and published evidence."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

from trialdesign.errors import SpecificationError
from trialdesign.specification.source import Source, read_yaml
from trialdesign.specification.wording import nearest, shown

DESIGNS = "trialdesign.shipped"
LIBRARY = "trialdesign.library"


def library() -> tuple[str, ...]:
    """Return the names of the evidence that comes with the package."""
    return names(LIBRARY)


def shipped() -> dict[str, str]:
    """Return the shipped designs, name to title."""
    return {name: str(resource(DESIGNS, name).data["title"]) for name in names(DESIGNS)}


def shipped_text(name: str) -> str:
    """Return the text of a shipped design, comments included.

    Raises
    ------
    SpecificationError
        There is no such design.
    """
    known = names(DESIGNS)
    if name not in known:
        remedy = did_you_mean(name, known) or "Choose one of these."
        raise SpecificationError(
            f"TEMPLATE must be one of {', '.join(known)}; got {shown(name)}. {remedy}"
        )
    return files(DESIGNS).joinpath(f"{name}.yaml").read_text(encoding="utf-8")


def names(package: str) -> tuple[str, ...]:
    """Return the YAML files of a package, without suffix, in alphabetical order."""
    found = (Path(entry.name) for entry in files(package).iterdir())
    return tuple(sorted(path.stem for path in found if path.suffix == ".yaml"))


def resource(package: str, name: str) -> Source:
    """Return the document of that name in a package."""
    with as_file(files(package).joinpath(f"{name}.yaml")) as path:
        return read_yaml(path)


def did_you_mean(name: str, known: tuple[str, ...]) -> str | None:
    """Return the remedy that offers the known name which resembles most, if one does."""
    meant = nearest(name, known)
    return f"Did you mean `{meant}`?" if meant else None
