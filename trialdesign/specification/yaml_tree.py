"""YAML 1.2 text as a plain tree in which every value knows its line and column.

The tree is built here from the parser's events, not by a YAML constructor: nothing but text, numbers,
booleans, lists and mappings can come out. Anchors, aliases and tags are refused: the tree holds what the
text spells out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ruamel.yaml import YAML
from ruamel.yaml import events as parsed
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.reader import ReaderError

from trialdesign.specification.wording import key_path, shorten, shown

DEEPEST = 40  # nested lists and mappings; a design needs about ten
LONGEST_NUMBER = 250  # characters; any such integer still is a finite float

Path = tuple[str | int, ...]
Position = tuple[int, int]  # line and column, from 1

# The core schema, https://yaml.org/spec/1.2.2/#103-core-schema: `no` and `1:1` are text.
CONSTANTS = dict.fromkeys(("", "~", "null", "Null", "NULL"))
CONSTANTS |= dict.fromkeys(("true", "True", "TRUE"), True)
CONSTANTS |= dict.fromkeys(("false", "False", "FALSE"), False)
INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")

TOO_DEEP = f"nesting must be at most {DEEPEST} levels deep; got more. Remove brackets or indentation."

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
    builder = _Builder(YAML(typ="safe", pure=True).parse(text))
    try:
        return builder.document()
    except Refused as refused:
        found = refused.args
    except MarkedYAMLError as error:
        found = (_syntax(error, text),)
    except ReaderError as error:
        found = (_control_character(error, text),)
    raise Refused(*builder.problems, *found)


def _position(event: parsed.Event) -> Position:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _control_character(error: ReaderError, text: str) -> tuple[Position, str]:
    before = text[: error.position]
    position = before.count("\n") + 1, error.position - before.rfind("\n")
    got = f"the control character U+{error.character:04X}"
    return position, f"the file must be text; got {got}. Save it as UTF-8."


def _syntax(error: MarkedYAMLError, text: str) -> tuple[Position, str]:
    mark, lines = error.problem_mark, text.splitlines()
    got = shown(lines[mark.line].strip()) if mark.line < len(lines) else "the end of the file"
    said = f"{error.problem}, {error.context}" if error.context else error.problem
    fitting = (remedy for word, remedy in REMEDIES.items() if re.search(word, said))
    remedy = next(fitting, "Check the indentation.").format(line=(error.context_mark or mark).line + 1)
    return (mark.line + 1, mark.column + 1), f"the file must be YAML 1.2; got {got} ({said}). {remedy}"


class _Builder:
    """Builds the tree while the parser goes through the text: what is refused is read no further."""

    def __init__(self, events: Iterator[parsed.Event]) -> None:
        self.events = events
        self.problems: list[tuple[Position, str]] = []
        self.values: dict[Path, Position] = {}
        self.keys: dict[Path, Position] = {}

    def document(self) -> Tree:
        """Return the only document."""
        _, start = next(self.events), next(self.events)  # of the stream, and of the document
        if isinstance(start, parsed.StreamEndEvent):
            text = "the document must be a mapping; got nothing. Write `key: value` lines."
            raise Refused(((1, 1), text))
        if start.version and tuple(start.version) != (1, 2):  # which reads the same text differently
            text = "the file must be YAML 1.2; got another version. Remove the line `%YAML`."
            raise Refused((_position(start), text))
        data = self.build(next(self.events), ())
        _, following = next(self.events), next(self.events)
        if isinstance(following, parsed.DocumentStartEvent):
            text = "the file must be one document; got a second one. Remove `---`, or split the file."
            raise Refused((_position(following), text))
        if not isinstance(data, dict):
            self.refuse((), "be a mapping", shown(data), "Write `key: value` lines.")
        if self.problems:
            raise Refused
        return Tree(data, self.values, self.keys)

    def build(self, event: parsed.Event, path: Path, position: Position | None = None) -> object:
        """Return the value that begins with an event."""
        self.values[path] = position or _position(event)
        if event.anchor:
            mark = "*" if isinstance(event, parsed.AliasEvent) else "&"
            got = f"{mark}{event.anchor}"
            self.refuse(path, "have no anchor or alias", got, "Write the value out.")
        if isinstance(event, parsed.AliasEvent):
            return None
        if event.tag:
            self.refuse(path, "have no tag", event.tag.replace("tag:yaml.org,2002:", "!!"), "Remove it.")
        if isinstance(event, parsed.ScalarEvent):
            return self._scalar(event, path)
        if len(path) >= DEEPEST:  # before more is parsed: its time grows with the square of the depth
            raise Refused((self.values[path], TOO_DEEP))
        if isinstance(event, parsed.MappingStartEvent):
            return self._mapping(path)
        return self._list(path)

    def refuse(self, path: Path, rule: str, got: str, remedy: str) -> None:
        """Note a problem with the value at a path, and go on."""
        text = f"{key_path(path)} must {rule}; got {shorten(got)}. {remedy}"
        self.problems.append((self.values[path], text))

    def _list(self, path: Path) -> list:
        data: list[object] = []
        for event in self.events:
            if isinstance(event, parsed.SequenceEndEvent):
                break
            data.append(self.build(event, (*path, len(data))))
        return data

    def _mapping(self, path: Path) -> dict:
        data: dict[str, object] = {}
        for event in self.events:
            if isinstance(event, parsed.MappingEndEvent):
                break
            key = self._key(event, path)
            place, value = (*path, key), next(self.events)
            # The parser finds an empty value only where the next key begins: its own key is nearer.
            empty = getattr(value, "value", None) == "" and value.implicit[0]
            data[key] = self.build(value, place, self.keys[place] if empty else None)
        return data

    def _key(self, event: parsed.Event, path: Path) -> str:
        """Return a key, always text, so that a stratum may be called `1` or `null`."""
        key = getattr(event, "value", "") or "?"
        place = (*path, key)
        self.build(event, place)  # also refuses a tag
        if key == "?":
            self.refuse(place, "have text as its key", "none", "Write `key: value`.")
        elif place in self.keys:
            again = f"it in line {self.keys[place][0]} and again"
            self.refuse(place, "be given once", again, "Remove one of the two.")
        elif key == "<<":
            self.refuse(place, "not be a key", "a merge key", "Write the merged keys out.")
        self.keys[place] = self.values[place]
        return key

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


def _number(text: str) -> int | float | None:
    """Return the number that a text without quotes is, or None."""
    if INTEGER.fullmatch(text):
        base = 0 if text[:2] in ("0o", "0x") else 10
        return int(text, base) if len(text) <= LONGEST_NUMBER else math.inf
    if FLOAT.fullmatch(text):
        return float(text)
    return math.nan if NOT_FINITE.fullmatch(text) else None
