"""The simulator's library: compiled on this machine where there is none, then loaded.

The C files are part of the package. Their library is kept in the user's cache, and
found there by what it was made of: sources, compiler and flags.
"""
# The library is as cffi shows it; the compiler is the user's own.
# ruff: noqa: ANN401, RUF100, S603

from __future__ import annotations

import os
import sys
from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ABI = 3
_COMPILERS = ("cc", "gcc", "clang")
_SUFFIXES = {"win32": ".dll", "darwin": ".dylib"}
_FLAGS = ("-std=c11", "-O2", "-g", "-fvisibility=hidden", "-shared")
_TIMEOUT = 300

ffi: Any = import_module("cffi").FFI()
# As in kgen_sim.h.
ffi.cdef("""
    struct kgen_sim_device;
    struct kgen_sim_open;
    struct kgen_sim_kernel_object;
    struct kgen_data;
    struct kgen_holds;
    struct kgen_sim_caller {
        uint32_t access;
        bool from_kernel;
        bool is_32_bit;
    };
    struct kgen_sim_request {
        uint32_t code;
        uint32_t in_size;
        const void *in;
        void *out;
        uint32_t out_size;
        uint32_t information;
        char refused[200];
    };
    struct kgen_handle {
        void *object;
        const void *host;
    };
    struct kgen_sim_pointed {
        const void *at;
        size_t size;
    };
    struct kgen_sim_message {
        const char *ioctl;
        const void *open;
        const void *in;
        size_t in_size;
        uint32_t room;
        struct kgen_data *data;
        const struct kgen_holds *holds;
        const struct kgen_handle *handles;
        uint32_t handle_count;
        uint32_t pointed_count;
        struct kgen_sim_pointed pointed[8];
        const void *reply;
        size_t reply_size;
    };
    struct kgen_sim_handlers {
        void *context;
        uint32_t (*hook)(void *, const char *, const void *);
        uint32_t (*handle)(void *, struct kgen_sim_message *);
        void (*release)(void *, const char *, const void *, uint64_t);
    };
    uint32_t kgen_sim_abi(void);
    uint32_t kgen_sim_start(const struct kgen_sim_handlers *,
                            struct kgen_sim_device **);
    void kgen_sim_stop(struct kgen_sim_device *);
    uint32_t kgen_sim_open(struct kgen_sim_device *, const struct kgen_sim_caller *,
                           struct kgen_sim_open **);
    void kgen_sim_close(struct kgen_sim_open *);
    uint32_t kgen_sim_control(struct kgen_sim_open *, struct kgen_sim_request *);
    uint64_t kgen_sim_kernel_object_make(struct kgen_sim_device *, uint32_t, uint32_t,
                                  struct kgen_sim_kernel_object **);
    void kgen_sim_kernel_object_close(struct kgen_sim_kernel_object *);
    uint32_t kgen_sim_kernel_object_references(const struct kgen_sim_kernel_object *);
    uint32_t kgen_sim_event_is_set(const struct kgen_sim_kernel_object *);
    void kgen_sim_event_change(struct kgen_sim_kernel_object *, uint32_t);
    uint32_t kgen_sim_win32(uint32_t);
    uint32_t kgen_sim_forwards(void);
    uint32_t kgen_sim_object_count(const struct kgen_holds *);
    uint64_t kgen_sim_object_id(const struct kgen_holds *, uint32_t);
    uint32_t kgen_sim_data_size(const struct kgen_data *);
    uint32_t kgen_sim_data_read(struct kgen_data *, size_t, void *, size_t);
    uint32_t kgen_sim_data_write(struct kgen_data *, size_t, const void *, size_t);
    uint32_t kgen_sim_handle_keep(const struct kgen_handle *, struct kgen_handle *);
    void kgen_sim_handle_drop(struct kgen_handle *);
    void kgen_sim_handle_set(const struct kgen_handle *);
""")


class SimulatorError(Exception):
    """The simulator cannot be started: there is no compiler, or no such library."""


def load(path: str) -> Any:
    """Load a library and see that it is one; raises SimulatorError."""
    try:
        library = ffi.dlopen(os.path.abspath(path))
    except OSError as error:
        raise SimulatorError(f"{path} cannot be loaded: {error}") from None
    try:
        abi = library.kgen_sim_abi()
    except AttributeError:
        raise SimulatorError(f"{path} is no library of a simulator") from None
    if abi != _ABI:
        raise SimulatorError(
            f"{path} is of another kgen: version {abi}, this package needs {_ABI}"
        )
    return library


def needs_handlers(library: Any) -> bool:
    """Return whether a library has no handlers of its own."""
    return hasattr(library, "kgen_sim_forwards")


def compiled(folder: str, name: str) -> str:
    """Return the path of the library of the C files in a folder; compile it if need be.

    The environment variables CC and CFLAGS are obeyed. Raises SimulatorError.
    """
    sources = sorted(
        entry for entry in os.listdir(folder) if entry[-2:] in (".c", ".h")
    )
    command = [*_compiler(), *_FLAGS, *_system_flags(), *_words("CFLAGS")]
    suffix = _SUFFIXES.get(sys.platform, ".so")
    digest = _digest(folder, sources, command)
    path = os.path.join(_cache(), f"{name}-{digest}{suffix}")
    if not os.path.exists(path):
        files = [os.path.join(folder, entry) for entry in sources if entry[-1] == "c"]
        _compile([*command, f"-I{folder}"], files, path)
    return path


def _compile(command: list[str], files: list[str], path: str) -> None:
    """Write the library, and give it its name only when it is whole."""
    import subprocess

    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    unfinished = f"{path}.{os.getpid()}"
    try:
        done = subprocess.run(
            [*command, "-o", unfinished, *files],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_TIMEOUT,
            check=False,
            encoding="utf-8",
            errors="replace",
        )
        if done.returncode != 0:
            raise SimulatorError(
                f"the simulator does not compile:\n{' '.join(command)}\n{done.stdout}"
            )
        os.replace(unfinished, path)
    finally:
        if os.path.exists(unfinished):
            os.remove(unfinished)


def _compiler() -> list[str]:
    from shutil import which

    chosen = _words("CC")
    names = chosen[:1] or list(_COMPILERS)
    for name in names:
        found = which(name)
        if found is not None:
            return [found, *chosen[1:]]
    raise SimulatorError(
        f"no C compiler: {', '.join(names)} not found. Install gcc, clang or "
        f"mingw-w64, name one in CC, or pass library= of a simulator that was "
        f"compiled elsewhere"
    )


def _system_flags() -> list[str]:
    return ["-static"] if sys.platform == "win32" else ["-fPIC", "-pthread"]


def _words(variable: str) -> list[str]:
    from shlex import split

    return split(os.environ.get(variable, ""), posix=sys.platform != "win32")


def _digest(folder: str, sources: list[str], command: list[str]) -> str:
    from hashlib import sha256

    digest = sha256("\0".join([sys.platform, *command]).encode())
    for entry in sources:
        with open(os.path.join(folder, entry), "rb") as file:
            digest.update(b"\0" + entry.encode() + b"\0" + file.read())
    return digest.hexdigest()[:20]


def _cache() -> str:
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or os.path.expanduser("~")
    elif sys.platform == "darwin":
        base = os.path.expanduser("~/Library/Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(base, "kgen", "simulators")
