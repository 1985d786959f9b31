"""Reading files of which nothing is trusted: no more than is allowed, and only what is a file."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

STDIN = "-"
# What the shell has opened for us: a pipe there, `<(command)`, has a writer at its other end.
OPENED = ("/dev/fd", "/proc/self/fd")
KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class Unreadable(Exception):
    """A file cannot be read; its text ends the sentence ``FILE must ...``."""


def read_bytes(path: str | Path, largest: int) -> bytes:
    """Return what a file holds.

    Parameters
    ----------
    path : str or Path
        ``-`` is standard input.
    largest : int
        Bytes; of a longer file no more is read.

    Raises
    ------
    Unreadable
        It is none, is a folder, a pipe, a socket or a device, is too long, or may not be read.
    """
    name = os.fspath(path)
    try:
        if name == STDIN:
            content = sys.stdin.buffer.read(largest + 1)
        else:
            _check(name, largest)
            with open(name, "rb") as file:
                content = file.read(largest + 1)
    except FileNotFoundError:
        raise Unreadable("exist; got no file of this name. Check its name and folder.") from None
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        reason = getattr(error, "strerror", None) or str(error)
        raise Unreadable(f"be readable; got: {reason}. Check its name and permissions.") from None
    if len(content) > largest:  # a pipe, or a file that grew
        raise _too_large(largest)
    return content


def _check(name: str, largest: int) -> None:
    """Refuse what is known, before it is opened, to be no file or too large: opening a pipe may wait."""
    status = os.stat(name)
    kind = stat.S_IFMT(status.st_mode)
    opened = os.path.dirname(os.path.abspath(name)) in OPENED or name == "/dev/stdin"
    if kind == stat.S_IFDIR:
        raise Unreadable("be a file; got a folder. Name a file in it.")
    if kind != stat.S_IFREG and not (kind == stat.S_IFIFO and opened):
        raise Unreadable(
            f"be a regular file; got {KINDS.get(kind, 'none')}. For standard input, write `-`."
        )
    if status.st_size > largest:
        raise _too_large(largest, status.st_size)


def _too_large(largest: int, n_bytes: int | None = None) -> Unreadable:
    unit, one, digits = ("MB", 1e6, 1) if largest >= 1e6 else ("kB", 1024, 0)
    got = "more" if n_bytes is None else f"{n_bytes / one:,.{digits}f} {unit}"
    text = f"have at most {largest / one:,.0f} {unit}; got {got}. Check that it is the right file."
    return Unreadable(text)
