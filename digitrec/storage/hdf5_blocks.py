"""The blocks of an HDF5 file, read with distrust: superblock, object headers, groups and heaps.

The C library of HDF5 follows every address and length in a file before a program can look at them,
and a damaged file can make it loop for ever, ask for gigabytes, or crash. So it never sees a file
that is read here. This module knows the blocks that h5py writes with ``libver="earliest"``, and
refuses all others. Each address is checked against the size of the file and each count against a
limit, so reading takes linear time and little memory.

Names, signatures and numbers of messages are those of the "HDF5 File Format Specification Version
3.0" (The HDF Group), whose sections are named where they are used.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from digitrec.message_text import quoted

__all__ = [
    "ATTRIBUTE",
    "MAX_FILE_BYTES",
    "MAX_LINKS",
    "MAX_NAME",
    "MAX_TEXT",
    "NIL",
    "UNDEFINED",
    "Blocks",
    "Message",
    "StructureError",
    "damaged",
    "text_of",
    "unknown",
]

SIGNATURE = b"\x89HDF\r\n\x1a\n"
UNDEFINED = 2**64 - 1
"""The address of what is not there."""
MAX_FILE_BYTES = 8 * 2**30
MAX_LINKS = 4_096
"""How many arrays and groups a whole file may hold."""
MAX_NAME = 200
"""How many bytes a name may have."""
MAX_TEXT = 2**20
"""How many bytes a text may have."""
MAX_HEADER = 2**20  # bytes of the messages of one object
MAX_STEPS = 40_000  # messages, nodes and objects of a heap, of a whole file

NIL, ATTRIBUTE = 0x00, 0x0C  # numbers of header messages (IV.A.2)
CONTINUATION = 0x10
SHARED = 0b10  # a flag of messages that are stored elsewhere

Message = tuple[int, bytes]
"""A message of an object header: its number and content."""


class StructureError(Exception):
    """What is wrong with a file, as what can follow its name in a sentence."""


def damaged(how: str) -> StructureError:
    """Return the error of a file that does not hold together."""
    return StructureError(f"cannot be read, it is truncated or damaged ({how})")


def unknown(what: str) -> StructureError:
    """Return the error of a file with more than digitrec writes."""
    return StructureError(f"is refused: it uses a part of HDF5 that digitrec does not ({what})")


def text_of(content: bytes, what: str) -> str:
    """Read UTF-8, naming what is to be read."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise StructureError(f"is refused: {what} is not UTF-8 text") from None


class Blocks:
    """Bytes of a file by their addresses, within it and within a number of steps."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.size = stream.seek(0, 2)
        self.steps = 0
        self.claimed = 0  # bytes of the blocks of groups and texts that were read
        self.heaps: dict[int, dict[int, bytes]] = {}
        if self.size > MAX_FILE_BYTES:
            raise StructureError(f"is refused: it is larger than {MAX_FILE_BYTES // 2**30} GB")

    def at(self, address: int, size: int) -> bytes:
        """Return bytes of the file."""
        if address + size > self.size:
            raise damaged("an address is beyond its end")
        self.stream.seek(address)
        content = self.stream.read(size)
        if len(content) != size:
            raise damaged("it ends too early")
        return content

    def block(self, address: int, size: int) -> bytes:
        """Return a block of a group or of texts. Each has its own bytes, and is read once.

        Blocks that overlap would let a small file fill the memory.
        """
        self.claimed += size
        if self.claimed > self.size:
            raise damaged("its blocks overlap")
        return self.at(address, size)

    def step(self) -> None:
        """Count what is followed, so that nothing in a circle is followed for ever."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise StructureError("is refused: its structure is too large")

    def root(self) -> tuple[int, tuple[int, int]]:
        """Return the addresses of the root's header, and of its table of links (II.A, III.C)."""
        start = self.at(0, min(96, self.size))
        if not start:
            raise StructureError("is empty")
        if not start.startswith(SIGNATURE):
            problem = "is not an .h5 file (no HDF5 signature)"
            for place in (512 * 2**i for i in range(20)):
                if place + 8 <= self.size and self.at(place, 8) == SIGNATURE:
                    problem = "is refused: something else precedes its HDF5 data"
            raise StructureError(problem)
        if len(start) < 96:
            raise damaged("it ends too early")
        versions, base, end = start[8:16], *struct.unpack_from("<Q8xQ", start, 24)
        if versions[0] != 0 or versions[5:7] != b"\x08\x08":
            raise unknown(f"superblock {versions[0]}")
        if end > self.size:
            raise damaged(f"{end} bytes were written, and {self.size} are there")
        if base != 0 or versions[1:5] != bytes(4):
            raise damaged("its superblock makes no sense")
        header, _, *table = struct.unpack_from("<QI4xQQ", start, 64)
        return header, (table[0], table[1])

    def messages(self, address: int) -> list[Message]:
        """Return the messages of an object's header, each its number and content (IV.A.1.a)."""
        version, count, size = struct.unpack("<BxH4xI4x", self.at(address, 16))
        if version != 1:
            raise unknown("another object header")
        blocks, seen, total = [(address + 16, size)], set(), 0
        found: list[Message] = []
        for start, length in blocks:  # which grows meanwhile
            total += length
            if start in seen or total > MAX_HEADER:
                raise damaged("a header is too long, or continues in itself")
            seen.add(start)
            block, place = self.at(start, length), 0
            while place + 8 <= length and len(found) + len(blocks) - 1 < count:
                self.step()
                kind, size, flags = struct.unpack_from("<HHB", block, place)
                content = block[place + 8 : place + 8 + size]
                if len(content) < size:
                    raise damaged("a message is longer than its header")
                if flags & SHARED:
                    raise unknown("shared messages")
                if kind == CONTINUATION:
                    if size < 16:
                        raise damaged("a header makes no sense")
                    blocks.append(struct.unpack_from("<QQ", content))
                else:
                    found.append((kind, content))
                place += 8 + size
        return found

    def links(self, tree: int, heap: int) -> Iterator[tuple[str, int]]:
        """Yield the names in a group, and the addresses of their objects (III.A, III.B, III.D)."""
        head = self.at(heap, 32)
        names_size, names_at = struct.unpack_from("<Q8xQ", head, 8)
        if not head.startswith(b"HEAP\0") or names_at + names_size > self.size:
            raise damaged("a group has no names")
        nodes, seen = [tree], set()
        for node in nodes:  # which grows meanwhile
            self.step()
            if node in seen:
                raise damaged("a group is in a circle")
            seen.add(node)
            signature = self.at(node, 8)
            if signature.startswith(b"TREE\0"):
                used = int.from_bytes(signature[6:], "little")
                if len(nodes) + used > MAX_LINKS:  # each that is not empty holds a link
                    raise StructureError(f"is refused: it holds more than {MAX_LINKS} links")
                pointers = self.block(node + 24, 16 * used + 8)
                nodes += [struct.unpack_from("<Q", pointers, 16 * i + 8)[0] for i in range(used)]
            elif signature.startswith(b"SNOD\1"):
                entries = self.block(node + 8, 40 * int.from_bytes(signature[6:], "little"))
                for offset, header, cached in struct.iter_unpack("<QQI20x", entries):
                    self.step()
                    name = self._name(names_at + offset, names_size - offset)
                    if cached == 2:  # III.C, Cache Type: a symbolic link
                        raise StructureError(f"is refused: {quoted(name)} is a link to elsewhere")
                    yield name, header
            else:
                raise damaged("a group has no links where they should be")

    def _name(self, address: int, size: int) -> str:
        if size <= 0:
            raise damaged("a name is not there")
        name, end, _ = self.at(address, min(size, MAX_NAME + 1)).partition(b"\0")
        if not end:
            raise StructureError(f"is refused: one of its names has more than {MAX_NAME} bytes")
        return text_of(name, "one of its names")

    def heap_object(self, address: int, index: int) -> bytes:
        """Return a text of variable length, which files of the first versions have (III.E)."""
        if address not in self.heaps:
            head = self.at(address, 16)
            size = int.from_bytes(head[8:], "little")
            if not head.startswith(b"GCOL\1") or size > 2 * MAX_TEXT:
                raise damaged("a text is not where it should be")
            block, place = self.block(address, size), 16
            objects = self.heaps[address] = {}
            while place + 16 <= size:
                self.step()
                number, length = struct.unpack_from("<H6xQ", block, place)
                if number == 0 and place + length == size:  # the free space at the end
                    break
                if number == 0 or place + 16 + length > size:
                    raise damaged("a text is longer than what holds it")
                objects[number] = block[place + 16 : place + 16 + length]
                place += 16 + length + -length % 8
        if index not in self.heaps[address]:
            raise damaged("a text is not where it should be")
        return self.heaps[address][index]
