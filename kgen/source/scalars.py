"""Typed values of scalars, by kgen's rules and not by YAML's.

What YAML 1.1 and 1.2 read differently is refused with a code of its own. Each function reports
and returns None where the text is not of the wanted type; `what` names the value in messages.
"""

from __future__ import annotations

import re

from kgen.diagnostics import Sink
from kgen.source.nodes import Scalar

_DIGITS = {
    "": r"(?:0|[1-9][0-9]*(?:_[0-9]+)*)",
    "0x": r"[0-9A-Fa-f]+(?:_[0-9A-Fa-f]+)*",
    "0o": r"[0-7]+(?:_[0-7]+)*",
    "0b": r"[01]+(?:_[01]+)*",
}
_INTEGER = re.compile(
    "-?(?:" + "|".join(f"{base}{digits}" for base, digits in _DIGITS.items()) + ")"
)
# Far beyond 64 bits, and short of what Python refuses to convert.
_LONGEST = 256

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
_NOT_TEXT = re.compile(r"[-+]?\.?[0-9].*")


def integer(scalar: Scalar, what: str, sink: Sink) -> int | None:
    """The integer: base ten, `0x`, `0o` or `0b`, `_` between digits, `-` before it."""
    if report_nothing(scalar, what, sink) or report_odd_number(scalar, what, sink):
        return None
    text = scalar.text
    if _INTEGER.fullmatch(text) and len(text) <= _LONGEST:
        return int(text, 0)
    help = _meant_integer(text) or "write it in base ten, or with `0x`, `0o` or `0b`"
    shown = text if len(text) <= 40 else text[:40] + "…"
    sink.error("KG037", scalar.span, f"{what} is an integer, not `{shown}`", help=help)
    return None


def _meant_integer(text: str) -> str | None:
    """What to do about a number in the spelling of C or of an assembler."""
    if re.fullmatch(r"0[XOB].+", text):
        return f"write `{text[:2].lower()}{text[2:]}`"
    if re.fullmatch(r"\+[0-9]+", text):
        return f"write `{text[1:]}`"
    if re.fullmatch(r"(0x[0-9A-Fa-f]+|[0-9]+)[uUlL]+", text):
        return f"write `{text.rstrip('uUlL')}`; suffixes are not needed"
    if re.fullmatch(r"[0-9A-Fa-f]*[0-9][0-9A-Fa-f]*[hH]?", text):
        return f"write `0x{text.rstrip('hH')}` if it is hexadecimal"
    return None


def report_odd_number(scalar: Scalar, what: str, sink: Sink) -> bool:
    """Whether the text is a number in a form that kgen does not take, which is then reported.

    For whoever reads more than plain integers, such as expressions, and wants the same answers.
    """
    text = scalar.text
    if not scalar.plain:
        if not _INTEGER.fullmatch(text):
            return False
        sink.error(
            "KG036",
            scalar.span,
            f"{what} is a number, not a text",
            help=f"write `{text}`, unquoted",
        )
    elif _LEADING_ZERO.fullmatch(text):
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
    sign, digits = ("-", scalar.text[1:]) if scalar.text[0] == "-" else ("", scalar.text)
    bare = digits.replace("_", "").lstrip("0") or "0"
    octal = (
        f", or `{sign}0o{bare}` in base eight" if not set(bare) & set("89") and bare != "0" else ""
    )
    sink.error(
        "KG032",
        scalar.span,
        f"`{scalar.text}` begins with a zero",
        label="base eight to some YAML readers, base ten to others",
        help=f"write `{sign}{bare}`{octal}",
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
    if report_nothing(scalar, what, sink):
        return None
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
    meant = {"1": "true", "0": "false"}.get(text) or text.lower()
    unquoted = "" if scalar.plain else ", without quotes"
    help = f"write `{meant}`{unquoted}" if meant in ("true", "false") else None
    sink.error("KG031", scalar.span, f"{what} is `true` or `false`, not `{text}`", help=help)
    return None


def text(scalar: Scalar, what: str, sink: Sink) -> str | None:
    """The text as it is written; a key without a value has none."""
    return None if report_nothing(scalar, what, sink) else scalar.text


def quoted_text(scalar: Scalar, what: str, sink: Sink) -> str | None:
    """A text that must be quoted if it looks like a number, such as a version."""
    if report_nothing(scalar, what, sink):
        return None
    if scalar.plain and _NOT_TEXT.fullmatch(scalar.text):
        sink.error(
            "KG039",
            scalar.span,
            f"{what} is a text and needs quotes",
            label="a number to YAML",
            help=f'write `"{scalar.text}"`',
        )
        return None
    return scalar.text


def report_nothing(scalar: Scalar, what: str, sink: Sink) -> bool:
    """Whether the value is empty, `~` or `null`, which is then reported."""
    if not scalar.is_null:
        return False
    written = f", not `{scalar.text}`" if scalar.text else ""
    sink.error("KG038", scalar.span, f"{what} needs a value{written}", label="nothing here")
    return True
