"""Calls by the ioctl's name, with values that JSON can carry both ways."""
# Values are of the types that a schema says.
# ruff: noqa: ANN401, RUF100

from __future__ import annotations

from .errors import ValidationError
from .values import Message, values_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from typing_extensions import Buffer

    from .call import Call, Data
    from .device import Device


def names(device: type[Device]) -> list[str]:
    """Return the name of every ioctl, in the order of the schema."""
    return [name for name in device._calls("name") if name != "interface_info"]


def buffer_of(device: type[Device], name: str) -> Data | None:
    """Return what a `data:` buffer of that ioctl may be, None where it has none."""
    buffer: Data | None = device._calls("name")[name].data
    return buffer


def call_plain(
    device: Device, name: str, values: Any = None, data: Buffer | None = None
) -> Any:
    """Call an ioctl with what `to_dict` gives of its request, and return that of its
    reply.

    Of a request or reply that is one value, it is that value. Raises what the method
    of the device raises. What is added to the number is one of the values.
    """
    call = device._calls("name")[name]
    if call.parameter is not None:
        added = call.parameter[0]
        if not isinstance(values, dict) or added not in values:
            raise ValidationError(f"{name}.{added}", "is missing")
        rest = {key: value for key, value in values.items() if key != added}
        call, values = call.at(values[added]), rest
    sent = _request(device, call, values)
    result = call.run(device, sent, data)
    if isinstance(result, Message) and not call.bare:
        return result.to_dict()
    if call.bare and call.reply:
        return device._catalog.item(call.reply).shown[0].item.plain(result)
    return result


def _request(device: Device, call: Call[Any], values: Any) -> tuple[Any, ...]:
    if not call.request:
        if values not in (None, {}):
            raise ValidationError(call.name, "takes no values")
        return ()
    item = device._catalog.item(call.request)
    fields = [place.name for place in item.shown]
    if fields == ["value"] and not isinstance(values, dict):
        values = {"value": values}
    return values_of(item.parse({} if values is None else values, call.name))
