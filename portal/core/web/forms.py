"""Forms: what was typed, what is wrong with it (beside its field), and one effect however often it is sent."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec
from litestar import Request
from litestar.datastructures import UploadFile
from msgspec.structs import fields

from portal.core.base.clock import now
from portal.core.base.database import writing
from portal.core.base.idempotency import claim_once, keep_location, once_of
from portal.core.base.refusals import Refused
from portal.core.web.csrf import FIELD, KEY_FIELD
from portal.core.web.i18n import has_text, t
from portal.core.web.pages import Answer, see_other
from portal.core.web.shapes import Fault, clean, read_shape
from portal.core.web.state import state

Shape = TypeVar("Shape", bound=msgspec.Struct)
MOST_FIELDS = 300
MOST_BYTES = 3_500_000
_OWN = (FIELD, KEY_FIELD)


@dataclass(slots=True)
class Form:
    """What a person sent. After a fault it goes back into the page, with the faults beside their fields."""

    typed: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, UploadFile] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)

    def value(self, name: str) -> str:
        values = self.typed.get(name)
        return values[0] if values else ""

    def values(self, name: str) -> list[str]:
        return self.typed.get(name, [])

    def error(self, name: str, label: str | None = None) -> str | None:
        """What is wrong with a field. `label`, what the page calls it, is kept for the summary on top."""
        if label:
            self.labels[name] = label
        fault = next((fault for fault in self.faults if fault.path == name), None)
        return fault_text(fault) if fault else None

    @property
    def errors(self) -> list[tuple[str, str]]:
        """What is wrong, by field, in the order of the page as far as it has shown its fields."""
        places = {name: place for place, name in enumerate(self.labels)}
        ordered = sorted(self.faults, key=lambda fault: places.get(fault.path, len(places)))
        return [(fault.path, fault_text(fault)) for fault in ordered]

    def add(self, name: str, code: str, **params: object) -> None:
        """Note a fault that only the page could find (a taken name, an unknown code)."""
        self.faults.append(Fault(name, code, params))

    def refuse(self, refused: Refused, name: str) -> None:
        """Put a rule's no beside its field, or beside `name` where the rule names none."""
        self.faults.append(Fault(refused.field or name, f"refusal.{refused.code}", refused.params))

    def into(self, struct: type[Shape]) -> Shape | None:
        """The Struct, or None with `faults` filled. Blank optional fields are absent; `on` is a ticked box."""
        shape, self.faults = read_shape(self._plain(struct), struct, strict=False)
        return shape

    def _plain(self, struct: type[msgspec.Struct]) -> dict[str, Any]:
        plain: dict[str, Any] = {}
        for info in fields(struct):
            value = self._one(info)
            if value is not msgspec.UNSET:
                plain[info.encode_name] = value
        return plain

    def _one(self, info: msgspec.structs.FieldInfo) -> Any:
        typed = [value for value in self.typed.get(info.encode_name, []) if clean(value)]
        kind = str(info.type)
        if kind.startswith(("list", "tuple", "typing.Annotated[list")):
            return typed
        if info.type is bool:
            return bool(typed)
        return typed[0] if typed else msgspec.UNSET


def fault_text(fault: Fault) -> str:
    """A fault's sentence: a room's own (`refusal.…`, `room.fault.…`) or the general one."""
    key = fault.code if has_text(fault.code) else f"fault.{fault.code}"
    return t(key, **fault.params) if fault.params else t(key)


def blank(values: Mapping[str, object] | None = None) -> Form:
    """A form to begin with, holding what is known already."""
    return Form({name: [str(value)] for name, value in (values or {}).items() if value is not None})


async def read(request: Request[Any, Any, Any]) -> Form:
    """What was sent, bounded. Raises Refused(413) for more fields or text than any page of ours has."""
    sent = await request.form()
    items = list(sent.multi_items())
    if len(items) > MOST_FIELDS:
        raise Refused("too_much", status=413)
    form = Form()
    size = 0
    for name, value in items:
        if name in _OWN:
            continue
        if isinstance(value, UploadFile):
            if value.filename:
                form.files[name] = value
            continue
        size += len(value)
        form.typed.setdefault(name, []).append(str(value))
    if size > MOST_BYTES:
        raise Refused("too_much", status=413)
    return form


async def once(request: Request[Any, Any, Any], act: Callable[[], Awaitable[str]], toast: str | None = None) -> Answer:
    """Run `act` in one transaction with the form's idempotency key, and go on to the location that it returns.

    The same form sent again (double tap, reload, lost answer) goes to the same place without acting. A form without
    a key acts each time. `act` must not wait for network or hashing: it runs inside the transaction.
    """
    sent = await request.form()
    key = str(sent.get(KEY_FIELD) or "")[:60]
    if not key:
        async with writing():
            location = await act()
        return see_other(request, location, toast)
    fingerprint = "&".join(f"{n}={v}" for n, v in sent.multi_items() if n not in _OWN and isinstance(v, str))
    mark = once_of(state().csrf_owner(), request.url.path, key, fingerprint.encode())
    async with writing():
        kept = await claim_once(mark, now())
        if kept is not None:
            return see_other(request, kept.location or "/", toast)
        location = await act()
        await keep_location(mark, location)
    return see_other(request, location, toast)
