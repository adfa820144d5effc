"""Typed values of scalars, by kgen's rules and not by YAML's.

What YAML 1.1 and 1.2 read differently is refused with a code of its own; `what` names the value
in messages.
"""

from __future__ import annotations

import re

from kgen.diagnostics import Sink, closest
from kgen.source.nodes import Scalar

_OLD_BOOLEANS = {
    "yes": "true",
    "on": "true",
    "y": "true",
    "no": "false",
    "off": "false",
    "n": "false",
}
_LEADING_ZERO = re.compile(r"-?0[0-9_]+")
_FRACTION = re.compile(
    r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*|[0-9][0-9_]*(?=[eE]))(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?\.(?:inf|nan)",
    re.IGNORECASE,
)
_BASE_SIXTY = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*")


def report_odd_number(scalar: Scalar, what: str, sink: Sink) -> bool:
    """Whether the text is a number that YAML readers disagree about, which is then reported."""
    text = scalar.text
    if not scalar.plain:
        return False
    if _LEADING_ZERO.fullmatch(text):
        _leading_zero(scalar, what, sink)
    elif _BASE_SIXTY.fullmatch(text):
        sink.error(
            "KG034",
            scalar.span,
            f"`{text}` is no number in a schema",
            label="base sixty to some YAML readers",
            help="write the number in base ten",
        )
    elif _DATE.fullmatch(text):
        sink.error("KG035", scalar.span, f"{what} is an integer, not the date `{text}`")
    elif _FRACTION.fullmatch(text):
        _fraction(scalar, what, sink)
    else:
        return False
    return True


def _leading_zero(scalar: Scalar, what: str, sink: Sink) -> None:
    sign = "-" if scalar.text[0] == "-" else ""
    bare = scalar.text.lstrip("-").replace("_", "").lstrip("0") or "0"
    sink.error(
        "KG032",
        scalar.span,
        f"`{scalar.text}` begins with a zero",
        label="base eight to some YAML readers, base ten to others",
        help=f"write `{sign}{bare}`",
    )


def _fraction(scalar: Scalar, what: str, sink: Sink) -> None:
    sink.error(
        "KG033",
        scalar.span,
        f"{what} is a whole number, not `{scalar.text}`",
        help="write all of its digits, without point and exponent",
    )


def boolean(scalar: Scalar, what: str, sink: Sink) -> bool | None:
    """`true` or `false`, plain and in lower case."""
    text = scalar.text
    if scalar.plain and text in ("true", "false"):
        return text == "true"
    meant = _OLD_BOOLEANS.get(text.lower())
    if meant and scalar.plain:
        sink.error(
            "KG030",
            scalar.span,
            f"{what} is `true` or `false`, not `{text}`",
            label="a boolean to some YAML readers, a text to others",
            help=f"write `{meant}`",
        )
        return None
    meant = {"1": "true", "0": "false"}.get(text) or closest(text.lower(), ("true", "false"))
    unquoted = "" if scalar.plain else ", without quotes"
    help = f"write `{meant}`{unquoted}" if meant else None
    sink.error("KG031", scalar.span, f"{what} is `true` or `false`, not `{text}`", help=help)
    return None
