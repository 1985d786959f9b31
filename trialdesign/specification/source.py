"""Files that the user wrote: the one place where untrusted text becomes validated objects."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from trialdesign.errors import Problem, SpecificationError
from trialdesign.specification.files import Unreadable, read_bytes
from trialdesign.specification.messages import explain
from trialdesign.specification.rule import Rule
from trialdesign.specification.wording import clean
from trialdesign.specification.yaml_tree import Position, Refused, Tree, read_tree

LARGEST = 256 * 1024  # bytes of a file; a long design has ten thousand
MOST_FINDINGS = 50  # lines of one refusal


@dataclass(frozen=True, slots=True)
class Source:
    """A file's data, and where each of them stands.

    Attributes
    ----------
    name : str
        The file as the user named it, ``<stdin>`` for standard input.
    tree : Tree
        Its data, and the positions of values and keys.
    """

    name: str
    tree: Tree = field(repr=False)

    @property
    def data(self) -> dict[str, Any]:
        """The document: a mapping of text, numbers, booleans, None, lists and mappings."""
        return self.tree.data

    def locate(self, path: tuple[str | int, ...]) -> Position:
        """Return line and column, from 1, of the value at a path.

        Parts that the document does not have are skipped.  Where the last part is one of them, the
        position is that of the mapping which lacks it: of its key, if it has one.
        """
        place, lacking = self._follow(path)
        return self.tree.keys.get(place, self.tree.values[place]) if lacking else self.tree.values[place]

    def locate_key(self, path: tuple[str | int, ...]) -> Position:
        """Return line and column, from 1, of the key at a path; of the value where it has no key."""
        place, _ = self._follow(path)
        return self.tree.keys.get(place, self.tree.values[place])

    def _follow(self, path: tuple[str | int, ...]) -> tuple[tuple[str | int, ...], bool]:
        """Return the parts of a path that the document has, and whether it lacks the last."""
        place, lacking = (), False
        for part in path:
            lacking = (*place, part) not in self.tree.values
            place = place if lacking else (*place, part)
        return place, lacking


def read_yaml(path: str | Path) -> Source:
    """Read one YAML 1.2 document, of which nothing is trusted.

    Parameters
    ----------
    path : str or Path
        A file; ``-`` is standard input.

    Returns
    -------
    Source

    Raises
    ------
    SpecificationError
        The file cannot be read, is larger than 256 kB, is no UTF-8 text, or is not a single plain
        mapping: no tags, anchors or aliases, no duplicate keys, no more than 40 levels, no infinite
        numbers.
    """
    name = "<stdin>" if str(path) == "-" else str(path)
    try:
        return Source(name, read_tree(_text(_bytes(str(path)))))
    except Refused as refused:
        raise _refusal(name, refused.args) from None


def validate(source: Source, wanted: Any, context: Any = None) -> Any:
    """Return the object that a document describes.

    Parameters
    ----------
    source : Source
    wanted : type
        A specification class, or any type that pydantic validates.
    context : object, optional
        Handed to validators that ask for it.

    Raises
    ------
    SpecificationError
        One line for everything that is wrong, in the order of the file.
    """
    adapter = TypeAdapter(wanted)
    try:
        return adapter.validate_python(source.data, context=context)
    except SpecificationError as error:  # what an object found once its parts were there
        raise report(source, error.problems) from None
    except ValidationError as error:
        found = explain(error, Rule.of(adapter), source.data)
    located = ((source.locate_key(f.path) if f.at_key else source.locate(f.path), f.text) for f in found)
    raise _refusal(source.name, located)


def report(source: Source, problems: Iterable[Problem]) -> SpecificationError:
    """Return, to be raised, the error that gives problems found elsewhere their places in the file."""
    return _refusal(source.name, ((source.locate(each.path), str(each)) for each in problems))


def _refusal(name: str, findings: Iterable[tuple[Position, str]]) -> SpecificationError:
    """Return the error with one line a finding: ``file:line:column: message``."""
    ordered = sorted(dict.fromkeys(findings), key=lambda finding: finding[0])
    if len(ordered) > MOST_FINDINGS:
        more = "more is wrong from here on. Correct the above first."
        ordered[MOST_FINDINGS:] = [(ordered[MOST_FINDINGS][0], more)]
    return SpecificationError(
        [clean(f"{name}:{line}:{column}: {text}") for (line, column), text in ordered]
    )


def _bytes(path: str) -> bytes:
    """Return what a file holds, reading no more than is allowed."""
    try:
        return read_bytes(path, LARGEST)
    except Unreadable as refused:
        raise Refused(((1, 1), f"the file must {refused}")) from None


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        position = (before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
        got = f"the byte 0x{content[error.start]:02X}"
        raise Refused((position, f"the file must be UTF-8 text; got {got}. Save it as UTF-8.")) from None
