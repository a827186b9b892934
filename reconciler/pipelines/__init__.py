"""Pipelines that `init --ci` writes: plan on a pull request, apply on a merge, drift at night.

Takes the name of a forge and what is known of a repository, gives texts by path. Never writes a file and never reads
the person's; the templates beside this module are the pipelines themselves, with `<<name>>` where a repository differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from reconciler import __version__

FOLDER = Path(__file__).parent

FILES: Mapping[str, Mapping[str, str]] = {
    "github": {
        ".github/workflows/reconciler-plan.yml": "github/reconciler-plan.yml",
        ".github/workflows/reconciler-apply.yml": "github/reconciler-apply.yml",
        ".github/workflows/reconciler-drift.yml": "github/reconciler-drift.yml",
    },
    "gitlab": {
        ".gitlab/reconciler.yml": "gitlab/reconciler.yml",
        ".gitlab-ci.yml": "gitlab/.gitlab-ci.yml",
    },
}
"""Forge → path in the repository → template."""

ACTIONS: Mapping[str, str] = {
    "checkout": "actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2",
    "setup_python": "actions/setup-python@a26af69be951a213d495a4c3e4e4022e16d87065 # v5.6.0",
    "upload": "actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02 # v4.6.2",
    "download": "actions/download-artifact@d3f86a106a0bac45b974a628896c90dbdf5c8093 # v4.3.0",
}
"""What the workflows use: commits, since a tag can be moved."""


@dataclass(frozen=True, slots=True)
class Place:
    """What pipelines must know of a repository."""

    folder: str = "."
    """Where the settings lie, from the top of the repository."""
    branch: str = "main"
    """What pull requests are merged into."""
    secrets: tuple[str, ...] = ()
    """The environment variables that settings and manifests name, sorted."""

    @property
    def below(self) -> str:
        """What stands before the name of a file in the folder."""
        return "" if self.folder == "." else f"{self.folder}/"


def render(forge: str, place: Place) -> dict[str, str]:
    """Give the text of every pipeline of a forge, by its path in the repository."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(  # noqa: S701 (it writes YAML, and Place holds names that were checked)
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        comment_start_string="<#",
        comment_end_string="#>",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    known = {**ACTIONS, **asdict(place), "below": place.below, "requirement": f"reconciler=={__version__}"}
    return {path: environment.get_template(name).render(known) for path, name in FILES[forge].items()}
