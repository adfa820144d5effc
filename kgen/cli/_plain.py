"""Reads the plain command lines of `build` and `check`, which are nearly all there are.

argparse and the parsers of every verb take longer to make than an up-to-date build may take.
What is not understood here is left to them, mistakes above all.
"""

from __future__ import annotations


class Line:
    """What argparse would give for the same words; the names are those of its Namespace."""

    def __init__(self, verb: str) -> None:
        self.verb = verb
        self.schemas: list[str] = []
        self.out: str | None = None
        self.target: list[str] = []
        self.format = "full"
        self.quiet = False
        self.no_color = False
        if verb == "build":
            self.force = False
        else:
            self.full = False


def read(arguments: list[str]) -> Line | None:
    """The command line, where it is `build` or `check` with the usual options, all well-formed."""
    if not arguments or arguments[0] not in ("build", "check"):
        return None
    line = Line(arguments[0])
    flags = {"-q": "quiet", "--quiet": "quiet", "--no-color": "no_color"}
    flags["--force" if line.verb == "build" else "--full"] = (
        "force" if line.verb == "build" else "full"
    )
    rest = iter(arguments[1:])
    for argument in rest:
        if argument in flags:
            setattr(line, flags[argument], True)
        elif argument in ("-o", "--out", "--target"):
            value = next(rest, "-")
            if value.startswith("-"):
                return None
            if argument == "--target":
                line.target.append(value)
            else:
                line.out = value
        elif argument.startswith("-"):
            return None
        else:
            line.schemas.append(argument)
    return line
