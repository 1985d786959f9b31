"""Pydantic's errors retold for the author of the file: one finding a place, without its vocabulary."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from typing import NamedTuple

from pydantic import ValidationError

from trialdesign.errors import Problem
from trialdesign.specification.rule import Rule
from trialdesign.specification.wording import key_path, nearest, shorten, shown

Path = tuple[str | int, ...]
Errors = Sequence[tuple[Path, dict]]  # what is left of an error's location below a place, the error

# The errors that say more than that a value does not fit its rule.
UNKNOWN = {"unexpected_keyword_argument", "extra_forbidden"}
OWN_RULE = {"value_error", "assertion_error"}  # raised by a specification's own code
SPECIFIC = {"missing", "union_tag_not_found", "union_tag_invalid"} | UNKNOWN | OWN_RULE

MOST = 1000  # errors to look at: a file with more has one cause, or a bad purpose
NUMERAL = re.compile(r"[-+]?[\d.,_' ]*\d[\d.,_' ]*(e[-+]?\d+)?", re.IGNORECASE)


class Finding(NamedTuple):
    """One thing that is wrong: where, what, and whether the key or its value is to blame."""

    path: Path
    text: str
    at_key: bool = False


def explain(error: ValidationError, rule: Rule, data: object) -> Iterator[Finding]:
    """Yield what is wrong with ``data``, which should keep ``rule``, from the error pydantic raised."""
    listed = error.errors(include_url=False, include_input=False)[:MOST]
    yield from _explain(data, rule, (), [(each["loc"], each) for each in listed])


def _explain(value: object, rule: Rule, path: Path, errors: Errors) -> Iterator[Finding]:
    """Yield the findings at one place and below it."""
    below = [(location, error) for location, error in errors if location]
    if below and rule.members:
        yield from _union(value, rule, path, below)
    elif below:
        yield from _below(value, rule, path, below)
    for location, error in errors:
        # A list that lost its faulty items is also reported as too short: the items are the cause.
        if not location and (error["type"] in SPECIFIC or not below):
            yield from _here(value, rule, path, error)


def _union(value: object, rule: Rule, path: Path, errors: Errors) -> Iterator[Finding]:
    """Yield the findings of the member that the value resembles most."""
    groups: dict[str, list] = {}
    for (label, *rest), error in errors:
        groups.setdefault(str(label), []).append((tuple(rest), error))
    # Of an untagged union every member failed, and pydantic reports them in the order of declaration.
    members = [rule.tags[label] for label in groups] if rule.tags else rule.members
    options = list(zip(members, groups.values(), strict=False))
    misfits = [_misfit(value, member, group) for member, group in options]
    least = min(misfits)
    rivals = isinstance(value, dict) and sum("object" in member.types for member in rule.members) > 1
    if not rule.key and (least > 1 or (least == 1 and rivals)):
        yield Finding(path, _unfit(value, rule, path))
    else:
        member, group = options[misfits.index(least)]
        yield from _explain(value, member, path, group)


def _misfit(value: object, member: Rule, errors: Errors) -> float:
    """Return the fraction of a mapping's keys for which a member has no use; 2 if the form is wrong."""
    if any(_concerns(value, location, error) for location, error in errors):
        return 2.0
    if not isinstance(value, dict) or not value:
        return 0.0
    if member.each:
        under = [(at[0], at[1:], error) for at, error in errors if at and at[0] in value]
        return len({key for key, at, error in under if _concerns(value[key], at, error)}) / len(value)
    return len(set(value) - set(member.keys)) / len(value)


def _concerns(value: object, location: Path, error: dict) -> bool:
    """Return whether an error is about the value's own form, not about something inside it."""
    return error["type"] not in SPECIFIC and not any(part in _parts(value) for part in location)


def _parts(value: object) -> Container:
    """Return the keys of a mapping or the positions of a list."""
    return value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()


def _below(value: object, rule: Rule, path: Path, errors: Errors) -> Iterator[Finding]:
    """Yield the findings under the keys of a mapping or at the positions of a list."""
    children: dict[str | int, list] = {}
    for (key, *rest), error in errors:
        place = (*path, key)
        if error["type"] == "missing" and not rest:
            yield Finding(place, _missing(value, rule.child(key), place))
        elif rest[:1] == ["[key]"] or (error["type"] in UNKNOWN and not rest):
            yield Finding(place, _unknown(rule, place), at_key=True)
        else:
            children.setdefault(key, []).append((tuple(rest), error))
    for key, group in children.items():
        inner = value[key] if key in _parts(value) else None
        yield from _explain(inner, rule.child(key), (*path, key), group)


def _here(value: object, rule: Rule, path: Path, error: dict) -> Iterator[Finding]:
    """Yield what one error says about the value at this place."""
    if error["type"] in OWN_RULE:
        yield Finding(path, str(Problem(path, str(error["ctx"]["error"]))))
    elif rule.key and error["type"] == "union_tag_not_found":
        place = (*path, rule.key)
        yield Finding(place, _missing(value, rule.tag, place))
    elif rule.key and error["type"] == "union_tag_invalid":
        place = (*path, rule.key)
        yield Finding(place, _unfit(value[rule.key], rule.tag, place))
    else:
        yield Finding(path, _unfit(value, rule, path))


def _missing(value: object, rule: Rule, path: Path) -> str:
    got = shorten(f"only {', '.join(value)}") if isinstance(value, dict) and value else shown(value)
    return f"{key_path(path)} must be given, {rule.words()}; got {got}. {_example(rule, path)}"


def _unknown(rule: Rule, path: Path) -> str:
    key, known = str(path[-1]), rule.keys
    meant = nearest(key, known)
    remedy = f"Did you mean `{meant}`?" if meant else "Remove it, or use a known key."
    if key.partition(":")[0] in known:  # to YAML, {mu:0} has one key
        remedy = "Put a space after the colon."
    allowed = f"a known key ({', '.join(known)})" if known else "non-empty text"
    return f"{key_path(path)} must be {allowed}; got {shown(key)}. {remedy}"


def _unfit(value: object, rule: Rule, path: Path) -> str:
    return f"{key_path(path)} must be {rule.words()}; got {shown(value)}. {_remedy(value, rule, path)}"


def _remedy(value: object, rule: Rule, path: Path) -> str:
    """Return what to do about a value that does not fit: undo the likely slip, or follow an example."""
    meant = nearest(value, rule.choices) if isinstance(value, str) else None
    if meant:
        return f"Did you mean `{meant}`?"
    if rule.types & {"number", "integer"}:
        if isinstance(value, str) and len(value) < 40 and NUMERAL.fullmatch(value.strip()):
            return "Write a number without quotes, decimal comma or thousands separators."
        fraction = 1 in (part.node.get("maximum") for part in (rule, *rule.members))
        percentage = isinstance(value, (int, float)) and value > 1 and fraction
        if percentage or (isinstance(value, str) and value.endswith("%")):
            return "Write 80 % as 0.8."
    if "string" in rule.types and isinstance(value, (int, float)):
        return f'Put it in quotes: "{shown(value)}".'
    if "string" in rule.types and value is None:
        return 'Write a text; the word null needs quotes: "null".'
    return _example(rule, path)


def _example(rule: Rule, path: Path) -> str:
    """Return an example of what may stand at a place, or where to read more if it would be long."""
    example = rule.example()
    if "..." in example or len(example) > 90:
        return "`trialdesign schema` prints the form."
    named = f"{path[-1]}: {example}" if path and isinstance(path[-1], str) else example
    return f"Write, for example, `{named}`."
