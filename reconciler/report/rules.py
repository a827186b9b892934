"""What each rule is about, in one sentence: for formats that list the rules beside the findings.

Takes the code of a finding, gives its sentence. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "accept.refused": "What drifted cannot be taken into the manifests.",
    "apply.diverged": "The server accepted the write, but holds something else.",
    "apply.failed": "The operation failed.",
    "apply.skipped": "The operation was not tried, since what it needs was not done.",
    "apply.unknown": "Whether the write arrived could not be found out.",
    "doctor.fail": "Something that a run needs is missing or wrong.",
    "doctor.warn": "Something may be missing.",
    "drift.conflict": "A field was changed outside git, and in git too.",
    "drift.drift": "A field was changed outside git.",
    "export.lost": "No manifest can say something that is live.",
    "guard.account": "A target is another account than the settings pin.",
    "guard.administrator": "Only an administrator may do what is planned.",
    "guard.adopt": "What was asked for cannot be adopted as it is.",
    "guard.api-key": "A secret stands where this server does not keep it.",
    "guard.conflict": "What is to be rolled back was changed since.",
    "guard.default": "A default would lose its object, or get one that does not fit.",
    "guard.deletes": "A run deletes or replaces more objects than its limit.",
    "guard.dropped-parameter": "This server cannot drop a parameter.",
    "guard.empty": "There are no manifests, and everything would be deleted.",
    "guard.in-use": "An object would be deleted that another one goes on naming.",
    "guard.key-in-use": "A key would be deleted that something goes on using.",
    "guard.last-row": "The last object of its kind would be deleted, and the server would make another.",
    "guard.name": "A name is taken by another object of the server.",
    "guard.no-provider": "A model has neither a base nor a provider.",
    "guard.order": "A system's own rules contradict the references between objects.",
    "guard.ownership": "A live object is not ours, or cannot be told from another.",
    "guard.parent": "What an object lives in is not there.",
    "guard.protected": "A protected object would be deleted or replaced.",
    "guard.selection": "What is selected needs something that is not.",
    "guard.sharing": "A share that no manifest declares would be taken away for a moment.",
    "guard.updates": "A run updates more objects than its limit.",
    "ignore.expired": "An ignore rule is past its day, and the field is compared again.",
    "ignore.unused": "An ignore rule hides nothing.",
    "inventory.not-saved": "The inventory could not be saved after the writes.",
    "inventory.receipt": "The receipt of an apply does not say how it ended.",
    "inventory.still-locked": "The inventory's lock could not be given back after the writes.",
    "manifest.cycle": "Manifests need each other in a circle.",
    "manifest.dangling": "A reference names what no manifest declares.",
    "manifest.deprecated": "The vendor has deprecated a field.",
    "manifest.duplicate": "Two manifests declare one object.",
    "manifest.envelope": "The frame of a manifest is wrong: apiVersion, kind or metadata.",
    "manifest.file": "A file that a manifest names cannot be used.",
    "manifest.name": "The system does not know a name that a manifest uses.",
    "manifest.near-miss": "A key nearly spells a known one.",
    "manifest.overlay": "An overlay does not fit its base.",
    "manifest.previous-name": "An earlier name of a manifest is claimed twice, or is still in use.",
    "manifest.reference": "A reference is not as it may be.",
    "manifest.removed-without-default": "A field was removed, and what it should go back to is not known.",
    "manifest.rule": "A system's own rules object to a manifest.",
    "manifest.schema": "A manifest does not fit its kind's schema.",
    "manifest.secret": "A secret stands in a manifest instead of its source.",
    "manifest.unknown-value": "A value is none of those that the vendor is known to take.",
    "manifest.yaml": "A file is not YAML as it is read here.",
    "notify.failed": "The notice about drift could not be sent.",
    "prune.uncertain": "A create was cut short, and what it made can no longer be told from what others made.",
    "rollback.conflict": "What is rolled back was changed since.",
    "rollback.manifests": "The manifests still say what is rolled back.",
    "rollback.secret": "A secret, or what the API does not show, cannot be restored.",
    "selection.idle": "An option that limits the run fits nothing.",
    "stale.account": "A target is another account than the one that was planned for.",
    "stale.expired": "The plan is too old.",
    "stale.inventory": "The inventory is another one than the one that was planned with.",
    "stale.manifests": "The manifests are not the ones that were planned.",
    "stale.object": "An object moved since the plan was made.",
    "target.unauthorized": "A target refuses the credential, or it is not set.",
    "target.unreachable": "A target could not be read.",
}

RUN = "run.failed"
"""The rule of a finding that has no code: the run failed for another reason."""


def about(code: str) -> str:
    """Give the sentence of a rule; one that a system brought along speaks for itself in each finding."""
    if code == RUN:
        return "The run failed."
    return WORDS.get(code, f"A rule of {code.partition('.')[0]}.")
