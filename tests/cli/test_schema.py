"""`schema`: what editors are told of design files and of evidence files.

Here, too, are tested: trialdesign.cli.schema, trialdesign.design.model,
trialdesign.design.criterion, trialdesign.endpoints._described.
"""

from __future__ import annotations

import json

import pytest
from conftest import SMALL

from trialdesign import SpecificationError, load_design
from trialdesign.design.evidence.published import EVIDENCE
from trialdesign.design.file import library_entry
from trialdesign.design.library import evidence_names
from trialdesign.design.schema import TAGS, design_schema, evidence_schema
from trialdesign.specification.registry import kinds
from trialdesign.specification.source import read_yaml

ENDPOINTS = kinds("trialdesign.endpoints")
SCHEMAS = {"design": design_schema(), "evidence": evidence_schema()}


def offered(kind: str) -> list[str]:
    """Return the estimands that an editor offers where the endpoint is of a kind."""
    (then,) = [
        part["then"]
        for part in SCHEMAS["design"]["allOf"]
        if part["if"]["properties"]["endpoint"]["properties"]["kind"]["const"] == kind
    ]
    return then["properties"]["decision"]["items"]["properties"]["estimand"]["enum"]


@pytest.mark.parametrize("kind", ENDPOINTS)
def test_the_schema_offers_the_estimands_of_the_endpoint(kind):
    assert offered(kind) == list(ENDPOINTS[kind]().estimands())


def test_every_family_of_times_to_event_has_the_estimands_of_its_kind():
    for name, family in kinds("trialdesign.endpoints.time_to_event").items():
        needed = {"cuts": [6.0]} if "cuts" in family.__dataclass_fields__ else {}
        made = family(distribution=name, **needed)
        assert list(made.estimands()) == offered("time_to_event"), name


@pytest.mark.parametrize(
    ("estimand", "held"),
    [("response", True), ("difference", True), ("survival", False), ("responses", False)],
)
def test_the_schema_takes_the_estimands_that_the_loader_takes(tmp_path, estimand, held):
    jsonschema = pytest.importorskip("jsonschema")
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    data = json.loads(json.dumps(read_yaml(path).data))
    data["decision"] = [{"estimand": estimand, "greater_than": 0.1, "probability": 0.9}]
    validator = jsonschema.Draft202012Validator(SCHEMAS["design"])
    assert validator.is_valid(data) is held
    path.write_text(json.dumps(data))

    if held:
        load_design(path)
    else:
        with pytest.raises(SpecificationError, match="`estimand` must be one"):
            load_design(path)


def test_the_schema_asks_for_the_month_that_an_estimand_needs():
    jsonschema = pytest.importorskip("jsonschema")
    parts = {"properties": {}, "allOf": SCHEMAS["design"]["allOf"]}
    validator = jsonschema.Draft202012Validator(parts)
    for estimand, key in ENDPOINTS["time_to_event"].needs.items():
        criterion = {"estimand": estimand, "greater_than": 0.1, "probability": 0.9}
        design = {"endpoint": {"kind": "time_to_event"}, "decision": [criterion]}
        assert not validator.is_valid(design), estimand
        criterion[key] = 12
        assert validator.is_valid(design), estimand


def test_schema_evidence_is_a_valid_schema_and_refuses_what_the_loader_refuses(run):
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(run("schema", "--evidence").stdout)
    assert schema == SCHEMAS["evidence"]
    assert schema["title"] == "trialdesign evidence file"
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    entry = json.loads(json.dumps(dict(library_entry("mueller-2024-response"))))
    assert validator.is_valid(entry)
    assert not validator.is_valid({**entry, "grade": "C"})
    assert not validator.is_valid({**entry, "titel": "x"})
    assert not validator.is_valid({**entry, "data": [{"stratum": "SLE", "n": 8}]})


def test_every_evidence_file_with_a_model_keeps_to_the_schema():
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(SCHEMAS["evidence"])
    entries = [dict(library_entry(name)) for name in evidence_names()]
    usable = [entry for entry in entries if entry["endpoint"]["kind"] in EVIDENCE]
    assert len(usable) > 20
    for entry in usable:
        validator.validate(json.loads(json.dumps(entry)))


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_every_key_is_described(schema):
    objects = {"the file": schema, **schema["$defs"]}
    missing = [
        f"{name}: {key}"
        for name, about in objects.items()
        for key, value in about.get("properties", {}).items()
        if key not in TAGS and "description" not in value and f"`{key}`" not in about["description"]
    ]
    assert not missing


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_keys_take_their_descriptions_from_the_docstrings(schema):
    for name, about in schema["$defs"].items():
        assert "Attributes" not in about.get("description", ""), name
    weight = SCHEMAS["design"]["$defs"]["Robust"]["properties"]["weight"]
    assert weight["description"] == "Prior probability that the evidence misleads."
    assert "``" not in json.dumps(schema)
