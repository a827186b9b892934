"""What `init --ci` finds out about a repository before it writes pipelines into it.

Takes the folder that holds the settings, gives texts by path and what a person must do next. Writes nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.model import Json
    from reconciler.settings import Settings

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/-]*\Z|\.\Z")
"""Names that mean themselves in YAML and in a shell."""

NEXT = {
    "github": """\
Next, in the repository's settings:
  - Secrets and variables > Actions: {secrets}
  - Environments: give `reconciler-approval` the people who may approve a plan that no pull request showed
  - Branches: have branches of pull requests brought up to date before they are merged
and in reconciler.yaml an inventory that outlives the runner, such as `inventory: {{store: git}}`""",
    "gitlab": """\
Next, in the project's settings:
  - CI/CD > Variables: {secrets}, and RECONCILER_NOTE_TOKEN for the note on a merge request
  - Build > Pipeline schedules: one a night, for the default branch
  - .gitlab-ci.yml includes .gitlab/reconciler.yml; add that where you had one already
and in reconciler.yaml an inventory that outlives the runner, such as `inventory: {{store: git}}`""",
}


def pipelines_of(folder: Path, forge: str) -> tuple[dict[Path, str], str]:
    """Give the pipelines of a forge by their paths, and what is to be done next.

    Raises `SettingsError` or `ManifestError` where it cannot be read which secrets there are.
    """
    from reconciler import manifests, pipelines, settings
    from reconciler.errors import UsageError
    from reconciler.manifests.files import find_repository

    found = settings.load(folder / settings.FILE_NAME)
    top = find_repository(folder) or folder.resolve()
    branch = manifests.default_branch(folder) or "main"
    place = pipelines.Place(folder.resolve().relative_to(top).as_posix(), branch, _secrets(found))
    for word, value in (("folder", place.folder), ("branch", place.branch)):
        if not _PLAIN.match(value):
            raise UsageError(
                f"the {word} {value!r} cannot be named in a pipeline without quotes",
                hint="letters, digits, `.`, `_`, `-` and `/` are safe",
            )
    shown = Path(os.path.relpath(top))
    texts = {shown / path: text for path, text in pipelines.render(forge, place).items()}
    names = ", ".join(place.secrets) or "the credentials of your targets"
    return texts, NEXT[forge].format(secrets=names)


def _secrets(found: Settings) -> tuple[str, ...]:
    """Name every environment variable that settings and manifests take a secret from."""
    from reconciler import manifests

    auths = [target.auth.secret for target in found.targets.values() if target.auth is not None]
    named = {str(secret.value) for secret in auths if secret.scheme == "env"}
    loaded = manifests.load(found.root, found.manifests, found.overlays)
    for manifest in loaded.manifests:
        named.update(_named(manifest.document))
    return tuple(sorted(name for name in named if _VARIABLE.match(name)))


def _named(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        if set(value) == {"env"} and isinstance(value["env"], str):
            yield value["env"]
        for inner in value.values():
            yield from _named(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _named(inner)
