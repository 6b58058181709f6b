"""The other side of Unix compress: packs bytes as its .Z files hold them."""

from __future__ import annotations


def compress(content: bytes) -> bytes:
    """Pack bytes by LZW (Welch 1984), codes of 9 to 16 bits, lowest bit first, no clearing."""
    table = {bytes([byte]): byte for byte in range(256)}
    codes: list[tuple[int, int]] = []  # and the number of bits of each
    following, bits = 257, 9  # 256 stands for clearing the table
    word = b""
    for byte in content:
        longer = word + bytes([byte])
        if longer in table:
            word = longer
            continue
        codes.append((table[word], bits))
        if following < 1 << 16:
            if following == 1 << bits:
                # Codes come in groups of eight; what is left of a group is filled up.
                codes += [(0, bits)] * (-sum(b == bits for _, b in codes) % 8)
                bits += 1
            table[longer] = following
            following += 1
        word = bytes([byte])
    if word:
        codes.append((table[word], bits))
    packed = bytearray(b"\x1f\x9d\x90")
    number = place = 0
    for code, width in codes:
        number |= code << place
        place += width
        while place >= 8:
            packed.append(number & 255)
            number >>= 8
            place -= 8
    return bytes(packed) + (bytes([number]) if place else b"")
