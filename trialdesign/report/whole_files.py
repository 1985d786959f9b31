"""Files that the toolkit writes: whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

from trialdesign.errors import SpecificationError


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
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise _refusal(path, "be a file; got a folder. Name a file in it.")
    if target.exists() and not target.is_file():
        raise _refusal(path, "be a regular file; got a device or pipe. Name a file.")
    if target.exists() and not force:
        raise _refusal(path, "not exist yet; got an existing file. To replace it, pass --force.")
    # In the same folder, for only there is replacing one step; opened plainly, for the user's umask.
    scratch = target.with_name(f".trialdesign-{secrets.token_hex(8)}.tmp")
    try:
        file = open(scratch, "xb")
    except OSError as error:
        rule = f"be in a writable folder; got: {error.strerror}. Choose another."
        raise _refusal(path, rule) from None
    try:
        with file:
            file.write(content.encode() if isinstance(content, str) else content)
        if target.exists():
            shutil.copymode(target, scratch)
        os.replace(scratch, target)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise


def _refusal(path: str | Path, rule: str) -> SpecificationError:
    return SpecificationError(f"{path} must {rule}")
