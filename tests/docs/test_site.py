"""The reference page is that of the schema, and the pages make a site."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import trialdesign
from trialdesign.design.schema import design_schema
from trialdesign.specification.registry import kinds
from trialdesign.specification.source import read_yaml

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
sys.path.insert(0, str(DOCS))

from make_reference import Reference, reference  # noqa: E402

PAGE = (DOCS / "reference.md").read_text(encoding="utf-8")
SCHEMA = design_schema()


def test_the_reference_is_what_the_schema_says():
    assert PAGE == reference(), "run  python docs/make_reference.py"


def rows(about: dict) -> str:
    """Return the table of an object's keys, which must stand on the page."""
    return "\n".join(Reference(SCHEMA).keys(about))


def test_every_object_and_every_key_of_the_schema_is_on_the_page():
    for name, about in {"design": SCHEMA, **SCHEMA["$defs"]}.items():
        if "dist" in about["properties"]:
            if "weight" not in about["properties"]:
                (line,) = re.findall(rf"^\| `{about['properties']['dist']['const']}` \|.*$", PAGE, re.M)
                assert all(f"`{key}`" in line for key in about["properties"] if key != "dist"), name
        else:
            assert rows(about) in PAGE, name


@pytest.mark.parametrize("kind", kinds("trialdesign.endpoints"))
def test_the_estimands_of_every_endpoint_are_on_the_page(kind):
    table = PAGE.partition(f"Of the endpoint `{kind}`, in `decision`:\n\n")[2].partition("\n\n")[0]
    told = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)[1:]
    assert told == list(kinds("trialdesign.endpoints")[kind]().estimands())


def test_a_row_tells_type_default_bounds_and_description():
    assert (
        "| `probability` | number | *required* | > 0, < 1 | "
        "The posterior probability must lie strictly above it. |"
    ) in PAGE
    assert "| `follow_up` | number |  | ≥ 0, ≤ 1e6 | " in PAGE
    assert "| `exposure` | `lower` or `middle` or `upper` | `middle` | " in PAGE


def examples() -> list:
    """Return the lines of YAML that the page offers to copy, and what each is a value of."""
    found = []
    for block in re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL):
        if not block.startswith("name:"):
            found += [line for line in block.splitlines() if line != "# or"]
    return found


PLACES = {
    "strata": SCHEMA["$defs"]["Component"]["properties"]["strata"],
    "discount": SCHEMA["$defs"]["EvidenceUse"]["properties"]["discount"],
    "treatment": SCHEMA["$defs"]["Scenario"]["properties"]["treatment"],
    "accrual": SCHEMA["properties"]["accrual"],
}


@pytest.mark.parametrize("line", examples())
def test_examples_keep_to_the_schema(line, tmp_path):
    jsonschema = pytest.importorskip("jsonschema")
    (tmp_path / "example.yaml").write_text(line, encoding="utf-8")
    ((key, value),) = json.loads(json.dumps(read_yaml(tmp_path / "example.yaml").data)).items()
    jsonschema.Draft202012Validator({**PLACES[key], "$defs": SCHEMA["$defs"]}).validate(value)


def test_evidence_files_to_copy_are_sound(tmp_path):
    blocks = re.findall(r"^```yaml\n(name: .*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    kinds_shown = set()
    for text in blocks:
        (tmp_path / "copied.yaml").write_text(text, encoding="utf-8")
        kinds_shown.add(trialdesign.load_evidence(tmp_path / "copied.yaml").endpoint.kind)
    assert kinds_shown == {"binary", "time_to_event"}


# --- the site ----------------------------------------------------------------------------------


def build(source: Path, target: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", source, target]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Return the folder of the site, built from the pages as they stand."""
    for module in ("sphinx", "myst_parser", "furo"):
        pytest.importorskip(module)
    folder = tmp_path_factory.mktemp("site")
    done = build(DOCS, folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.slow
def test_the_site_has_every_page_and_every_public_name(site):
    for page in DOCS.glob("*.md"):
        assert (site / f"{page.stem}.html").is_file(), page
    python = (site / "library.html").read_text(encoding="utf-8")
    for name in trialdesign.__all__:
        named = "module-trialdesign.figures" if name == "figures" else f"trialdesign.{name}"
        assert name.startswith("__") or f'id="{named}"' in python, name
    reference = html.unescape((site / "reference.html").read_text(encoding="utf-8"))
    assert "log_odds_ratio" in reference and "rmst_difference" in reference


@pytest.mark.slow
def test_the_site_loads_nothing_from_elsewhere(site):
    loaded = re.compile(r"""<(?:script|link|img|iframe)[^>]*(?:src|href)=["']https?://""")
    for page in site.glob("*.html"):
        assert not loaded.search(page.read_text(encoding="utf-8")), page


@pytest.mark.slow
@pytest.mark.parametrize("broken", ["[x](nowhere.md)", "[x](limits.md#nowhere)", "#### too deep"])
def test_a_broken_link_or_heading_fails_the_build(site, broken, tmp_path):
    source = tmp_path / "docs"
    source.mkdir()
    for path in [*DOCS.glob("*.md"), DOCS / "conf.py"]:
        (source / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    with (source / "limits.md").open("a", encoding="utf-8") as page:
        page.write(f"\n{broken}\n")
    assert build(source, tmp_path / "site").returncode != 0
