"""Draw mutants of the package at random, with the operators of Cosmic Ray.

Every place that can be mutated is as likely as any other, and so is each of its replacements.
"""

from __future__ import annotations

import ast
import random
import re
from collections import defaultdict
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

ROOT = Path(__file__).parents[2]
ARITHMETIC = r"(Add|Sub|Mul|Div|FloorDiv|Mod|Pow)"
ORDER = r"(Eq|NotEq|Lt|LtE|Gt|GtE)"
USED = re.compile(
    rf"core/(ReplaceBinaryOperator_({ARITHMETIC}_{ARITHMETIC}|BitOr_BitAnd|BitAnd_BitOr)"
    rf"|ReplaceComparisonOperator_({ORDER}_{ORDER}|Is_IsNot|IsNot_Is)|ReplaceUnaryOperator_Delete_\w+"
    r"|ReplaceUnaryOperator_USub_UAdd|ReplaceTrueWithFalse|ReplaceFalseWithTrue|ReplaceAndWithOr"
    r"|ReplaceOrWithAnd|AddNot|NumberReplacer|ReplaceBreakWithContinue|ReplaceContinueWithBreak)$"
)


class Skeleton(ast.NodeTransformer):
    """What of a module can change a result: no annotation, no docstring, no text of an error."""

    def visit_arg(self, node):
        return ast.arg(node.arg)

    def visit_arguments(self, node):
        node.args = node.posonlyargs + node.args + node.kwonlyargs
        node.posonlyargs, node.kwonlyargs = [], []
        return self.generic_visit(node)

    def visit_FunctionDef(self, node):
        node.returns = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node):
        return self.generic_visit(ast.Assign([node.target], node.value or ast.Constant(None)))

    def visit_Raise(self, node):
        return ast.Raise()

    def visit_Call(self, node):
        warns = ast.unparse(node.func) == "warnings.warn"
        return ast.Constant("warned") if warns else self.generic_visit(node)


def skeleton(source: str) -> str | None:
    try:
        return ast.dump(Skeleton().visit(ast.parse(source)))
    except SyntaxError:
        return None


def places(path: Path) -> dict[tuple, list]:
    """Each place of a module, with the operators and occurrences that change it."""
    nodes = list(ast_nodes(get_ast(path.read_text("utf-8"))))
    found = defaultdict(list)
    for name in filter(USED.match, operator_names()):
        spots = [spot for node in nodes for spot in get_operator(name)().mutation_positions(node)]
        for occurrence, (start, _) in enumerate(spots):
            found[str(path.relative_to(ROOT)), start].append((name, occurrence))
    return found


def drawn(rng: random.Random, count: int):
    """Mutants without replacement: module, line, operator, occurrence, mutated source."""
    every = {}
    for path in sorted((ROOT / "trialdesign").rglob("*.py")):
        every |= places(path)
    order = sorted(every)
    rng.shuffle(order)
    for module, (line, column) in order:
        if not count:
            return
        name, occurrence = rng.choice(every[module, (line, column)])
        source = (ROOT / module).read_text("utf-8")
        mutant = mutate_code(source, get_operator(name)(), occurrence)
        if skeleton(mutant) not in (None, skeleton(source)):
            count -= 1
            yield module, line, name.removeprefix("core/"), occurrence, mutant
