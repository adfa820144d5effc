"""Print a JSON Schema of the language, for completion and hover texts in an editor.

Put `# yaml-language-server: $schema=PATH` into the first line of a schema, where PATH is the
printed text in a file, relative to the schema.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.cli import CLEAN

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def add_arguments(parser: ArgumentParser) -> None:
    """It takes nothing of its own."""


def run(options: Namespace) -> int:
    print(text(), end="")
    return CLEAN


def text() -> str:
    """The JSON Schema; docs/kgen.schema.json holds this text."""
    from json import dumps

    from kgen.model.device import SDDL_PRESETS
    from kgen.model.errno import ERRNO
    from kgen.model.errors import BUILTIN
    from kgen.model.types import BOOLEAN, GUID, INTEGERS
    from kgen.schema.jsonschema import Words, json_schema

    words = Words(
        integers=tuple(INTEGERS),
        types=(BOOLEAN.name, GUID.name),
        sddl_presets=tuple(SDDL_PRESETS),
        errors=tuple(BUILTIN),
        errno=tuple(ERRNO),
    )
    return dumps(json_schema(words), indent=2) + "\n"
