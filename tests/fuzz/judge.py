"""Judges one input: nothing but the product's own errors may come out, soon, in little memory, and without a secret.

Takes a target and bytes, gives what it cost and, where something is wrong, what. Shared by every engine and by the
replay of the corpus.
"""

from __future__ import annotations

import resource
import signal
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import NoReturn

from reconciler import redact
from reconciler.cli.failures import explain
from reconciler.errors import ReconcilerError
from tests.fuzz.mutate import SECRET
from tests.fuzz.targets import Target

MOST_SECONDS = 1.0
MOST_BYTES = 200 * 1024 * 1024
PATIENCE = 20
"""Seconds after which an input that never ends is given up."""

_ROOT = str(Path(__file__).parents[2])


@dataclass(frozen=True)
class Verdict:
    """What an input cost, and what is wrong; `fault` is the same for all inputs that fail in the same place."""

    seconds: float
    grown: int
    """By how many bytes the most that this process ever held has grown."""
    fault: str = ""
    refused: bool = False


class Hang(BaseException):
    """It did not end."""


def judge(target: Target, data: bytes) -> Verdict:
    """Try one input."""
    redact.remember(SECRET)
    before, began = peak(), time.perf_counter()
    fault, refused = _fault(target, data)
    seconds, grown = time.perf_counter() - began, peak() - before
    if not fault and seconds > MOST_SECONDS:
        seconds = min(seconds, _seconds_again(target, data))  # others work on this machine too
        fault = f"slow: {target.name}" if seconds > MOST_SECONDS else ""
    if not fault and grown > MOST_BYTES:
        fault = f"memory: {target.name}"
    return Verdict(seconds, grown, fault, refused)


def peak() -> int:
    """Give the most bytes that this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _fault(target: Target, data: bytes) -> tuple[str, bool]:
    signal.signal(signal.SIGALRM, _give_up)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        target.attempt(data)
    except ReconcilerError as error:
        return ("a secret is told" if target.holds_secrets and SECRET in told(error) else ""), True
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of a library in Rust is no Exception
        return _name(error), False
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return "", False


def _give_up(_: int, frame: FrameType | None) -> NoReturn:
    raise Hang(f"after {PATIENCE} s")


def _seconds_again(target: Target, data: bytes) -> float:
    began = time.process_time()
    _fault(target, data)
    return time.process_time() - began


def told(error: ReconcilerError) -> str:
    """Give all that a person would be told."""
    failure = explain(error)
    findings = [part for finding in failure.findings for part in (finding.summary, finding.detail, finding.hint)]
    return "\n".join((failure.message, failure.hint, *findings))


def _name(error: BaseException) -> str:
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith(f"{_ROOT}/reconciler")]
    where = f"{frames[-1].filename.removeprefix(_ROOT)}:{frames[-1].name}" if frames else "tests"
    return f"{type(error).__name__} in {where.removeprefix('/')}"
