"""Writing a file: whole or not at all, and never over another one unasked."""

from __future__ import annotations

import os
import stat

import pytest

from trialdesign.errors import SpecificationError
from trialdesign.report.whole_files import write_whole


def test_text_and_bytes_are_written_as_they_are(tmp_path):
    write_whole(tmp_path / "a.md", "Müller\n")
    write_whole(tmp_path / "b.pdf", b"\0\r\n")
    assert (tmp_path / "a.md").read_bytes() == "Müller\n".encode()
    assert (tmp_path / "b.pdf").read_bytes() == b"\0\r\n"
    assert sorted(os.listdir(tmp_path)) == ["a.md", "b.pdf"]


def test_an_existing_file_is_kept_unless_forced(tmp_path):
    path = tmp_path / "a.md"
    path.write_text("old")
    with pytest.raises(SpecificationError) as caught:
        write_whole(path, "new")
    expected = f"{path} must not exist yet; got an existing file. To replace it, pass --force."
    assert str(caught.value) == expected
    assert path.read_text() == "old"
    write_whole(path, "new", force=True)
    assert path.read_text() == "new"


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_is_refused(tmp_path, force):
    with pytest.raises(SpecificationError, match="must be a file; got a folder"):
        write_whole(tmp_path, "x", force=force)


def test_a_device_is_refused_even_if_forced():
    with pytest.raises(SpecificationError, match="must be a regular file"):
        write_whole(os.devnull, "x", force=True)


def test_a_folder_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(SpecificationError, match="must be in a folder that exists"):
        write_whole(tmp_path / "nowhere" / "a.md", "x")


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "a.md"
    path.write_text("old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, "new", force=True)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.md"]


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX systems")
def test_permissions_are_the_old_files_or_the_users_usual_ones(tmp_path):
    path = tmp_path / "a.md"
    before = os.umask(0o027)
    try:
        write_whole(path, "x")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    path.chmod(0o600)
    write_whole(path, "y", force=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.skipif(os.name != "posix", reason="symbolic links")
def test_a_link_is_followed(tmp_path):
    (tmp_path / "real.md").write_text("old")
    (tmp_path / "link.md").symlink_to(tmp_path / "real.md")
    write_whole(tmp_path / "link.md", "new", force=True)
    assert (tmp_path / "link.md").is_symlink()
    assert (tmp_path / "real.md").read_text() == "new"
