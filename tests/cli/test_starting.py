"""`init`, `schema` and `priors`: what a newcomer meets first.

Here, too, are tested: trialdesign.cli.init, trialdesign.cli.priors.list,
trialdesign.cli.priors.show.
"""

from __future__ import annotations

import json
import re

import pytest
from conftest import SMALL

from trialdesign import SpecificationError, load_design, load_evidence
from trialdesign.design.evidence.example import SOURCE
from trialdesign.design.evidence.published import EVIDENCE
from trialdesign.design.file import library_entry
from trialdesign.design.library import evidence_names, shipped_designs, shipped_text
from trialdesign.design.schema import design_schema
from trialdesign.specification.source import read_yaml


def test_init_lists_the_shipped_designs_with_their_titles(run, document):
    page = run("init").stdout
    for name, title in shipped_designs().items():
        assert any(line.split()[0] == name and title in line for line in page.splitlines() if line)
    rows = document("init")["results"]
    assert {row["name"]: row["title"] for row in rows} == shipped_designs()


def test_init_writes_a_design_with_its_comments_and_says_what_next(run, tmp_path):
    result = run("init", "cart-single-arm")
    assert result.stdout == ""
    assert "trialdesign power cart-single-arm.yaml" in result.stderr
    written = (tmp_path / "cart-single-arm.yaml").read_text(encoding="utf-8")
    assert written == shipped_text("cart-single-arm")
    assert written.startswith("#")


def test_init_replaces_no_file_unless_forced(run, tmp_path):
    path = tmp_path / "cart-single-arm.yaml"
    path.write_text("kept")
    assert "To replace it, pass --force" in run("init", "cart-single-arm", status=2).stderr
    assert path.read_text() == "kept"
    run("init", "cart-single-arm", "--force")
    assert path.read_text() != "kept"


def test_init_writes_elsewhere_prints_or_tells_in_json(run, document, tmp_path):
    run("init", "cart-single-arm", "-o", "mine.yaml")
    assert load_design(tmp_path / "mine.yaml") == load_design("cart-single-arm")
    assert run("init", "cart-single-arm", "-o", "-").stdout == shipped_text("cart-single-arm")
    (row,) = document("init", "cart-single-arm", "-o", "b.yaml")["results"]
    assert row == {"name": "cart-single-arm", "path": "b.yaml"}


WITH_EVIDENCE = [name for name in shipped_designs() if SOURCE.search(shipped_text(name))]


@pytest.mark.parametrize("name", WITH_EVIDENCE)
def test_init_writes_the_evidence_beside_the_design_which_then_names_it(run, tmp_path, name):
    result = run("init", name, "--evidence")
    assert f"trialdesign priors fit {name}.yaml" in result.stderr
    design, shipped_one = load_design(tmp_path / f"{name}.yaml"), load_design(name)
    assert design == shipped_one  # the same numbers, from a file of one's own
    text = (tmp_path / f"{name}.yaml").read_text(encoding="utf-8")
    assert f"source: {name}-evidence.yaml" in text
    own = (tmp_path / f"{name}-evidence.yaml").read_text(encoding="utf-8")
    assert own.startswith("#") and f"trialdesign priors fit {name}.yaml" in own
    components = design.model.components().values()
    used = [use.source for component in components for use in component.evidence]
    assert load_evidence(tmp_path / f"{name}-evidence.yaml") in used
    run("priors", "show", f"{name}-evidence.yaml")


def test_priors_fit_works_on_the_evidence_that_init_writes_and_follows_its_numbers(
    run, document, tmp_path
):
    run("init", "lupus-sri4-historical-control", "--evidence", "-o", "mine.yaml")
    fitted = lambda design: document("priors", "fit", design, "--component", "control")["results"]
    before = fitted("mine.yaml")
    assert before == fitted("lupus-sri4-historical-control")
    path = tmp_path / "mine-evidence.yaml"
    path.write_text(re.sub(r"responders: \d+", "responders: 1", path.read_text(encoding="utf-8")))
    assert fitted("mine.yaml")[0]["mean"] < before[0]["mean"] - 0.5


def test_init_replaces_no_evidence_and_then_writes_no_design(run, tmp_path):
    kept = tmp_path / "cart-three-diseases-evidence.yaml"
    kept.write_text("kept")
    arguments = ["init", "cart-three-diseases", "--evidence"]
    assert "To replace it, pass --force" in run(*arguments, status=2).stderr
    assert kept.read_text() == "kept" and not (tmp_path / "cart-three-diseases.yaml").exists()
    run(*arguments, "--force")
    assert kept.read_text() != "kept"


def test_init_has_no_evidence_where_the_design_has_none_or_no_file(run):
    assert "must go with a design that names evidence" in (
        run("init", "cart-three-diseases-no-borrowing", "--evidence", status=2).stderr
    )
    assert "Name it: -o" in (
        run("init", "cart-three-diseases", "--evidence", "-o", "-", status=2).stderr.replace("\n", " ")
    )
    assert "Name the design" in run("init", "--evidence", status=2).stderr


def test_init_offers_the_nearest_name(run):
    assert "Did you mean `cart-single-arm`?" in run("init", "cart-single-arms", status=2).stderr


@pytest.mark.parametrize("name", shipped_designs())
def test_every_shipped_design_loads_and_keeps_to_the_schema(name):
    jsonschema = pytest.importorskip("jsonschema")
    design = load_design(name)
    assert design.title == shipped_designs()[name]
    assert design.scenarios
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir("/")
        assert load_design(name) == design
    assert shipped_text(name).startswith("#")
    import trialdesign.shipped as folder

    data = read_yaml(f"{folder.__path__[0]}/{name}.yaml").data
    jsonschema.validate(data, design_schema())


def test_the_schema_is_valid_and_refuses_what_the_loader_refuses(run):
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(run("schema").stdout)
    assert json.loads(run("schema", "--json").stdout) == schema
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["title"] == "trialdesign design file"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"titel": "x"}, schema)


def test_the_schema_takes_evidence_by_name_and_spelt_out(tmp_path):
    jsonschema = pytest.importorskip("jsonschema")
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    data = read_yaml(path).data
    jsonschema.validate(data, design_schema())
    data["model"]["treatment"]["evidence"][0]["source"] = dict(library_entry("mueller-2024-response"))
    jsonschema.validate(data, design_schema())
    data["model"]["treatment"]["evidence"][0]["source"] = 7
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, design_schema())


# --- designs are found -------------------------------------------------------------------------


def test_a_file_of_the_working_folder_never_hides_a_shipped_design(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cart-single-arm").write_text(SMALL)
    (tmp_path / "cart-single-arm.yaml").write_text(SMALL)
    assert load_design("cart-single-arm").title == shipped_designs()["cart-single-arm"]
    for path in ("cart-single-arm.yaml", "./cart-single-arm", tmp_path / "cart-single-arm"):
        assert load_design(path).title == "Two diseases, small"


def test_a_file_without_a_suffix_is_found(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").write_text(SMALL)
    assert load_design("mine").title == "Two diseases, small"


def test_evidence_is_looked_for_beside_the_design(tmp_path, monkeypatch):
    (tmp_path / "designs").mkdir()
    entry = library_entry("mueller-2024-response")
    (tmp_path / "cohort.yaml").write_text(json.dumps(dict(entry)))
    path = tmp_path / "designs" / "d.yaml"
    path.write_text(SMALL.replace("mueller-2024-response", "../cohort.yaml"))
    monkeypatch.chdir("/")
    assert load_design(path) == load_design_of(SMALL, tmp_path)


def load_design_of(text, folder):
    path = folder / "other.yaml"
    path.write_text(text)
    return load_design(path)


def test_the_hash_sees_the_evidence_but_not_how_the_file_is_laid_out(tmp_path):
    plain = load_design_of(SMALL, tmp_path)
    commented = load_design_of("# a comment\n" + SMALL.replace("seed: 1}", "seed: 1}\n"), tmp_path)
    other = load_design_of(SMALL.replace("mueller-2024-response", "feng-2025-doris"), tmp_path)
    assert plain.hash() == commented.hash() != other.hash()


# --- evidence ----------------------------------------------------------------------------------


def test_priors_list_names_every_file_and_marks_what_has_no_model(run, document):
    rows = document("priors", "list")["results"]
    assert [row["name"] for row in rows] == list(evidence_names())
    assert all(row["usable"] == (row["kind"] in EVIDENCE) for row in rows)
    page = run("priors", "list").stdout
    (line,) = [line for line in page.splitlines() if line.startswith("mueller-2024-response")]
    assert "treatment" in line and "SLE 8, IIM 3, SSc 4" in line and "A" in line.split()


def test_priors_list_can_be_narrowed(document):
    rows = document("priors", "list", "--kind", "binary", "--arm", "control")["results"]
    assert {(row["kind"], row["arm"]) for row in rows} == {("binary", "control")}
    assert len(rows) > 5


def test_priors_show_tells_counts_marks_note_overlaps_and_citation(run, document):
    page = run("priors", "show", "sri4-placebo").stdout
    entry = library_entry("sri4-placebo")
    assert entry["citation"] in page and " ".join(entry["note"].split()) in page
    assert "grade B" in page and "back-calculated" in page and "derived" in page
    assert "lldas-placebo" in page
    printed = document("priors", "show", "sri4-placebo")
    assert printed["results"][0] == {"count_is": "reported", **entry["data"][0]}
    assert printed["evidence"]["overlaps"] == entry["overlaps"]


def test_priors_show_offers_the_nearest_name(run):
    assert "Did you mean `sri4-placebo`?" in run("priors", "show", "sri4-plcebo", status=2).stderr


def test_priors_show_checks_a_file_of_the_users_own(run, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(json.dumps(dict(library_entry("feng-2025-doris"))))
    assert "feng-2025-doris" in run("priors", "show", "mine.yaml").stdout
    path.write_text(path.read_text().replace('"responders": 12', '"responders": 16'))
    assert "mine.yaml:1:" in run("priors", "show", "mine.yaml", status=2).stderr


@pytest.mark.parametrize("name", evidence_names())
def test_every_evidence_file_is_sound(name):
    entry = library_entry(name)
    assert entry["name"] == name
    assert entry["citation"] and entry["grade"] in ("A", "B")
    for other in entry["overlaps"]:
        assert name in library_entry(other)["overlaps"], f"{other} does not name {name}"
    if entry["endpoint"]["kind"] in EVIDENCE:
        assert load_evidence(name).name == name
    else:
        with pytest.raises(SpecificationError, match="must be on an endpoint that has a model"):
            load_evidence(name)


def test_of_a_file_that_is_written_a_list_is_given_as_json_alone(run, tmp_path, monkeypatch):
    """The files are the output; what to do next is told in any other form."""
    monkeypatch.chdir(tmp_path)
    told = run("init", "cart-single-arm")
    again = run("init", "cart-single-arm", "--csv", "--force")
    assert (again.stdout, again.stderr) == (told.stdout, told.stderr)
