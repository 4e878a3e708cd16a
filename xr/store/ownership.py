"""Ownership of files: a command must neither begin a second database by mistake nor, run as root,
lock out the service."""

import os
import pwd
from pathlib import Path

from xr.errors import StoreError


def give_to_folder(path: Path, folder: Path | None = None) -> None:
    """As root, give a new file to the owner of its folder; for other users do nothing.

    ``folder`` is the one that the file is about to be moved to, if it is not in it yet.
    """
    if os.geteuid() == 0:
        status = (folder or path.parent).stat()
        os.chown(path, status.st_uid, status.st_gid)


def make_ours(path: Path, mode: int = 0o644) -> None:
    """Make an empty file, if there is none, which belongs to the folder's owner."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))
    except FileExistsError:
        return
    give_to_folder(path)


def refuse_to_create(database: Path, allowed: bool) -> None:
    """Refuse a command that names no existing database, unless a new one is ``allowed``.

    Raises:
        StoreError: there is none at this place.
    """
    if not allowed and not database.exists():
        raise StoreError(
            f"there is no database {database.resolve()}: name the server's by --database or "
            "XR_DATABASE, or make a new one with --create"
        )


def whose(path: Path) -> str:
    """Name the owner of the file, or of its folder, and say how this user can get access."""
    while not path.exists() and path != path.parent:
        path = path.parent
    us = name_of(os.geteuid())
    owner = name_of(path.stat().st_uid)
    if owner == us:
        return f"{path} belongs to {us}, who lacks the permission: chmod u+rwX {path}"
    return f"{path} belongs to {owner}, and this is {us}: chown {us} {path}"


def name_of(user: int) -> str:
    """The name of a user, or the number where there is none, as in a container."""
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)
