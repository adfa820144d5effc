"""docs/abi.md and docs/performance.md say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from kgen.abi import ABIS
from kgen.abi.argument import BUFFER_ALIGN, BUFFER_SIZE, GROWING_ALIGN
from kgen.abi.codes import ACCESS, IOC, LARGEST_SIZE, METHODS

DOCS = Path(__file__).parents[2] / "docs"
ABI = (DOCS / "abi.md").read_text(encoding="utf-8")


def test_the_table_of_abis() -> None:
    rows = [
        f"| `{abi.name}` | {abi.pointer} | {abi.long} | {abi.align64} "
        f"| {'big' if abi.big_endian else 'little'} | { ({'two': '2', 'three': '3'}.get(abi.ioc, '')) } |"
        for abi in ABIS
    ]
    table = re.search(r"<!-- abis -->\n(.*?)<!-- end -->", ABI, re.DOTALL)
    assert table
    assert [re.sub(r" +\|", " |", row) for row in table[1].splitlines()[2:]] == [
        re.sub(r" +\|", " |", row) for row in rows
    ]


def test_the_numbers_in_the_text() -> None:
    for words in (
        ", ".join(f"`{name}` {value}" for name, value in ACCESS.items()),
        ", ".join(f"`{name}` {value}" for name, value in METHODS.items()),
        f"at most {LARGEST_SIZE} ",
        f"It has {BUFFER_SIZE} bytes and is aligned to {BUFFER_ALIGN}.",
        f"begins at a multiple of {GROWING_ALIGN},",
    ):
        assert words in ABI
    for encoding, name in (("two", "most ABIs"), ("three", "powerpc, mips, sparc, alpha")):
        bits, directions = IOC[encoding]
        numbers = [bits, *(directions[each] for each in ("none", "in", "out", "both"))]
        words = " . ".join(map(str, numbers))
        row = f"^\\| {name}.* \\| {words} .$"
        assert re.search(row, ABI, re.MULTILINE)
