"""The structure of an HDF5 file: where its arrays lie, and what the attributes of its root say.

Files of digitrec hold attributes of the root, which are texts and numbers, and contiguous arrays of
plain numbers, in the root or one group deep. Anything else is refused. No number of an array is
read here. `digitrec.storage.hdf5_blocks` says why this is not left to the library of HDF5.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Collection
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from digitrec.message_text import quoted
from digitrec.storage.hdf5_blocks import (
    ATTRIBUTE,
    MAX_FILE_BYTES,
    MAX_LINKS,
    MAX_NAME,
    MAX_TEXT,
    NIL,
    UNDEFINED,
    Blocks,
    Message,
    StructureError,
    damaged,
    text_of,
    unknown,
)

__all__ = ["Attribute", "Stored", "parse"]

MAX_ATTRIBUTES = 32
MAX_GROUPS = 64
MAX_RANK = 8

# Numbers of header messages (IV.A.2).
SPACE, TYPE, OLD_FILL, FILL, LAYOUT = 0x01, 0x03, 0x04, 0x05, 0x08
EXTERNAL, FILTERS, TABLE, CHANGED = 0x07, 0x0B, 0x11, 0x12
NEW_LINKS = {0x02, 0x06, 0x0A}  # of groups that HDF5 1.8 brought, which may be links to other files
IN_ARRAY = {NIL, SPACE, TYPE, OLD_FILL, FILL, LAYOUT, CHANGED}
IN_GROUP = {NIL, TABLE, ATTRIBUTE, CHANGED}

Attribute = str | int | float


@dataclass(frozen=True)
class Stored:
    """Where an array lies in its file.

    Attributes:
        shape: Of the array.
        dtype: Of its numbers.
        address: Of its first byte.
        size: In bytes.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]
    address: int
    size: int


@dataclass(frozen=True)
class Structure:
    """All that a file holds.

    Attributes:
        attributes: Of the root, by name.
        arrays: By path, "name" or "group/name".
    """

    attributes: dict[str, Attribute]
    arrays: dict[str, Stored]


def parse(stream: BinaryIO, formats: Collection[str]) -> Structure:
    """Read all but the numbers of the arrays. The format's name is looked at first.

    Args:
        stream: The file.
        formats: What the root's attribute ``format`` may be; anything where this is empty.

    Raises:
        StructureError: If the file is damaged, or holds more than digitrec writes.
    """
    file = Blocks(stream)
    root, table = file.root()
    header = file.messages(root)
    attributes = _attributes(file, header, formats)
    table = _table(header) or table
    return Structure(attributes, _arrays(file, table))


def _unfit(kind: int, where: str) -> StructureError:
    """Return the error of a header with a message that it should not have."""
    if kind == ATTRIBUTE:
        return StructureError(f"is refused: {where} has attributes")
    if kind in NEW_LINKS:
        return StructureError(f"is refused: {where} has links of a kind that may lead elsewhere")
    return unknown(f"message {kind} of {where}")


def _table(header: list[Message]) -> tuple[int, int] | None:
    """Return the addresses of a group's tree and heap (IV.A.2.r); None if it is no group."""
    for kind, content in header:
        if kind == TABLE and len(content) >= 16:
            tree, heap = struct.unpack_from("<QQ", content)
            return tree, heap
    return None


# --- attributes --------------------------------------------------------------------------------


def _attributes(
    file: Blocks, header: list[Message], formats: Collection[str]
) -> dict[str, Attribute]:
    raw: dict[str, tuple[bytes, bytes, bytes]] = {}
    for kind, content in header:
        if kind == ATTRIBUTE:
            name, *parts = _attribute_parts(content)
            if name in raw or len(raw) == MAX_ATTRIBUTES:
                raise StructureError(
                    f"is refused: it has more than {MAX_ATTRIBUTES} attributes, or one twice"
                )
            raw[name] = (parts[0], parts[1], parts[2])
    # Before anything else, so that a file of another program is not called damaged.
    said = _value(file, "format", *raw["format"]) if formats and "format" in raw else None
    if formats and said not in formats:
        raise StructureError(
            f"is an .h5 file of another program (no format = {' or '.join(map(repr, formats))})"
        )
    for kind, _ in header:
        if kind not in IN_GROUP:
            raise _unfit(kind, "its root")
    return {name: _value(file, name, *parts) for name, parts in raw.items()}


def _attribute_parts(content: bytes) -> tuple[str, bytes, bytes, bytes]:
    """Split an attribute (IV.A.2.m) into name, type, space and value."""
    if len(content) < 8:
        raise damaged("an attribute is too short")
    version, shared, name_size, *sizes = struct.unpack_from("<BBHHH", content)
    if version not in (1, 3) or (version == 3 and shared):
        raise unknown("an attribute of another version")
    place, parts = 9 if version == 3 else 8, []
    for size in (name_size, *sizes):
        parts.append(content[place : place + size])
        place += size + (-size % 8 if version == 1 else 0)
    if place > len(content):
        raise damaged("an attribute is longer than its header")
    name = parts[0].partition(b"\0")[0]
    if len(name) > MAX_NAME:
        raise StructureError(f"is refused: one of its names has more than {MAX_NAME} bytes")
    return text_of(name, "one of its names"), parts[1], parts[2], content[place:]


def _value(file: Blocks, name: str, kind: bytes, space: bytes, value: bytes) -> Attribute:
    """Read one text or number."""
    where = f"its attribute {quoted(name)}"
    text = kind[0] if kind else 0
    dtype = _NUMBERS.get(kind.rstrip(b"\0"))
    if _shape(space) != () or not (dtype or text in (0x13, 0x19)) or len(kind) < 8:
        raise StructureError(f"is refused: {where} is not a plain text or number")
    size = int.from_bytes(kind[4:8], "little")
    if size > len(value):
        raise damaged(f"{where} is not all there")
    if dtype:
        number: int | float = np.frombuffer(value, dtype, 1)[0].item()
        return number
    if text == 0x13:  # of a fixed length, padded with zeros
        return text_of(value[:size].rstrip(b"\0"), where)
    if kind[1] & 0xF != 1 or size != 16:  # not a text of variable length but other things
        raise StructureError(f"is refused: {where} is not a plain text or number")
    length, address, index = struct.unpack_from("<IQI", value)
    if length == 0 and address in (0, UNDEFINED):
        return ""
    content = file.heap_object(address, index)
    if length > min(len(content), MAX_TEXT):
        raise damaged(f"{where} is longer than what holds it")
    return text_of(content[:length].partition(b"\0")[0], where)


# --- arrays ------------------------------------------------------------------------------------


def _arrays(file: Blocks, table: tuple[int, int]) -> dict[str, Stored]:
    """Find the arrays of the root and of its groups."""
    found: dict[str, Stored] = {}
    groups: list[tuple[str, tuple[int, int]]] = []
    seen: set[int] = set()
    for name, address in file.links(*table):
        header = file.messages(address)
        inner = _table(header)
        if inner is None:
            _enter(file, found, name, header, address, seen)
            continue
        for kind, _ in header:
            if kind not in IN_GROUP - {ATTRIBUTE}:
                raise _unfit(kind, f"its group {quoted(name)}")
        groups.append((name, inner))
        if address in seen or len(groups) > MAX_GROUPS:
            raise StructureError(f"is refused: its groups overlap, or are more than {MAX_GROUPS}")
        seen.add(address)
    for name, inner in groups:
        count = len(found)
        for key, address in file.links(*inner):
            _enter(file, found, f"{name}/{key}", file.messages(address), address, seen)
        if len(found) == count:
            raise StructureError(f"is refused: its group {quoted(name)} is empty")
    end = 0
    for stored in sorted(found.values(), key=lambda one: one.address):
        if stored.size and stored.address < end:
            raise StructureError("is refused: its arrays overlap")
        end = max(end, stored.address + stored.size) if stored.size else end
    return found


def _enter(
    file: Blocks,
    found: dict[str, Stored],
    name: str,
    header: list[Message],
    address: int,
    seen: set[int],
) -> None:
    kinds = [kind for kind, _ in header]
    if LAYOUT not in kinds:
        if NEW_LINKS & {*kinds}:
            raise _unfit(max(NEW_LINKS & {*kinds}), f"its group {quoted(name)}")
        raise StructureError(f"is refused: {quoted(name)} is not an array")
    if address in seen:
        raise StructureError("is refused: its arrays overlap")
    seen.add(address)
    if name in found or not name or name.count("/") > 1 or len(found) == MAX_LINKS:
        raise StructureError(
            f"is refused: it holds {quoted(name)} twice, or more than {MAX_LINKS} links"
        )
    found[name] = _stored(file, quoted(name), header)


def _stored(file: Blocks, name: str, header: list[Message]) -> Stored:
    where, parts = f"is refused: its array {name}", dict(header)
    layout = parts[LAYOUT]
    # IV.A.2.i: version 3, of the class "contiguous".
    if FILTERS in parts or EXTERNAL in parts or layout[:2] != b"\x03\x01" or len(layout) < 18:
        raise StructureError(f"{where} is not stored as one plain block in this file")
    for kind in parts:
        if kind not in IN_ARRAY:
            raise _unfit(kind, f"its array {name}")
    dtype = _NUMBERS.get(parts.get(TYPE, b"").rstrip(b"\0"))
    if dtype is None:
        raise StructureError(f"{where} does not have plain numbers in little-endian order")
    shape = _shape(parts.get(SPACE, b""))
    address, size = struct.unpack_from("<QQ", layout, 2)
    count = -1 if shape is None else math.prod(shape)
    if count * dtype.itemsize != size or (size and address + size > file.size):
        raise StructureError(f"{where} declares {_written(shape)} numbers that are not all there")
    return Stored(shape or (), dtype, address, size)


def _written(shape: tuple[int, ...] | None) -> str:
    return "no" if shape is None else quoted(shape)


def _shape(space: bytes) -> tuple[int, ...] | None:
    """Return the shape of a data space (IV.A.2.b); None if it has none."""
    if len(space) < 4:
        return None
    version, rank = space[0], space[1]
    start = {1: 8, 2: 4}.get(version)
    null = version == 2 and space[3] == 2
    if start is None or null or rank > MAX_RANK or len(space) < start + 8 * rank:
        return None
    shape = struct.unpack_from(f"<{rank}Q", space, start)
    # What NumPy can make an array of, also where another side is 0.
    fits = math.prod(side or 1 for side in shape) <= MAX_FILE_BYTES
    return shape if fits or 0 not in shape else None


def _number_types() -> dict[bytes, np.dtype[np.generic]]:
    """Return the types that arrays can have, by how the file says them (IV.A.2.d)."""
    known: dict[bytes, np.dtype[np.generic]] = {}
    for size in (1, 2, 4, 8):
        for signed, letter in ((0, "u"), (8, "i")):
            message = struct.pack("<BBHIHH", 0x10, signed, 0, size, 0, 8 * size)
            known[message.rstrip(b"\0")] = np.dtype(f"<{letter}{size}")
    for size, exponent, mantissa in ((2, 5, 10), (4, 8, 23), (8, 11, 52)):
        head = struct.pack("<BBBxIHH", 0x11, 0x20, 8 * size - 1, size, 0, 8 * size)
        tail = struct.pack("<BBBBI", mantissa, exponent, 0, mantissa, 2 ** (exponent - 1) - 1)
        known[(head + tail).rstrip(b"\0")] = np.dtype(f"<f{size}")
    return known


_NUMBERS = _number_types()
