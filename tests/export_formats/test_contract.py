from __future__ import annotations

from pathlib import Path

import pytest
from checkpoint_samples import made

from digitrec.export_formats.contract import holds_contract
from digitrec.export_formats.html_page import write_html_page
from digitrec.export_formats.torch_export import write_torch_export


@pytest.mark.slow  # the export command's tests write over each
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_every_format_shows_that_it_was_exported(tmp_path: Path) -> None:
    from digitrec.export_formats.keras_model import write_keras
    from digitrec.export_formats.onnx_model import write_onnx, write_onnx_int8

    trained = made("tiny")
    files = []
    for write, name in (
        (write_onnx, "a.onnx"),
        (write_onnx_int8, "a.int8.onnx"),
        (write_torch_export, "a.pt2"),
        (write_keras, "a.keras"),
        (write_keras, "a.h5"),
        (write_keras, "a.weights.h5"),
        (write_html_page, "a.html"),
    ):
        files.append(tmp_path / name)
        write(files[-1], trained)
    assert [path.name for path in files if not holds_contract(path)] == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<p>The key digitrec_version is in every export.</p>",
        '{"digitrec_version": "1.0"}',
        '{"format": "digitrec", "model": "cnn"}',
    ],
)
def test_a_file_that_speaks_of_the_contract_is_no_export(tmp_path: Path, text: str) -> None:
    path = tmp_path / "notes.html"
    path.write_text(text)
    assert not holds_contract(path)


@pytest.mark.parametrize("before", [0, 2**20 - 20, 2**20 - 1, 2**20])
def test_the_contract_is_found_wherever_it_begins(tmp_path: Path, before: int) -> None:
    path = tmp_path / "a.html"
    path.write_text("x" * before + '{"format": "digitrec", "digitrec_version": "1.0"}')
    assert holds_contract(path)
