"""Kafka's message schemas (Protocol/*.json), and reading and writing messages by them.

A message in Python is a dict by the schema's own field names. Encoding fills what is missing with the schema's defaults
and leaves out what the version does not have, so that one dict serves every version. Decoding yields exactly the fields
that were on the wire; tagged fields that were absent stay absent. Unknown tagged fields are under "_tags".
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field as dataclass_field
from functools import cache
from pathlib import Path
from typing import Any

from oracle.wire import ZERO_UUID, Malformed, Raw, Reader, Writer, uuid_bytes, uuid_text

Body = dict[str, Any]


@dataclass(frozen=True)
class Versions:
    """A range of versions; `highest` is None where the range has no end, `lowest` where it is empty."""

    lowest: int | None
    highest: int | None = None

    @staticmethod
    def parse(text: str | None) -> Versions:
        if text is None or text == "none":
            return Versions(None)
        if text.endswith("+"):
            return Versions(int(text[:-1]))
        first, _, last = text[1:].partition("-")  # what is asked on purpose may be version -1
        return Versions(int(text[0] + first), int(last or text[0] + first))

    def __contains__(self, version: int) -> bool:
        if self.lowest is None or version < self.lowest:
            return False
        return self.highest is None or version <= self.highest


@dataclass
class Field:
    name: str
    type: str
    """Of the element, for an array."""
    is_array: bool
    versions: Versions
    nullable: Versions
    default: Any
    tag: int | None
    tagged: Versions
    flexible: Versions | None
    """Where the field itself says from when on it is flexible; else the message decides."""
    struct: Struct | None = None

    def default_value(self, version: int) -> Any:
        """What a writer sends for this field when it has nothing to say."""
        if self.is_array:
            return None if self.default == "null" else []
        if self.default == "null":
            return None
        if self.struct is not None:
            return {f.name: f.default_value(version) for f in self.struct.fields if version in f.versions}
        if self.type in ("string",):
            return self.default or ""
        if self.type in ("bytes", "records"):
            return b""
        if self.type == "uuid":
            return uuid_text(ZERO_UUID)
        if self.type == "bool":
            return str(self.default).lower() == "true"
        if self.type == "float64":
            return float(self.default or 0)
        return int(str(self.default or 0), 0)


@dataclass
class Struct:
    name: str
    fields: list[Field] = dataclass_field(default_factory=list)

    @property
    def names(self) -> set[str]:
        return {f.name for f in self.fields}


@dataclass
class Message:
    name: str
    api_key: int | None
    valid: Versions
    flexible: Versions
    struct: Struct

    def encode(self, version: int, body: Body) -> bytes:
        writer = Writer()
        _write_struct(writer, self.struct, version, version in self.flexible, body, self.name)
        return writer.bytes()

    def decode(self, version: int, reader: Reader) -> Body:
        return _read_struct(reader, self.struct, version, version in self.flexible)


class Protocol:
    """All schemas below a folder, by file name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files = {path.stem: path for path in sorted(folder.rglob("*.json"))}
        if "ApiVersionsRequest" not in self._files:
            raise FileNotFoundError(f"no schemas below {folder}")
        self.apis: dict[str, tuple[Message, Message]] = {}
        self.by_key: dict[int, str] = {}
        for name in self._files:
            if not name.endswith("Request"):
                continue
            api = name[: -len("Request")]
            request = self.message(name)
            if request.api_key is None:
                continue
            self.apis[api] = (request, self.message(api + "Response"))
            self.by_key[request.api_key] = api

    @cache
    def message(self, name: str) -> Message:
        facts = json.loads(self._files[name].read_text(encoding="utf-8"))
        shared = {s["name"]: s for s in facts.get("commonStructs", [])}
        return Message(
            name=facts["name"],
            api_key=facts.get("apiKey"),
            valid=Versions.parse(facts["validVersions"]),
            flexible=Versions.parse(facts.get("flexibleVersions")),
            struct=_struct(facts["name"], facts.get("fields", []), shared),
        )

    def header_version(self, api: str, version: int) -> int:
        return 2 if version in self.apis[api][0].flexible else 1

    def response_header_version(self, api: str, version: int) -> int:
        # ApiVersions is answered with the oldest header, so that a client of any age can read it (KIP-511).
        if api == "ApiVersions":
            return 0
        return 1 if version in self.apis[api][1].flexible else 0


def _struct(name: str, fields: list[Body], shared: dict[str, Body]) -> Struct:
    result = Struct(name)
    for facts in fields:
        kind: str = facts["type"]
        is_array = kind.startswith("[]")
        element = kind[2:] if is_array else kind
        nested = None
        if element[0].isupper():
            nested = _struct(element, facts["fields"] if "fields" in facts else shared[element]["fields"], shared)
        result.fields.append(
            Field(
                name=facts["name"],
                type=element,
                is_array=is_array,
                versions=Versions.parse(facts["versions"]) if "versions" in facts else Versions.parse(facts["taggedVersions"]),
                nullable=Versions.parse(facts.get("nullableVersions")),
                default=facts.get("default"),
                tag=facts.get("tag"),
                tagged=Versions.parse(facts.get("taggedVersions")),
                flexible=Versions.parse(facts["flexibleVersions"]) if "flexibleVersions" in facts else None,
                struct=nested,
            )
        )
    return result


_NUMBERS = {
    "int8": ">b",
    "int16": ">h",
    "uint16": ">H",
    "int32": ">i",
    "uint32": ">I",
    "int64": ">q",
    "float64": ">d",
}


# Reading


def _read_struct(reader: Reader, struct: Struct, version: int, flexible: bool) -> Body:
    body: Body = {}
    for field in struct.fields:
        if version in field.versions and version not in field.tagged:
            body[field.name] = _read_field(reader, field, version, flexible)
    if flexible:
        _read_tags(reader, struct, version, body)
    return body


def _read_tags(reader: Reader, struct: Struct, version: int, body: Body) -> None:
    known = {f.tag: f for f in struct.fields if f.tag is not None and version in f.tagged}
    for _ in range(reader.unsigned_varint()):
        tag = reader.unsigned_varint()
        value = reader.take(reader.unsigned_varint())
        if tag not in known:
            body.setdefault("_tags", {})[str(tag)] = value
            continue
        inner = Reader(value)
        body[known[tag].name] = _read_field(inner, known[tag], version, True)
        if inner.remaining:
            raise Malformed(f"{inner.remaining} bytes left over in tag {tag}")


def _read_field(reader: Reader, field: Field, version: int, flexible: bool) -> Any:
    if field.flexible is not None:
        flexible = version in field.flexible
    if field.is_array:
        count = _read_length(reader, flexible, ">i")
        if count < 0:
            return None
        if count > reader.remaining:
            raise Malformed(f"{field.name}: {count} elements, {reader.remaining} bytes left")
        return [_read_element(reader, field, version, flexible) for _ in range(count)]
    if field.struct is not None and version in field.nullable and reader.int8() < 0:
        return None
    return _read_element(reader, field, version, flexible)


def _read_length(reader: Reader, flexible: bool, layout: str) -> int:
    if flexible:
        return reader.unsigned_varint() - 1
    return int(reader.number(layout))


def _read_element(reader: Reader, field: Field, version: int, flexible: bool) -> Any:
    if field.struct is not None:
        return _read_struct(reader, field.struct, version, flexible)
    if field.type in _NUMBERS:
        return reader.number(_NUMBERS[field.type])
    if field.type == "bool":
        return reader.int8() != 0
    if field.type == "uuid":
        return uuid_text(reader.take(16))
    length = _read_length(reader, flexible, ">h" if field.type == "string" else ">i")
    if length < 0:
        return None
    data = reader.take(length)
    if field.type != "string":
        return data
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed(f"{field.name} is not UTF-8: {error}") from error


# Writing


def _write_struct(writer: Writer, struct: Struct, version: int, flexible: bool, body: Body, where: str) -> None:
    strangers = set(body) - struct.names - {"_tags"}
    if strangers:
        raise KeyError(f"{where} has no field {', '.join(sorted(strangers))}")
    for field in struct.fields:
        if version in field.versions and version not in field.tagged:
            value = body.get(field.name, _MISSING)
            if value is _MISSING:
                value = field.default_value(version)
            _write_field(writer, field, version, flexible, value, f"{where}.{field.name}")
    if flexible:
        _write_tags(writer, struct, version, body, where)


_MISSING = object()


def _write_tags(writer: Writer, struct: Struct, version: int, body: Body, where: str) -> None:
    tags: dict[int, bytes] = {}
    for field in struct.fields:
        if field.tag is None or version not in field.tagged or field.name not in body:
            continue
        value = body[field.name]
        if not isinstance(value, Raw) and _is_default(field, value, version):
            continue
        inner = Writer()
        _write_field(inner, field, version, True, value, f"{where}.{field.name}")
        tags[field.tag] = inner.bytes()
    for tag, data in body.get("_tags", {}).items():
        tags[int(tag)] = data
    writer.unsigned_varint(len(tags))
    for tag in sorted(tags):
        writer.unsigned_varint(tag)
        writer.unsigned_varint(len(tags[tag]))
        writer.raw(tags[tag])


def _is_default(field: Field, value: Any, version: int) -> bool:
    default = field.default_value(version)
    if field.struct is not None and not field.is_array and isinstance(value, dict):
        return {**default, **value} == default
    return bool(value == default)


def _write_field(writer: Writer, field: Field, version: int, flexible: bool, value: Any, where: str) -> None:
    if isinstance(value, Raw):
        writer.raw(value.data)
        return
    if field.flexible is not None:
        flexible = version in field.flexible
    if field.is_array:
        _write_length(writer, flexible, ">i", None if value is None else len(value))
        for element in value or []:
            _write_element(writer, field, version, flexible, element, where)
        return
    if field.struct is not None and version in field.nullable:
        writer.int8(-1 if value is None else 1)
        if value is None:
            return
    _write_element(writer, field, version, flexible, value, where)


def _write_length(writer: Writer, flexible: bool, layout: str, length: int | None) -> None:
    if flexible:
        writer.unsigned_varint(0 if length is None else length + 1)
    else:
        writer.number(layout, -1 if length is None else length)


def _write_element(writer: Writer, field: Field, version: int, flexible: bool, value: Any, where: str) -> None:
    if isinstance(value, Raw):
        writer.raw(value.data)
    elif field.struct is not None:
        _write_struct(writer, field.struct, version, flexible, value, where)
    elif field.type in _NUMBERS:
        writer.number(_NUMBERS[field.type], value)
    elif field.type == "bool":
        writer.int8(1 if value else 0)
    elif field.type == "uuid":
        writer.raw(uuid_bytes(value))
    else:
        data = value.encode("utf-8") if isinstance(value, str) else value
        _write_length(writer, flexible, ">h" if field.type == "string" else ">i", None if data is None else len(data))
        writer.raw(data or b"")
