import subprocess
import sys

import pytest

from dialogs.encoding import JsonValue
from dialogs.templating import TemplateFault, parse, render, variables_of, worded

VALUES: dict[str, JsonValue] = {
    "shop": "Acme",
    "lamps": ["desk", "floor"],
    "order": {"items": 3, "id": "17"},
    "trick": "{{ shop }}",
    "page": "y" * 1_000_000,
}


@pytest.mark.parametrize(
    ("source", "rendered"),
    [
        ("no, on, 1e3 and 12:30 {stay}\n", "no, on, 1e3 and 12:30 {stay}\n"),
        ("At {{ shop }}.\n\n", "At Acme.\n\n"),
        ("a\r\n{{ shop }}\rb{{ 'c\r\nd' }}", "a\r\nAcme\rbc\r\nd"),
        ("{{ trick }}", "{{ shop }}"),
        ("{{ '<' ~ shop ~ '>' }}", "<Acme>"),
        ("{{ order.items }} for {{ order['id'] }}", "3 for 17"),
        ("{{ lamps | join(' and ') }}, {{ lamps | length }}", "desk and floor, 2"),
        ("{{ order | tojson }}", '{"items":3,"id":"17"}'),
        ("{% for lamp in lamps %}{{ loop.index }}/{{ loop.length }} {{ lamp }};{% endfor %}", "1/2 desk;2/2 floor;"),
        ("{% if shop is defined and 'A' in shop %}{{ shop.lower() }}{% endif %}", "acme"),
        ("{{ nick | default('you') }}{% set x %}!{% endset %}{{ x | upper }}", "you!"),
        ("{% macro hail(who) %}Hi {{ who }}{% endmacro %}{{ hail(shop) }}", "Hi Acme"),
        ("{% raw %}{{ shop }}{% endraw %}", "{{ shop }}"),
        ("{{ 'Dear ' if order.items == 0 }}{{ shop }}", "Acme"),
        ("{{ [3, 4] | sum }} {{ 2 ** 10 }} {{ '-' * 3 }} {{ 2.346 | round(2) }}", "7 1024 --- 2.35"),
    ],
)
def test_a_template_is_rendered(source: str, rendered: str) -> None:
    assert render(source, VALUES) == rendered


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        ("one\n{{ shap }}", 2, "'shap' is undefined"),
        ("{{ order.colour }}", 1, "'dict object' has no attribute 'colour'"),
        ("one\n\n{% if %}", 3, "Expected an expression"),
        ("one\n{{ shop", 2, "unexpected end of template"),
        ("{{ shop | shout }}", 1, "No filter named 'shout'"),
        ("{{ 1 / 0 }}", 1, "a division by zero"),
        ("one\n{{ shop + 1 }}", 2, 'can only concatenate str (not "int") to str'),
        ("{{ page | truncate(-1) }}", 1, "expected length >= 3"),
        ("\n{% include '/etc/passwd' %}", 2, "{% include %} has no place in a script"),
        ("{% block a %}{% endblock %}", 1, "{% block %} has no place in a script"),
        ("{{ range }}", 1, "a function is no text"),
        ("{{ lamps | dictsort }}", 1, "'list' object has no attribute 'items'"),
        ("{{ {}.count or shop }}", 1, "'dict object' has no attribute 'count'"),
        ("{{ 1.5[2:3] }}", 1, "'float' object is not subscriptable"),
        ("{{ shop.replace('a', 'b') }}", 1, ".replace of a str is not for scripts; wanted the filter replace"),
    ],
)
def test_a_fault_names_what_is_wrong_and_its_line(source: str, line: int, message: str) -> None:
    with pytest.raises(TemplateFault) as caught:
        render(source, VALUES)

    assert message in caught.value.message
    assert caught.value.line == line


@pytest.mark.parametrize(
    "source",
    [
        "{{ shop.__class__ }}",
        "{{ shop['__class__'] }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ ().__class__ }}",
        "{{ shop | attr('__class__') }}",
        "{{ '{0.__class__}'.format(shop) }}",
        "{{ 'a%s' % shop }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ lamps.append('x') }}",
        "{{ lamps | groupby('__class__') }}",
        "{{ lipsum() }}",
        "{{ lamps | random }}",
    ],
)
def test_tricks_are_refused(source: str) -> None:
    with pytest.raises(TemplateFault):
        render(source, VALUES)


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'a' * 10**9 }}",
        "{{ 10**9 * [1] }}",
        "{{ 10**(10**10) }}",
        "{% set n = namespace(x=9) %}{% for i in range(100) %}{% set n.x = n.x * n.x %}{% endfor %}",
        "{% set n = namespace(x='a') %}{% for i in range(100) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
        "{% set n = namespace(x='a') %}{% for i in range(100) %}{% set n.x = n.x + n.x %}{% endfor %}",
        "{% for i in range(10**9) %}{% endfor %}",
        "{% for i in range(999) %}{% for j in range(999) %}{% for k in range(999) %}" + "{% endfor %}" * 3,
        "{% for i in range(99999) %}{{ page }}{% endfor %}",
        "{% for i in range(99999) %}{% if page == shop %}{% endif %}{% if 'x' in page %}{% endif %}{% endfor %}",
        "{% for i in range(99999) %}{% set x = page[1:] %}{% endfor %}",
        "{% macro all() %}{% for i in range(99999) %}{{ page }}{% endfor %}{% endmacro %}{{ all() }}",
        "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(100) }}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{{ page | replace('y', page) }}",
        "{{ range(99999) | join(page) }}",
        "{{ range(99999) | map('replace', '1', page) | list }}",
        "{{ page | indent(10**9) }}",
        "{{ 1.5 | round(10**9) }}",
        "{{ [[1], [2]] | sum(start=[]) }}",
        "{{ shop.ljust(10**9) }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}",
        "{{ " + "9" * 5_000 + " }}",
        "{% for i in lamps %}" * 30 + "{% endfor %}" * 30,
    ],
)
def test_no_template_works_without_end(source: str) -> None:
    with pytest.raises(TemplateFault):
        render(source, VALUES)


_NESTED = (
    "{% set n = namespace(x=(1,), y=(1,)) %}"
    "{% for i in range(60) %}{% set n.x = (n.x, n.x) %}{% set n.y = (n.y, n.y) %}{% endfor %}"
)


@pytest.mark.parametrize(
    "use",
    [
        "{{ n.x }}",
        "{{ n }}",
        "{{ n.x ~ '' }}",
        "{{ [n.x] | join }}",
        "{{ n.x | tojson }}",
        "{{ n.x | upper }}",
        "{{ shop | replace(n.x, '') }}",
        "{{ n.x == n.y }}",
        "{{ n.x is eq(n.y) }}",
        "{{ [n.x] | select('eq', n.y) | list }}",
        "{{ [n.x].index(n.y) }}",
        "{{ order[n.x] }}",
        "{{ {n.x: 1} }}",
    ],
)
def test_a_value_that_holds_itself_many_times_is_never_gone_through(use: str) -> None:
    with pytest.raises(TemplateFault, match="works too long or makes too much text"):
        render(_NESTED + use, VALUES)


def test_a_loop_s_own_text_counts_for_each_item() -> None:
    with pytest.raises(TemplateFault, match="works too long or makes too much text"):
        render("{% for i in range(99999) %}" + "y" * 10_000 + "{% endfor %}", {})


def test_a_rendering_s_work_is_not_that_of_the_next() -> None:
    source = "{% for i in range(99999) %}{{ i }}{% endfor %}"

    assert {len(render(source, {})) for _ in range(5)} == {488_885}


def test_a_template_is_read_before_any_value_is_known() -> None:
    parse("{{ anything }} and {plain}")

    with pytest.raises(TemplateFault) as caught:
        parse("one\n{% for x in %}")
    assert caught.value.line == 2


@pytest.mark.parametrize(
    ("source", "variables"),
    [
        ("{{ a }}{{ b.c }}{% for d in range(3) %}{{ d }}{{ loop.index }}{% endfor %}", {"a", "b"}),
        ("{{ a | default('x') }}{% if b is defined %}{{ b }}{% endif %}{{ c }}", {"c"}),
        ("{% set a = 1 %}{{ a }}", set()),
        ("plain {text}", set()),
    ],
)
def test_the_variables_that_a_template_needs_are_known(source: str, variables: set[str]) -> None:
    assert variables_of(source) == variables


def test_every_text_within_a_value_is_rendered_and_no_key() -> None:
    value: JsonValue = {"{{ shop }}": ["{{ shop }}", 1, None, {"x": "{{ order.id }}"}]}

    assert worded(value, lambda text: render(text, VALUES)) == {"{{ shop }}": ["Acme", 1, None, {"x": "17"}]}


def test_texts_without_marks_need_no_jinja() -> None:
    code = "import sys; from dialogs.templating import render; render('Hi {x}', {}); print('jinja2' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout == "False\n"
