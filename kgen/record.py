"""The NamedTuple of kgen: that of `typing`, made in less than half the time.

`typing.NamedTuple` compiles the annotation of every field, which nothing in kgen reads. There are
well over a hundred records, and that would be a tenth of what a small build may take.
"""

from __future__ import annotations

from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple
else:

    class _Meta(type):
        def __new__(meta, name, bases, body):
            if not bases:
                return super().__new__(meta, name, bases, body)
            fields = body["__annotations__"]
            defaults = [body.pop(field) for field in fields if field in body]
            made = namedtuple(name, fields, defaults=defaults, module=body["__module__"])
            for key, value in body.items():
                setattr(made, key, value)
            return made

    class NamedTuple(metaclass=_Meta):
        """Fields are annotated names, some with defaults; as with `typing.NamedTuple`."""
