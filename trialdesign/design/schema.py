"""The JSON Schemas of design files and of evidence files, for editors and other programs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pydantic import TypeAdapter

from trialdesign.design.design_file import DesignFile
from trialdesign.design.evidence.published import Evidence
from trialdesign.specification.registry import kinds

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TAGS = ("kind", "dist", "distribution")  # keys that say which of several forms is meant
SECTION = re.compile(r"\n*^Attributes\n-+\n", re.MULTILINE)  # of a numpydoc docstring
ENTRY = re.compile(r"^(\w[\w, ]*?) *(?::[^\n]*)?\n((?:^(?: .*)?\n?)*)", re.MULTILINE)


def design_schema() -> dict[str, Any]:
    """Return the JSON Schema of a design file, for editors and other programs.

    Which estimands a criterion may name depends on the kind of the endpoint; each kind has its own list.
    """
    schema = _schema("design", DesignFile)
    return {**schema, "allOf": [_criteria_of(*each) for each in kinds("trialdesign.endpoints").items()]}


def evidence_schema() -> dict[str, Any]:
    """Return the JSON Schema of an evidence file, for editors and other programs."""
    return _schema("evidence", Evidence)


def _schema(what: str, type_: object) -> dict[str, Any]:
    """Return the schema of a type, with the title of its kind of file."""
    schema = _amended(TypeAdapter(type_).json_schema())
    schema.pop("title", None)
    return {"$schema": DIALECT, "title": f"trialdesign {what} file", **schema}


def _criteria_of(kind: str, endpoint: type) -> dict[str, Any]:
    """Return what the criteria of a design may be, if its endpoint is of that kind.

    An endpoint is asked for its estimands as it is with its defaults.
    """
    timed = [
        {
            "if": {"properties": {"estimand": {"const": estimand}}, "required": ["estimand"]},
            "then": {"required": [key]},
        }
        for estimand, key in endpoint.needs.items()
    ]
    criterion: dict[str, Any] = {"properties": {"estimand": {"enum": list(endpoint().estimands())}}}
    if timed:
        criterion["allOf"] = timed
    of_that_kind = {"properties": {"kind": {"const": kind}}, "required": ["kind"]}
    return {
        "if": {"properties": {"endpoint": of_that_kind}, "required": ["endpoint"]},
        "then": {"properties": {"decision": {"items": criterion}}},
    }


def _amended(node: Any) -> Any:
    """Return a part of the schema, amended where pydantic's words are not those of the loader.

    The loader needs the key that says which kind is meant.  And it chooses by rules of its own between
    forms without such a key: more than one may fit.  What a docstring says of a key goes to that key.
    """
    if isinstance(node, list):
        return [_amended(each) for each in node]
    if not isinstance(node, dict):
        return node
    amended = {key: _amended(each) for key, each in node.items()}
    if isinstance(amended.get("oneOf"), list) and "discriminator" not in amended:
        amended["anyOf"] = amended.pop("oneOf")
    if isinstance(amended.get("properties"), dict):
        tags = [key for key in ("kind", "dist") if key in amended["properties"]]
        amended["required"] = [*dict.fromkeys([*tags, *amended.get("required", ())])]
        if isinstance(amended.get("description"), str):
            amended |= _described(amended["description"], amended["properties"])
    return amended


def _described(docstring: str, properties: dict[str, Any]) -> dict[str, Any]:
    """Return the description of an object and its properties, as the docstring says and orders them."""
    about, *attributes = SECTION.split(docstring, maxsplit=1)
    said = {key: text for part in attributes for key, text in _entries(part) if key in properties}
    own = {key: properties[key] | {"description": text} for key, text in said.items()}
    shared = {key: value for key, value in properties.items() if "description" in value}
    found = {key: own.get(key, properties[key]) for key in (*shared, *own, *properties)}
    return {"description": about.replace("``", "`"), "properties": found}


def _entries(section: str) -> Iterator[tuple[str, str]]:
    """Yield each name of a numpydoc section with its text, on one line."""
    for names, text in ENTRY.findall(section):
        told = " ".join(text.split()).replace("``", "`")
        if told:
            yield from ((name.strip(), told) for name in names.split(","))
