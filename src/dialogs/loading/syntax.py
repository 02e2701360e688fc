"""What the YAML parser says of a broken file, in words that help to mend it."""

from typing import TYPE_CHECKING, Final, TypeAlias

import yaml

from dialogs.loading.faults import line_and_column

if TYPE_CHECKING:
    from yaml._yaml import Mark as CMark

_Mark: TypeAlias = "yaml.Mark | CMark"

_QUOTES_WANTED: Final = "wanted quotes around the text, or the text below |"

# The parser's own words (libyaml's scanner.c and parser.c), and what they mean to someone who writes a scenario.
_MEANINGS: Final = {
    "mapping values are not allowed in this context": f'": " inside a text without quotes; {_QUOTES_WANTED}',
    "could not find expected ':'": "a line without a colon where a key should stand; "
    "wanted `key: value`, or the lines of a text indented below their key",
    "did not find expected key": "a line that goes on with nothing above it; "
    "wanted a key at the indentation of the other keys",
    "did not find expected '-' indicator": "a line that is no item of the list above it; "
    'wanted "- ", or the indentation of the item\'s other keys',
    "block sequence entries are not allowed in this context": '"- " where no list can begin; '
    "wanted the list on lines of its own",
    "mapping keys are not allowed in this context": 'a key or "? " where no mapping can begin; '
    "wanted it on a line of its own",
    "did not find expected ',' or ']'": "something odd inside [ ]; wanted a comma, or ], or quotes around a text",
    "did not find expected ',' or '}'": "something odd inside { }; wanted a comma, or }, or quotes around a text",
    "did not find expected node content": "nothing where a value should stand; wanted a value",
    "did not find expected alphabetic or numeric character": f"* or & at the beginning of a text; {_QUOTES_WANTED}",
    "found unexpected end of stream": "a quote that is never closed; wanted the same quote at the text's end",
    "found unexpected document indicator": "a quote that is not closed before --- or ...; "
    "wanted the same quote at the text's end",
    "found unknown escape character": "an unknown escape in double quotes; "
    "wanted \\\\ for a backslash, or single quotes around the text",
    "found invalid Unicode character escape code": "half a character (a surrogate) as an escape; "
    'wanted the character itself, or an escape like "\\U0001F600"',
    "found a tab character where an indentation space is expected": "a tab in the indentation; wanted spaces",
    "found a tab character that violates indentation": "a tab in the indentation; wanted spaces",
    "found incompatible YAML document": "a YAML version that is not read; wanted no %YAML line",
    "did not find expected comment or line break": "something after | or >; wanted the text on the lines below",
    "did not find expected <document start>": "something after the end of the document; "
    "wanted one mapping in a document, and --- before the next",
}
_OPEN: Final = {
    "did not find expected ',' or ']'": "a [ that is never closed; wanted its ]",
    "did not find expected ',' or '}'": "a { that is never closed; wanted its }",
}
_TAB: Final = "a tab in the indentation; wanted spaces"
_AFTER_THE_END: Final = f"something after a closing quote, bracket or brace; {_QUOTES_WANTED}"
_UNFIT_LINE: Final = ("did not find expected key", "did not find expected '-' indicator")


def syntax_fault(error: yaml.YAMLError, text: str) -> tuple[int, int, str]:
    """Return line, column and message for what the parser found in `text`; nothing of the text is quoted."""
    mark = _mark(error, text)
    if not isinstance(error, yaml.MarkedYAMLError) or mark is None:
        return 0, 0, "no YAML; wanted YAML text"
    if mark.index >= len(text):
        return *line_and_column(text), _meaning(error, text, mark)
    return mark.line + 1, mark.column + 1, _meaning(error, text, mark)


def _mark(error: yaml.YAMLError, text: str) -> "_Mark | None":
    """Find where to mend: what is still open at the end of the file, where it begins."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return None
    problem, context = error.problem_mark, error.context_mark
    return context if problem is None or (context is not None and problem.index >= len(text)) else problem


def _meaning(error: yaml.MarkedYAMLError, text: str, mark: _Mark) -> str:
    problem = error.problem or error.context or "it cannot be read"
    if problem in _OPEN and error.problem_mark and error.problem_mark.index >= len(text):
        return _OPEN[problem]
    if problem == "found character that cannot start any token":
        character = text[mark.index : mark.index + 1]
        return _TAB if character == "\t" else f"{character} at the beginning of a text; {_QUOTES_WANTED}"
    if problem in _UNFIT_LINE and text[: mark.index].rpartition("\n")[2].strip():
        return _AFTER_THE_END
    return _MEANINGS.get(problem, f"no YAML: {problem}; wanted YAML, or quotes around the text")
