"""The NamedTuple of kgen: that of `typing`, made in a fifth of the time.

`typing.NamedTuple` compiles a constructor for every class, and the annotation of every field, which
nothing in kgen reads. There are well over a hundred records, and that would be a tenth of what a
small build may take.
"""

from __future__ import annotations

from collections import namedtuple
from functools import cache
from types import FunctionType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple
else:

    @cache
    def _of_size(size):
        """The namedtuple with so many fields, of which every record of that size takes its parts."""
        return namedtuple("_of_size", [f"field{number}" for number in range(size)])

    def _constructor(model, name, fields, defaults):
        """That of the model, with the names of the fields put in."""
        code = model.__new__.__code__
        code = code.replace(co_varnames=(code.co_varnames[0], *fields))
        made = FunctionType(code, model.__new__.__globals__, "__new__", defaults)
        made.__qualname__ = f"{name}.__new__"
        return made

    class _Record(tuple):
        """What all records can do."""

        __slots__ = ()

        @classmethod
        def _make(cls, values):
            return cls(*values)

        def _replace(self, **changes):
            return type(self)(**{**self._asdict(), **changes})

        def _asdict(self):
            return dict(zip(self._fields, self, strict=True))

        def __repr__(self):
            values = ", ".join(f"{name}={value!r}" for name, value in self._asdict().items())
            return f"{type(self).__name__}({values})"

        def __getnewargs__(self):
            return tuple(self)

    class _Meta(type):
        def __new__(meta, name, bases, body):
            if not bases:
                return super().__new__(meta, name, bases, body)
            fields = tuple(body["__annotations__"])
            defaults = {field: body[field] for field in fields if field in body}
            model = _of_size(len(fields))
            body.update(zip(fields, map(vars(model).get, model._fields), strict=True))
            body.update(
                __slots__=(), __match_args__=fields, _fields=fields, _field_defaults=defaults
            )
            body["__new__"] = _constructor(model, name, fields, tuple(defaults.values()))
            return type(name, (_Record,), body)

    class NamedTuple(metaclass=_Meta):
        """Fields are annotated names, some with defaults; as with `typing.NamedTuple`."""
