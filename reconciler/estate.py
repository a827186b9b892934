"""The story of an estate that was there before: write it down, take it over, let go of it.

Takes settings and a request, gives manifests, or what is ours from now on. Sends nothing but reads.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path as FilePath

from reconciler import export, inventory, providers
from reconciler.checking import check
from reconciler.errors import DiagnosticsError
from reconciler.execution import bind, own
from reconciler.execution.surroundings import surroundings_of
from reconciler.manifests.files import WorkTree
from reconciler.model import Consent, Diagnostic, Request, Selection
from reconciler.planning.guards import other_accounts
from reconciler.settings import Settings
from reconciler.survey import (
    Connect,
    Progress,
    Scene,
    connected,
    judge,
    look,
    open_store,
    selected_kinds,
    survey,
)

Confirm = Callable[[tuple[own.Move, ...]], bool]
"""Says whether what is ours may change like that."""


async def adopt(
    settings: Settings,
    request: Request,
    names: Sequence[str],
    *,
    confirm: Confirm = lambda moves: True,
    progress: Progress = lambda *_: None,
    connect: Connect = providers.connect,
) -> own.Owned:
    """Take live objects over as they are; where one cannot be, none is. Sends nothing but reads.

    What differs from its manifest differs still: the next plan says so.
    """
    desired, store = check(settings), open_store(settings)
    addresses = own.named(names, desired.resources, "no manifest declares")
    reached = Selection(targets=tuple(sorted({address.target for address in addresses})))
    with store.lock(request.lock_timeout):
        owned = store.load()
        async with connected(settings, desired, connect) as targets:
            scene = Scene(settings, Request(reached, Consent(adopt=True)), owned, targets)
            built, facts = await survey(scene, desired, progress)
        journal = store.begin(owned)
        around = surroundings_of(built, facts, targets, journal, settings.root)
        moves, refusals = own.takings(addresses, built.decisions, around)
        trouble = (*facts.observed.failures.values(), *(d for d in built.plan.diagnostics if d.code == "guard.account"))
        return await _remember(moves, (*trouble, *refusals), store, journal, confirm)


async def forget(
    settings: Settings,
    request: Request,
    names: Sequence[str],
    *,
    confirm: Confirm = lambda moves: True,
) -> own.Owned:
    """Let go of objects of ours: they stay as they are on the server, and are nobody's. Sends nothing at all."""
    desired, store = check(settings), open_store(settings)
    with store.lock(request.lock_timeout):
        owned = store.load()
        addresses = own.named(names, owned.entries, "nothing of ours is called")
        moves = own.lettings(addresses, owned.entries, desired.resources)
        return await _remember(moves, (), store, store.begin(owned), confirm)


async def export_live(
    settings: Settings,
    request: Request,
    folder: FilePath,
    progress: Progress = lambda *_: None,
    connect: Connect = providers.connect,
) -> export.Exported:
    """Write manifests of what is live and not declared, and plan them. Sends nothing but reads, and makes nothing ours.

    Nobody knows the secrets that the manifests name: they count as not set.
    """
    WorkTree(settings.root).refuse_outside(_counted(settings, folder))
    asked, selection = _reading(settings, folder), Selection(targets=request.selection.targets)
    desired, owned = check(asked), open_store(settings).load()
    async with connected(settings, desired, connect) as targets:
        scene = Scene(asked, Request(selection), owned, targets)
        observed = await look(scene, desired, progress, selected_kinds(settings, request.selection))
        pinned = {name: target.account for name, target in settings.targets.items() if target.account is not None}
        others = tuple(other_accounts(observed.accounts, pinned))
        if others:
            return export.Exported((), others)
        passed_over = {
            name: number for name, target in targets.items() if (number := getattr(target, "passed_over", 0))
        }
        drafts, failures = export.draft(observed, desired, request.selection), tuple(observed.failures.values())
        files = export.write(drafts.made, folder, settings.root)
        try:
            desired = check(_reading(settings, folder)) if files else desired
            unset = bind.unset_secrets(desired.resources[address] for address in files)
            built, _ = await judge(scene, desired, observed, unset)
        except DiagnosticsError as error:
            return export.exported(drafts, files, {}, passed_over, (*failures, *error.diagnostics))
    return export.exported(drafts, files, built.decisions, passed_over, failures)


async def _remember(
    moves: tuple[own.Move, ...],
    refusals: tuple[Diagnostic, ...],
    store: inventory.Store,
    journal: inventory.Journal,
    confirm: Confirm,
) -> own.Owned:
    """Change the inventory, if nothing speaks against it."""
    changing = any(move.status != "ours" for move in moves)
    if refusals or (changing and not confirm(moves)):
        return own.Owned(moves, refusals, confirmed=False)
    await own.record(moves, journal)
    store.commit(journal)
    return own.Owned(moves)


def _reading(settings: Settings, folder: FilePath) -> Settings:
    """Give settings that read a folder too, as far as folders are there: before an export, few may be."""
    folders = (*settings.manifests, _counted(settings, folder))
    return replace(settings, manifests=tuple(one for one in folders if (settings.root / one).exists()))


def _counted(settings: Settings, folder: FilePath) -> str:
    return os.path.relpath(folder, settings.root)
