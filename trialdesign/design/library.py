"""What comes with the package: designs to start from, and published evidence."""

from __future__ import annotations

from pathlib import Path

import trialdesign
from trialdesign.errors import SpecificationError
from trialdesign.specification.source import Source, read_yaml
from trialdesign.specification.wording import nearest, shown

PACKAGE = Path(trialdesign.__file__).parent
DESIGNS = PACKAGE / "shipped"
# An installed package holds the evidence itself; in a checkout it lies beside the package.
LIBRARY = next(path for path in (PACKAGE / "library", PACKAGE.parent / "priors") if path.is_dir())


def evidence_names() -> tuple[str, ...]:
    """Return the names of the evidence that comes with the package."""
    return names(LIBRARY)


def shipped_names() -> tuple[str, ...]:
    """Return the names of the shipped designs."""
    return names(DESIGNS)


def shipped_designs() -> dict[str, str]:
    """Return the shipped designs, name to title."""
    return {name: str(resource(DESIGNS, name).data["title"]) for name in shipped_names()}


def shipped_text(name: str) -> str:
    """Return the text of a shipped design, comments included.

    Raises
    ------
    SpecificationError
        There is no such design.
    """
    known = shipped_names()
    if name not in known:
        remedy = did_you_mean(name, known) or "Choose one of these."
        raise SpecificationError(
            f"TEMPLATE must be one of {', '.join(known)}; got {shown(name)}. {remedy}"
        )
    return (DESIGNS / f"{name}.yaml").read_text(encoding="utf-8")


def names(folder: Path) -> tuple[str, ...]:
    """Return the YAML files of a folder, without suffix, in alphabetical order."""
    return tuple(sorted(path.stem for path in folder.glob("*.yaml")))


def resource(folder: Path, name: str) -> Source:
    """Return the document of that name in a folder."""
    return read_yaml(folder / f"{name}.yaml")


def did_you_mean(name: str, known: tuple[str, ...]) -> str | None:
    """Return the remedy that offers the known name which resembles most, if one does."""
    meant = nearest(name, known)
    return f"Did you mean `{meant}`?" if meant else None
