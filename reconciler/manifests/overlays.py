"""Merges partial manifests over their bases (RFC 7386).

Takes manifests and overlays, gives manifests that remember which overlays are in them. Pure: no I/O, no clock; never
changes a document that it was given.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from reconciler.manifests.manifest import Manifest
from reconciler.model import Diagnostic, Json
from reconciler.schema import nearest


def merge(bases: Iterable[Manifest], overlays: Iterable[Manifest]) -> tuple[list[Manifest], list[Diagnostic]]:
    """Give the manifests with every overlay merged over its base, in order, and the overlays that have none."""
    merged, patches = list(bases), list(overlays)
    if not patches:
        return merged, []
    places: dict[tuple[str, ...], list[int]] = {}
    for index, base in enumerate(merged):
        places.setdefault(_key(base), []).append(index)
    problems = []
    for overlay in patches:
        candidates = places.get(_key(overlay), [])
        fitting = _same_target(overlay, candidates, merged)
        if len(fitting) == 1:
            base = merged[fitting[0]]
            document = merge_patch(base.document, overlay.document)
            merged[fitting[0]] = replace(base, document=document, layers=(*base.layers, overlay.source))
        else:
            problems.append(_without_base(overlay, candidates, merged, ambiguous=len(fitting) > 1))
    return merged, problems


def merge_patch(base: Json, patch: Json) -> Json:
    """Give `base` with `patch` merged over it: objects key by key, null removes, all else is replaced (RFC 7386)."""
    if not isinstance(patch, dict):
        return patch
    result = dict(base) if isinstance(base, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge_patch(result.get(key), value)
    return result


def _key(manifest: Manifest) -> tuple[str, ...]:
    return str(manifest.api_version), str(manifest.kind), str(manifest.metadata.get("name"))


def _same_target(overlay: Manifest, candidates: list[int], merged: list[Manifest]) -> list[int]:
    wanted = overlay.metadata.get("target")
    targets = {index: merged[index].metadata.get("target") for index in candidates}
    same = [index for index in candidates if targets[index] == wanted]
    # Where one of the two leaves the target out, there is one target only, or `check` will say so.
    return same or [index for index in candidates if wanted is None or targets[index] is None]


def _without_base(overlay: Manifest, candidates: list[int], merged: list[Manifest], *, ambiguous: bool) -> Diagnostic:
    name = "/".join(_key(overlay)[1:])
    if ambiguous:
        summary, hint = f"overlay of {name} fits several manifests", "say which by metadata.target"
    elif candidates:
        targets = sorted(str(merged[index].metadata.get("target")) for index in candidates)
        summary = f"overlay of {name} on target {overlay.metadata.get('target')} has no base"
        hint = f"the manifests of that name are for {', '.join(targets)}"
    else:
        close = nearest(name, {"/".join(_key(base)[1:]) for base in merged if _key(base)[0] == _key(overlay)[0]})
        summary = f"overlay of {name} has no base"
        hint = f"did you mean `{close}`?" if close else "an overlay has the kind, name and target of its base"
    return Diagnostic("error", summary, hint=hint, source=overlay.source, code="manifest.overlay")
