"""Reconciler: declarative GitOps for AI model configurations."""

__version__ = "0.1.0"
