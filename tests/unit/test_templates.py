"""Templates look like the file they make: no logic beyond what this file allows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import nodes

from kgen.emit.environment import make_environment, template_folder
from kgen.emit.escape import FILTERS

FOLDER = Path(template_folder())
TEMPLATES = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.j2"))
ALLOWED_FILTERS = {*FILTERS, "indent"}

# What may stand anywhere. `Output` is text and {{ }}; arguments of calls are looked at apart.
PLAIN = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.For,
    nodes.If,
    nodes.Include,
    nodes.Import,
    nodes.FromImport,
    nodes.Macro,
    nodes.Name,
    nodes.Getattr,
    nodes.Filter,
    nodes.Const,
    nodes.Call,
    nodes.Not,  # of a whole `if`
    nodes.Tuple,  # of the names of a `for`
)


def faults(source: str) -> list[str]:
    """What a template says that belongs into its view, by line."""
    environment = make_environment()
    tree = environment.parse(source)
    macros = {macro.name for macro in tree.find_all(nodes.Macro)}
    for imported in tree.find_all(nodes.FromImport):
        macros.update(name if isinstance(name, str) else name[1] for name in imported.names)
    modules = {imported.target for imported in tree.find_all(nodes.Import)}
    return [f"line {node.lineno}: {text}" for node, text in _faults(tree, macros, modules)]


def _faults(
    tree: nodes.Node, macros: set[str], modules: set[str]
) -> Iterator[tuple[nodes.Node, str]]:
    negated = [node.test for node in tree.find_all(nodes.If)]
    for node in [tree, *tree.find_all(nodes.Node)]:
        if not isinstance(node, PLAIN):
            yield node, f"{type(node).__name__} is logic"
        elif isinstance(node, nodes.Filter) and node.name not in ALLOWED_FILTERS:
            yield node, f"the filter {node.name}"
        elif isinstance(node, (nodes.Include, nodes.Import, nodes.FromImport)):
            if not isinstance(node.template, nodes.Const):
                yield node, "a computed template name"
        elif isinstance(node, nodes.If) and not _is_flag(node):
            yield node, "an `if` that tests more than a flag"
        elif isinstance(node, nodes.For) and not _is_plain_loop(node):
            yield node, "a `for` over something computed, or with a condition"
        elif isinstance(node, nodes.Call) and not _is_macro_call(node, macros, modules):
            yield node, "a call of something that is no macro"
        elif isinstance(node, nodes.Not) and not any(node is test for test in negated):
            yield node, "a computed condition"
        elif isinstance(node, nodes.Tuple) and node.ctx != "store":
            yield node, "a tuple"


def _is_flag(node: nodes.If) -> bool:
    test = node.test.node if isinstance(node.test, nodes.Not) else node.test
    return isinstance(test, (nodes.Name, nodes.Getattr))


def _is_plain_loop(node: nodes.For) -> bool:
    names = node.target.items if isinstance(node.target, nodes.Tuple) else [node.target]
    plain = node.test is None and not node.recursive
    return (
        plain
        and all(isinstance(name, nodes.Name) for name in names)
        and isinstance(node.iter, (nodes.Name, nodes.Getattr))
    )


def _is_macro_call(node: nodes.Call, macros: set[str], modules: set[str]) -> bool:
    called = node.node
    if isinstance(called, nodes.Name):
        return called.name in macros
    return (
        isinstance(called, nodes.Getattr)
        and isinstance(called.node, nodes.Name)
        and called.node.name in modules
    )


def test_there_are_templates() -> None:
    assert TEMPLATES


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_holds_no_logic(name: str) -> None:
    found = faults((FOLDER / name).read_text(encoding="utf-8"))
    assert not found, f"templates/{name}:\n" + "\n".join(found)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_is_tidy(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    lines = text.split("\n")
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    loose = [number for number, line in enumerate(lines, 1) if line != line.rstrip()]
    assert not loose, f"spaces at the end of line {loose}"


@pytest.mark.parametrize(
    "source",
    [
        "{% set a = 1 %}",
        "{% if a == 1 %}{% endif %}",
        "{% if a and b %}{% endif %}",
        "{% if a %}{% elif b > 1 %}{% endif %}",
        "{% if a is defined %}{% endif %}",
        "{% if not (a or b) %}{% endif %}",
        "{% if f(a) %}{% endif %}",
        "{% for a in b if a.c %}{% endfor %}",
        "{% for a, (b, c) in d %}{% endfor %}",
        "{% for a in b, c %}{% endfor %}",
        "{{ a, b }}",
        "{% macro m(x) %}{% endmacro %}{{ m(not a) }}",
        "{% for a in b[1:] %}{% endfor %}",
        "{% for a in b recursive %}{% endfor %}",
        "{% for a in b.items() %}{% endfor %}",
        "{% include name %}",
        "{% import name as m %}",
        "{{ a + 1 }}",
        "{{ a ~ b }}",
        "{{ a[0] }}",
        "{{ a if b else c }}",
        "{{ a.upper() }}",
        "{{ a | upper }}",
        "{{ [a] }}",
        "{{ a == b }}",
        "{{ not a }}",
        "{{ -a }}",
        "{% filter c_comment %}{% endfilter %}",
        "{% call m() %}{% endcall %}",
        "{% block a %}{% endblock %}",
        "{% extends 'a' %}",
        "{% with a = 1 %}{% endwith %}",
    ],
)
def test_logic_is_found(source: str) -> None:
    try:
        found = faults(source)
    except Exception as refused:
        found = [str(refused)]
    assert found


@pytest.mark.parametrize(
    "source",
    [
        "{{ a.b.c }}",
        "{% for a in b.c %}{{ a | c_comment(80) | indent(4) }}{% else %}none{% endfor %}",
        "{% if a.b %}x{% elif a.c %}z{% else %}y{% endif %}{% if not a %}{% endif %}",
        "{% if not loop.last %},{% endif %}",
        "{% for name, value in fields %}{{ name }} {{ value }}{% endfor %}",
        "{% include 'c/_a.h.j2' %}{% from 'c/_m.j2' import a, b as c %}{{ c(x.y) }}",
        "{% import 'c/_m.j2' as m %}{{ m.a(x, 4) }}{% macro n(x) %}{{ x }}{% endmacro %}{{ n(a) }}",
    ],
)
def test_what_is_allowed(source: str) -> None:
    assert faults(source) == []


def test_every_template_is_used() -> None:
    """Each is named by whoever makes its view, or by another template."""
    package = Path(__file__).parents[2] / "kgen"
    text = "".join(path.read_text(encoding="utf-8") for path in package.rglob("*.py"))
    text += "".join((FOLDER / name).read_text(encoding="utf-8") for name in TEMPLATES)
    unused = [name for name in TEMPLATES if name not in text]
    assert not unused


def test_an_unknown_name_is_an_error() -> None:
    environment = make_environment()
    for source in ("{{ nope }}", "{{ a.nope }}", "{% if nope %}{% endif %}"):
        with pytest.raises(Exception, match=r"undefined|no attribute"):
            environment.from_string(source).render(a=object())


def test_none_is_never_printed() -> None:
    with pytest.raises(ValueError, match="None"):
        make_environment().from_string("{{ a }}").render(a=None)


def test_the_environment_offers_nothing_else() -> None:
    environment = make_environment()
    assert set(environment.filters) == ALLOWED_FILTERS
    assert not environment.globals
    assert not environment.tests
    assert os.path.isdir(template_folder())
