"""Audit: the report -> headings, facts and tables, which text and HTML show each in its way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.audit.words import (
    access_words,
    buffer_words,
    code_words,
    memory_words,
    message_words,
    reach_words,
)
from kgen.lint import SEVERITIES
from kgen.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kgen.audit.records import IoctlReport, Item, ObjectReport, Principal, Report, WindowsDevice


class Fact(NamedTuple):
    label: str
    text: str
    code: bool
    """Something to copy, such as a number or a path."""


class Cell(NamedTuple):
    text: str
    kind: str
    """`plain`, `short` (in one line), `code`, `yes`, `no`, `maybe`, `outside`, or a severity."""
    link: str = ""
    """Of the card that tells more."""


class Table(NamedTuple):
    title: str
    head: list[str]
    rows: list[list[Cell]]


class Mark(NamedTuple):
    """A finding."""

    severity: str
    rule: str
    message: str
    place: str
    """`schemas/vault.yaml:42:16`."""
    why: str
    source: str


class Tag(NamedTuple):
    text: str
    kind: str
    """`plain`, `outside`, `unknown`, or a severity."""


class Card(NamedTuple):
    """An ioctl."""

    name: str
    tags: list[Tag]
    doc: str
    facts: list[Fact]
    tables: list[Table]
    duties: list[str]
    marks: list[Mark]


class Sheet(NamedTuple):
    """An interface."""

    name: str
    version: str
    tags: list[Tag]
    doc: str
    facts: list[Fact]
    notes: list[str]
    """What to know before reading on."""
    security: list[Table]
    overview: list[Table]
    """Who can send what, and every finding in a line."""
    findings: list[Mark]
    """Those of the device; an ioctl's are at its card."""
    cards: list[Card]


_OURS = "What is checked is checked by the generated core, before the handler runs."
_THEIRS = (
    "The driver exists already and is not ours: who may open its device, and what it checks, is not in this schema."
    " What is called checked here is what the schema says of a request, and the client refuses to send anything else."
)


def outline(report: Report) -> Sheet:
    return Sheet(
        name=report.interface,
        version=report.version,
        tags=list(_tags(report)),
        doc=report.doc,
        facts=list(_facts(report)),
        notes=list(_notes(report)),
        security=list(_security(report)),
        overview=[*_reach(report), *_all_findings(report)],
        findings=[_mark(item) for item in report.findings if item.ioctl is None],
        cards=[_card(ioctl, report) for ioctl in report.ioctls],
    )


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _notes(report: Report) -> Iterator[str]:
    yield _THEIRS if report.external else _OURS


def _tags(report: Report) -> Iterator[Tag]:
    yield Tag(_counted(len(report.ioctls), "code"), "plain")
    if report.external:
        yield Tag("security not known", "unknown")
    else:
        outside = sum(ioctl.outsiders for ioctl in report.ioctls)
        kind = "outside" if outside else "plain"
        yield Tag(f"{outside} reached by others than administrators", kind)
    for severity in SEVERITIES:
        count = sum(item.severity == severity for item in report.findings)
        if count:
            yield Tag(_counted(count, severity), severity)


def _windows_facts(windows: WindowsDevice) -> Iterator[Fact]:
    if windows.device is not None:
        yield Fact("device", windows.device, True)
    if windows.path is not None:
        yield Fact("opened as", windows.path, True)
    if windows.interface_guid is not None:
        yield Fact("found by", f"device interface {windows.interface_guid}", True)
    for hardware_id in windows.hardware_ids:
        yield Fact("driver of", hardware_id, True)
    if windows.sddl is not None:
        yield Fact("security", windows.sddl, True)
    if windows.preset is not None:
        yield Fact("which is", f"the preset {windows.preset}", False)
    if windows.exclusive:
        yield Fact("exclusive", "one handle at a time", False)


def _facts(report: Report) -> Iterator[Fact]:
    yield Fact("schema", report.schema, True)
    yield Fact("interface hash", report.hash, True)
    windows, linux = report.windows, report.linux
    if windows is not None:
        yield from _windows_facts(windows)
    if linux is not None:
        if linux.node is not None:
            yield Fact("node", linux.node, True)
        if linux.mode is not None:
            yield Fact("mode", f"{linux.mode}, owner root, group {linux.group or 'root'}", False)
        if linux.capability is not None:
            yield Fact("capability", f"{linux.capability}, of every caller", False)
        if linux.exclusive:
            yield Fact("exclusive", "one open file at a time", False)
    if not report.external:
        yield Fact("handlers", _concurrency(report), False)
        names = ", ".join(error.name for error in report.boundary_errors)
        yield Fact("boundary answers", names, False)


def _concurrency(report: Report) -> str:
    if report.serialised:
        return "one at a time for each device (serialised)"
    return "several at once, of one handle too"


def _security(report: Report) -> Iterator[Table]:
    descriptor = report.windows.descriptor if report.windows is not None else None
    if descriptor is not None:
        lines = [*(f"the list is {flag}" for flag in descriptor.dacl_flags)]
        lines += [f"the owner is {descriptor.owner}"] * (descriptor.owner is not None)
        lines += [f"the group is {descriptor.group}"] * (descriptor.group is not None)
        for entry in [*descriptor.dacl, *descriptor.sacl]:
            condition = f", if {entry.condition}" if entry.condition else ""
            flags = f" ({', '.join(entry.flags)})" if entry.flags else ""
            lines.append(f"{entry.text}{condition}{flags}")
        rows = [[Cell(line, "plain")] for line in lines]
        yield Table("The security descriptor says", [], rows)
    if report.principals:
        head = ["system", "who", "role", "may", "can send"]
        rows = [_principal(caller, report) for caller in report.principals]
        yield Table("Who can open it", head, rows)
    if report.objects:
        head = ["object", "per handle", "made by", "used by", "given up by"]
        yield Table(
            "What an open handle can have", head, [_object(each) for each in report.objects]
        )


def _object(kind: ObjectReport) -> list[Cell]:
    users = (kind.made_by, kind.used_by, kind.dropped_by)
    return [
        Cell(kind.name, "code"),
        Cell(str(kind.per_open), "short"),
        *(Cell(", ".join(names) or "nothing", "plain") for names in users),
    ]


def _principal(caller: Principal, report: Report) -> list[Cell]:
    if not caller.calls:
        calls = "nothing"
    elif len(caller.calls) == len(report.ioctls):
        calls = "every code"
    else:
        calls = ", ".join(caller.calls)
    may = ", ".join(caller.rights)
    if caller.condition is not None:
        sure = "" if len(caller.conditional) == len(caller.calls) else "some of it "
        may += f", {sure}if {caller.condition}"
    may += f" ({caller.note})" if caller.note else ""
    role = Cell("administrator", "short")
    if not caller.administrator:
        role = Cell("not an administrator", "outside" if caller.calls else "short")
    return [
        Cell(caller.system, "plain"),
        Cell(caller.name, "short"),
        role,
        Cell(may, "plain"),
        Cell(calls, "plain"),
    ]


def _reach(report: Report) -> Iterator[Table]:
    """A row for each ioctl, a column for each principal."""
    if not report.principals:
        return
    head = ["code", "access", *(caller.name for caller in report.principals)]
    rows = [
        [
            Cell(ioctl.name, "code", f"{report.interface}.{ioctl.name}"),
            Cell(access_words(ioctl), "short"),
            *(_sends(caller, ioctl) for caller in report.principals),
        ]
        for ioctl in report.ioctls
    ]
    yield Table("Who can send what", head, rows)


def _sends(caller: Principal, ioctl: IoctlReport) -> Cell:
    if ioctl.name not in caller.calls:
        return Cell("no", "no")
    if ioctl.name in caller.conditional:
        return Cell("on a condition", "maybe")
    return Cell("yes", "yes" if caller.administrator else "maybe")


def _all_findings(report: Report) -> Iterator[Table]:
    """The worst first; in a severity as the schema has them."""
    if not report.findings:
        return
    ordered = sorted(report.findings, key=lambda item: SEVERITIES.index(item.severity))
    rows = [
        [
            Cell(item.severity, item.severity),
            Cell(item.rule, "code"),
            Cell(item.message, "plain", f"{report.interface}.{item.ioctl}" if item.ioctl else ""),
        ]
        for item in ordered
    ]
    yield Table("Findings", ["severity", "rule", "what"], rows)


def _card(ioctl: IoctlReport, report: Report) -> Card:
    marks = [_mark(item) for item in report.findings if item.ioctl == ioctl.name]
    tags = [Tag(access_words(ioctl), "plain")]
    if ioctl.builtin:
        tags.append(Tag("of kgen itself", "plain"))
    if ioctl.outsiders and not report.external:
        tags.append(Tag("not for administrators alone", "outside"))
    if ioctl.deprecated is not None:
        tags.append(Tag("deprecated", "plain"))
    for severity in SEVERITIES:
        count = sum(mark.severity == severity for mark in marks)
        if count:
            tags.append(Tag(_counted(count, severity), severity))
    return Card(
        name=ioctl.name,
        tags=tags,
        doc=ioctl.doc,
        facts=list(_ioctl_facts(ioctl, report)),
        tables=list(_field_tables(ioctl, report.external)),
        duties=ioctl.duties,
        marks=marks,
    )


def _ioctl_facts(ioctl: IoctlReport, report: Report) -> Iterator[Fact]:
    yield from (Fact(label, text, True) for label, text in code_words(ioctl))
    yield Fact("reached by", reach_words(ioctl, report), False)
    if ioctl.request is not None:
        label = "request and reply" if ioctl.inout else "request"
        yield Fact(label, message_words(ioctl.request), False)
    if ioctl.reply is not None and not ioctl.inout:
        yield Fact("reply", message_words(ioctl.reply), False)
    if ioctl.data is not None:
        yield Fact("data", buffer_words(ioctl.data), False)
    yield Fact("kernel memory", memory_words(ioctl, report), False)
    for label, carried in (
        ("pointers", ioctl.pointers),
        ("handles", ioctl.handles),
        ("objects", ioctl.objects),
        ("secrets", ioctl.secrets),
    ):
        if carried:
            found = ", ".join(f"{each.path} ({each.text}, {each.where})" for each in carried)
            yield Fact(label, found, False)
    if ioctl.errors:
        errors = ", ".join(
            f"{error.name} ({error.ntstatus:#010x}, {error.errno})" for error in ioctl.errors
        )
        yield Fact("handler answers", errors, False)
    if ioctl.deprecated is not None:
        yield Fact("deprecated", ioctl.deprecated, False)


def _field_tables(ioctl: IoctlReport, external: bool) -> Iterator[Table]:
    if ioctl.checks:
        rows = [
            [
                Cell(check.path or "(message)", "code"),
                Cell(check.rule, "short"),
                Cell(check.text, "plain"),
            ]
            for check in ioctl.checks
        ]
        yield Table(
            "Checked by the client" if external else "Checked", ["field", "rule", "is"], rows
        )
    if ioctl.unchecked:
        rows = [[Cell(each.path, "code"), Cell(each.text, "plain")] for each in ioctl.unchecked]
        title = "Not limited by the schema" if external else "Left to the handler"
        yield Table(title, ["field", "may be"], rows)


def _mark(item: Item) -> Mark:
    place = f"{item.file}:{item.line}:{item.column}"
    return Mark(item.severity, item.rule, item.message, place, item.why, item.source)
