"""Call a device: one ioctl, its request and reply as JSON.

The Python client of the schema is made in the cache, and makes the call. Secrets are printed as they come.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from kgen.cli import CLEAN, FINDINGS, UsageError
from kgen.cli._client import client_of
from kgen.cli._options import project_of, schemas_of
from kgen.diagnostics import Sink, closest
from kgen.diagnostics.render import render

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from typing import Any

    from kgen.cli._client import Client

_STANDARD = "-"
_ROOM = 1 << 16
"""Bytes that a driver may fill, where nobody says how many."""


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("schema", metavar="SCHEMA", help="path of the schema")
    parser.add_argument(
        "ioctl", metavar="IOCTL", nargs="?", help="name of the ioctl; without it all are listed"
    )
    parser.add_argument(
        "--json",
        metavar="TEXT",
        help="the request, as `to_dict` of the client has it; `-` reads standard input",
    )
    parser.add_argument(
        "--device", metavar="PATH", help="what to open (default: what the schema says)"
    )
    parser.add_argument(
        "--access",
        choices=("r", "w", "rw", "none"),
        default="rw",
        help="what to open it for (default: rw)",
    )
    parser.add_argument(
        "--data",
        metavar="FILE",
        help="content of a `data:` buffer that the driver reads, or where to put what it wrote; `-` for standard"
        " input or output",
    )
    parser.add_argument(
        "--length",
        type=int,
        metavar="BYTES",
        help=f"size of a buffer that the driver writes to (default: {_ROOM}, or what the schema allows)",
    )
    parser.add_argument(
        "--no-check",
        action="store_true",
        help="do not ask the driver which version of the interface it has",
    )
    parser.add_argument(
        "--simulate",
        metavar="LIBRARY",
        help="load the driver from a library of target `sim`, and call that",
    )


def run(options: Namespace) -> int:
    sink = Sink()
    options.schemas = [options.schema]
    project = project_of(options, sink)
    project.targets = ["python", *(["sim"] if options.simulate else [])]
    paths = schemas_of(project, sink)
    if len(paths) > 1:
        raise UsageError(f"`{options.schema}` names {len(paths)} schemas; one is called at a time")
    client = None if sink.has_errors else client_of(paths[0], sink, project)
    sys.stderr.write(render(sink.sorted(), "full"))
    if client is None:
        return FINDINGS
    try:
        return _call(client, options)
    finally:
        client.close()


def _call(client: Client, options: Namespace) -> int:
    if options.ioctl is None:
        print("\n".join(client.names))
        return CLEAN
    if options.ioctl not in client.names:
        near = closest(options.ioctl, client.names)
        hint = f"did you mean `{near}`?" if near else "they are " + ", ".join(client.names)
        raise UsageError(f"there is no ioctl `{options.ioctl}`; {hint}")
    values, data = _values(options.json), _Buffer(options, client.buffer_of(options.ioctl))
    try:
        with client.open(options) as opened:
            answer = client.call(opened, options.ioctl, values, data.memory)
    except client.refused_values as problem:
        raise UsageError(str(problem)) from None
    except OSError as failure:
        print(f"{type(failure).__name__}: {failure}", file=sys.stderr)
        return FINDINGS
    except (NotImplementedError, TypeError, ValueError) as problem:
        raise UsageError(str(problem)) from None
    data.show(answer)
    return CLEAN


def _values(text: str | None) -> Any:
    if text is None:
        return None
    if text == _STANDARD:
        text = sys.stdin.read()
    try:
        return json.loads(text)
    except ValueError as problem:
        raise UsageError(f"--json is no JSON: {problem}") from None


class _Buffer:
    """The `data:` buffer of a call, if it has one."""

    def __init__(self, options: Namespace, known: Any) -> None:
        self.memory: bytes | bytearray | None = None
        self._path = options.data
        self._element = 0
        """Bytes of an element, where the driver fills it."""
        if known is None:
            if options.data is not None or options.length is not None:
                raise UsageError(f"`{options.ioctl}` has no `data:` buffer")
        elif known.to_caller:
            self._element = known.size
            most = max(known.low, min(known.high, _ROOM // known.size)) * known.size
            self.memory = bytearray(most if options.length is None else max(0, options.length))
        elif options.data is None:
            raise UsageError(f"`{options.ioctl}` reads a buffer; add --data FILE")
        else:
            self.memory = _content(options.data)

    def show(self, answer: Any) -> None:
        """Print the answer. What the driver wrote goes into the file, or is part of it in hexadecimal."""
        if self._element and self.memory is not None:
            filled = bytes(self.memory[: answer * self._element])
            if self._path == _STANDARD:
                sys.stdout.buffer.write(filled)
                return
            if self._path is None:
                answer = {"length": answer, "data": filled.hex()}
            else:
                _put(self._path, filled)
        print(json.dumps(answer, indent=2, ensure_ascii=False))


def _put(path: str, content: bytes) -> None:
    from kgen.cli._save import put

    try:
        put(path, content)
    except OSError as problem:
        raise UsageError(f"cannot write {path}: {problem.strerror}") from None


def _content(path: str) -> bytes:
    try:
        if path == _STANDARD:
            return sys.stdin.buffer.read()
        with open(path, "rb") as file:
            return file.read()
    except OSError as problem:
        raise UsageError(f"cannot read {path}: {problem.strerror}") from None
