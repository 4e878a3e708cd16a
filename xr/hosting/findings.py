"""A finding of ``xr check``: a subject, how it is, and what to do about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How something is. A warning may be as it was meant; a fault is not."""

    GOOD = "good"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True)
class Finding:
    """One line. ``cure`` is the next step, and empty where nothing needs to be done."""

    grade: Grade
    subject: str
    text: str
    cure: str = ""

    def __str__(self) -> str:
        line = f"{self.grade:<8} {self.subject:<12} {self.text}"
        return f"{line}\n{'':<22}→ {self.cure}" if self.cure else line


Findings = Iterator[Finding]


def good(subject: str, text: str) -> Finding:
    """All is well."""
    return Finding(Grade.GOOD, subject, text)


def warning(subject: str, text: str, cure: str = "") -> Finding:
    """Something that may be meant so, or will soon be a fault."""
    return Finding(Grade.WARNING, subject, text, cure)


def fault(subject: str, text: str, cure: str = "") -> Finding:
    """Something that keeps people out, or loses what they did."""
    return Finding(Grade.FAULT, subject, text, cure)
