"""Putting a folder in another's place, whole or not at all."""

import contextlib
import ctypes
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2  # linux/fs.h


@contextlib.contextmanager
def replaced_folder(target: Path) -> Iterator[Path]:
    """Yield an empty folder beside ``target`` that takes its place when the block ends well.

    On any error, Ctrl-C included, the new folder is removed and ``target`` stays as it was.
    Leftovers of runs that were killed are removed first.
    """
    target = target.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(target)
    fresh = target.parent / f".{target.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp"
    fresh.mkdir()
    try:
        yield fresh
        _sync(fresh)
        _put(fresh, target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def remove_leftovers(target: Path) -> None:
    """Remove what earlier processes, now dead, left beside ``target``."""
    for path in target.parent.glob(f".{target.name}.*.tmp"):
        pid = path.name.removesuffix(".tmp").split(".")[-2]
        if pid.isdigit() and not _alive(int(pid)):
            shutil.rmtree(path, ignore_errors=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _sync(folder: Path) -> None:
    # A rename may reach the disk before the data does; then a power cut leaves empty files.
    for path in (*folder.iterdir(), folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _put(fresh: Path, target: Path) -> None:
    # A folder cannot be renamed over a full one. Linux can exchange the two in one step, so that
    # a reader finds the old one or the new one at any moment; elsewhere there are two steps.
    if not target.exists():
        fresh.rename(target)
    elif not _exchange(fresh, target):
        old = fresh.with_name(fresh.name.removesuffix(".tmp") + ".0.tmp")
        target.rename(old)
        try:
            fresh.rename(target)
        except BaseException:
            old.rename(target)
            raise
        shutil.rmtree(old, ignore_errors=True)


def _exchange(a: Path, b: Path) -> bool:
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return False
    status = renameat2(
        _AT_FDCWD, os.fsencode(a), _AT_FDCWD, os.fsencode(b), ctypes.c_uint(_RENAME_EXCHANGE)
    )
    return int(status) == 0
