"""The key that signs cookies and tokens: a setting, or a file beside the database."""

import contextlib
import logging
import os
import secrets
from pathlib import Path

from xr.errors import StoreError
from xr.settings import Settings
from xr.store.faults import explained

_SHORTEST = 16  # characters, as for the setting
_log = logging.getLogger(__name__)


def load_secret(settings: Settings) -> str:
    """The secret of the settings, else the file's, which is made if there is none.

    Raises:
        StoreError: the file cannot be read or made, or holds no secret.
    """
    if settings.secret_key is not None:
        return settings.secret_key
    path = Path(f"{settings.database.resolve()}.secret")
    with explained(path):
        if not path.exists():
            _make(path)
        text = path.read_text(encoding="ascii", errors="replace").strip()
        mode = path.stat().st_mode & 0o777
    if len(text) < _SHORTEST:
        raise StoreError(
            f"{path} holds no secret: restore it, or delete it, which ends every visitor's identity"
        )
    if mode & 0o077:
        _log.warning("secret.readable path=%s mode=%o: others may read it", path, mode)
    return text


def _make(path: Path) -> None:
    """Write the file aside and link it into place: whole from the first moment, and never twice."""
    aside = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # another process was quicker: its file counts
            os.link(aside, path)
    finally:
        aside.unlink()
