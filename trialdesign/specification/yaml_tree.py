"""YAML 1.2 text as a plain tree in which every value knows its line and column.

The tree is built here from the parser's events, not by a YAML constructor: nothing but text, numbers,
booleans, lists and mappings can come out, and aliases are counted while they are expanded.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from ruamel.yaml import YAML
from ruamel.yaml import events as parsed
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.reader import ReaderError

from trialdesign.specification.wording import key_path, shorten, shown

DEEPEST = 40  # nested lists and mappings; a design needs about ten
MOST_EXPANDED = 10_000  # values that aliases may stand for, together
LONGEST_NUMBER = 250  # characters; any such integer still is a finite float

Path = tuple[str | int, ...]
Position = tuple[int, int]  # line and column, from 1

STARTS = (parsed.MappingStartEvent, parsed.SequenceStartEvent)
ENDS = (parsed.MappingEndEvent, parsed.SequenceEndEvent)

# The core schema, https://yaml.org/spec/1.2.2/#103-core-schema: `no` and `1:1` are text.
CONSTANTS = dict.fromkeys(("", "~", "null", "Null", "NULL"))
CONSTANTS |= dict.fromkeys(("true", "True", "TRUE"), True)
CONSTANTS |= dict.fromkeys(("false", "False", "FALSE"), False)
INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")

TOO_DEEP = f"nesting must be at most {DEEPEST} levels deep; got more. Remove brackets or indentation."
TOO_MANY = f"aliases must stand for at most {MOST_EXPANDED} values; got more. Write the values out."

# What the parser says, and what the author can do about it.
REMEDIES = {
    r"'\\t'": "Indent with spaces, not with tabs.",
    "mapping values": "Put text that contains a colon in quotes, or correct the indentation.",
    "cannot start": "Put text that begins with a special character in quotes.",
    "flow": "Close the bracket opened in line {line}, and put commas between its parts.",
    "quoted": "Close the quotes opened in line {line}.",
}


class Refused(Exception):
    """The text is not acceptable; ``args`` lists (position, message)."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A document: plain data, and where its values and keys stand."""

    data: dict
    values: dict[Path, Position]
    keys: dict[Path, Position]


def read_tree(text: str) -> Tree:
    """Return the only document of a text.

    Raises
    ------
    Refused
        Everything that is wrong with the text, as far as it could be read.
    """
    events = _events(text)
    if len(events) < 3:  # the stream's start and end, nothing between
        raise Refused(((1, 1), "the document must be a mapping; got nothing. Write `key: value` lines."))
    builder = _Builder(events)
    try:
        data, _ = builder.build(2, ())
    except Refused as refused:
        raise Refused(*builder.problems, *refused.args) from None
    if not isinstance(data, dict):
        builder.refuse((), "be a mapping", shown(data), "Write `key: value` lines.")
    if builder.problems:
        raise Refused(*builder.problems)
    return Tree(data, builder.values, builder.keys)


def _events(text: str) -> list[parsed.Event]:
    """Return the parser's events, after refusing what would be costly or pointless to read on."""
    events, depth, documents = [], 0, 0
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            events.append(event)
            depth += isinstance(event, STARTS) - isinstance(event, ENDS)
            if depth > DEEPEST:  # here too, for the parser's time grows with the square of the depth
                raise Refused((_position(event), TOO_DEEP))
            if isinstance(event, parsed.DocumentStartEvent):
                documents += 1
                _check_document(event, documents)
    except MarkedYAMLError as error:
        raise Refused(_syntax(error, text)) from None
    except ReaderError as error:
        before = text[: error.position]
        position = before.count("\n") + 1, error.position - before.rfind("\n")
        got = f"the control character U+{error.character:04X}"
        raise Refused((position, f"the file must be text; got {got}. Save it as UTF-8.")) from None
    return events


def _check_document(event: parsed.Event, documents: int) -> None:
    """Refuse a second document, and a version of YAML that reads the same text differently."""
    if documents > 1:
        text = "the file must be one document; got a second one. Remove `---`, or split the file."
        raise Refused((_position(event), text))
    if event.version and tuple(event.version) != (1, 2):
        text = "the file must be YAML 1.2; got another version. Remove the line `%YAML`."
        raise Refused((_position(event), text))


def _position(event: parsed.Event) -> Position:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _syntax(error: MarkedYAMLError, text: str) -> tuple[Position, str]:
    mark, lines = error.problem_mark, text.splitlines()
    got = shown(lines[mark.line].strip()) if mark.line < len(lines) else "the end of the file"
    said = f"{error.problem}, {error.context}" if error.context else error.problem
    fitting = (remedy for word, remedy in REMEDIES.items() if re.search(word, said))
    remedy = next(fitting, "Check the indentation.").format(line=(error.context_mark or mark).line + 1)
    return (mark.line + 1, mark.column + 1), f"the file must be YAML 1.2; got {got} ({said}). {remedy}"


class _Builder:
    """Builds the tree, going through the events again wherever an alias refers to them."""

    def __init__(self, events: list[parsed.Event]) -> None:
        self.events = events
        self.targets = _targets(events)
        self.open: set[int] = set()  # anchored events whose values are being expanded
        self.n_expanded = 0
        self.problems: list[tuple[Position, str]] = []
        self.values: dict[Path, Position] = {}
        self.keys: dict[Path, Position] = {}

    def build(self, index: int, path: Path, position: Position | None = None) -> tuple[object, int]:
        """Return the value whose first event has this index, and the index after its last event."""
        event = self.events[index]
        self.values[path] = position or _position(event)
        self.n_expanded += bool(self.open)
        if self.n_expanded > MOST_EXPANDED:
            raise Refused((self.values[path], TOO_MANY))
        if isinstance(event, parsed.AliasEvent):
            return self._alias(index, path), index + 1
        if event.tag:
            self.refuse(path, "have no tag", event.tag.replace("tag:yaml.org,2002:", "!!"), "Remove it.")
        if isinstance(event, parsed.ScalarEvent):
            return self._scalar(event, path), index + 1
        if len(path) >= DEEPEST:
            raise Refused((self.values[path], TOO_DEEP))
        if isinstance(event, parsed.MappingStartEvent):
            return self._mapping(index + 1, path)
        return self._list(index + 1, path)

    def refuse(self, path: Path, rule: str, got: str, remedy: str) -> None:
        """Note a problem with the value at a path, and go on."""
        text = f"{key_path(path)} must {rule}; got {shorten(got)}. {remedy}"
        self.problems.append((self.values[path], text))

    def _alias(self, index: int, path: Path) -> object:
        """Return the value that an alias stands for."""
        target, name = self.targets[index], f"*{self.events[index].anchor}"
        if target is None:
            return self.refuse(path, "refer to an anchor above it", name, "Write the value out.")
        if target in self.open:
            return self.refuse(path, "not contain itself", name, "Write the value out.")
        self.open.add(target)
        value, _ = self.build(target, path, self.values[path])
        self.open.remove(target)
        return value

    def _mapping(self, index: int, path: Path) -> tuple[dict, int]:
        data: dict[str, object] = {}
        while not isinstance(self.events[index], parsed.MappingEndEvent):
            key, index = self._key(index, path)
            place, event = (*path, key), self.events[index]
            # The parser finds an empty value only where the next key begins: its own key is nearer.
            empty = getattr(event, "value", None) == "" and event.implicit[0]
            data[key], index = self.build(index, place, self.keys[place] if empty else None)
        return data, index + 1

    def _key(self, index: int, path: Path) -> tuple[str, int]:
        """Return a key, always text, so that a stratum may be called `1` or `null`."""
        key = getattr(self.events[index], "value", "") or "?"
        place = (*path, key)
        _, following = self.build(index, place)  # also refuses a tag
        if key == "?":
            self.refuse(place, "have text as its key", "none", "Write `key: value`.")
        elif place in self.keys:
            again = f"it in line {self.keys[place][0]} and again"
            self.refuse(place, "be given once", again, "Remove one of the two.")
        elif key == "<<":
            self.refuse(place, "not be a key", "a merge key", "Write the merged keys out.")
        self.keys[place] = self.values[place]
        return key, following

    def _list(self, index: int, path: Path) -> tuple[list, int]:
        data: list[object] = []
        while not isinstance(self.events[index], parsed.SequenceEndEvent):
            value, index = self.build(index, (*path, len(data)))
            data.append(value)
        return data, index + 1

    def _scalar(self, event: parsed.ScalarEvent, path: Path) -> str | int | float | bool | None:
        """Return text, unless it stands without quotes and the core schema reads more into it."""
        text = event.value
        if not event.implicit[0]:
            return text
        if text in CONSTANTS:
            return CONSTANTS[text]
        number = _number(text)
        if number is None:
            return text
        if not math.isfinite(number):
            self.refuse(path, "be a finite number", text, "Write a number, or leave the key out.")
        return number


def _targets(events: list[parsed.Event]) -> dict[int, int | None]:
    """Return, for the index of each alias, the index of the event that it refers to."""
    anchors: dict[str, int] = {}
    targets = {}
    for index, event in enumerate(events):
        if isinstance(event, parsed.AliasEvent):
            targets[index] = anchors.get(event.anchor)
        elif getattr(event, "anchor", None):
            anchors[event.anchor] = index
    return targets


def _number(text: str) -> int | float | None:
    """Return the number that a text without quotes is, or None."""
    if INTEGER.fullmatch(text):
        base = 0 if text[:2] in ("0o", "0x") else 10
        return int(text, base) if len(text) <= LONGEST_NUMBER else math.inf
    if FLOAT.fullmatch(text):
        return float(text)
    return math.nan if NOT_FINITE.fullmatch(text) else None
