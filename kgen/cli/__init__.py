"""The `kgen` command. A verb is a file of this folder (see `kgen.cli._verbs`)."""

from __future__ import annotations

import gc
import io
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

CLEAN = 0
FINDINGS = 1
ERROR = 2
"""Wrong usage, or something that kgen could not do."""
INTERRUPTED = 130
READER_GONE = 141
"""The shell's numbers for a command that SIGINT or SIGPIPE ended."""


class UsageError(Exception):
    """What the command line asks for cannot be done; the message says why, for the user to read."""


def command() -> NoReturn:
    """The installed command: run the process's command line and end it."""
    status = main()
    sys.stderr.flush()
    # Taking all modules apart one by one costs as much as starting Python did.
    os._exit(status)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line; the exit status: 0 clean, 1 findings, 2 usage or internal error."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    # Nearly nothing becomes garbage in a run this short, and looking for it takes a third of it.
    gc.disable()
    for stream in (sys.stdout, sys.stderr):
        # A name in a schema may have characters that the terminal cannot show.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        status = _status(arguments)
        sys.stdout.flush()
        return status
    except UsageError as problem:
        print(f"kgen: {problem}", file=sys.stderr)
        return ERROR
    except KeyboardInterrupt:
        print("kgen: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # What is still in the buffer has no reader either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return READER_GONE
    except Exception:
        from traceback import print_exc

        print_exc()
        print("kgen: internal error, please report it with the lines above", file=sys.stderr)
        return ERROR
    finally:
        gc.enable()


def _status(arguments: list[str]) -> int:
    from kgen.cli import _fast, _plain

    line = _plain.read(arguments)
    status = _fast.answer(line) if line is not None else None
    if status is not None:
        return status
    from kgen.cli import _run

    return _run.run(arguments, line)
