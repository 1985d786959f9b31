"""What a specification asks for, in words: its JSON Schema read aloud, and values fit for a message."""

from __future__ import annotations

import json
from collections.abc import Iterable
from difflib import get_close_matches
from unicodedata import category

LONGEST = 60  # characters of a quoted value


def clean(text: str) -> str:
    """Return the text without characters that could move a terminal's cursor or hide others."""
    if text.isprintable():
        return text
    return "".join(letter if is_harmless(letter) else "\N{REPLACEMENT CHARACTER}" for letter in text)


def clean_lines(text: str) -> str:
    """Return a text of several lines, each of them clean."""
    return "\n".join(map(clean, text.split("\n")))


def is_harmless(letter: str) -> bool:
    """Return whether a character is seen, or is a blank of any width."""
    return letter.isprintable() or category(letter) == "Zs"


def shorten(text: str) -> str:
    """Return at most `LONGEST` printable characters of a text."""
    text = clean(text[: LONGEST + 1])  # cut first: a hostile text may be long, and quoted often
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def shown(value: object) -> str:
    """Return a value as a message quotes it: one short line of YAML."""
    if value is None:
        return "nothing"
    text = ""
    for piece in json.JSONEncoder(ensure_ascii=False).iterencode(value):
        text += piece
        if len(text) > LONGEST:  # the whole value may be as long as the file
            break
    return shorten(text)


def key_path(path: Iterable[str | int]) -> str:
    """Return ``decision.0.probability``, or a name for the document as a whole."""
    return ".".join(shorten(str(part)) for part in path) or "the document"


def one_of(names: Iterable[str]) -> str:
    """Return ``a``, or ``one of a, b, c``."""
    names = list(names)
    return names[0] if len(names) == 1 else f"one of {', '.join(names)}"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known name that a misspelt one may have meant; case does not count."""
    folded = {name.casefold(): name for name in known}
    close = get_close_matches(word[:LONGEST].casefold(), folded, n=1)
    return folded[close[0]] if close else None
