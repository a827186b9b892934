"""What each field of each kind means: JSON Schema and its annotations, compiled, checked and explained.

Takes the files in `schemas/`, gives kinds, validators for manifests, and explanations of what they refuse.
Never reads a manifest, nor says how anything is sent.
"""

from __future__ import annotations

from reconciler.schema.compile import fallback_identity, field_at
from reconciler.schema.describe import FieldHelp, explain
from reconciler.schema.diagnose import explain_errors
from reconciler.schema.document import compiled, document_schema, export
from reconciler.schema.files import folder
from reconciler.schema.kinds import Kinds, load_kinds
from reconciler.schema.spelling import deprecations, did_you_mean, near_misses, nearest
from reconciler.schema.targets import TargetSetting, target_settings
from reconciler.schema.vocabulary import check_files, check_schema

__all__ = [
    "FieldHelp",
    "Kinds",
    "TargetSetting",
    "check_files",
    "check_schema",
    "compiled",
    "deprecations",
    "did_you_mean",
    "document_schema",
    "explain",
    "explain_errors",
    "export",
    "fallback_identity",
    "field_at",
    "folder",
    "load_kinds",
    "near_misses",
    "nearest",
    "target_settings",
]
