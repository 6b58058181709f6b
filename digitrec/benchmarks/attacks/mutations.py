"""Ways to damage a file, each a function of its bytes and of a random generator."""

from __future__ import annotations

import random
import re
import struct
from collections.abc import Callable, Sequence

__all__ = ["KINDS", "mutate"]

BLOCKS = re.compile(rb"\x89HDF|TREE|SNOD|HEAP|GCOL")
"""The signatures of HDF5's blocks, behind which addresses, counts and lengths stand."""
NUMBERS = (0, 1, 2, 8, 0x7F, 0xFF, 0xFFFF, 2**31, 2**32 - 1, 2**40, 2**63, 2**64 - 1)


def mutate(kind: str, content: bytes, others: Sequence[bytes], rng: random.Random) -> bytes:
    """Damage a file.

    Args:
        kind: One of `KINDS`.
        content: Of a good file.
        others: The contents of other good files.
        rng: What chooses the damage.
    """
    return KINDS[kind](content, others, rng)


def _flips(content: bytes, others: Sequence[bytes], rng: random.Random) -> bytes:
    """Change one to eight bytes anywhere, or near the beginning, where structure is dense."""
    changed = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 4, 8))):
        end = len(changed) if rng.random() < 0.5 else min(len(changed), 4096)
        place = rng.randrange(end)
        changed[place] = rng.choice((rng.randrange(256), changed[place] ^ 1 << rng.randrange(8)))
    return bytes(changed)


def _truncations(content: bytes, others: Sequence[bytes], rng: random.Random) -> bytes:
    """Cut the file off, or cut a piece out of it."""
    cut = rng.randrange(len(content))
    rest = b"" if rng.random() < 0.5 else content[cut + rng.randrange(1, 4096) :]
    return content[:cut] + rest


def _splices(content: bytes, others: Sequence[bytes], rng: random.Random) -> bytes:
    """Copy a piece of this or of another file to some place, overwriting or inserting."""
    source = rng.choice([content, *others])
    start, size = rng.randrange(len(source)), rng.choice((1, 4, 8, 16, 40, 100, 544, 2048))
    piece, place = source[start : start + size], rng.randrange(len(content))
    over = len(piece) if rng.random() < 0.7 else 0
    return content[:place] + piece + content[place + over :]


def _fields(content: bytes, others: Sequence[bytes], rng: random.Random) -> bytes:
    """Put telling numbers where HDF5 holds addresses, counts and lengths.

    In files of text, put telling words in place of numbers and names.
    """
    if not content.startswith(b"\x89HDF"):
        return _words(content, rng)
    changed = bytearray(content)
    blocks = [match.start() for match in BLOCKS.finditer(content)]
    # The places of blocks are addresses that lead somewhere: to another block, or in a circle.
    numbers = (*NUMBERS, len(content), *blocks, rng.randrange(len(content)))
    words = {struct.pack("<Q", block) for block in blocks if block}
    pointers = [place for word in words for place in _places(content, word)]
    for _ in range(rng.choice((1, 1, 2))):
        size = rng.choice((1, 2, 4, 8))
        start = rng.choice(pointers if pointers and rng.random() < 0.4 else blocks)
        place = min(start + rng.randrange(0, 128, size), len(changed) - size)
        number = rng.choice(numbers) % 2 ** (8 * size)
        changed[place : place + size] = number.to_bytes(size, "little")
    return bytes(changed)


def _places(content: bytes, word: bytes) -> list[int]:
    return [match.start() for match in re.finditer(re.escape(word), content)]


WORDS = (
    b"", b"null", b"-1", b"0", b"1e999", b"NaN", b"5e-324", b"9" * 400, b"9" * 5000, b"[]", b"{}",
    b'""', b'"' + b"x" * 60_000 + b'"', b'"\\u001b[2J"', b"\x1b[2J", b"\xff\xfe", b"\0",
    b"[" * 5000,
    b"true", b"&a [*a]", b"!!bool x", b"!!int ''", b"*a", b"? [1]", b"\n", b",", b"=1+1",
)  # fmt: skip


def _words(content: bytes, rng: random.Random) -> bytes:
    """Replace a number, a text or a whole line."""
    tokens = [*re.finditer(rb'"[^"\n]*"|-?\d[\d.e+-]*|\w+|\n', content)]
    token = rng.choice(tokens)
    return content[: token.start()] + rng.choice(WORDS) + content[token.end() :]


Mutation = Callable[[bytes, Sequence[bytes], random.Random], bytes]
KINDS: dict[str, Mutation] = {
    "flips": _flips,
    "truncations": _truncations,
    "splices": _splices,
    "fields": _fields,
}
"""Kinds of damage by name."""
