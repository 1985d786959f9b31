"""Mutations of files: small damage to a parsed tree, or to the text itself, all from one generator."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator

import numpy as np

VALUES = (
    0, -1, 1, 0.5, 1e-9, 1e9, 1e308, -1e308, 10**30, float("nan"), float("inf"), float("-inf"),
    "text", "", None, True, [], [1, 2], {}, {"a": 1},
)  # fmt: skip
FACTORS = (-1, 0, 1e-9, 0.001, 0.1, 0.5, 0.9, 1.1, 2, 3, 10, 100, 1000, 1e5)
HARMFUL = (
    "\t", "\x00", "\x1b[2J", "\x07", "\x85", "\u202e", "\ufeff", "\r", "{", "]", ": ", "- ", "#", "&a ",
    "*a", "!!python/object:os.system ", "!!int ", "|\n", "<<: ", "%", "@", "'", '"', "\ud800",
    "1" * 5000, "[" * 3000,
)  # fmt: skip

Path = tuple[str | int, ...]


def paths(node: object, at: Path = ()) -> Iterator[Path]:
    """Yield the path of everything below a node."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in items:
        yield (*at, key)
        yield from paths(child, (*at, key))


def value_at(tree: object, path: Path):
    for key in path:
        tree = tree[key]
    return tree


def _put(tree: object, path: Path, value: object) -> None:
    value_at(tree, path[:-1])[path[-1]] = copy.deepcopy(value)


def _one(rng: np.random.Generator, options):
    return options[int(rng.integers(len(options)))]


def _replace(tree, rng) -> None:
    _put(tree, _one(rng, list(paths(tree))), _one(rng, VALUES))


def _number(tree, rng) -> None:
    """Replace a number by another, which may well be a legal one."""
    at = [p for p in paths(tree) if type(value_at(tree, p)) in (int, float)]
    if at:
        path = _one(rng, at)
        old, factor = value_at(tree, path), _one(rng, FACTORS)
        new = old * factor
        _put(tree, path, round(new) if isinstance(old, int) else new)


def _delete(tree, rng) -> None:
    path = _one(rng, list(paths(tree)))
    del value_at(tree, path[:-1])[path[-1]]


def _duplicate(tree, rng) -> None:
    """Repeat an item of a list, or give a value a second key."""
    path, every = _one(rng, list(paths(tree))), list(paths(tree))
    parent, value = value_at(tree, path[:-1]), copy.deepcopy(value_at(tree, path))
    if isinstance(parent, list):
        parent.insert(path[-1], value)
    else:
        parent[str(_one(rng, every)[-1])] = value


def _rename(tree, rng) -> None:
    every = [p for p in paths(tree) if isinstance(p[-1], str)]
    if every:
        path = _one(rng, every)
        parent, names = value_at(tree, path[:-1]), [path[-1] + "s", path[-1][:-1], _one(rng, every)[-1]]
        parent[_one(rng, [*names, "", 7, None])] = parent.pop(path[-1])


def _swap(tree, rng) -> None:
    """Exchange two values, neither of which holds the other."""
    every = list(paths(tree))
    a, b = _one(rng, every), _one(rng, every)
    if a[: len(b)] != b and b[: len(a)] != a:
        first, second = value_at(tree, a), value_at(tree, b)
        _put(tree, a, second)
        _put(tree, b, first)


def _retype(tree, rng) -> None:
    path = _one(rng, list(paths(tree)))
    old = value_at(tree, path)
    forms: list[object] = [[old], {"value": old}, str(old)]
    if isinstance(old, dict):
        forms += [list(old.values()), list(old)]
    elif isinstance(old, list):
        forms += [dict(enumerate(old)), old[0] if old else None]
    elif isinstance(old, (int, float)):
        forms += [bool(old), float(old), -old]
    _put(tree, path, _one(rng, forms))


TREE: tuple[Callable, ...] = (
    _replace, _replace, _number, _delete, _duplicate, _rename, _swap, _swap, _retype,
)  # fmt: skip


def mutate(tree: dict, rng: np.random.Generator) -> dict:
    """Return a copy of a parsed file with one to three mutations; half the copies keep their form."""
    tree, kinds = copy.deepcopy(tree), (_number,) if rng.random() < 0.5 else TREE
    for _ in range(_one(rng, (1, 1, 1, 2, 3))):
        if tree:
            _one(rng, kinds)(tree, rng)
    return tree


# ---- of the text


def mutate_text(text: str, rng: np.random.Generator) -> bytes:
    """Return a file's bytes with one or two mutations of its lines or characters."""
    for _ in range(_one(rng, (1, 1, 2))):
        text = _one(rng, (_indent, _insert, _insert, _cut, _line))(text, rng)
    raw = text.encode("utf-8", "surrogatepass")
    if rng.random() < 0.1:
        at = int(rng.integers(len(raw) + 1))
        raw = raw[:at] + bytes(rng.integers(128, 256, 3).tolist()) + raw[at:]
    return raw


def _indent(text: str, rng) -> str:
    lines = text.splitlines(keepends=True)
    at = int(rng.integers(len(lines)))
    lines[at] = _one(rng, (" ", "   ", "\t")) + lines[at] if rng.random() < 0.6 else lines[at].lstrip()
    return "".join(lines)


def _insert(text: str, rng) -> str:
    at = int(rng.integers(len(text) + 1))
    return text[:at] + _one(rng, HARMFUL) + text[at:]


def _cut(text: str, rng) -> str:
    start, stop = sorted(rng.integers(len(text) + 1, size=2).tolist())
    return text[:start] if rng.random() < 0.5 else text[:start] + text[min(stop, start + 12) :]


def _line(text: str, rng) -> str:
    """Repeat a line elsewhere, or drop it."""
    lines = text.splitlines(keepends=True)
    line = lines.pop(int(rng.integers(len(lines))))
    if rng.random() < 0.6:
        lines.insert(int(rng.integers(len(lines) + 1)), line)
        lines.insert(int(rng.integers(len(lines) + 1)), line)
    return "".join(lines) or "\n"
