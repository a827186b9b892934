"""Finds ignore rules that have outlived their use.

Takes what a plan was made from and the decisions behind it, gives a warning for each rule that has expired, and for
each that hides nothing. Pure: no I/O, no clock (today is an argument).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.model import Address, Diagnostic, IgnoreRule, Live, Resource
from reconciler.paths import parse_path, value_at
from reconciler.planning.canonical import is_hidden, leaves, matches
from reconciler.planning.removals import is_under
from reconciler.planning.tally import not_compared
from reconciler.planning.work import Decision, Facts


def doubtful_rules(
    facts: Facts, decisions: Mapping[Address, Decision], lives: Mapping[Address, Live]
) -> tuple[Diagnostic, ...]:
    """Warn of every rule of what was compared that has expired or is of no use; those of a rollback nobody wrote."""
    if facts.request.rollback:
        return ()
    passed_over = not_compared(facts, decisions)
    return tuple(
        warning
        for address, resource in facts.desired.resources.items()
        if resource.lifecycle.ignore and address not in passed_over
        for warning in _warnings(resource, lives.get(address), facts.today)
    )


def _warnings(resource: Resource, live: Live | None, today: str) -> Iterator[Diagnostic]:
    for rule in resource.lifecycle.ignore:
        if rule.until is not None and rule.until < today:
            hint = "remove the rule, or move `until` to a later day"
            yield _warning(resource, rule, f"expired on {rule.until}: the field is compared again", hint, "expired")
        elif live is not None and not _hides(resource, rule, live):
            yield _warning(resource, rule, "hides nothing: what is live is as declared", "remove the rule", "unused")


def _hides(resource: Resource, rule: IgnoreRule, live: Live) -> bool:
    """Say whether something below the rule's path differs, or cannot be seen."""
    holder = parse_path(rule.path)
    return any(
        is_hidden(path, field, live) or not matches(value, value_at(live.body, path), field)
        for path, value, field in leaves(resource.spec, resource.kind.root)
        if is_under(path, (holder,)) or is_under(holder, (path,))
    )


def _warning(resource: Resource, rule: IgnoreRule, summary: str, hint: str, code: str) -> Diagnostic:
    reason = f"its reason: {rule.reason}" if rule.reason else "it gives no reason"
    text = f"the ignore rule for {rule.path} of {resource.address} {summary}"
    return Diagnostic("warning", text, reason, hint, resource.address, resource.source, f"ignore.{code}")
