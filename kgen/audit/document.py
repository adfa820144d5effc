"""Audit: the report -> the JSON document of docs/audit.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kgen.audit.records import Report


def document(report: Report) -> dict[str, Any]:
    """The report as plain dicts, lists, strings, integers, booleans and None."""
    found: dict[str, Any] = _plain(report)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if hasattr(value, "_asdict"):
        return {name: _plain(each) for name, each in value._asdict().items()}
    return value
