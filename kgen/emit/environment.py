"""The one jinja2 environment: views and templates in, text out.

The path of the templates is `kgen/_templates` in a wheel and `templates/` in a working tree.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from kgen.emit.cache import bytecode_cache
from kgen.emit.escape import FILTERS
from kgen.emit.manifest import is_inside

if TYPE_CHECKING:
    from typing import Any

    from kgen.targets.target import Output


def template_folder() -> str:
    """Where the templates are, in the installed package or beside it."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    installed = os.path.join(package, "_templates")
    return installed if os.path.isdir(installed) else os.path.join(package, "..", "templates")


def _printable(value: Any) -> Any:
    # `None` in an output is always a hole in the view, never something that was meant.
    if value is None:
        raise ValueError("a template prints a field that is None")
    return value


class _Environment(Environment):
    # A view has attributes, and one that is not there is a mistake. That of jinja2 looks for an
    # item too, then makes an Undefined, and takes four times as long; there are very many.
    getattr = staticmethod(getattr)  # type: ignore[assignment]


def make_environment() -> Environment:
    """The environment that every template is rendered in, in tests as well."""
    environment = _Environment(
        loader=FileSystemLoader(template_folder()),
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
        auto_reload=False,
        cache_size=-1,
    )
    standard = environment.filters["indent"]
    environment.filters.clear()
    environment.filters.update(FILTERS, indent=standard)
    environment.globals.clear()
    environment.tests.clear()
    return environment


def render(outputs: list[Output], stamp: str) -> dict[str, bytes]:
    """The content of every output by its path, in the given order; nothing is written.

    `stamp` is the text, of a line or two, that says what made the file; templates see it under
    that name. Two outputs of one path are a bug of a target.
    """
    _check_paths(outputs)
    environment = make_environment()
    cache = environment.bytecode_cache = bytecode_cache(template_folder(), _settings())
    files: dict[str, bytes] = {}
    for output in outputs:
        if output.template is None:
            files[output.path] = files[output.same] if output.same else _copied(output)
            continue
        template = environment.get_template(output.template)
        names = output.view._asdict() if output.view is not None else {}
        files[output.path] = template.render(names, stamp=stamp).encode("utf-8")
    if cache is not None:
        cache.save()
    return files


def _check_paths(outputs: list[Output]) -> None:
    seen: set[str] = set()
    for path, author in ((output.path, output.author) for output in outputs):
        if not author and not is_inside(path):
            raise ValueError(f"an output may not be named {path}")
        # Windows takes names that differ only in case for one.
        if path.lower() in seen:
            raise ValueError(f"two outputs are both named {path}")
        seen.add(path.lower())


def _settings() -> str:
    # Code compiled before this file or an escaper changed may not be what it would be now.
    here = os.path.dirname(os.path.abspath(__file__))
    names = ("environment.py", "escape.py")
    return " ".join(str(os.stat(os.path.join(here, name)).st_mtime_ns) for name in names)


def _copied(output: Output) -> bytes:
    if output.source is None:
        raise ValueError(f"{output.path} has neither a template nor a source")
    with open(os.path.join(template_folder(), *output.source.split("/")), "rb") as file:
        return file.read()
