from __future__ import annotations

import pytest

from digitrec.errors import DigitrecError
from digitrec.storage.optional_packages import need


def test_the_first_package_that_is_missing_is_named() -> None:
    need("--onnx", "onnx", "json", "csv")
    with pytest.raises(DigitrecError) as caught:
        need("--onnx", "onnx", "json", "no_such_package", "nor_this_one")
    line = "--onnx needs the package no_such_package: pip install 'digitrec[onnx]'"
    assert str(caught.value) == line
