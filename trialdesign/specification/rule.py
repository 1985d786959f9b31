"""What a specification asks for, in words: its JSON Schema read aloud."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic.json_schema import GenerateJsonSchema

from trialdesign.specification.wording import one_of


class _Generate(GenerateJsonSchema):
    """JSON Schema whose unions keep their members as declared: in order, nested, with their tags."""

    ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}

    def union_schema(self, schema):
        choices = (choice[0] if isinstance(choice, tuple) else choice for choice in schema["choices"])
        return {"anyOf": [self.generate_inner(choice) for choice in choices]}

    def sort(self, value, parent_key=None):
        return value

    def tagged_union_schema(self, schema):
        key = schema["discriminator"]
        tags = {str(tag): self.generate_inner(choice) for tag, choice in schema["choices"].items()}
        return {"x-tags": tags, "x-key": key if isinstance(key, str) else None}


def _plain(bound: float) -> str:
    """Return a bound as it is read: whole ones in full."""
    return f"{bound:,}" if isinstance(bound, int) else f"{bound:g}"


LARGE = 100  # such a bound is a generous one


@dataclass(frozen=True, slots=True)
class Rule:
    """One node of a schema: what may stand at one place of the file.

    Attributes
    ----------
    node : mapping
        JSON Schema of the place, its reference resolved.
    definitions : mapping
        What references point to.
    """

    node: Mapping
    definitions: Mapping

    @classmethod
    def of(cls, adapter) -> Rule:
        """Return the rule of a pydantic ``TypeAdapter``."""
        schema = adapter.json_schema(schema_generator=_Generate)
        return cls({}, schema.get("$defs", {}))._at(schema)

    def _at(self, node: Mapping) -> Rule:
        """Return the rule of another node; an optional one is the rule of what may be left out."""
        while "$ref" in node:
            node = self.definitions[node["$ref"].rpartition("/")[2]]
        rule = Rule(node, self.definitions)
        return rule.members[0] if "anyOf" in node and len(rule.members) == 1 else rule

    @property
    def key(self) -> str | None:
        """The key whose value tells the members of a union apart, if there is one."""
        return self.node.get("x-key")

    @property
    def tags(self) -> dict[str, Rule]:
        """The members of a union of which pydantic picks one before it validates."""
        return {tag: self._at(node) for tag, node in self.node.get("x-tags", {}).items()}

    @property
    def members(self) -> list[Rule]:
        """The members of any union; empty for any other rule."""
        some = [node for node in self.node.get("anyOf", ()) if node.get("type") != "null"]
        return [*self.tags.values(), *(self._at(node) for node in some)]

    @property
    def types(self) -> set[str]:
        """The JSON types that may stand here."""
        return {self.node.get("type")}.union(*(member.types for member in self.members)) - {None}

    @property
    def keys(self) -> list[str]:
        """The keys that a mapping may have here; of a union, those of any member."""
        inside = [key for member in self.members for key in member.keys]
        return list(dict.fromkeys([*self.node.get("properties", ()), *inside]))

    @property
    def each(self) -> Rule | None:
        """The rule of every value of a mapping whose keys are free, such as strata."""
        node = self.node.get("additionalProperties")
        return self._at(node) if isinstance(node, Mapping) else None

    @property
    def choices(self) -> list[str]:
        """The only values that may stand here, where they are listed."""
        listed = self.node.get("enum", [self.node["const"]] if "const" in self.node else [])
        return [str(value) for value in listed]

    @property
    def tag(self) -> Rule:
        """The rule of the value that tells the members apart."""
        return self._at({"enum": list(self.tags)})

    def child(self, key: str | int) -> Rule:
        """Return the rule of the value under a key or at a position."""
        if isinstance(key, int):
            fixed = self.node.get("prefixItems", ())
            return self._at(fixed[key] if key < len(fixed) else self.node.get("items", {}))
        known = self.node.get("properties", {})
        return self._at(known[key]) if key in known else self.each or self._at({})

    def words(self) -> str:
        """Return the rule as the end of the sentence ``KEY must be ...``."""
        if self.choices:
            return one_of(self.choices)
        if self.key:
            return f"a mapping whose `{self.key}` is {one_of(self.tags)}"
        if self.members:
            return self._alternatives()
        kind = self.node.get("type")
        if kind in ("number", "integer"):
            return self._number()
        if kind == "array":
            return self._list()
        if kind == "object":
            return self._mapping()
        text = "non-empty text" if self.node.get("minLength") else "text"
        return {"string": text, "boolean": "true or false"}.get(kind, "valid")

    def _alternatives(self) -> str:
        texts = list(dict.fromkeys(member.words() for member in self.members if not member.each))
        single = ", or ".join(texts)
        for member in self.members:
            if member.each:
                texts.append("one per stratum" if member.each.words() == single else member.words())
        return ", or ".join(texts)

    def _number(self) -> str:
        node, noun = self.node, "a whole number" if self.node["type"] == "integer" else "a number"
        if "minimum" in node and "maximum" in node:
            return f"{noun} from {_plain(node['minimum'])} to {_plain(node['maximum'])}"
        words = {"exclusiveMinimum": "above", "minimum": "of at least"}
        words |= {"exclusiveMaximum": "below", "maximum": "at most"}
        bounds = " and ".join(f"{word} {node[key]:g}" for key, word in words.items() if key in node)
        return f"{noun} {bounds}".rstrip()

    def _list(self) -> str:
        least, most = self.node.get("minItems"), self.node.get("maxItems")
        size = f" of at least {least}" if least else ""
        if most:
            size = f" of {most}" if least == most else f" of {least or 0} to {most}"
        return f"a list{size}" + (f", each {self.child(0).words()}" if "items" in self.node else "")

    def _mapping(self) -> str:
        if self.each:
            return f"a mapping from name to {self.each.words()}"
        required = self.node.get("required", [])
        optional = [key for key in self.keys if key not in required]
        text = f"a mapping with {', '.join(required)}" if required else "a mapping"
        return text + (f" (optional: {', '.join(optional)})" if optional else "")

    def example(self) -> str:
        """Return a short value that keeps the rule, as YAML; ``...`` stands for what has none."""
        if self.choices:
            return self.choices[0]
        if self.key:
            tag, member = next(iter(self.tags.items()))
            return f"{{{', '.join([f'{self.key}: {tag}', *member._pairs(without=self.key)])}}}"
        if self.members:
            return self.members[0].example()
        kind = self.node.get("type")
        if kind == "object" and not self.each:
            return f"{{{', '.join(self._pairs()) or '...'}}}"
        if kind == "array":
            return f"[{', '.join(self.child(i).example() for i in range(self.node.get('minItems', 1)))}]"
        if kind in ("number", "integer"):
            return self._some_number()
        return {"string": "some text", "boolean": "true"}.get(kind, "...")

    def _pairs(self, without: str | None = None) -> list[str]:
        required = (key for key in self.node.get("required", ()) if key != without)
        return [f"{key}: {self.child(key).example()}" for key in required]

    def _some_number(self) -> str:
        low = self.node.get("exclusiveMinimum", self.node.get("minimum"))
        high = self.node.get("exclusiveMaximum", self.node.get("maximum"))
        if low is None or high is None:
            return f"{low + 1 if low is not None else high - 1 if high is not None else 0:g}"
        if 0 <= low < 1 < LARGE <= high:  # half of a generous bound is nothing that a trial has
            return "1"
        return f"{(low + high) // 2 if self.node['type'] == 'integer' else (low + high) / 2:g}"
