"""The folder is the registry: kinds are found by their modules' names."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Annotated, Union

from pydantic import BeforeValidator, Field


@cache
def kinds(package: str) -> dict[str, type]:
    """Return {kind: specification class} of a package: the folder is the registry.

    Each module of the package defines one class whose name is the module's in CamelCase.
    """
    folder = import_module(package)
    found = {}
    for module in iter_modules(folder.__path__):
        if module.name.startswith("_"):
            continue
        name = "".join(part.capitalize() for part in module.name.split("_"))
        found[module.name] = getattr(import_module(f"{package}.{module.name}"), name)
    return found


def union_of(package: str, discriminator: str = "kind", default: str | None = None) -> object:
    """Return the tagged union of a package's kinds, for use as a field's type.

    A kind that is itself a package offers its own members as ``FAMILIES``; ``default`` is the kind
    that is meant where none is named.
    """
    found = kinds(package).items()
    members = tuple(getattr(import_module(f"{package}.{kind}"), "FAMILIES", cls) for kind, cls in found)
    if len(members) == 1:
        return members[0]
    union = Annotated[Union[members], Field(discriminator=discriminator)]
    if default is None:
        return union

    def named(value: object) -> object:
        return {discriminator: default, **value} if isinstance(value, dict) else value

    return Annotated[union, BeforeValidator(named)]
