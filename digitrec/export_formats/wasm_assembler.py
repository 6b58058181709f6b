"""An assembler for the page's one WebAssembly function: text with flat instructions to a module.

It knows the few instructions that ``page/multiply.wat`` uses (WebAssembly core specification 2.0,
sections 5 and 6). A module imports one memory and exports one function.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from digitrec.models.onnx_runtime.model_bytes import varint

__all__ = ["assemble"]

_TYPES = {"i32": 0x7F, "v128": 0x7B}
_PLAIN = {
    "i32.lt_u": (0x49,),
    "i32.add": (0x6A,),
    "i32.sub": (0x6B,),
    "i32.mul": (0x6C,),
    "end": (0x0B,),
    "f32x4.add": (0xFD, 0xE4, 0x01),
    "f32x4.mul": (0xFD, 0xE6, 0x01),
}
_ON_LOCALS = {"local.get": 0x20, "local.set": 0x21, "local.tee": 0x22}
_ON_MEMORY = {  # with the power of two that addresses are a multiple of
    "v128.load": (0x00, 2),
    "v128.load32_splat": (0x09, 2),
    "v128.store": (0x0B, 2),
}


def assemble(text: str) -> bytes:
    """Return the module of a text, whose first function is exported.

    Raises:
        ValueError: for anything that it does not know.
    """
    text = re.sub(r";;.*", "", text)
    head, function = text.split("(func", 1)
    imported = re.search(r'\(import "(\w+)" "(\w+)" \(memory (\d+)\)\)', head)
    exported = re.search(r'\(export "(\w+)"\)', function)
    if imported is None or exported is None:
        raise ValueError("a module needs an imported memory and an exported function")
    module, memory, pages = imported.groups()
    parameters = re.findall(r"\(param (\$\w+) (\w+)\)", function)
    variables = re.findall(r"\(local (\$\w+) (\w+)\)", function)
    names = [name for name, _ in parameters + variables]
    body = function[function.rindex("(local") :].partition(")")[2].replace(")", " ").split()
    locals_ = [bytes([1, _TYPES[kind]]) for _, kind in variables]
    code = _vector(locals_) + b"".join(_instructions(iter(body), names)) + b"\x0b"
    types = bytes([0x60]) + _vector([bytes([_TYPES[kind]]) for _, kind in parameters]) + b"\0"
    sections = {
        1: _vector([types]),
        2: _vector([_name(module) + _name(memory) + b"\x02\x00" + varint(int(pages))]),
        3: _vector([b"\0"]),
        7: _vector([_name(exported[1]) + b"\0\0"]),
        10: _vector([varint(len(code)) + code]),
    }
    return b"\0asm\1\0\0\0" + b"".join(
        bytes([number]) + varint(len(content)) + content for number, content in sections.items()
    )


def _instructions(words: Iterator[str], names: list[str]) -> Iterator[bytes]:
    labels: list[str] = []
    for word in words:
        if word in _PLAIN:
            yield bytes(_PLAIN[word])
            if word == "end":
                labels.pop()
        elif word in _ON_LOCALS:
            yield bytes([_ON_LOCALS[word]]) + varint(names.index(next(words)))
        elif word in _ON_MEMORY:
            code, alignment = _ON_MEMORY[word]
            yield bytes([0xFD, code, alignment]) + varint(int(next(words)))
        elif word == "i32.const":
            yield bytes([0x41]) + _signed(int(next(words)))
        elif word == "loop":
            labels.append(next(words))
            yield bytes([0x03, 0x40])
        elif word == "br_if":
            yield bytes([0x0D]) + varint(labels[::-1].index(next(words)))
        else:
            raise ValueError(f"there is no instruction {word}")


def _vector(items: list[bytes]) -> bytes:
    return varint(len(items)) + b"".join(items)


def _name(text: str) -> bytes:
    return varint(len(text)) + text.encode()


def _signed(number: int) -> bytes:
    """Write a whole number, which is not negative, in signed LEB128."""
    out = []
    while number > 0x3F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])
