"""Brings a database to the schema that this version of the code knows."""

import importlib.util
from collections.abc import Mapping
from pathlib import Path

from sqlite_utils import Database, Migrations

import xr
from xr.errors import StoreError

PACKAGE = Path(xr.__file__).parent

Steps = Mapping[str, Migrations]
"""One migration by the name of its file, in order; all belong to the set named ``xr``."""


def migrations_folder() -> Path:
    """Find the migrations: inside the package when installed, beside it in a checkout."""
    packed = PACKAGE / "_migrations"
    return packed if packed.is_dir() else PACKAGE.parent / "migrations"


def load_migrations(folder: Path | None = None) -> Steps:
    """The migrations of ``folder`` (default: the project's), in the order of their file names."""
    folder = folder or migrations_folder()
    steps = {path.stem: _load(path) for path in sorted(folder.glob("[0-9]*_*.py"))}
    if not steps:
        raise StoreError(f"no migrations in {folder}: the installation is not complete")
    return steps


def _load(path: Path) -> Migrations:
    spec = importlib.util.spec_from_file_location(f"xr_migration_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = module.migrations
    assert isinstance(found, Migrations)
    return found


def refuse_newer(db: Database, steps: Steps) -> None:
    """Refuse a database that a later version has changed. Only reads.

    Raises:
        StoreError: it has migrations that this version does not know.
    """
    any_step = next(iter(steps.values()))  # applied migrations are noted for the whole set
    unknown = sorted({done.name for done in any_step.applied(db)} - steps.keys())
    if unknown:
        raise StoreError(
            f"the database is from a newer version of xr (it has {', '.join(unknown)}): "
            "upgrade xr, or restore a backup"
        )


def pending(db: Database, steps: Steps) -> list[str]:
    """The names of the steps that are not applied yet."""
    return [name for name, step in steps.items() if step.pending(db)]


def apply(db: Database, steps: Steps) -> list[str]:
    """Apply the pending steps, each in one transaction with the note that it was applied.

    Returns the names of the steps that were applied. A process killed in between does no harm:
    the next call goes on where this one stopped.
    """
    names = pending(db, steps)
    for name in names:
        with db.atomic():  # the library makes the table of notes and its index in two
            steps[name].ensure_migrations_table(db)
        steps[name].apply(db)
    return names
