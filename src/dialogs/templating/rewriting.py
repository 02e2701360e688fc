"""What is changed in a parsed template, so that all work goes past the budget; and what is read off it."""

from collections.abc import Sequence
from itertools import chain
from typing import Any, Final

from jinja2 import TemplateSyntaxError, nodes
from jinja2.visitor import NodeTransformer

_REFUSED: Final[Sequence[type[nodes.Node]]] = (
    nodes.Extends,
    nodes.Include,
    nodes.Import,
    nodes.FromImport,
    nodes.Block,
)
_ABSENT_ALLOWED: Final = ("default", "d")
_TESTS_OF_ABSENCE: Final = ("defined", "undefined")


class BudgetedNodes(NodeTransformer):
    """Leads loops, filters, joined texts, slices and comparisons past the budget.

    `restore` gives back what the text held in place of carriage returns, which Jinja2 would turn into newlines.
    """

    def __init__(self, mark: str) -> None:
        """Take `mark` for the character that stands for a carriage return."""
        self._mark = mark

    def visit_TemplateData(self, node: nodes.TemplateData) -> nodes.Node:  # noqa: N802 - Jinja2's names, here and below
        """Put back carriage returns."""
        node.data = node.data.replace(self._mark, "\r")
        return node

    def visit_Const(self, node: nodes.Const) -> nodes.Node:  # noqa: N802
        """Put back carriage returns."""
        if isinstance(node.value, str):
            node.value = node.value.replace(self._mark, "\r")
        return node

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802
        """Let each item cost a step and the text around it."""
        self.generic_visit(node)
        text = sum(len(data.data) for data in node.find_all(nodes.TemplateData))
        node.iter = _filter(node.iter, "_each", nodes.Const(text, lineno=node.lineno))
        return node

    def visit_Filter(self, node: nodes.Filter) -> nodes.Node:  # noqa: N802
        """Let what goes in and what comes out cost."""
        self.generic_visit(node)
        if node.node is not None:  # None: the filter of a block, which takes the block's text
            node.node = _seen(node.node)
        return _seen(node)

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        """Make `~` a filter, since Jinja2 lets operators be intercepted, but not this one."""
        self.generic_visit(node)
        return _filter(nodes.List(node.nodes, lineno=node.lineno), "_joined")

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:  # noqa: N802
        """Let what is compared cost."""
        self.generic_visit(node)
        node.expr = _seen(node.expr)
        for operand in node.ops:
            operand.expr = _seen(operand.expr)
        return node

    def visit_Test(self, node: nodes.Test) -> nodes.Node:  # noqa: N802
        """Let what is tested cost."""
        self.generic_visit(node)
        node.node = _seen(node.node)
        return node

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:  # noqa: N802
        """Let a slice, which is a copy, cost, and what is looked up."""
        self.generic_visit(node)
        if isinstance(node.arg, nodes.Slice):
            return _seen(node)
        node.arg = _looked_up(node.arg)
        return node

    def visit_Pair(self, node: nodes.Pair) -> nodes.Node:  # noqa: N802
        """Let the key of a mapping cost."""
        self.generic_visit(node)
        node.key = _looked_up(node.key)
        return node


def _seen(node: nodes.Expr) -> nodes.Filter:
    return _filter(node, "_seen")


def _looked_up(key: nodes.Expr) -> nodes.Expr:
    return key if isinstance(key, nodes.Const) else _seen(key)


def _filter(node: nodes.Node, name: str, *arguments: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(node, name, list(arguments), [], None, None, lineno=node.lineno)


def refuse_files(template: nodes.Template) -> None:
    """Refuse what reaches for other templates.

    Raises:
        TemplateSyntaxError: there is such a statement.
    """
    for found in chain.from_iterable(template.find_all(kind) for kind in _REFUSED):
        name = type(found).__name__.lower().replace("fromimport", "import")
        raise TemplateSyntaxError(f"{{% {name} %}} has no place in a script; wanted all of the text here", found.lineno)


def optional_variables(template: nodes.Template) -> set[str]:
    """Name the variables that a template has a default for, or asks to be defined."""
    filtered: list[Any] = [each.node for each in template.find_all(nodes.Filter) if each.name in _ABSENT_ALLOWED]
    tested: list[Any] = [each.node for each in template.find_all(nodes.Test) if each.name in _TESTS_OF_ABSENCE]
    return {node.name for node in filtered + tested if isinstance(node, nodes.Name)}
