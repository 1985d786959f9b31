"""Write docs/reference.md, the page of every key of design and evidence files, from the JSON Schema.

    python docs/make_reference.py

Keys, types, defaults, bounds and descriptions are those of `trialdesign schema`; the estimands are those
of the endpoints, the examples those of the kinds.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from _reference_text import FORMS, GROUPS, HEAD
from _schema_reading import (
    KEYWORDS,
    bounds,
    flat,
    flow,
    has_tag,
    is_tagged,
    number,
    ordered,
    refs,
    shown,
    slug,
    words,
)

from trialdesign.cli.priors import EXAMPLE
from trialdesign.design.library import LIBRARY
from trialdesign.design.schema import design_schema
from trialdesign.specification.registry import kinds

PAGE = Path(__file__).with_name("reference.md")


class Reference:
    """The objects of a schema, in the order in which a reader meets them.

    Attributes
    ----------
    found : dict
        Name of each object to ``(group, keys)``: the group it belongs to and the keys that lead to it.
    """

    def __init__(self, schema: dict[str, Any]) -> None:
        self.schema, self.objects = schema, schema["$defs"]
        self.distributions = [name for name, about in self.objects.items() if is_tagged(about, "dist")]
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
        return key if key in GROUPS else "truth" if is_tagged(about, "distribution") else group

    def heading(self, name: str) -> str:
        """Return what an object is called: its kind, else the keys that lead to it."""
        about, (group, keys) = self.objects[name], self.found[name]
        if group == "mixture":
            return about["title"].lower()
        tags = [about["properties"][tag]["const"] for tag in KEYWORDS if has_tag(about, tag)]
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
        lists = [each for each in plain if each.get("type") == "array"]
        told = [self.plain_type(each) for each in plain if each not in lists]
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
        told += map(self.plain_type, lists)
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
        keys = ordered(about)
        bounded = any(True for _, value in keys for _ in bounds(value))
        columns = ["key", "type", "default", *(["bounds"] if bounded else []), "what it is"]
        yield f"| {' | '.join(columns)} |"
        yield "|" + "---|" * len(columns)
        for key, value in keys:
            if value.get("type") == "null":
                continue  # a key that this form must not have
            needed = key in about.get("required", ())
            default = "*required*" if needed else shown(value.get("default"))
            tag = "tells the alternatives apart" if key in KEYWORDS else ""
            cells = [
                f"`{key}`", self.type_of(value), default,
                *([", ".join(dict.fromkeys(bounds(value)))] if bounded else []),
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
        if family and has_tag(about, "kind"):
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
