"""Write docs/reference.md, the page of every key of design and evidence files, from the JSON Schema.

    python docs/make_reference.py

Keys, types, defaults, bounds and descriptions are those of `trialdesign schema`; the estimands are those
of the endpoints, the examples those of the kinds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import isinf
from pathlib import Path
from typing import Any

from trialdesign.cli.priors import EXAMPLE
from trialdesign.design.library import LIBRARY
from trialdesign.design.schema import design_schema
from trialdesign.specification.registry import kinds

PAGE = Path(__file__).with_name("reference.md")
KEYWORDS = ("kind", "distribution", "dist")  # keys that tell alternatives apart
HEAD = """\
# Reference

Every key of a design file and of an evidence file. This page is made from the JSON Schema (`trialdesign
schema`) by `python docs/make_reference.py`; a test holds it to the schema.

Unknown keys are errors. A key without a default and not marked *required* may be left out. Times are in
months and rates per month. *for all or per stratum* stands for one value, or a mapping of every stratum
to its own, `{SLE: 40, IIM: 20}`. A prior is a [distribution](#distributions) or a [mixture](#mixture) of
them.
"""
GROUPS = {  # the key that leads to a group of alternatives: heading and what is said of them
    "strata": (
        "How strata inform each other",
        "`strata` of a component is one of these, told apart by `kind`. theta_s is the parameter of "
        "stratum s on the linear scale.",
    ),
    "discount": (
        "How evidence is discounted",
        "`discount` is one of these, told apart by `kind`. theta is the parameter of the new trial, "
        "theta_past that of the published patients.",
    ),
    "endpoint": ("Endpoints", "`endpoint` is one of these, told apart by `kind` and `distribution`."),
    "truth": (
        "Assumed truths",
        "What a scenario assumes of an arm: a response rate, a hazard per month, or a survival curve, "
        "for all strata or per stratum. Curves are told apart by `distribution`, which an exponential "
        "curve need not name.",
    ),
    "accrual": (
        "Accrual",
        "Patients who enter per month: one rate, a rate per stratum, or rates that change.",
    ),
    "source": (
        "An evidence file",
        "Published data on one endpoint, one row per study and stratum. `trialdesign schema --evidence` "
        "prints its JSON Schema. To copy:",
    ),
}
FORMS = {  # ways to write a key, each of which the schema must take
    "truth": {
        "treatment": [
            "0.7",
            "{SLE: 0.7, IIM: 0.3, SSc: 0.3}",
            "{median: 12}",
            "{survival: 0.8, at: 24}",
            "{SLE: {median: 36}, IIM: 0.02, SSc: 0.02}",
            "{distribution: weibull, shape: 0.7, survival: 0.8, at: 24}",
            "{distribution: piecewise, cuts: [6, 12], hazards: [0.05, 0.02, 0.01]}",
            "{distribution: cure, cured: 0.6, uncured: {median: 8}}",
        ]
    },
    "accrual": {
        "accrual": [
            "{rate: 5}",
            "{rate: {SLE: 3, IIM: 1, SSc: 1}}",
            "[{from: 0, rate: 2}, {from: 6, rate: 5}]",
        ]
    },
}


class Reference:
    """The objects of a schema, in the order in which a reader meets them.

    Attributes
    ----------
    found : dict
        Name of each object to ``(group, keys)``: the group it belongs to and the keys that lead to it.
    """

    def __init__(self, schema: dict[str, Any]) -> None:
        self.schema, self.objects = schema, schema["$defs"]
        self.distributions = [name for name, about in self.objects.items() if _is(about, "dist")]
        self.weighted = [n for n in self.distributions if "weight" in self.objects[n]["properties"]]
        self.found: dict[str, tuple[str, list[str]]] = {}
        self._find("", schema)

    def _find(self, group: str, about: dict[str, Any]) -> None:
        """Find the objects that the keys of an object lead to, and those they lead to in turn."""
        for key, value in ordered(about):
            for name in refs(value):
                if name in self.distributions:
                    continue
                if name not in self.found:
                    own = self._group(name, key, group)
                    self.found[name] = (own, [])
                    self._find(own, self.objects[name])
                if key not in self.found[name][1]:
                    self.found[name][1].append(key)

    def _group(self, name: str, key: str, group: str) -> str:
        """Return the group of an object that a key of another group leads to."""
        about = self.objects[name]
        if set(refs(about["properties"])) & set(self.weighted):
            return "mixture"
        return key if key in GROUPS else "truth" if _is(about, "distribution") else group

    def heading(self, name: str) -> str:
        """Return what an object is called: its kind, else the keys that lead to it."""
        about, (group, keys) = self.objects[name], self.found[name]
        if group == "mixture":
            return about["title"].lower()
        tags = [about["properties"][tag]["const"] for tag in KEYWORDS if _has(about, tag)]
        if tags:
            return f"`{group}`: {', '.join(f'`{tag}`' for tag in tags)}"
        shared = [each for each, (_, other) in self.found.items() if set(other) & set(keys)]
        if len(shared) > 1 and not any(self.objects[name]["title"] == key for key in keys):
            return f"{', '.join(f'`{key}`' for key in keys)}: {words(about['title'])}"
        return ", ".join(f"`{key}`" for key in keys)

    def link(self, name: str) -> str:
        """Return the link to an object, named as short as may be."""
        if name in self.distributions:
            return f"[{self.objects[name]['properties']['dist']['const']}](#distributions)"
        heading = self.heading(name)
        short = heading.partition(": ")[2] or heading
        return f"[{short}](#{slug(heading)})"

    def type_of(self, value: dict[str, Any]) -> str:
        """Return the type of a key, with links to what it may hold."""
        alternatives = [each for each in flat(value) if each != {"type": "null"}]
        mappings = [each for each in alternatives if each.get("type") == "object"]
        names = [each["$ref"].rsplit("/", 1)[-1] for each in alternatives if "$ref" in each]
        plain = [each for each in alternatives if "$ref" not in each and each not in mappings]
        told = [self.plain_type(each) for each in plain]
        dists = [name for name in names if name in self.distributions]
        curves = [name for name, (group, _) in self.found.items() if group == "truth"]
        if curves and set(curves) <= set(names):
            told.append("[survival curve](#assumed-truths)")
            names = [name for name in names if name not in curves]
        if set(dists) & set(self.weighted):
            told.append("[distribution](#distributions) with its `weight`")
        elif len(dists) == len(self.distributions) - len(self.weighted):
            told.append("[distribution](#distributions)")
        else:
            told += map(self.link, dists)
        told += [self.link(name) for name in names if name not in dists]
        return f"{' or '.join(dict.fromkeys(told))}{', for all or per stratum' if mappings else ''}"

    def plain_type(self, value: dict[str, Any]) -> str:
        """Return the type of a value that is no object of its own."""
        if "const" in value:
            return f"`{value['const']}`"
        if "enum" in value:
            return " or ".join(f"`{each}`" for each in value["enum"])
        if value.get("type") == "array":
            return f"list of {self.type_of(value['items'])}"
        return {"string": "text"}.get(value["type"], value["type"])

    def keys(self, about: dict[str, Any]) -> Iterator[str]:
        """Yield the table of an object's keys."""
        yield "| key | type | default | bounds | what it is |"
        yield "|---|---|---|---|---|"
        for key, value in ordered(about):
            if value.get("type") == "null":
                continue  # a key that this form must not have
            needed = key in about.get("required", ())
            default = "*required*" if needed else shown(value.get("default"))
            tag = "tells the alternatives apart" if key in KEYWORDS else ""
            cells = [
                f"`{key}`", self.type_of(value), default, ", ".join(dict.fromkeys(bounds(value))),
                value.get("description", tag),
            ]  # fmt: skip
            yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"

    def section(self, name: str) -> Iterator[str]:
        """Yield the section of an object."""
        about = self.objects[name]
        yield from ("", f"### {self.heading(name)}", "", about.get("description", ""), "")
        yield from self.keys(about)
        group = self.found[name][0]
        family = {"strata": "borrowing", "discount": "discounting"}.get(group)
        if family and _has(about, "kind"):
            kind = about["properties"]["kind"]["const"]
            examples = kinds(f"trialdesign.{family}")[kind].examples
            yield from fenced(_each(group, map(flow, examples)))

    def lines(self) -> Iterator[str]:
        """Yield the lines of the page."""
        yield from (HEAD.rstrip(), "", "## A design file", "", self.schema["description"], "")
        yield from self.keys(self.schema)
        plain = [name for name, (group, _) in self.found.items() if group == ""]
        for name in plain:
            yield from self.section(name)
            if name == "Criterion":
                yield from estimands()
        for group, (heading, about) in GROUPS.items():
            yield from ("", f"## {heading}", "", about)
            if group == "source":
                yield from fenced([EXAMPLE.rstrip()])
                yield from ("", "Of a time to event, with an exposure of which only bounds are known:")
                yield from fenced([(LIBRARY / "mueller-2024-relapse.yaml").read_text("utf-8").rstrip()])
            for key, forms in FORMS.get(group, {}).items():
                yield from fenced(_each(key, forms))
            for name, (own, _) in self.found.items():
                if own == group:
                    yield from self.section(name)
            if group == "discount":
                yield from self.distribution_table()

    def distribution_table(self) -> Iterator[str]:
        """Yield the table of distributions."""
        yield from ("", "## Distributions", "")
        yield "A prior names a distribution as `dist`, with PyMC's names and parameters, e.g. " + (
            "`{dist: Normal, mu: 0, sigma: 2}`. All parameters but those with a default are required."
        )
        yield from ("", "| dist | parameters | what it is |", "|---|---|---|")
        for name in self.distributions:
            if name in self.weighted:
                continue
            about = self.objects[name]
            parameters = [
                f"`{key}`" + (f" ({', '.join(b)})" if (b := list(bounds(value))) else "")
                + (f", default {shown(value['default'])}" if "default" in value else "")
                for key, value in ordered(about) if key != "dist"
            ]  # fmt: skip
            kind = about["properties"]["dist"]["const"]
            told = about["description"].replace("\n", " ")
            yield f"| `{kind}` | {'; '.join(parameters)} | {told} |"
        for name, (group, _) in self.found.items():
            if group == "mixture":
                yield from self.section(name)


def estimands() -> Iterator[str]:
    """Yield the tables of what a criterion may be about, one per kind of endpoint."""
    yield from ("", "### Estimands")
    for kind, endpoint in kinds("trialdesign.endpoints").items():
        yield from ("", f"Of the endpoint `{kind}`, in `decision`:", "")
        yield from ("| `estimand` | lies between | needs |", "|---|---|---|")
        for name, estimand in endpoint().estimands().items():
            needs = [f"`{key}`" for each, key in endpoint.needs.items() if each == name]
            needs += ["a control arm"] * estimand.needs_control
            # A restricted mean lies between -to and to.
            low, high = (number(x) for x in estimand.range)
            if "`to`" in needs:
                low, high = "-`to`", "`to`"
            yield f"| `{name}` | {low} and {high} | {', '.join(needs)} |"


def _is(about: dict[str, Any], tag: str) -> bool:
    return _has(about, tag) and not _has(about, "kind")


def _has(about: dict[str, Any], tag: str) -> bool:
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
    rank = lambda key: (key not in KEYWORDS, required.index(key) if key in required else len(required))
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


def _each(key: str, forms) -> Iterator[str]:
    """Yield a line for each form of a key."""
    for i, form in enumerate(forms):
        yield from (["# or"] if i else [])
        yield f"{key}: {form}"


def fenced(lines) -> Iterator[str]:
    """Yield a block of YAML."""
    yield from ("", "```yaml", *lines, "```")


def reference() -> str:
    """Return the page."""
    return "\n".join(Reference(design_schema()).lines()).strip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8")
