"""Reads `reconciler.yaml`: where manifests lie, which targets there are, how each is authenticated.

Takes a path, or finds the nearest file upwards; gives `Settings`, or every mistake with its position. Never reads a
secret: settings only say where each comes from.
"""

from __future__ import annotations

from pathlib import Path

from reconciler.errors import ManifestError, SettingsError
from reconciler.manifests import yaml
from reconciler.manifests.files import shown_folder
from reconciler.model import Body
from reconciler.settings import usual
from reconciler.settings.values import InventorySettings, InventoryStore, Settings

__all__ = ["FILE_NAME", "InventorySettings", "InventoryStore", "Settings", "load"]

FILE_NAME = "reconciler.yaml"
_INIT = "`reconciler init` writes one; `--config FILE` names another"


def load(path: Path | None = None) -> Settings:
    """Give the settings of a file, or of the nearest `reconciler.yaml` upwards from the current folder.

    Raises SettingsError with every mistake, each with file:line:column.
    """
    found = (path or _nearest_file()).absolute()
    found = found / FILE_NAME if found.is_dir() else found
    file = str(Path(shown_folder(found.parent)) / found.name)
    data, document = _read(found, file)
    plain = usual.read(document, found.parent, file)
    if plain is not None:
        return plain
    from reconciler.settings.problems import require_right  # and with it pydantic

    return require_right(document, data, file).value(found.parent, file)


def _nearest_file() -> Path:
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / FILE_NAME).is_file():
            return folder / FILE_NAME
    raise SettingsError(f"no {FILE_NAME} in {here} or above it", hint=_INIT)


def _read(path: Path, file: str) -> tuple[bytes, Body]:
    """Give the bytes of a settings file, and its one document."""
    try:
        data = path.read_bytes()
        documents = yaml.parse(data, file)
    except OSError as error:
        raise SettingsError(f"{file} cannot be read: {error.strerror}", hint=_INIT) from error
    except ManifestError as error:
        raise SettingsError(error.message, hint=error.hint) from error
    if not documents:
        raise SettingsError(f"{file} is empty", hint=_INIT)
    if len(documents) > 1:
        second = documents[1]
        raise SettingsError(f"{file}:{second.line}:{second.column}: a second document", hint="keep one")
    return data, documents[0].value
