"""What a compiler forgets of a header's text: the names of macros, and the comments beside things."""

from __future__ import annotations

import re

from kgen.record import NamedTuple

_DEFINE = re.compile(r"[ \t]*#[ \t]*define[ \t]+([A-Za-z_]\w*)(\(([^)\n]*)\))?[ \t]*(.*)")
_ENUMERATOR = re.compile(r"^[ \t]*([A-Za-z_]\w*)[ \t]*=[ \t\n]*(?=[A-Za-z_(][\w(]*[ \t]*\()", re.M)
_MAKER = re.compile(r"\w*(?:CTL_CODE|_IO(?:C|R|W|WR)?)[ \t]*\(")
"""Those of the systems, and what headers that are included call theirs: `DRM_IOW`."""
_WORD = re.compile(r"[A-Za-z_]\w*")
_TOKEN = re.compile(
    r"""//[^\n]*|/\*(?s:.*?)\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.VERBOSE
)
_STAR = re.compile(r"^[ \t]*\*?!?<?[ \t]?", re.M)
_UNUSABLE = re.compile(r"[{};#]|^\s*$")


class Macro(NamedTuple):
    name: str
    parameters: tuple[str, ...] | None
    """None of a macro without parentheses."""
    body: str
    line: int
    column: int

    @property
    def may_be_value(self) -> bool:
        """Whether it can stand where an expression does: no statement, no half of a bracket; `'#'` is a number."""
        body = _TOKEN.sub("0", self.body)
        return not _UNUSABLE.search(body) and body.count("(") == body.count(")")


class Enumerator(NamedTuple):
    """One whose value calls a macro, as far as text can tell."""

    name: str
    expression: str


class Scan(NamedTuple):
    text: str
    macros: tuple[Macro, ...]
    enumerators: tuple[Enumerator, ...]
    comments: dict[int, str]
    """By the line on which a comment ends that stands alone."""
    trailing: dict[int, str]
    """By the line behind whose code it begins."""
    used: frozenset[str]
    """Names in the bodies of macros."""

    @property
    def codes(self) -> frozenset[str]:
        """Macros without parameters that make a code, as far as this text tells."""
        makers: set[str] = set()
        for _ in range(3):
            makers |= {
                each.name
                for each in self.macros
                if each.parameters is not None and _makes(each, makers)
            }
        return frozenset(
            each.name
            for each in self.macros
            if each.parameters is None and each.may_be_value and _makes(each, makers)
        )

    def doc(self, line: int, last: int | None = None) -> str:
        """The comment of what stands there: behind it, or else just above."""
        behind = self.trailing.get(line if last is None else last, "")
        return behind or self.comments.get(line - 1, "")


def _makes(macro: Macro, makers: set[str]) -> bool:
    return bool(_MAKER.search(macro.body) or makers.intersection(_WORD.findall(macro.body)))


def scan(text: str) -> Scan:
    """Read a header. Line and column count from 1."""
    text = text.replace("\r\n", "\n").replace("\\\n", " \x00")
    code, comments, trailing = _comments(text)
    macros: dict[str, Macro] = {}
    used: set[str] = set()
    number = 0
    for line in code.split("\n"):
        number += 1
        start, number = number, number + line.count("\x00")
        match = _DEFINE.match(line.replace("\x00", " "))
        if match is None:
            continue
        parameters = None
        if match[2] is not None:
            parameters = (
                tuple(part.strip() for part in match[3].split(",")) if match[3].strip() else ()
            )
        body = " ".join(match[4].split())
        used.update(word for word in _WORD.findall(body) if word != match[1])
        macros.setdefault(match[1], Macro(match[1], parameters, body, start, match.start(1) + 1))
    return Scan(
        text, tuple(macros.values()), _enumerators(code), comments, trailing, frozenset(used)
    )


def _comments(text: str) -> tuple[str, dict[int, str], dict[int, str]]:
    """The text with its comments blanked, and what they say."""
    alone: dict[int, str] = {}
    behind: dict[int, str] = {}
    pieces: list[str] = []
    at, line = 0, 1
    for match in _TOKEN.finditer(text):
        between = text[at : match.start()]
        pieces.append(between)
        line += between.count("\n") + between.count("\x00")
        at = match.end()
        token = match[0]
        if token[0] != "/":
            pieces.append(token)
            continue
        lines = token.count("\n") + token.count("\x00")
        before = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        said = _words(token)
        if not before.strip():
            last = line + lines
            if token[1] == "/" and line - 1 in alone:
                said = f"{alone.pop(line - 1)}\n{said}"
            alone[last] = said
        else:
            behind.setdefault(line, said)
        # Line ends stay, and so do columns.
        pieces.append(re.sub(r"[^\n\x00]", " ", token))
        line += lines
    pieces.append(text[at:])
    return "".join(pieces), alone, behind


def _words(comment: str) -> str:
    """What a comment says, without its stars and rulers."""
    comment = comment.replace("\x00", "")
    inner = comment[2:] if comment[1] == "/" else comment[2:-2]
    lines = [_STAR.sub("", line, count=1).rstrip() for line in inner.split("\n")]
    lines = [line.lstrip("/!<").strip() if not line.strip("*-=/#_ ") else line for line in lines]
    lines = ["" if not line.strip("*-=/#_ ") else line.lstrip("!<").rstrip() for line in lines]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.strip() for line in lines)).strip()


def _enumerators(code: str) -> tuple[Enumerator, ...]:
    flat = code.replace("\x00", " ")
    found = []
    for match in _ENUMERATOR.finditer(flat):
        depth, end = 0, match.end()
        while end < len(flat):
            sign = flat[end]
            depth += (sign == "(") - (sign == ")")
            if depth < 0 or (depth == 0 and sign in ",}"):
                break
            if sign in ";{":
                end = -1
                break
            end += 1
        if end > 0:
            expression = " ".join(flat[match.end() : end].split())
            found.append(Enumerator(match[1], expression))
    return tuple(found)
