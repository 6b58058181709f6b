from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from digitrec.recognition.read_files import ReadOptions
from digitrec.recognition.results import Prediction
from digitrec.service import picture_queue
from digitrec.service.limits import Limits
from digitrec.service.picture_queue import THREADS, PictureQueue, QueueFullError


class Held:
    """A recognizer whose readings end when they are let."""

    def __init__(self, confidence: float = 1.0) -> None:
        self.confidence = confidence
        self.begun = threading.Semaphore(0)
        self.go = threading.Event()

    def recognize_normalised(self, images: Any) -> list[Prediction]:
        self.begun.release()
        assert self.go.wait(30)
        return [Prediction(7, self.confidence, np.full(10, 0.1), image) for image in images]

    def look_again(self, picture: Any, first: Prediction) -> Prediction:
        return replace(first, digit=1)


@pytest.mark.parametrize(("confidence", "digit"), [(1.0, 7), (0.1, 1)])  # 1: at a second look
def test_what_is_being_read_is_answered_before_the_end(
    pictures: list[bytes], confidence: float, digit: int
) -> None:
    recognizer = Held(confidence)

    async def stopped() -> tuple[list[Any], bool]:
        queue = PictureQueue(recognizer, Limits())  # type: ignore[arg-type]
        queue.start()
        asked = []
        for _ in range(THREADS):
            asked.append(asyncio.create_task(queue.read([("a", pictures[0])], ReadOptions(False))))
            assert await asyncio.to_thread(recognizer.begun.acquire, timeout=30)
        asked.append(asyncio.create_task(queue.read([("b", pictures[0])], ReadOptions(False))))
        await asyncio.sleep(0)  # now it waits
        stopping = asyncio.create_task(queue.stop())
        await asyncio.sleep(0)
        loop_goes_on = not stopping.done()
        recognizer.go.set()
        await stopping
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert queue.waiting == 0
        with pytest.raises(QueueFullError):
            await queue.read([("c", pictures[0])], ReadOptions(False))
        return answers, loop_goes_on

    answers, loop_goes_on = asyncio.run(stopped())
    assert loop_goes_on
    assert [answer[0].digit for answer in answers[:THREADS]] == [digit] * THREADS
    assert isinstance(answers[THREADS], QueueFullError)


def test_of_a_batch_that_was_taken_no_further_picture_is_opened_at_the_end(
    pictures: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go = threading.Event(), threading.Event()
    opened: list[str] = []
    open_picture = picture_queue.open_picture

    def slowly(content: bytes, name: str, *others: Any) -> Any:
        opened.append(name)
        begun.set()
        assert go.wait(30)
        return open_picture(content, name, *others)

    monkeypatch.setattr(picture_queue, "open_picture", slowly)
    monkeypatch.setattr(picture_queue, "THREADS", 1)
    recognizer = Held()
    recognizer.go.set()

    async def stopped() -> list[Any]:
        queue = PictureQueue(recognizer, Limits())  # type: ignore[arg-type]
        asked = [
            asyncio.create_task(queue.read([(name, pictures[0])], ReadOptions(False)))
            for name in ("a", "b", "c")
        ]
        await asyncio.sleep(0)  # now they wait, and are taken together
        queue.start()
        assert await asyncio.to_thread(begun.wait, 30)
        stopping = asyncio.create_task(queue.stop())
        await asyncio.sleep(0)
        go.set()
        await stopping
        return await asyncio.gather(*asked, return_exceptions=True)

    first, *others = asyncio.run(stopped())
    assert opened == ["a"]
    assert first[0].digit == 7
    assert [type(one) for one in others] == [QueueFullError, QueueFullError]


def test_of_no_pictures_there_is_no_answer() -> None:
    async def read() -> list[Any]:
        return await PictureQueue(Held(), Limits()).read([], ReadOptions(False))  # type: ignore[arg-type]

    assert asyncio.run(read()) == []
