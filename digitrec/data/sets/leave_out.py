"""The setting ``leave_out``: sources of handwriting that test, and do not train."""

from __future__ import annotations

from digitrec.config.checks import check

__all__ = ["check_leave_out", "sources_left_out"]


def sources_left_out(leave_out: str) -> tuple[str, ...]:
    """Return the sources that the setting names, in alphabetical order."""
    names = leave_out.split(",") if leave_out.strip() else []
    return tuple(sorted(name.strip() for name in names))


def check_leave_out(leave_out: str, example: str, *, may_be_empty: bool = False) -> None:
    """Check that the setting holds names with commas between them, each once.

    Args:
        leave_out: Its value.
        example: Of a value, for the message.
        may_be_empty: Whether it may name none.

    Raises:
        ConfigError: if not.
    """
    names = sources_left_out(leave_out)
    right = all(name.isalnum() for name in names) and len(set(names)) == len(names)
    wanted = f"comma-separated names of sources, such as {example}"
    check(right and (may_be_empty or bool(names)), "data.leave_out", wanted, leave_out)
