"""Parts of a JSON Schema, read: what objects lead to, in which order, and within which bounds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import isinf
from typing import Any

KEYWORDS = ("kind", "distribution", "dist")  # keys that tell alternatives apart


def is_tagged(about: dict[str, Any], tag: str) -> bool:
    """Return whether a key, and no `kind`, tells an object from its alternatives."""
    return has_tag(about, tag) and not has_tag(about, "kind")


def has_tag(about: dict[str, Any], tag: str) -> bool:
    """Return whether a key of an object has one value only, which tells its kind."""
    return "const" in about.get("properties", {}).get(tag, {})


def refs(value: Any) -> Iterator[str]:
    """Yield the names of the objects that a part of the schema leads to."""
    if isinstance(value, list):
        for each in value:
            yield from refs(each)
    elif isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"].rsplit("/", 1)[-1]
        yield from refs([each for key, each in value.items() if key not in ("discriminator", "default")])


def flat(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the alternatives of a value, those within alternatives among them."""
    nested = [*value.get("anyOf", ()), *value.get("oneOf", ())]
    if not nested:
        yield value
    for each in nested:
        yield from flat(each)


def ordered(about: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return the keys of an object: what tells alternatives apart, what is required, the others."""
    required, properties = about.get("required", []), about.get("properties", {})
    tags = [key for key in KEYWORDS if key in properties]
    rank = lambda key: (tags.index(key) if key in tags else len(tags), key not in required)
    return sorted(properties.items(), key=lambda item: rank(item[0]))


def bounds(value: dict[str, Any]) -> Iterator[str]:
    """Yield the bounds of a key's numbers, and of the length of its lists."""
    for each in flat(value):
        signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
        told = [f"{sign} {number(each[key])}" for key, sign in signs.items() if key in each]
        if told:
            yield ", ".join(told)
        if "maxItems" in each:
            yield f"{each.get('minItems', 0)} to {each['maxItems']} items"
        for inner in ("items", "additionalProperties"):
            if isinstance(each.get(inner), dict):
                yield from bounds(each[inner])


def shown(value: Any) -> str:
    """Return a default as a file spells it."""
    if isinstance(value, dict):
        value = {key: each for key, each in value.items() if each is not None}
    return "" if value in (None, "") else f"`{flow(value)}`"


def flow(value: Any) -> str:
    """Return a value as YAML on one line."""
    if isinstance(value, dict):
        first = [key for key in ("kind", "dist", "weight") if key in value]
        keys = dict.fromkeys([*first, *value])
        return "{" + ", ".join(f"{key}: {flow(value[key])}" for key in keys) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(flow, value)) + "]"
    return number(value) if isinstance(value, float) else str(value)


def number(value: float) -> str:
    """Return a number, as short as may be."""
    if isinf(value):
        return "∞" if value > 0 else "-∞"
    if value == int(value) and abs(value) < 1e5:
        return f"{value:.0f}"
    return re.sub(r"e([+-])0*", lambda sign: f"e{sign[1].replace('+', '')}", f"{value:g}")


def words(title: str) -> str:
    """Return a class's name in words: ``TimeToEventRow`` as ``time to event row``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", title).lower()


def slug(heading: str) -> str:
    """Return the anchor of a heading, as GitHub and MyST make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
