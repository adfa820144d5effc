"""The Python client of a schema, made in the user's cache and imported: what `kgen call` calls with."""

from __future__ import annotations

import os
import sys
import tempfile
from hashlib import sha256
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from shutil import rmtree
from typing import TYPE_CHECKING

from kgen.pipeline import generate

if TYPE_CHECKING:
    from argparse import Namespace
    from types import ModuleType
    from typing import Any

    from kgen.diagnostics import Sink
    from kgen.project import Project

_PREFIX = "python/"


class Client:
    """An imported client. It is code of the schema: whoever may write the schema may call anything anyway."""

    def __init__(self, package: str, temporary: str) -> None:
        self._package = package
        self._temporary = temporary
        self._plain: Any = import_module(f"{package}._runtime.plain")
        self._device: Any = _device(import_module(f"{package}.device"))
        self.refused_values: type[ValueError] = import_module(
            f"{package}._runtime.errors"
        ).ValidationError
        """What is raised for a value that the client itself refuses."""
        self.names: list[str] = self._plain.names(self._device)
        """Of the ioctls."""

    def buffer_of(self, ioctl: str) -> Any:
        """Of a `data:` buffer the size of an element, its bounds in elements, and whether it is filled; or None."""
        return self._plain.buffer_of(self._device, ioctl)

    def open(self, options: Namespace) -> Any:
        """The open device, a context manager."""
        check = not options.no_check
        if options.simulate is not None:
            return self._simulated(os.path.abspath(options.simulate), options.access, check)
        return self._device.open(options.device, access=options.access, check=check)

    def _simulated(self, library: str, access: str, check: bool) -> Any:
        from kgen.cli import UsageError

        simulator_error = import_module(f"{self._package}._runtime.library").SimulatorError
        try:
            return self._device.simulate(library=library, access=access, check=check)
        except simulator_error as problem:
            raise UsageError(str(problem)) from None

    def close(self) -> None:
        """Remove what is not in the cache."""
        if self._temporary:
            rmtree(self._temporary, ignore_errors=True)

    def call(self, device: Any, ioctl: str, values: Any, data: bytes | bytearray | None) -> Any:
        """What the reply is in plain values."""
        return self._plain.call_plain(device, ioctl, values, data)


def client_of(path: str, sink: Sink, project: Project) -> Client | None:
    """The client of a schema; None where the schema is wrong (reported)."""
    made = generate(path, sink, project)
    if made is None:
        return None
    files = {
        name.removeprefix(_PREFIX): content
        for name, content in made.files.items()
        if name.startswith(_PREFIX)
    }
    package = next(name.partition("/")[0] for name in files if name.endswith("/device.py"))
    # The folder is named for what is in it, so that it is never of another schema or kgen.
    content = "".join(f"{name} {sha256(files[name]).hexdigest()}\n" for name in sorted(files))
    key = sha256(content.encode()).hexdigest()[:32]
    place = _cached(files, key)
    temporary = ""
    if not place:
        place = temporary = tempfile.mkdtemp(prefix="kgen-client-")
        _write(files, temporary)
    return Client(_imported(os.path.join(place, package), f"kgen_client_{key}"), temporary)


def _imported(folder: str, name: str) -> str:
    """Import the package in a folder by a name of its own: an interface may be called `json`."""
    if name not in sys.modules:
        spec = spec_from_file_location(name, os.path.join(folder, "__init__.py"))
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return name


def _cached(files: dict[str, bytes], key: str) -> str:
    """The folder of these files, which is whole if it is there; empty where there is no cache."""
    from kgen.emit.cache import cache_folder

    cache = cache_folder()
    if not cache:
        return ""
    folder = os.path.join(cache, "clients", key)
    if not os.path.isdir(folder):
        os.makedirs(os.path.dirname(folder), mode=0o700, exist_ok=True)
        fresh = tempfile.mkdtemp(prefix=f"{key}.", dir=os.path.dirname(folder))
        _write(files, fresh)
        try:
            os.rename(fresh, folder)
        except OSError:  # somebody was faster
            rmtree(fresh, ignore_errors=True)
    return folder


def _write(files: dict[str, bytes], folder: str) -> None:
    for name, content in files.items():
        target = os.path.join(folder, name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as file:
            file.write(content)


def _device(module: ModuleType) -> Any:
    """The class of the device, the only one that the module defines."""
    return next(
        each
        for each in vars(module).values()
        if isinstance(each, type) and each.__module__ == module.__name__
    )
