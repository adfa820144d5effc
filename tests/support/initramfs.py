"""An initramfs, written as the kernel unpacks it (Documentation/driver-api/early-userspace/buffer-format.rst: "newc")."""

from __future__ import annotations

import lzma
import os
import stat
from collections.abc import Iterator, Sequence

from tests.support.kernel_images import KernelImage
from tests.support.tools import find_tool

MODULES = ("virtio_pci", "virtio_console", "9p", "9pnet_virtio")
"""What a guest needs to reach its root and its host."""

FOLDERS = ("bin", "dev", "modules", "proc", "root", "sys")


def initramfs(kernel: KernelImage, init: str) -> bytes:
    """Busybox, MODULES with those that they need, and the script `init`, which finds them in order in /modules."""
    busybox = find_tool("busybox", "busybox-static")
    parts = [_entry(name, stat.S_IFDIR | 0o755) for name in FOLDERS]
    parts.append(_entry("bin/busybox", stat.S_IFREG | 0o755, _content(busybox)))
    parts.append(_entry("init", stat.S_IFREG | 0o755, init.encode()))
    for number, path in enumerate(_in_order(kernel.modules, MODULES)):
        name = f"modules/{number:02}-{os.path.basename(path).removesuffix('.xz')}"
        parts.append(_entry(name, stat.S_IFREG | 0o644, _content(path)))
    parts.append(_entry("TRAILER!!!", 0))
    return b"".join(parts)


def _entry(name: str, mode: int, content: bytes = b"") -> bytes:
    path = name.encode() + b"\0"
    links = 2 if stat.S_ISDIR(mode) else 1
    numbers = (0, mode, 0, 0, links, 0, len(content), 0, 0, 0, 0, len(path), 0)
    head = b"070701" + b"".join(b"%08X" % number for number in numbers)
    return _padded(head + path) + _padded(content)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _content(path: str) -> bytes:
    with open(path, "rb") as file:
        data = file.read()
    return lzma.decompress(data) if path.endswith(".xz") else data


def _in_order(folder: str, wanted: Sequence[str]) -> list[str]:
    """The files of modules, each after all that it needs; what is built into the kernel has none."""
    needs: dict[str, list[str]] = {}
    with open(os.path.join(folder, "modules.dep"), encoding="utf-8") as file:
        for line in file:
            path, _, others = line.partition(":")
            needs[path] = others.split()
    by_name = {os.path.basename(path).partition(".")[0]: path for path in needs}
    order: dict[str, None] = {}
    for path in _with_needs([by_name[name] for name in wanted if name in by_name], needs):
        order.setdefault(path)
    return [os.path.join(folder, path) for path in order]


def _with_needs(paths: Sequence[str], needs: dict[str, list[str]]) -> Iterator[str]:
    for path in paths:
        yield from _with_needs(needs[path], needs)
        yield path
