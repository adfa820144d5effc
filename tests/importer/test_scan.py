"""What is read of a header's text: macros, and the comments beside things."""

from __future__ import annotations

import pytest

from kgen.importer.names import interface_name, snake
from kgen.importer.scan import scan
from kgen.importer.systems import system_of


def test_macros_with_their_places() -> None:
    found = scan(
        "#define A 1\n  # define B(x, y) \\\n  (x) /* two\n lines */\n\n#define C\n#define D { 1 }\n"
    )
    shown = [
        (each.name, each.parameters, each.body, each.line, each.column) for each in found.macros
    ]
    assert shown == [
        ("A", None, "1", 1, 9),
        ("B", ("x", "y"), "(x)", 2, 12),
        ("C", None, "", 6, 9),
        ("D", None, "{ 1 }", 7, 9),
    ]
    assert [each.name for each in found.macros if each.may_be_value] == ["A", "B"]


def test_a_comment_that_holds_a_macro_is_none() -> None:
    assert scan("/*\n#define A 1\n*/\n// #define B\n").macros == ()


@pytest.mark.parametrize(
    ("text", "line", "doc"),
    [
        ("/* above */\nint a;", 2, "above"),
        ("int a; /* behind */", 1, "behind"),
        ("/* above */\nint a; // behind\n", 2, "behind"),
        ("/* far */\n\nint a;", 3, ""),
        ("// one\n// two\nint a;", 3, "one\ntwo"),
        ("/**\n * Stars\n *\n * and more\n */\nint a;", 6, "Stars\n\nand more"),
        ("/* --- ruler --- */\n/*******/\nint a;", 3, ""),
        ("int a; /**< behind */", 1, "behind"),
        ('const char *a = "/* no */"; /* yes */', 1, "yes"),
    ],
)
def test_comments_become_docs(text: str, line: int, doc: str) -> None:
    assert scan(text).doc(line) == doc


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("GET_LENGTH_INFORMATION", "get_length_information"),
        ("DeviceType", "device_type"),
        ("ulFooBar", "ul_foo_bar"),
        ("__reserved", "reserved"),
        ("BUS_I2C", "bus_i2c"),
        ("HTTPServer", "http_server"),
        ("_3d", "n3d"),
        ("a__b", "a_b"),
        ("_", "unnamed"),
    ],
)
def test_names_in_snake_case(name: str, expected: str) -> None:
    assert snake(name) == expected


def test_the_interface_is_named_by_its_header() -> None:
    assert interface_name("/usr/include/linux/watchdog.h") == "watchdog"
    assert interface_name("errno.h") == "errno_h"
    assert interface_name("C:\\inc\\Foo-Bar.h") == "foo_bar"


def test_the_system_is_that_of_its_words() -> None:
    assert system_of("#include <linux/types.h>\nstruct a { __u32 b; };") == "linux"
    assert system_of("typedef struct { ULONG a; HANDLE b; } A;") == "windows"
    assert system_of("struct a { int b; };") == "linux"
