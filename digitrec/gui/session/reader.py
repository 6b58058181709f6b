"""What the reader process does: it loads networks, and reads drawings and pictures with them.

It is a process of its own, so that neither importing PyTorch nor a slow or hostile network ever
stops the window. The window starts it and asks; see `digitrec.gui.session.reader_process`.
"""

from __future__ import annotations

import os
import queue
import signal
import threading
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digitrec.config.plugins import load_plugins
from digitrec.drawing.strokes import Drawing, Stroke
from digitrec.gui.session.messages import error_text
from digitrec.gui.session.reader_messages import (
    Check,
    Checked,
    Explain,
    Explained,
    Failed,
    Load,
    Loaded,
    NetworkFacts,
    Read,
    ReadResult,
    Reply,
    decode_request,
    encode_reply,
)
from digitrec.message_text import counted

if TYPE_CHECKING:
    from digitrec.recognition.recognizer import Recognizer

__all__ = ["serve"]

MAX_MAPS = 16  # of one layer that are shown


def serve(connection: Connection, plugins: Sequence[str]) -> None:
    """Answer requests, one after another, until the other end of the connection is closed.

    Args:
        connection: To the window's process.
        plugins: Modules that register networks, which that process has imported.
    """
    # Ctrl-C on a terminal reaches all its processes. The window decides when this one ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(connection, requests), daemon=True).start()
    networks: dict[Path, Recognizer] = {}
    if plugins:
        load_plugins(",".join(plugins))
    while True:
        request = decode_request(requests.get())
        strokes: tuple[Stroke, ...] = ()
        reply: Reply
        try:
            if isinstance(request, Load):
                reply = Loaded(_load(request.path, networks))
            elif isinstance(request, Check):
                reply = _check(request, networks)
            elif isinstance(request, Explain):
                reply = _explain(request, networks)
            else:
                if isinstance(request.ink, Drawing):
                    strokes = tuple(request.ink.strokes)
                reply = _read(request, networks)
        except Exception as error:
            reply = Failed(error_text(error))
        try:
            connection.send_bytes(encode_reply(reply, strokes))
        except OSError:
            return  # the window is gone


def _receive(connection: Connection, requests: queue.SimpleQueue[bytes]) -> None:
    """Take in requests, and end the process as soon as the window is gone, however it ended."""
    try:
        while True:
            requests.put(connection.recv_bytes())
    except (EOFError, OSError):
        os._exit(0)  # it may be reading: nothing of that is needed, and it writes no files


def _load(path: Path, networks: dict[Path, Recognizer]) -> NetworkFacts:
    """Load a network. One that is loaded already is loaded again: its file may have changed."""
    import numpy as np
    import torch

    from digitrec.recognition.recognizer import Recognizer

    # A second thread would not read one drawing faster, and the window needs a processor too.
    torch.set_num_threads(1)
    networks[path] = recognizer = Recognizer.load(path)
    # The first reading is the slowest: do it now, not when somebody waits for the answer.
    _read(Read(Drawing(32, 32, [Stroke(np.array([(16, 4), (16, 28)]), 3)]), (path,)), networks)
    trained = recognizer.checkpoint
    return _facts(trained.provenance, rejects=trained.rejection_threshold > 0)


def _read(request: Read, networks: Mapping[Path, Recognizer]) -> ReadResult:
    from digitrec.recognition.read_drawing import read_drawing, read_picture

    recognizers = [networks[path] for path in request.paths]
    if isinstance(request.ink, Drawing):
        return ReadResult(read_drawing(request.ink, recognizers))
    return ReadResult(read_picture(request.ink, recognizers))


def _check(request: Check, networks: Mapping[Path, Recognizer]) -> Checked:
    from digitrec.drawing.corrections import load_drawings
    from digitrec.training.adaptation.doubtful_labels import check_labels

    drawings = load_drawings(request.drawings)
    checks = check_labels(networks[request.path].checkpoint, drawings)
    pairs = [(one.key, check) for one, check in zip(drawings, checks, strict=True)]
    return Checked(
        {key: check.read for key, check in pairs},
        frozenset(key for key, check in pairs if check.doubtful),
    )


def _explain(request: Explain, networks: Mapping[Path, Recognizer]) -> Explained:
    import numpy as np

    from digitrec.models.explanation import deciding_ink, feature_maps

    trained = networks[request.path].checkpoint
    rejects = trained.rejection_threshold > 0
    image = np.array(request.image)  # what arrived must not be written to, which PyTorch warns of
    deciding = deciding_ink(trained.network, image, request.digit, rejects=rejects)
    layers = feature_maps(trained.network, image)
    if not layers:
        return Explained(deciding, np.zeros((0, 1, 1), np.uint8), 0, 0, 0)
    layer = min(request.layer, len(layers) - 1)
    maps = layers[layer]
    low, high = maps.min(axis=(1, 2), keepdims=True), maps.max(axis=(1, 2), keepdims=True)
    strongest = np.argsort(-(high - low), axis=0, kind="stable").ravel()[:MAX_MAPS]
    scaled = (maps - low) / np.maximum(high - low, 1e-9) * 255
    shown = np.rint(scaled[strongest]).astype(np.uint8)
    return Explained(deciding, shown, layer, len(layers), len(maps))


def _facts(provenance: Mapping[str, Any], *, rejects: bool) -> NetworkFacts:
    """Return what a provenance says, which may be anything: a checkpoint file is not trusted."""
    accuracy = _entry(provenance, "metrics", "test_accuracy")
    parts = [
        _entry(provenance, "config", "model", "name"),
        _entry(provenance, "config", "data", "name"),
    ]
    if isinstance(epochs := _entry(provenance, "config", "epochs"), int):
        parts.append(counted(epochs, "epoch"))
    adapted = _entry(provenance, "adapted", "drawings")
    return NetworkFacts(
        experiment=_word(_entry(provenance, "config", "experiment")),
        recipe=", ".join(word for part in parts if (word := _word(part))),
        accuracy=float(accuracy) if isinstance(accuracy, int | float) else None,
        rejects=rejects,
        adapted=adapted if isinstance(adapted, int) else 0,
    )


def _entry(values: Any, *names: str) -> Any:
    for name in names:
        values = values.get(name) if isinstance(values, dict) else None
    return values


def _word(value: object) -> str:
    """Return a text that fits into a menu: one line, without what cannot be seen."""
    return "".join(c for c in value if c.isprintable())[:40] if isinstance(value, str) else ""
