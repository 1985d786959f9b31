"""Reading a file: what is refused, in which words, and at which position.

Here, too, are tested: trialdesign.specification.messages, trialdesign.specification.rule,
trialdesign.specification.wording, trialdesign.specification.yaml_tree.
"""

from __future__ import annotations

import io
import json
import sys
import time
from pathlib import Path
from typing import Annotated, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Discriminator, Field, Tag

from trialdesign.errors import Problem, SpecificationError
from trialdesign.specification.source import LARGEST, MOST_FINDINGS, read_yaml, report, validate
from trialdesign.specification.types import (
    Number,
    Positive,
    PositiveCount,
    Probability,
    Text,
    specification,
)


@specification
class Gauss:
    mu: Number
    sigma: Positive
    dist: Literal["Gauss"] = "Gauss"


@specification
class Flat:
    lower: Number
    upper: Number
    dist: Literal["Flat"] = "Flat"

    def __post_init__(self) -> None:
        if self.lower >= self.upper:
            raise ValueError(f"`lower` must be below `upper`; got {self.lower:g}. Exchange them.")


Single = Annotated[Gauss | Flat, Field(discriminator="dist")]


@specification
class Mixed:
    mixture: Annotated[list[Single], Field(min_length=1)]


@specification
class Alone:
    prior: Single | Mixed | dict[str, Single | Mixed]
    kind: Literal["alone"] = "alone"


def _form(value: object) -> str:
    return "fixed" if not isinstance(value, dict) else "one" if "dist" in value else "each"


@specification
class Together:
    mean: Single
    scale: Annotated[
        Annotated[Positive, Tag("fixed")]
        | Annotated[Single, Tag("one")]
        | Annotated[dict[str, Single], Tag("each")],
        Discriminator(_form),
    ] = 1.0
    offset: Number | dict[Text, Number] = 0.0
    kind: Literal["together"] = "together"


@specification
class Phase:
    rate: Positive
    start: Annotated[Number, Field(alias="from")] = 0.0


@specification
class Toy:
    title: Text
    strata: Annotated[list[Text], Field(min_length=1)]
    size: PositiveCount | dict[str, PositiveCount] = 10
    model: Annotated[Alone | Together, Field(discriminator="kind")] | None = None
    weight: Probability | None = None
    phases: tuple[Phase, ...] = ()
    blinded: bool = False

    def __post_init__(self) -> None:
        if self.title == "clash":
            raise SpecificationError([Problem(("strata", 0), "`strata` must not clash; got it. Stop.")])


def golden(name: str) -> list[tuple[str, list[str]]]:
    """Return the texts of a file of cases, each with the lines of its refusal."""
    cases = []
    for line in (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines():
        if line.startswith(">"):
            cases.append((line[2:].replace("\\n", "\n").replace("\\t", "\t"), []))
        elif line and not line.startswith("#"):
            cases[-1][1].append(f"f.yaml:{line}")
    return cases


HEAD = "title: t\nstrata: [SLE, IIM]\n"


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Return a function that reads a text from the file `f.yaml` of the working folder."""
    monkeypatch.chdir(tmp_path)

    def from_text(text: str | bytes):
        Path("f.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_yaml("f.yaml")

    return from_text


@pytest.fixture
def refusal(read):
    """Return a function from a text to the lines with which it is refused."""

    def lines(text: str | bytes, wanted: type = Toy) -> list[str]:
        with pytest.raises(SpecificationError) as caught:
            validate(read(text), wanted)
        return str(caught.value).splitlines()

    return lines


# --- files -------------------------------------------------------------------------------------


def test_a_missing_file_is_refused(read):
    with pytest.raises(SpecificationError) as caught:
        read_yaml("typo.yaml")
    assert str(caught.value) == (
        "typo.yaml:1:1: the file must exist; got no file of this name. Check its name and folder."
    )


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(SpecificationError, match="must be a file; got a folder"):
        read_yaml(tmp_path)


def test_a_name_that_no_file_can_have_is_refused():
    with pytest.raises(SpecificationError, match="must be readable; got: .*embedded null"):
        read_yaml("a\0b")


def test_a_file_of_100_mb_is_refused_before_it_is_read(tmp_path, monkeypatch):
    path = tmp_path / "huge.yaml"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    monkeypatch.setattr("builtins.open", lambda *_: pytest.fail("the file was opened"))
    with pytest.raises(SpecificationError, match="must have at most 256 kB; got 97,656 kB"):
        read_yaml(path)


def test_a_file_just_over_the_limit_is_refused_and_one_at_the_limit_read(read):
    text = b"a: 1 #"
    assert read(text.ljust(LARGEST, b"x")).data == {"a": 1}
    with pytest.raises(SpecificationError, match="at most 256 kB"):
        read(text.ljust(LARGEST + 1, b"x"))


def test_standard_input_is_read_and_named(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a: [1\n")))
    with pytest.raises(SpecificationError, match=r"^<stdin>:2:1: the file must be YAML 1.2; got"):
        read_yaml("-")


def test_standard_input_is_read_no_further_than_the_limit(monkeypatch):
    stream = io.BytesIO(b"#" * (LARGEST + 1000))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(stream))
    with pytest.raises(SpecificationError, match="at most 256 kB"):
        read_yaml("-")
    assert stream.tell() == LARGEST + 1


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a: 1\nb: \xff\xfe", "2:4: the file must be UTF-8 text; got the byte 0xFF. Save it as UTF-8."),
        (b"\x89PNG\r\n\0", "1:1: the file must be UTF-8 text; got the byte 0x89. Save it as UTF-8."),
        (
            b"PK\x03\x04",
            "1:3: the file must be text; got the control character U+0003. Save it as UTF-8.",
        ),
        ("a".encode("utf-16"), "1:1: the file must be UTF-8 text; got the byte 0xFF. Save it as UTF-8."),
    ],
    ids=["latin", "image", "archive", "utf-16"],
)
def test_binary_junk_is_refused(refusal, content, expected):
    assert refusal(content) == [f"f.yaml:{expected}"]


def test_a_byte_order_mark_is_no_obstacle(read):
    source = read(b"\xef\xbb\xbfa: 1\n")
    assert source.data == {"a": 1}
    assert source.locate(("a",)) == (1, 4)


# --- YAML --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1:1", "1:1"), ("no", "no"), ("Yes", "Yes"), ("on", "on"), ("2024-01-01", "2024-01-01"),
        ("1e-3", 0.001), ("1E3", 1000.0), (".5", 0.5), ("5.", 5.0), ("+7", 7), ("-0.5", -0.5),
        ("017", 17), ("0o17", 15), ("0x1F", 31), ("1_000", "1_000"), ("0b1", "0b1"), ("=", "="),
        ("true", True), ("False", False), ("null", None), ("~", None), ("", None),
        ("'1'", "1"), ('"no"', "no"), ("'null'", "null"), ("|\n  two\n  lines\n", "two\nlines\n"),
    ],
)  # fmt: skip
def test_scalars_follow_the_core_schema_of_yaml_1_2(read, written, value):
    data = read(f"a: {written}\n").data
    assert data == {"a": value}
    assert type(data["a"]) is type(value)


def test_a_key_is_always_text(read):
    assert list(read("{1: a, null: b, no: c, 2.50: d}").data) == ["1", "null", "no", "2.50"]


def test_anchors_and_aliases_are_refused_wherever_they_stand(refusal):
    rule = "must have no anchor or alias; got"
    assert refusal("a: &x {mu: 0}\nb: *x\nc: [*x, 3]\n&y d: 1\n*y : 2\n") == [
        f"f.yaml:1:4: a {rule} &x. Write the value out.",
        f"f.yaml:2:4: b {rule} *x. Write the value out.",
        f"f.yaml:3:5: c.0 {rule} *x. Write the value out.",
        f"f.yaml:4:1: d {rule} &y. Write the value out.",
        f"f.yaml:5:1: ? {rule} *y. Write the value out.",
        "f.yaml:5:1: ? must have text as its key; got none. Write `key: value`.",
    ]


def test_quoted_marks_are_text(read):
    assert read("a: '*x'\nb: '&y 1'\nc: '!t'\n").data == {"a": "*x", "b": "&y 1", "c": "!t"}


@pytest.mark.parametrize(("text", "expected"), golden("refused_yaml.txt"))
def test_unacceptable_yaml_is_refused_with_its_place(refusal, text, expected):
    assert refusal(text) == expected


def test_everything_wrong_with_the_text_is_reported_at_once(refusal):
    found = refusal("a: .nan\na: 1\nb: !t 1\nc: *d\n")
    assert [line.split(":")[1] for line in found] == ["1", "2", "3", "4"]


def test_what_is_wrong_before_a_syntax_error_is_told_with_it(refusal):
    found = refusal("a: .nan\nb: [1\nc: 2")
    assert [line.partition(" must ")[0] for line in found] == ["f.yaml:1:4: a", "f.yaml:3:2: the file"]


def test_an_alias_bomb_is_refused_within_a_second(refusal):
    levels = [f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 10)}]\n" for i in range(1, 12)]
    started = time.perf_counter()
    found = refusal("l0: &l0 [1, 2, 3]\n" + "".join(levels))
    assert time.perf_counter() - started < 1
    assert len(found) == MOST_FINDINGS + 1 and "must have no anchor or alias" in found[0]


def test_a_bomb_of_one_long_text_is_refused_within_a_second(refusal):
    started = time.perf_counter()
    found = refusal(HEAD + "x: &x '" + "y" * 100_000 + "'\nsize: [" + ", ".join(["*x"] * 5000) + "]\n")
    assert time.perf_counter() - started < 1
    assert len(found) == MOST_FINDINGS + 1 and max(map(len, found)) < 300


@pytest.mark.parametrize("opened", ["[" * 40, "- " * 40, "{a: " * 40, "[" * 250_000])
def test_deep_nesting_is_refused_within_two_seconds(refusal, opened):
    started = time.perf_counter()
    (found,) = refusal("a:\n " + opened)
    assert time.perf_counter() - started < 2
    assert "nesting must be at most 40 levels deep; got more." in found


def test_nesting_up_to_the_limit_is_read(read):
    assert read("a: " + "[" * 39 + "]" * 39)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(-1e9, 1e9) | st.text("aé1: #-.'\n")
KEYS = st.text("abc", min_size=1)
PLAIN = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=8)


@settings(max_examples=60, deadline=None)
@given(data=st.dictionaries(st.text("xyz", min_size=1), PLAIN, max_size=4))
def test_json_is_read_as_it_was_written(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("written") / "f.yaml"
    for indent in (None, 2):
        path.write_text(json.dumps(data, indent=indent), encoding="utf-8")
        assert read_yaml(path).data == data


@settings(max_examples=150, deadline=None)
@given(junk=st.text("ab:-[]{},&*!|>'\"#%@?<~ \t\n01.", max_size=40))
def test_no_text_whatever_ends_in_anything_but_a_refusal(tmp_path_factory, junk):
    path = tmp_path_factory.mktemp("junk") / "f.yaml"
    path.write_text(junk, encoding="utf-8")
    try:
        validate(read_yaml(path), Toy)
    except SpecificationError as error:
        assert all(line.startswith(f"{path}:") for line in str(error).splitlines())


# --- positions ---------------------------------------------------------------------------------


def test_every_value_is_located(read):
    source = read("model:\n  prior:\n    SLE: {mu: 0}\nlist:\n  - a\n  - {b: 2}\nempty:\n")
    assert source.locate(("model",)) == (2, 3)
    assert source.locate(("model", "prior", "SLE")) == (3, 10)
    assert source.locate(("model", "prior", "SLE", "mu")) == (3, 15)
    assert source.locate(("list", 1, "b")) == (6, 9)
    assert source.locate(("empty",)) == (7, 1)  # no value: its key
    assert source.locate(()) == (1, 1)


def test_what_is_missing_is_located_at_the_key_of_what_lacks_it(read):
    source = read("a: 1\nmodel:\n  prior:\n    mu: 0\nlist:\n  - {b: 2}\n")
    assert source.locate(("model", "prior", "sigma")) == (3, 3)
    assert source.locate(("list", 0, "c")) == (6, 5)
    assert source.locate(("nothing",)) == (1, 1)
    assert source.locate(("list", 7)) == (5, 1)


def test_parts_that_are_not_in_the_file_are_skipped(read):
    source = read("model:\n  prior: {mu: 0}\n")
    assert source.locate(("model", "alone", "prior", "Gauss", "mu")) == (2, 15)
    assert source.locate(("model", "alone", "prior", "Gauss", "sigma")) == (2, 3)


# --- validation --------------------------------------------------------------------------------


def test_a_valid_file_becomes_the_object(read):
    text = HEAD + (
        "size: {SLE: 3, IIM: 4}\n"
        "model:\n"
        "  kind: alone\n"
        "  prior:\n"
        "    SLE: {dist: Gauss, mu: 0, sigma: 1e-3}\n"
        "    IIM: {mixture: [{dist: Flat, lower: 0, upper: 1}]}\n"
        "phases: [{rate: 5, from: 2}]\n"
    )
    mixed = Mixed(mixture=[Flat(lower=0, upper=1)])
    assert validate(read(text), Toy) == Toy(
        title="t",
        strata=["SLE", "IIM"],
        size={"SLE": 3, "IIM": 4},
        model=Alone(prior={"SLE": Gauss(mu=0, sigma=0.001), "IIM": mixed}),
        phases=(Phase(**{"rate": 5, "from": 2}),),
    )


@pytest.mark.parametrize(("line", "expected"), golden("refused_designs.txt"))
def test_each_problem_is_named_with_its_place_rule_value_and_remedy(refusal, line, expected):
    assert refusal(HEAD + line + "\n") == expected


def test_several_problems_are_reported_in_the_order_of_the_file(refusal):
    text = (
        "titel: t\n"
        "strata: [1, ~, '']\n"
        "model:\n"
        "  kind: together\n"
        "  mean:\n"
        "    dist: Gauss\n"
        "    mu: zero\n"
        "  offset: {SLE: x, IIM: 1}\n"
    )
    assert [line.partition(" must ")[0] for line in refusal(text)] == [
        "f.yaml:1:1: title",
        "f.yaml:1:1: titel",
        "f.yaml:2:10: strata.0",
        "f.yaml:2:13: strata.1",
        "f.yaml:2:16: strata.2",
        "f.yaml:5:3: model.mean.sigma",
        "f.yaml:7:9: model.mean.mu",
        "f.yaml:8:17: model.offset.SLE",
    ]


def test_problems_that_the_object_finds_are_located(refusal, read):
    assert refusal("title: clash\nstrata:\n  - a\n") == [
        "f.yaml:3:5: strata.0: `strata` must not clash; got it. Stop."
    ]
    source = read("title: t\nmodel:\n  control: 1\n")
    problems = [Problem(("model", "effect"), "X."), Problem(("title",), "Y."), Problem((), "Z.")]
    assert (
        str(report(source, problems))
        == "f.yaml:1:1: Z.\nf.yaml:1:8: title: Y.\nf.yaml:2:1: model.effect: X."
    )


def test_quoted_values_are_short_and_harmless(refusal):
    (found,) = refusal(HEAD + 'weight: "\\e[2J\u202e\u2028' + "x" * 500 + '"\n')
    assert found.isprintable() and len(found) < 200
    assert "x…. Write" in found
    (found,) = refusal(HEAD + "k" * 500 + ": 1\n")
    assert len(found) < 300


def test_a_file_name_cannot_write_to_the_terminal(tmp_path):
    with pytest.raises(SpecificationError) as caught:
        read_yaml(tmp_path / "a\x1b[2J\n.yaml")
    assert str(caught.value).isprintable()


def test_a_flood_of_problems_is_cut(refusal):
    found = refusal(HEAD + "".join(f"k{i}: 1\n" for i in range(200)))
    assert len(found) == MOST_FINDINGS + 1
    assert found[-1] == "f.yaml:53:1: more is wrong from here on. Correct the above first."


def test_no_message_speaks_of_pydantic(refusal):
    found = refusal("strata: x\nsize: x\nmodel: {kind: alone, prior: {a: {dist: 3}}}\nblinded: 7\n")
    for word in ("Input", "valid dict", "tagged-union", "pydantic", "field", "instance"):
        assert word not in "\n".join(found)
