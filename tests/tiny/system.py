"""What the tiny system offers to Reconciler, found by its entry point."""

from tests.tiny.kinds import SCHEMAS
from tests.tiny.provider import connect

__all__ = ["SCHEMAS", "connect"]
