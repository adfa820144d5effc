"""SDDL: the whole language is read, and who may do what is what Windows would say."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgen.model.device import SDDL_PRESETS
from kgen.sddl import ALL, Grant, SddlError, grants, parse, rights_words, sid_of
from kgen.sddl.rights import CODES, GENERIC, specific
from kgen.sddl.sids import _KNOWN
from tests.support.layouts import HEAD, analyse, layouts_of

READ = 0x0012_0089
WRITE = 0x0012_0116


def granted(text: str) -> dict[str, int]:
    return {grant.sid.id: grant.mask for grant in grants(parse(text))}


def grant_of(text: str, id: str) -> Grant:
    return next(grant for grant in grants(parse(text)) if grant.sid.id == id)


# The language


def test_every_part_is_read() -> None:
    found = parse(
        "O:BAG:S-1-5-21-1-2-3-513D:PAIAR(A;OICI;GRGW;;;BU)(OD;NPIO;0x1f;"
        "6A1B0B2C-93D8-4E0B-9C57-0D3A5B9E2F10;;WD)S:AI(AU;SAFA;FA;;;WD)(ML;;NWNX;;;ME)"
    )
    assert found.owner is not None
    assert found.owner.name == "Administrators"
    assert found.group is not None
    assert found.group.name == "Domain users S-1-5-21-1-2-3-513"
    assert found.dacl is not None
    assert found.dacl.flags == ("P", "AI", "AR")
    first, second = found.dacl.aces
    assert (first.type, first.flags, first.mask) == ("A", ("OI", "CI"), 0xC000_0000)
    assert (first.rights, first.sid.id, first.applies) == ("GRGW", "BU", True)
    assert (second.type, second.mask, second.applies) == ("OD", 0x1F, False)
    assert second.object_guid == "6A1B0B2C-93D8-4E0B-9C57-0D3A5B9E2F10"
    assert found.sacl is not None
    assert [ace.type for ace in found.sacl.aces] == ["AU", "ML"]
    assert found.sacl.aces[1].mask == 0x5


def test_parts_may_be_missing_and_stand_in_any_order() -> None:
    assert parse("D:").dacl is not None
    assert parse("O:SY").dacl is None
    found = parse("S:(AU;FA;GA;;;WD)D:P(A;;GA;;;SY)O:SY")
    assert found.dacl is not None
    assert found.sacl is not None
    assert found.owner is not None


@pytest.mark.parametrize(
    ("rights", "mask"),
    [
        ("GA", 0x1000_0000),
        ("GRGWGX", 0xE000_0000),
        ("FR", READ),
        ("FW", WRITE),
        ("FA", ALL),
        ("fx", 0x0012_00A0),
        ("RCSDWDWO", 0x000F_0000),
        ("CCDCLCSWRPWPDTLOCR", 0x1FF),
        ("0x1F01FF", ALL),
        ("0x0012019f", 0x0012_019F),
        ("3", 3),
        ("010", 8),
        ("0", 0),
        ("", 0),
    ],
)
def test_rights(rights: str, mask: int) -> None:
    dacl = parse(f"D:(A;;{rights};;;SY)").dacl
    assert dacl is not None
    assert dacl.aces[0].mask == mask


def test_a_conditional_entry_ends_where_its_parentheses_do() -> None:
    condition = '((@User.Title=="P;M)") && (Member_of {SID(BA)}))'
    found = grant_of(f"D:P(A;;FX;;;SY)(XA;;GR;;;WD;{condition})(A;;GA;;;BA)", "WD")
    assert found.conditions == (condition,)
    assert (found.mask, found.conditional) == (0, READ)
    attribute = parse('S:(RA;;;;;WD;("Secrecy",TU,0,3))').sacl
    assert attribute is not None
    assert attribute.aces[0].extra == '("Secrecy",TU,0,3)'


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("X:", "begins no part"),
        ("D:P(A;;GA;;;SY", "does not end"),
        ("D:P(A;;GA;;;SY))", "begins no part"),
        ("D:P(A;;GA;;SY)", "has 5 parts"),
        ("D:P(A;;GA;;;XX)", "`XX` is no SID"),
        ("D:P(A;;GA;;;S-2-5-18)", "`S-2-5-18` is no SID"),
        ("D:P(A;;GA;;;S-1-5)", "is no SID"),
        ("D:P(A;;GQ;;;SY)", "`GQ` is no access right"),
        ("D:P(A;;GAG;;;SY)", "`G` is no access right"),
        ("D:P(A;;0x123456789;;;SY)", "is no access right"),
        ("D:P(A;;9999999999;;;SY)", "more than 32 bits"),
        ("D:P(B;;GA;;;SY)", "`B` is no type"),
        ("D:P(A;XX;GA;;;SY)", "`XX` is no flag"),
        ("D:P(AU;;GA;;;SY)", "the SACL only"),
        ("S:(A;;GA;;;SY)", "the DACL only"),
        ("D:P(A;;GA;1;;SY)", "`1` is no GUID"),
        ("D:P(XA;;GA;;;SY)", "has no condition"),
        ("D:P(A;;GA;;;SY;(1))", "a part too many"),
        ("D:(A;;GA;;;SY)D:", "is there twice"),
        ("O:Q", "is no SID"),
        ("D:NO_ACCESS_CONTROL(A;;GA;;;SY)", "there is no list"),
    ],
)
def test_what_is_wrong_is_said(text: str, why: str) -> None:
    with pytest.raises(SddlError, match=r".*") as found:
        parse(text)
    assert why in str(found.value)


@given(st.text(st.sampled_from('OGDS:PAI()ABUXWD;;;;-"0x1f S-1-5-32-544'), max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(SddlError):
        assert all(grant.mask <= ALL for grant in grants(parse(text)))


# Principals


def test_an_alias_and_its_sid_are_one() -> None:
    for id, sid in _KNOWN.items():
        assert sid_of(id) == sid
        if sid.sid:
            assert sid_of(sid.sid) == sid
            assert sid_of(sid.sid.lower()) == sid


def test_groups_are_known_and_closed() -> None:
    """Whatever a member of a group is a member of is listed, so that one look is enough."""
    for sid in _KNOWN.values():
        for group in sid.groups:
            other = sid_of(group)
            assert other is not None
            assert set(other.groups) - {sid.id} <= set(sid.groups), (sid.id, group)


def test_administrators_are_members_of_nothing_less() -> None:
    administrators = {sid.id for sid in _KNOWN.values() if sid.administrator}
    assert {"SY", "BA", "LA", "DA", "EA"} <= administrators
    assert not administrators & {"WD", "AN", "AU", "BU", "IU", "NU", "LS", "NS", "SU", "AC", "PU"}


@pytest.mark.parametrize(
    ("sid", "name", "administrator"),
    [
        ("S-1-5-21-7-8-9-500", "The local administrator S-1-5-21-7-8-9-500", True),
        ("S-1-5-21-7-8-9-512", "Domain administrators S-1-5-21-7-8-9-512", True),
        ("S-1-5-21-7-8-9-1001", "Account or group S-1-5-21-7-8-9-1001", False),
        ("S-1-5-80-1-2-3-4-5", "Service S-1-5-80-1-2-3-4-5", False),
        ("S-1-15-3-1", "Capability of app containers S-1-15-3-1", False),
        ("S-1-99-1", "S-1-99-1", False),
    ],
)
def test_sids_without_an_alias(sid: str, name: str, administrator: bool) -> None:
    found = sid_of(sid)
    assert found is not None
    assert (found.id, found.name, found.administrator) == (sid, name, administrator)


# Rights


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (ALL, ["everything"]),
        (READ | WRITE, ["open for read and write"]),
        (READ, ["open for read"]),
        (WRITE, ["open for write"]),
        (0x80, ["open, but neither for read nor for write"]),
        (0x000C_0001, ["open for read", "change who may open it", "take ownership"]),
        (0, ["nothing"]),
    ],
)
def test_words(mask: int, words: list[str]) -> None:
    assert rights_words(mask) == words


def test_generic_rights_are_those_of_a_file() -> None:
    assert {CODES[code]: CODES[file] for code, file in zip(("GA", "GR", "GW", "GX"), ("FA", "FR", "FW", "FX"), strict=True)} == GENERIC  # fmt: skip
    assert specific(0xC000_0000) == READ | WRITE
    assert specific(0x0100_0000) == 0  # ACCESS_SYSTEM_SECURITY is no right to the device


# Who may do what


def test_the_presets() -> None:
    assert granted(SDDL_PRESETS["system"]) == {"SY": ALL}
    assert granted(SDDL_PRESETS["admins"]) == {"SY": ALL, "BA": ALL}
    assert granted(SDDL_PRESETS["users_read"]) == {"SY": ALL, "BA": ALL, "BU": READ}
    assert granted(SDDL_PRESETS["everyone"]) == {"SY": ALL, "BA": ALL, "WD": READ | WRITE}


def test_the_first_entry_that_names_a_right_decides() -> None:
    assert granted("D:P(D;;GW;;;WD)(A;;GRGW;;;BU)")["BU"] == READ & ~WRITE
    assert granted("D:P(A;;GRGW;;;BU)(D;;GW;;;WD)")["BU"] == READ | WRITE
    assert granted("D:P(D;;GA;;;BA)(A;;GA;;;SY)") == {"BA": 0, "SY": 0}


def test_a_member_has_what_its_groups_have() -> None:
    assert granted("D:P(A;;GR;;;WD)(A;;GW;;;BU)") == {"WD": READ, "BU": READ | WRITE}
    assert granted("D:P(A;;GR;;;AN)(A;;GW;;;WD)")["AN"] == READ  # who is anonymous is not everyone
    assert granted("D:P(A;;GR;;;AC)(A;;GW;;;WD)")["AC"] == READ


def test_what_is_only_inherited_is_no_right_to_the_device() -> None:
    assert granted("D:P(A;;GA;;;SY)(A;OICIIO;GA;;;WD)") == {"SY": ALL}


def test_without_a_list_everybody_may_do_everything() -> None:
    assert granted("O:SY") == {"WD": ALL}
    assert granted("D:NO_ACCESS_CONTROL") == {"WD": ALL}
    assert granted("D:P") == {}


def test_the_owner_may_change_the_list_unless_an_entry_says_what_it_may() -> None:
    change = 0x0006_0000
    assert granted("O:BUD:P(A;;GR;;;AN)(A;;GR;;;IU)") == {
        "AN": READ,
        "IU": READ | change,
        "BU": change,
    }
    assert granted("O:BUD:P(A;;GR;;;OW)")["BU"] == READ


def test_a_condition_grants_nothing_for_sure_and_denies_nothing() -> None:
    found = grant_of("D:P(XD;;GA;;;WD;(1))(XA;;GRGW;;;BU;(1))(A;;GR;;;BU)", "BU")
    assert found.mask == READ
    assert found.conditional == WRITE & ~READ


# In a schema


@pytest.mark.parametrize(
    ("sddl", "label"),
    [
        ("D:P(A;;GA;;;XX)", "`XX` is no SID"),
        ("D:P(A;;GQ;;;SY)", "`GQ` is no access right"),
        ("D:P(A;;GA;;;SY", "`(A;;GA;;;SY` does not end: a `)` is missing"),
        ("D:P(XA;;GA;;;SY;(1))", "a device has a list of who may open it"),
        ("D:NO_ACCESS_CONTROL", "a device has a list of who may open it"),
        ("D:P", "a device has a list of who may open it"),
        ("O:SY", "a device has a list of who may open it"),
        ("amdins", "a preset is a word"),
    ],
)
def test_a_schema_is_told_what_is_wrong(sddl: str, label: str) -> None:
    text = HEAD.replace("sddl: admins", f'sddl: "{sddl}"')
    _, found = analyse(f"{text}ioctls:\n  get: {{function: 0x801, access: read, out: u32}}\n")
    assert [each.code for each in found] == ["KG403"]
    assert (found[0].label or "").startswith(label)


def test_a_schema_keeps_the_text_as_it_is() -> None:
    sddl = "O:BAG:SYD:PAI(D;;0x2;;;AN)(A;OICI;GRGW;;;S-1-5-21-1-2-3-1001)S:(ML;;NW;;;LW)"
    layouts = layouts_of(HEAD.replace("sddl: admins", f'sddl: "{sddl}"'))
    assert layouts.interface.windows is not None
    assert layouts.interface.windows.sddl == sddl
