"""What tests of whole runs stand on."""

from tests.unit.execution.estate import estate

__all__ = ["estate"]
