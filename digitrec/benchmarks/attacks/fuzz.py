"""Open damaged files in a separate process, and count the outcomes.

A file must be read, or refused by one of the package's own exceptions. Everything else is a
failure: another exception, a process that ends, more computing or memory than the reader may take.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import NamedTuple

from digitrec.benchmarks.attacks.mutations import KINDS, mutate
from digitrec.benchmarks.attacks.processes import attacked_processes
from digitrec.benchmarks.attacks.readers import READERS, Reader
from digitrec.benchmarks.attacks.tallies import Tallies, understand
from digitrec.errors import DigitrecError

__all__ = ["attack_all"]

KEPT = 1000  # the outcome is saved after each this many files of a kind
PATIENCE = 60.0  # seconds to wait for an answer, enough for a machine that is busy otherwise


@dataclass(frozen=True)
class Damage:
    """How files are damaged.

    Attributes:
        kinds: Names of `digitrec.benchmarks.attacks.mutations.KINDS`, in turn.
        seed: What all else follows from. File number i is the same whatever their count is.
    """

    kinds: Sequence[str] = tuple(KINDS)
    seed: int = 0


class Answer(NamedTuple):
    """What came of opening a file.

    Attributes:
        problem: What went wrong; None where nothing did.
        refused: Whether it gave an exception of the package.
        seconds: How long it took, of the processor's time.
        megabytes: How far the memory of the process has grown at most.
    """

    problem: str | None
    refused: bool
    seconds: float
    megabytes: float


@dataclass
class Outcome:
    """The outcome of opening many damaged files of one kind.

    Attributes:
        tried: How many were opened.
        refused: How many gave an exception of the package; the others were read.
        seconds: The longest that one took.
        megabytes: How far the memory of the process grew at most.
        failures: What went wrong, each with the number that gives the same damage again.
    """

    tried: int = 0
    refused: int = 0
    seconds: float = 0.0
    megabytes: float = 0.0
    failures: list[str] = field(default_factory=list)

    def add(self, number: int, answer: Answer, reader: Reader) -> None:
        """Count the file of a number by the answer of a reader."""
        self.tried += 1
        self.refused += answer.refused
        self.seconds = max(self.seconds, answer.seconds)
        self.megabytes = max(self.megabytes, answer.megabytes)
        problem = answer.problem
        if not problem and answer.seconds > reader.seconds:
            problem = f"{answer.seconds:.1f} s"
        if not problem and answer.megabytes > reader.megabytes:
            problem = f"{answer.megabytes:.0f} MB"
        if problem:
            self.failures.append(f"number {number}: {problem}")

    def add_unanswered(self, number: int, how: str) -> None:
        """Count the file of a number that the process has not answered."""
        self.tried += 1
        self.failures.append(f"number {number}: {how}")


def attack_all(words: Sequence[str] = ()) -> Iterator[str]:
    """Attack everything that reads files; yield a table, a line as soon as it is known.

    Args:
        words: ``percent=N`` of the files of each kind, or ``count=N`` of each; ``of=KIND``, some
            of the kinds; ``file=PATH``, which keeps what has come of them, so that the same command
            goes on after a stop. The damage is of all kinds in turn.

    Raises:
        DigitrecError: at the end, if a file was neither read nor refused.
    """
    asked = understand("attacks", words, READERS, percent=100, count=0)
    tallies = Tallies(asked.file, Outcome)
    total = Outcome()
    yield f"{'file':<24} {'tried':>7} {'read':>7} {'refused':>7} {'failed':>6}" + (
        f" {'longest':>8} {'memory':>8}"
    )
    for name in asked.of:
        reader = READERS[name]
        share = round(asked.numbers["percent"] / 100 * reader.count)
        count = asked.numbers["count"] if "count" in asked.given else max(1, share)
        found = tallies.of(name)
        keep = partial(tallies.keep, name)
        attack(reader, count, outcome=found, keep=keep)
        yield _shown(name, found)
        yield from (f"    {failure}" for failure in found.failures[:5])
        total.tried += found.tried
        total.refused += found.refused
        total.seconds = max(total.seconds, found.seconds)
        total.megabytes = max(total.megabytes, found.megabytes)
        total.failures += found.failures
    yield _shown("in all", total)
    if total.failures:
        raise DigitrecError(
            f"of {total.tried:,} files {len(total.failures):,} were neither read nor refused as "
            "they should be; the lines above say how"
        )


def _shown(name: str, found: Outcome) -> str:
    read = found.tried - found.refused - len(found.failures)
    return (
        f"{name:<24} {found.tried:>7,} {read:>7,} {found.refused:>7,} "
        f"{len(found.failures):>6,} {found.seconds:>6.2f} s {found.megabytes:>5.0f} MB"
    )


def attack(
    reader: Reader,
    count: int,
    damage: Damage = Damage(),
    *,
    patience: float = PATIENCE,
    outcome: Outcome | None = None,
    keep: Callable[[Outcome], object] = lambda outcome: None,
) -> Outcome:
    """Open many damaged files.

    Args:
        reader: What reads them.
        count: How many files.
        damage: What is done to them.
        patience: After how many seconds without an answer a file counts as one that hangs.
        outcome: That of earlier files, which are not tried again; it is continued.
        keep: Called with the outcome so far, now and then and at the end.
    """
    outcome = outcome or Outcome()
    begin = outcome.tried
    while begin < count:
        begin = _watch(reader, range(begin, count), damage, patience, outcome, keep)
    keep(outcome)
    return outcome


def _watch(
    reader: Reader,
    numbers: range,
    damage: Damage,
    patience: float,
    outcome: Outcome,
    keep: Callable[[Outcome], object],
) -> int:
    """Watch one process until it is done or has failed; return the number to go on with."""
    context = attacked_processes()
    here, there = context.Pipe()
    process = context.Process(target=_work, args=(there, reader, numbers, damage))
    process.start()
    there.close()
    try:
        if not here.poll(10 * PATIENCE):  # to start takes time
            raise TimeoutError("the process that opens the files does not start")
        here.recv()
        for number in numbers:
            if number % KEPT == 0:
                keep(outcome)
            if not _answers(here, process, patience, reader.seconds):
                outcome.add_unanswered(number, "hangs")
                return number + 1
            try:
                answer: Answer = here.recv()
            except EOFError:
                process.join()
                outcome.add_unanswered(number, f"ended by {process.exitcode}")
                return number + 1
            outcome.add(number, answer, reader)
            if answer.megabytes > reader.megabytes:  # from now on, its peak shows nothing
                return number + 1
        return numbers.stop
    finally:
        process.kill()
        process.join()
        here.close()


def _answers(pipe: Connection, process: BaseProcess, patience: float, seconds: float) -> bool:
    """Wait for an answer; a process that other programs keep from computing gets more time."""
    used = _computing(process)
    while not pipe.poll(patience):
        now = _computing(process)
        if used is None or now is None or now - used > seconds:
            return False
    return True


def _computing(process: BaseProcess) -> float | None:
    """Return for how many seconds a process has computed; None if it waits, or is not told."""
    try:
        state = Path(f"/proc/{process.pid}/stat").read_text()  # of Linux
    except OSError:
        return None
    fields = state.rpartition(")")[2].split()
    if fields[0] != "R":
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _work(pipe: Connection, reader: Reader, numbers: range, damage: Damage) -> None:
    """Open the damaged files from one number to another; send what comes of each."""
    import torch

    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as place:
        files = reader.make(Path(place))
        good = [file.read_bytes() for file in files]
        reader.open(files[0])
        _forget_peak()
        before = _peak()
        pipe.send("ready")
        for number in numbers:
            kind = damage.kinds[number % len(damage.kinds)]
            rng = random.Random(f"{damage.seed} {reader.open.__qualname__} {kind} {number}")
            which = number % len(files)
            files[which].write_bytes(mutate(kind, good[which], good, rng))
            problem, refused, started = None, False, time.process_time()
            try:
                reader.open(files[which])
            except DigitrecError as error:
                refused = True
                if len(str(error)) > 1000 or not str(error).isprintable():
                    problem = f"a message of {len(str(error))} characters"
            except Exception as error:
                last = traceback.extract_tb(error.__traceback__)[-1]
                place_of = f"{Path(last.filename).name}:{last.lineno}"
                problem = f"{type(error).__name__}: {error} ({place_of})"[:200]
            seconds = time.process_time() - started
            files[which].write_bytes(good[which])
            pipe.send(Answer(problem, refused, seconds, _peak() - before))


def _forget_peak() -> None:
    """Reset the peak to the memory that this process uses now; does nothing except on Linux."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
        # 5 resets the peak, see proc_pid_clear_refs(5).
        Path("/proc/self/clear_refs").write_text("5")


def _peak() -> float:
    """Return the peak memory of this process in MB; 0 on Windows, which reports it otherwise."""
    if sys.platform == "win32":
        return 0.0
    status = Path("/proc/self/status")  # of Linux
    if status.exists():
        # The peak that `resource` reports includes that of the process that started this one.
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 2**10
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)
