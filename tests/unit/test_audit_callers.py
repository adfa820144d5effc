"""`kgen audit`: who reaches a device, and with which codes."""

from __future__ import annotations

import pytest

from kgen.audit import text
from kgen.audit.security import callers
from tests.support.layouts import HEAD, layouts_of
from tests.unit.test_audit import audited, example

CODES = """\
ioctls:
  any: {function: 0x801, access: any}
  get: {function: 0x802, access: read, out: u32}
  set: {function: 0x803, access: write, in: u32}
  both: {function: 0x804, access: [read, write]}
"""


def calls(sddl: str, id: str) -> list[str]:
    head = f"kgen: 1\ninterface: lamp\nwindows: {{device_type: 0x8A17, sddl: {sddl}}}\n"
    return next(each.calls for each in audited(CODES, head).principals if each.id == id)


@pytest.mark.parametrize(
    ("sddl", "id", "expected"),
    [
        ("admins", "BA", ["any", "get", "set", "both", "interface_info"]),
        ("users_read", "BU", ["any", "get", "interface_info"]),
        ("everyone", "WD", ["any", "get", "set", "both", "interface_info"]),
        ("'D:P(A;;GA;;;SY)(A;;GW;;;BU)'", "BU", ["any", "set", "interface_info"]),
        ("'D:P(A;;GA;;;SY)(A;;0x80;;;BU)'", "BU", ["any", "interface_info"]),
        ("'D:P(A;;GA;;;SY)(A;;0x3;;;LS)'", "LS", ["any", "get", "set", "both", "interface_info"]),
        ("'D:P(D;;GA;;;BU)(A;;GA;;;IU)'", "IU", []),
    ],
)
def test_what_a_handle_can_send_on_windows(sddl: str, id: str, expected: list[str]) -> None:
    assert calls(sddl, id) == expected


@pytest.mark.parametrize(
    ("mode", "group", "others"),
    [
        ("0600", None, []),
        ("0640", ["any", "get", "interface_info"], []),
        ("0660", ["any", "get", "set", "both", "interface_info"], []),
        ("0622", ["any", "set", "interface_info"], ["any", "set", "interface_info"]),
        ("0604", None, ["any", "get", "interface_info"]),
    ],
)
def test_what_a_handle_can_send_on_linux(
    mode: str, group: list[str] | None, others: list[str]
) -> None:
    head = f'kgen: 1\ninterface: lamp\nlinux: {{magic: 0xB9, mode: "{mode}", group: lamps}}\n'
    found = {
        each.id: each for each in audited(CODES.replace("function: 0x80", "nr: "), head).principals
    }
    assert found["root"].calls == ["any", "get", "set", "both", "interface_info"]
    assert (found["group"].calls if "group" in found else None) == group
    assert found["others"].calls == others
    assert not found["others"].administrator


def test_a_capability_is_a_condition_for_all_but_root() -> None:
    head = (
        'kgen: 1\ninterface: lamp\nlinux: {magic: 0xB9, mode: "0666", capability: CAP_SYS_RAWIO}\n'
    )
    found = audited(CODES.replace("function: 0x80", "nr: "), head)
    assert {each.id: each.condition for each in found.principals} == {
        "root": None,
        "group": "the caller has CAP_SYS_RAWIO",
        "others": "the caller has CAP_SYS_RAWIO",
    }
    assert [each.conditional == each.calls for each in found.principals] == [False, True, True]
    assert "group root (on a condition), everybody else (on a condition)" in text(found)
    assert all(not each.memory.system_buffer for each in found.ioctls)


def test_only_what_hangs_on_a_condition_is_conditional() -> None:
    from kgen.audit.security import Rights

    sure, most = Rights(True, True, False), Rights(True, True, True)
    caller = callers(layouts_of(HEAD + CODES).interface)[0]._replace(sure=sure, most=most)
    found = caller.with_calls({"any": ["any"], "get": ["read"], "both": ["read", "write"]})
    assert found.calls == ["any", "get", "both"]
    assert found.conditional == ["both"]


def test_what_else_there_is_to_know_of_a_caller_and_a_device() -> None:
    head = (
        "kgen: 1\ninterface: lamp\n"
        "windows: {device_type: 0x8A17, exclusive: true, sddl: 'D:P(A;;GA;;;SY)(A;;GR;;;AC)'}\n"
    )
    shown = text(audited(CODES, head.replace("'", '"')))
    assert "one handle at a time" in shown
    assert "counts only for what the user who runs it may do as well" in " ".join(shown.split())


def test_a_descriptor_in_words() -> None:
    from kgen.audit.security import descriptor

    found = descriptor(
        "O:BAG:SYD:PAI(A;OICIIO;GA;;;WD)(D;;GW;;;AN)(XA;;GR;;;BU;(@User.Clearance>3))"
        "S:(ML;;NWNR;;;ME)(AU;SAFA;GA;;;WD)"
    )
    assert (found.owner, found.group) == ("Administrators", "Local system")
    assert found.dacl_flags == ["protected: inherits nothing", "inherited by itself"]
    assert [each.text for each in [*found.dacl, *found.sacl]] == [
        "allows Everyone: everything (for what inherits from it, not for the device)",
        "denies Anonymous logon: open for write",
        "allows Users, on a condition: open for read",
        "who runs below medium integrity may not write or read",
        "audits Everyone: everything",
    ]
    assert found.dacl[2].condition == "(@User.Clearance>3)"
    assert found.sacl[1].flags == ["audits success", "audits failure"]


def test_presets_are_named() -> None:
    windows = audited(CODES, HEAD.replace("admins", "users_read")).windows
    assert windows is not None
    assert (windows.preset, windows.sddl) == (
        "users_read",
        "D:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;GR;;;BU)",
    )


def test_a_driver_that_is_not_ours() -> None:
    found = example("mountmgr")
    assert found.external
    assert found.principals == []
    assert found.windows is not None
    assert (found.windows.sddl, found.windows.path) == (None, r"\\.\MountPointManager")
    (ioctl,) = found.ioctls
    assert (ioctl.reached_by, ioctl.outsiders, ioctl.duties) == ([], True, [])
    assert "is not ours" in text(found)
    assert {item.severity for item in found.findings} == {"note"}


def test_an_interface_without_a_device_has_nothing_to_reach() -> None:
    found = audited("", "kgen: 1\ninterface: bare\n")
    assert (found.ioctls, found.principals, found.findings) == ([], [], [])
    assert text(found).startswith("interface bare 1.0: 0 codes, 0 reached by")
