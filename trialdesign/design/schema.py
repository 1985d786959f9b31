"""The JSON Schema of design files, for editors and other programs."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from trialdesign.design.design_file import DesignFile


def design_schema() -> dict[str, Any]:
    """Return the JSON Schema of a design file, for editors and other programs."""
    schema = _amended(TypeAdapter(DesignFile).json_schema())
    del schema["title"]
    about = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "trialdesign design file",
    }
    return {**about, **schema}


def _amended(node: Any) -> Any:
    """Return a part of the schema, amended where pydantic's words are not those of the loader.

    The loader needs the key that says which kind is meant.  And it chooses by rules of its own between
    forms without such a key: more than one may fit.
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
    return amended
