"""Reading values into a msgspec Struct field by field, so that every fault is told at once, each at its own place."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, get_args, get_origin

import msgspec
from msgspec.structs import FieldInfo, fields

Shape = TypeVar("Shape", bound=msgspec.Struct)

_BIDI = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F])
_LIMIT = re.compile(r"of length (<=|>=) (\d+)")
_BOUND = re.compile(r"(<=|>=|<|>) (-?\d+)")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field: a catalog key `fault.<code>` and what fills its sentence."""

    path: str
    code: str
    params: Mapping[str, object]


def clean(text: str) -> str:
    """Text as we keep it: NFC, no control or direction-changing characters, no lone surrogates, trimmed."""
    kept = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    return unicodedata.normalize("NFC", kept.translate(_BIDI)).strip()


def _clean_all(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_clean_all(item) for item in value]
    if isinstance(value, dict):
        return {clean(str(key)): _clean_all(item) for key, item in value.items()}
    return value


def _struct_of(kind: Any) -> type[msgspec.Struct] | None:
    """The Struct inside `Struct`, `Struct | None`, or nothing."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind
    if get_origin(kind) is not None:
        inner = [arg for arg in get_args(kind) if isinstance(arg, type) and issubclass(arg, msgspec.Struct)]
        return inner[0] if len(inner) == 1 and get_origin(kind) is not list else None
    return None


def _code(message: str) -> tuple[str, dict[str, object]]:
    if found := _LIMIT.search(message):
        return ("too_long" if found[1] == "<=" else "too_short"), {"limit": int(found[2])}
    if "matching regex" in message:
        return "malformed", {}
    if found := _BOUND.search(message):
        return ("too_large" if found[1].startswith("<") else "too_small"), {"limit": int(found[2])}
    kinds = (("datetime", "not_instant"), ("date", "not_date"), ("int", "not_number"), ("enum", "not_choice"))
    expected = message.lower().partition(", got ")[0]
    return next((code for word, code in kinds if word in expected), "malformed"), {}


def _read_field(field: FieldInfo, value: Any, path: str, *, strict: bool) -> Any:
    """One field's value. Raises ValueError with the faults found in it."""
    struct = _struct_of(field.type)
    if struct is not None and isinstance(value, dict):
        shape, faults = read_shape(value, struct, path=f"{path}.", strict=strict)
        if faults:
            raise ValueError(faults)
        return shape
    row = _row_struct_of(field.type)
    if row is not None and isinstance(value, list):
        return _read_rows(value, row, field.type, path, strict=strict)
    try:
        return msgspec.convert(value, field.type, strict=strict)
    except msgspec.ValidationError as error:
        code, params = _code(str(error))
        raise ValueError([Fault(path, code, params)]) from error


def _row_struct_of(kind: Any) -> type[msgspec.Struct] | None:
    """The Struct of a `list[Struct]`, limited or not, or nothing."""
    if get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) is not list:
        return None
    row = get_args(kind)[0]
    return row if isinstance(row, type) and issubclass(row, msgspec.Struct) else None


def _read_rows(value: list[Any], row: type[Shape], kind: Any, path: str, *, strict: bool) -> list[Shape]:
    """Every row, each fault at its own place: `items[2].paid_fen`. Raises ValueError with the faults."""
    limits = get_args(kind)[1:] if get_origin(kind) is Annotated else (msgspec.Meta(),)
    try:
        msgspec.convert(value, Annotated[(list[Any], *limits)])  # its length alone
    except msgspec.ValidationError as error:
        code, params = _code(str(error))
        raise ValueError([Fault(path, code, params)]) from error
    rows: list[Shape] = []
    faults: list[Fault] = []
    for position, given in enumerate(value):
        at = f"{path}[{position}]"
        shape, found = (
            read_shape(given, row, path=f"{at}.", strict=strict)
            if isinstance(given, dict)
            else (None, [Fault(at, "malformed", {})])
        )
        rows += [shape] if shape is not None else []
        faults += found
    if faults:
        raise ValueError(faults)
    return rows


def read_shape(
    data: Mapping[str, Any], struct: type[Shape], *, path: str = "", strict: bool = True
) -> tuple[Shape | None, list[Fault]]:
    """The Struct, or every fault found: unknown names, missing and ill-formed fields, and what its own check says.

    `strict` is False for forms, whose every value is text.
    """
    values: dict[str, Any] = {}
    known = {field.encode_name: field for field in fields(struct)}
    strange = data.keys() - known.keys() if strict else set()
    faults = [Fault(f"{path}{name}"[:120], "unknown", {}) for name in strange]
    for name, field in known.items():
        if name not in data:
            if field.required:
                faults.append(Fault(f"{path}{name}", "required", {}))
            continue
        try:
            values[field.name] = _read_field(field, _clean_all(data[name]), f"{path}{name}", strict=strict)
        except ValueError as error:
            faults.extend(error.args[0])
    if faults:
        return None, sorted(faults, key=lambda fault: fault.path)
    shape = struct(**values)
    own = list(_own_faults(shape, path))
    return (None, own) if own else (shape, [])


def _own_faults(shape: msgspec.Struct, path: str) -> Iterator[Fault]:
    """What the shape itself has to say: a method `faults()` yielding (field, code, params)."""
    check = getattr(shape, "faults", None)
    for name, code, params in check() if check else ():
        yield Fault(f"{path}{name}", code, params)
