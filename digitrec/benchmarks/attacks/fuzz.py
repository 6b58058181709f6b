"""Open damaged files in a process of its own; count what comes of it.

A file must be read, or refused by one of the package's own exceptions. Everything else is a
failure: another exception, a process that ends, more computing or memory than the reader may take.
"""

from __future__ import annotations

import multiprocessing
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from digitrec.benchmarks.attacks.mutations import KINDS, mutate
from digitrec.benchmarks.attacks.readers import READERS, Reader
from digitrec.errors import DigitrecError

__all__ = ["attack_all"]

PATIENCE = 60.0  # seconds to wait for an answer, on a machine that is busy with other things


@dataclass
class Outcome:
    """What came of many damaged files of one kind.

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


def attack_all(share: float = 1.0, seed: int = 0) -> Iterator[str]:
    """Attack everything that reads files; yield a table, a line as soon as it is known.

    Args:
        share: of the files of each kind that are tried; the damage is of all kinds in turn.
        seed: what the damage follows from.

    Raises:
        DigitrecError: at the end, if a file was neither read nor refused.
    """
    tried = failed = 0
    yield f"{'file':<24} {'tried':>6} {'read':>6} {'refused':>7} {'failed':>6}" + (
        f" {'longest':>8} {'memory':>8}"
    )
    for name, reader in READERS.items():
        found = attack(reader, [*KINDS], max(1, round(share * reader.count)), seed)
        read = found.tried - found.refused - len(found.failures)
        yield (
            f"{name:<24} {found.tried:>6} {read:>6} {found.refused:>7} "
            f"{len(found.failures):>6} {found.seconds:>6.2f} s {found.megabytes:>5.0f} MB"
        )
        yield from (f"    {failure}" for failure in found.failures[:5])
        tried, failed = tried + found.tried, failed + len(found.failures)
    if failed:
        raise DigitrecError(
            f"of {tried:,} files {failed:,} were neither read nor refused as they should be; the "
            "lines above say how"
        )


def attack(
    reader: Reader,
    kinds: Sequence[str],
    count: int,
    seed: int = 0,
    patience: float = PATIENCE,
) -> Outcome:
    """Open many damaged files.

    Args:
        reader: What reads them.
        kinds: The damage, by names of `digitrec.benchmarks.attacks.mutations.KINDS`, in turn.
        count: How many files.
        seed: What the damage follows from. File number i is the same whatever ``count`` is.
        patience: After how many seconds without an answer a file counts as one that hangs.
    """
    outcome, begin = Outcome(), 0
    while begin < count:
        begin = _watch(reader, kinds, range(begin, count), seed, patience, outcome)
    return outcome


def _watch(
    reader: Reader,
    kinds: Sequence[str],
    numbers: range,
    seed: int,
    patience: float,
    outcome: Outcome,
) -> int:
    """Watch one process until it is done or has failed; return the number to go on with."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_work, args=(there, reader, kinds, numbers, seed))
    process.start()
    there.close()
    try:
        if not here.poll(10 * PATIENCE):  # to start takes time
            raise TimeoutError("the process that opens the files does not start")
        here.recv()
        for number in numbers:
            if not here.poll(patience):
                outcome.tried += 1
                outcome.failures.append(f"number {number}: hangs")
                return number + 1
            try:
                problem, refused, seconds, megabytes = here.recv()
            except EOFError:
                process.join()
                outcome.tried += 1
                outcome.failures.append(f"number {number}: ended by {process.exitcode}")
                return number + 1
            outcome.tried += 1
            outcome.refused += refused
            outcome.seconds = max(outcome.seconds, seconds)
            outcome.megabytes = max(outcome.megabytes, megabytes)
            if not problem and seconds > reader.seconds:
                problem = f"{seconds:.1f} s"
            if not problem and megabytes > reader.megabytes:
                problem = f"{megabytes:.0f} MB"
            if problem:
                outcome.failures.append(f"number {number}: {problem}")
            if megabytes > reader.megabytes:  # the peak of this process is of no use any more
                return number + 1
        return numbers.stop
    finally:
        process.kill()
        process.join()
        here.close()


def _work(
    pipe: Connection, reader: Reader, kinds: Sequence[str], numbers: range, seed: int
) -> None:
    """Open the damaged files from one number to another; send what comes of each."""
    import torch

    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as place:
        files = reader.make(Path(place))
        good = [file.read_bytes() for file in files]
        reader.open(files[0])
        before = _peak()
        pipe.send("ready")
        for number in numbers:
            kind = kinds[number % len(kinds)]
            rng = random.Random(f"{seed} {reader.open.__qualname__} {kind} {number}")
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
            pipe.send((problem, refused, seconds, _peak() - before))


def _peak() -> float:
    """Return the peak memory of this process in MB; 0 on Windows, which does not tell it so."""
    if sys.platform == "win32":
        return 0.0
    status = Path("/proc/self/status")  # of Linux
    if status.exists():
        # What `resource` tells begins with the memory of the process that started this one.
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 2**10
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)
