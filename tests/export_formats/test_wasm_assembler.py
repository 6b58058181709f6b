"""The assembler, against modules that other assemblers make of the same text."""

from __future__ import annotations

import pytest

from digitrec.export_formats.wasm_assembler import assemble

TEXT = """
(module ;; a comment
  (import "a" "m" (memory 1))
  (func (export "f") (param $x i32) (local $y i32) (local $z v128)
    i32.const 200  local.set $y
    loop $outer
      loop $inner
        local.get $y  v128.load32_splat 300  local.set $z
        local.get $y  local.get $z  v128.store 16
        local.get $y  br_if $inner
        local.get $x  br_if $outer
      end
    end)
)
"""


def test_a_module_has_the_bytes_that_the_specification_says() -> None:
    assert assemble(TEXT).hex(" ") == (
        "00 61 73 6d 01 00 00 00 "
        "01 05 01 60 01 7f 00 "  # a type: one i32, no result
        "02 08 01 01 61 01 6d 02 00 01 "  # the memory a.m, of one page at least
        "03 02 01 00 "
        "07 05 01 01 66 00 00 "  # the function f
        "0a 2c 01 2a 02 01 7f 01 7b "
        "41 c8 01 21 01 03 40 03 40 "
        "20 01 fd 09 02 ac 02 21 02 "
        "20 01 20 02 fd 0b 02 10 "
        "20 01 0d 00 20 00 0d 01 0b 0b 0b"
    )


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("v128.store", "v128.stored"),
        TEXT.replace("$y  br_if", "$w  br_if"),
        TEXT.replace("br_if $outer", "br_if $other"),
        TEXT.replace("import", "imports"),
        TEXT.replace("export", "exports"),
    ],
)
def test_what_it_does_not_know_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"needs|no instruction|not in list"):
        assemble(text)
