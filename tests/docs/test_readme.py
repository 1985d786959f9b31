"""What README.md and the pages of docs/ show is what the program does.

Marks in the pages, as HTML comments, say what a block is:

    <!-- output: trialdesign ... -->   what the command prints; a paragraph ``...`` stands for others
    <!-- file: NAME -->                a file that the page spells out, there for every command
    <!-- part of: DESIGN -->           keys that the shipped design may have as well
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from trialdesign import load_design, load_evidence
from trialdesign.cli import cli
from trialdesign.cli._output import document
from trialdesign.design.library import shipped_text
from trialdesign.specification.registry import kinds

ROOT = Path(__file__).parents[2]
PAGES = {
    path.name: path.read_text(encoding="utf-8")
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
}
SECONDS = re.compile(r"\d+\.\d s\.")
NUMBER = re.compile(r"[-+]?\d+\.\d+")  # the last digit may differ between machines
LEFT_OUT = "..."  # a paragraph of a page that stands for any number of them
MAIN = "trialdesign power cart-three-diseases"


def marked(what: str, language: str = r"\w+") -> list[tuple[str, str, str]]:
    """Return page, argument and text of every block that a comment marks so."""
    block = rf"<!-- {what}: (.*?) -->\n```{language}\n(.*?)^```$"
    return [
        (page, argument, text)
        for page, whole in PAGES.items()
        for argument, text in re.findall(block, whole, re.MULTILINE | re.DOTALL)
    ]


def blocks(page: str, language: str) -> list[str]:
    """Return the fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGES[page], re.MULTILINE | re.DOTALL)


FILES = {name: text for _, name, text in marked("file")}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return a working folder with the files that the pages spell out."""
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


# --- what commands print -----------------------------------------------------------------------


@cache
def printed_by(command: str) -> str:
    """Return what a command prints; two pages may show it."""
    return CliRunner().invoke(cli, command.removeprefix("trialdesign ").split()).stdout


def outputs() -> list:
    """Return the outputs that the pages show, with their commands; whole designs take seconds."""
    return [
        pytest.param(
            command, text, id=f"{page}: {command}", marks=pytest.mark.slow if "power" in command else ()
        )
        for page, command, text in marked("output", "text")
    ]


@pytest.mark.parametrize(("command", "shown"), outputs())
def test_outputs_are_what_the_command_prints(command, shown, folder):
    printed = shortened(printed_by(command), shown)
    ours, theirs = (NUMBER.split(SECONDS.sub("", text)) for text in (printed, shown))
    assert ours == theirs
    ours, theirs = (NUMBER.findall(SECONDS.sub("", text)) for text in (printed, shown))
    for new, old in zip(ours, theirs, strict=True):
        assert float(new) == pytest.approx(float(old), abs=2 * 10.0 ** -len(old.partition(".")[2]))


def shortened(printed: str, shown: str) -> str:
    """Return what is printed, with ``...`` for paragraphs left out if the page leaves some out."""
    if LEFT_OUT not in shown.strip().split("\n\n"):
        return printed
    titles = {paragraph.splitlines()[0] for paragraph in shown.split("\n\n")}
    kept: list[str] = []
    for paragraph in printed.split("\n\n"):
        if paragraph.splitlines()[0] in titles:
            kept.append(paragraph)
        elif kept[-1:] != [LEFT_OUT]:
            kept.append(LEFT_OUT)
    return "\n\n".join(kept).rstrip() + "\n"


def test_paragraphs_left_out_are_marked_and_no_other():
    printed = "one\n1\n\ntwo\n2\n\nthree\n3\n\nfour\n4\n"
    assert shortened(printed, "one\n1\n\n...\n\nfour\n4\n") == "one\n1\n\n...\n\nfour\n4\n"
    assert shortened(printed, "one\n1\n\nfour\n4\n") == printed
    assert shortened(printed, "one\n1\n\nthree\n3\n\n...\n") == "one\n1\n\n...\n\nthree\n3\n\n...\n"


def test_the_main_output_is_shown_in_part_and_in_full():
    pages = {page: text for page, what, text in marked("output") if what == MAIN}
    assert list(pages) == ["README.md", "power.md"]
    assert LEFT_OUT in pages["README.md"] and LEFT_OUT not in pages["power.md"]


@pytest.mark.slow
def test_the_critical_counts_are_those_of_the_design(folder):
    (shown,) = [text for text in blocks("power.md", "text") if "responding" in text]
    printed = CliRunner().invoke(cli, ["power", "cart-three-diseases", "--decisions"]).stdout
    assert shown in printed


# --- the files that are spelt out ---------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".yaml")])
def test_files_load(name, folder):
    if "citation" in FILES[name]:
        load_evidence(folder / name)
    else:
        load_design(folder / name)


def test_every_block_of_yaml_is_held_by_a_test():
    for page in PAGES:
        if page != "reference.md":
            held = [text for what in ("file", "part of") for at, _, text in marked(what) if at == page]
            assert [text for text in blocks(page, "yaml") if text not in held] == [], page


@pytest.mark.parametrize(
    ("name", "part"), [each[1:] for each in marked("part of")], ids=lambda value: value.partition(":")[0]
)
def test_parts_go_with_the_design_that_they_are_part_of(name, part, folder):
    (folder / "whole.yaml").write_text(f"{shipped_text(name)}\n{part}", encoding="utf-8")
    load_design(folder / "whole.yaml")


def test_a_design_may_name_the_evidence_that_is_spelt_out(folder):
    named = FILES["design.yaml"].replace("mueller-2024-response", "smith.yaml")
    (folder / "design.yaml").write_text(named, encoding="utf-8")
    made = load_design(folder / "design.yaml")
    assert made.strata == ["SLE", "IIM", "SSc"]
    (use,) = made.model.treatment.evidence
    assert use.source == load_evidence(folder / "smith.yaml")
    assert [(row.n, row.responders) for row in use.source.data] == [(12, 9), (5, 3)]


def test_the_help_of_priors_shows_the_same_evidence():
    shown = CliRunner().invoke(cli, ["priors", "--help"]).stdout
    assert FILES["smith.yaml"] in "".join(f"{line.removeprefix('  ')}\n" for line in shown.splitlines())


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")])
def test_the_python_of_the_pages_runs(page, folder):
    for code in blocks(page, "python"):
        scope: dict = {}
        exec(compile(code, page, "exec"), scope)
        assert list(scope["table"].columns)


# --- nothing is left out ------------------------------------------------------------------------


def documented() -> set[str]:
    """Return the commands of the table in docs/shell.md, e.g. ``priors list``."""
    table = PAGES["shell.md"].partition("| command |")[2].partition("\n\n")[0]
    found = set()
    for row in re.findall(r"^\| `([^`]+)` \|", table, flags=re.MULTILINE):
        words = row.replace("\\|", "|").split()
        if words[0] == "priors":
            found |= {f"priors {each}" for each in words[1].split("|")}
        else:
            found.add(words[0])
    return found


def existing(group=cli, path: str = "") -> set[str]:
    """Return the commands there are."""
    found = set()
    for name in group.table:
        command = group.get_command(None, name)
        inner = hasattr(command, "table")
        found |= existing(command, f"{path}{name} ") if inner else {f"{path}{name}"}
    return found


def test_every_command_is_in_the_table_and_no_other():
    assert documented() == existing()


@pytest.mark.parametrize("option", ["--json", "--csv", "--seed", "--quiet", "--debug", "--force"])
def test_common_options_are_explained(option):
    assert f"`{option}`" in PAGES["shell.md"]


@pytest.mark.parametrize("key", document("power"))
def test_the_keys_of_every_json_document_are_explained(key):
    assert f"`{key}`" in PAGES["shell.md"].partition("## JSON")[2].partition("\n## ")[0]


@pytest.mark.parametrize("family", ["borrowing", "discounting", "endpoints"])
def test_every_kind_is_named(family):
    page = PAGES["design-file.md"]
    assert not [kind for kind in kinds(f"trialdesign.{family}") if f"`{kind}`" not in page]


def test_a_newcomer_reads_no_more_than_two_pages():
    assert len(PAGES["README.md"].splitlines()) <= 120


def test_the_readme_and_the_index_lead_to_every_page():
    pages = set(PAGES) - {"README.md", "index.md"}
    assert set(re.findall(r"\]\(docs/([\w-]+\.md)\)", PAGES["README.md"])) == pages
    assert set(re.findall(r"\]\(([\w-]+\.md)\)", PAGES["index.md"])) == pages
    tree = PAGES["index.md"].partition("{toctree}")[2]
    assert {f"{name}.md" for name in re.findall(r"^([\w-]+)$", tree, re.MULTILINE)} == pages


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_files_that_are_there(page):
    folder = ROOT if page == "README.md" else ROOT / "docs"
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", PAGES[page])
    assert not [link for link in links if not (folder / link).exists()]


def test_the_changelog_names_the_version_being_built():
    version = re.search(r"^version = (.*)$", (ROOT / "setup.cfg").read_text(), re.MULTILINE)[1]
    assert f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
