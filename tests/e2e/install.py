"""Installs every server that the tests here start: `python -m tests.e2e.install`.

Takes nothing; leaves virtual environments where the tests look for them. Tests install what is missing by themselves:
this is for doing it early, beside something else.
"""

from __future__ import annotations

from tests.e2e import openwebui, xagent


def main() -> None:
    """Install them, one after the other."""
    for system in (openwebui, xagent):
        for version in system.VERSIONS:
            system.install(version)


if __name__ == "__main__":
    main()
