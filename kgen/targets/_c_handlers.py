"""Target `core`: what the author writes: a handler per ioctl, and the hooks of device and open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgen.model.naming import macro, symbol
from kgen.record import NamedTuple
from kgen.targets import _c_objects as objects
from kgen.targets import _c_pointers as pointers
from kgen.targets._c_handles import handle_fields, handle_parameter, takes_handles
from kgen.targets._c_names import (
    Remark,
    declaration,
    error_name,
    note_facts,
    record_type,
    wrap_arguments,
)
from kgen.targets._c_operations import append_parts

if TYPE_CHECKING:
    from kgen.abi import Layouts
    from kgen.model.entities import Interface, Ioctl

HOOKS = ("start", "stop", "open", "cleanup", "close")


class Handler(NamedTuple):
    name: str
    declaration: str
    definition: str
    """The head of it."""
    remark: Remark
    """What it does and may return."""
    unused: list[str]
    """Its parameters, for a skeleton that uses none of them."""


class TailHelper(NamedTuple):
    """The functions with which a handler fills the variable end of its reply."""

    room: str
    append: str
    """The declaration of the function, in lines."""
    tail: str
    refuses: bool
    total: str
    """Truncated: the field that tells the full size."""


class Handlers(NamedTuple):
    name: str
    prefix: str
    guard: str
    state_guard: str
    handlers: list[Handler]
    tails: list[TailHelper]
    serialised: bool
    objects: list[objects.Kind]
    has_objects: bool
    handles: bool
    """Some handler gets objects of the caller's."""
    pointers: bool
    """Some handler gets what a pointer of the caller points to."""
    plain: bool
    """Neither."""


def handlers(interface: Interface, layouts: Layouts) -> Handlers:
    name = interface.name
    return Handlers(
        name=name,
        prefix=name.upper(),
        guard=macro(name, "handlers_h"),
        state_guard=macro(name, "state_h"),
        handlers=[skeleton(ioctl, name) for ioctl in interface.ioctls],
        tails=[_tail(ioctl, name) for ioctl in interface.ioctls if _has_tail(ioctl)],
        serialised=interface.serialised,
        objects=objects.kinds(interface),
        has_objects=bool(interface.objects),
        handles=takes_handles(interface),
        pointers=pointers.takes_pointers(interface),
        plain=not takes_handles(interface) and not pointers.takes_pointers(interface),
    )


def handler_names(interface: Interface) -> tuple[str, ...]:
    """Every function that the author defines."""
    hooks = [symbol(interface.name, "hook", hook) for hook in HOOKS]
    hooks += objects.hook_names(interface)
    return (*hooks, *(symbol(interface.name, "on", ioctl.name) for ioctl in interface.ioctls))


def skeleton(ioctl: Ioctl, prefix: str) -> Handler:
    parameters = {"call": f"struct {symbol(prefix, 'call')} *call"}
    request = ioctl.request or ioctl.message
    reply = ioctl.reply or ioctl.message
    if request is not None:
        parameters["in"] = f"const {record_type(prefix, request)} *in"
    if reply is not None:
        parameters["out"] = f"{record_type(prefix, reply)} *out"
    if ioctl.data is not None:
        parameters["data"] = "struct kgen_data *data"
    parameters.update(objects.parameters(ioctl, prefix))
    for field in handle_fields(ioctl):
        parameter = handle_parameter(field)
        parameters[parameter] = f"const struct kgen_handle *{parameter}"
    parameters.update(pointers.handler_parameters(ioctl, prefix))
    name = symbol(prefix, "on", ioctl.name)
    head, types = f"{symbol(prefix, 'status')} {name}", list(parameters.values())
    return Handler(
        name,
        declaration(head, types),
        wrap_arguments(head, types),
        _remark(ioctl, prefix),
        list(parameters),
    )


def _remark(ioctl: Ioctl, prefix: str) -> Remark:
    returns = [macro(prefix, "ok"), *(error_name(prefix, error) for error in ioctl.errors)]
    choice = returns[0]
    if len(returns) > 1:
        choice = f"{', '.join(returns[:-1])} or {returns[-1]}"
    doc = " ".join(part for part in (ioctl.note.doc.strip(), note_facts(ioctl.note)) if part)
    text = f"{doc}\n\nReturns {choice}." if doc else f"Returns {choice}."
    return Remark(text, bool(doc))


def _has_tail(ioctl: Ioctl) -> bool:
    return ioctl.reply is not None and ioctl.reply.tail is not None


def _tail(ioctl: Ioctl, prefix: str) -> TailHelper:
    assert ioctl.reply is not None
    assert ioctl.reply.tail is not None
    assert ioctl.short is not None
    return TailHelper(
        room=symbol(prefix, ioctl.name, "room"),
        append=declaration(*append_parts(ioctl, ioctl.reply, prefix)),
        tail=ioctl.reply.tail.name,
        refuses=ioctl.short.policy == "refuse",
        total=ioctl.short.field or "",
    )
