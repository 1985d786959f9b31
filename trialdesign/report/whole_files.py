"""Files that the toolkit writes: whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from pathlib import Path
from typing import BinaryIO

from trialdesign.errors import SpecificationError


def check_writable(path: str | Path, force: bool = False) -> None:
    """Refuse a file that cannot be written, before the work is done of which it is to hold the result.

    Raises
    ------
    SpecificationError
        As `write_whole` would.
    """
    file = _opened(_target(path, force), path)
    file.close()
    os.unlink(file.name)


def write_whole(path: str | Path, content: str | bytes, force: bool = False) -> None:
    """Write a file so that no reader, and no crash, ever sees half of it.

    Parameters
    ----------
    path : str or Path
        Its folder must exist; a link is followed.
    content : str or bytes
        Text is written as UTF-8 with the line ends it has.
    force : bool
        Replace an existing file, keeping its permissions.

    Raises
    ------
    SpecificationError
        The path is taken, is not a regular file, or its folder cannot be written to.
    """
    target = _target(path, force)
    file = _opened(target, path)
    try:
        with file:
            file.write(content.encode() if isinstance(content, str) else content)
        if target.exists():
            shutil.copymode(target, file.name)
        os.replace(file.name, target)
    except BaseException:
        Path(file.name).unlink(missing_ok=True)
        raise


def _target(path: str | Path, force: bool) -> Path:
    """Return the file that a path leads to, if it may be written."""
    try:
        target = Path(os.path.realpath(path))
        mode = os.stat(target).st_mode
    except FileNotFoundError:
        return target
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        reason = getattr(error, "strerror", None) or str(error)
        raise _refusal(path, f"be a name that a file can have; got: {reason}. Choose another.") from None
    if stat.S_ISDIR(mode):
        raise _refusal(path, "be a file; got a folder. Name a file in it.")
    if not stat.S_ISREG(mode):
        raise _refusal(path, "be a regular file; got a device or pipe. Name a file.")
    if not force:
        raise _refusal(path, "not exist yet; got an existing file. To replace it, pass --force.")
    return target


def _opened(target: Path, path: str | Path) -> BinaryIO:
    """Open a scratch file beside a target."""
    # In the same folder, for only there is replacing one step; opened plainly, for the user's umask.
    try:
        return open(target.with_name(f".trialdesign-{secrets.token_hex(8)}.tmp"), "xb")
    except OSError as error:
        rule = f"be in a writable folder; got: {error.strerror}. Choose another."
        if not target.parent.is_dir():
            rule = "be in a folder that exists; got none of this name. Create it first."
        raise _refusal(path, rule) from None


def _refusal(path: str | Path, rule: str) -> SpecificationError:
    return SpecificationError(f"{os.fspath(path) or 'the output'} must {rule}")
