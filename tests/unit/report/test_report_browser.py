"""The HTML page in a browser: it filters, unfolds, prints, and is for everybody."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from reconciler.report import html
from reconciler.report.about import About
from reconciler.report.view import Document, View

from . import browser as chromium
from .browser import Browser
from .samples import documents
from .test_report_hostile import ABOUT, HOSTILE, many

DOCUMENTS = documents()
DESKTOP, PHONE = 1280, 360


@pytest.fixture(scope="module")
def browser(miss: Callable[[str], None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    where = chromium.programs()
    if where is None:
        miss("chromium or chromium-driver")
        raise AssertionError
    with chromium.running(where, tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Callable[..., Browser]:
    """Open a document; what the browser complains about by then is a failure."""

    def show(document: Document | str, width: int = DESKTOP, about: About = ABOUT, **how: object) -> Browser:
        path = tmp_path / "page.html"
        named = DOCUMENTS[document] if isinstance(document, str) else (document, about)
        path.write_text(html.render(*named), encoding="utf-8")
        browser.complaints()
        browser.open(path, width, **how)  # type: ignore[arg-type]
        assert browser.complaints() == []
        return browser

    return show


Page = Callable[..., Browser]


def ids(*words: str) -> list[str]:
    """Give the ids of the operations of the plan that do one of these."""
    plan = DOCUMENTS["plan"][0]
    assert isinstance(plan, View)
    return [f"entry-{n}" for n, row in enumerate(plan.operations, 1) if row.action.value in words]


def test_the_counts_filter(page: Page) -> None:
    shown = page("plan")
    everything = shown.shown()
    assert len(everything) == 8
    shown.find(".tile.delete").click()
    assert shown.shown() == ids("delete")
    assert shown.find("#shown").text == "1 of 8 shown"
    shown.find(".tile.replace").click()
    assert shown.shown() == ids("delete", "replace")
    assert shown.find(".tile.delete").get_attribute("aria-pressed") == "true"
    assert shown.run("return document.querySelectorAll('.box.off').length") == 2
    shown.find(".tile.delete").click()
    shown.find(".tile.replace").click()
    assert shown.shown() == everything
    assert shown.find("#shown").text == "8 shown"


def test_target_and_kind_filter(page: Page) -> None:
    shown = page("plan")
    Select(shown.find("select[data-by=kind]")).select_by_visible_text("Group")
    assert shown.shown() == ids("create")
    assert not shown.find(".list:last-of-type h2").is_displayed()  # nothing drifted of that kind
    shown.find("#search").send_keys("nothing like it")
    assert shown.shown() == []
    shown.find("#clear").click()
    assert len(shown.shown()) == 8
    assert shown.run("return document.activeElement.id") == "search"


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("twin", ["entry-6"]),
        ("PARAMS.TEMPERATURE", ["entry-5"]),
        ("three short", ["entry-5", "drift-2"]),
        ("model old", ["entry-4"]),
        ("manifests/groups.yaml", ["entry-1"]),
        ("zzz", []),
    ],
)
def test_search_looks_at_everything(page: Page, search: str, expected: list[str]) -> None:
    shown = page("plan")
    shown.find("#search").send_keys(search)
    assert shown.shown() == expected
    assert shown.find("#none").is_displayed() is not bool(expected)


def test_outcomes_filter_by_how_they_ended(page: Page) -> None:
    shown = page("apply")
    shown.find('[data-value="failed"]').click()
    assert shown.shown() == ["entry-1"]
    assert "failed" in shown.find("#entry-1 summary").text
    assert shown.find('[data-value="done"]').is_enabled()


def test_a_table_can_be_searched(page: Page) -> None:
    shown = page("doctor")
    shown.find("#search").send_keys("credential")
    assert shown.find("#shown").text == "1 of 3 shown"


def test_the_keyboard_does_all_of_it(page: Page) -> None:
    shown = page("plan")
    shown.press(Keys.TAB)
    assert shown.run("return document.activeElement.className") == "skip-link"
    shown.tab_to(lambda e: "delete" in str(e.get_attribute("class")))
    shown.press(Keys.SPACE)
    assert shown.shown() == ids("delete")
    shown.press(Keys.SPACE)
    shown.tab_to(lambda e: e.get_attribute("id") == "expand")
    shown.press(Keys.ENTER)
    assert shown.run("return document.querySelectorAll('.entry:not([open])').length") == 0
    shown.tab_to(lambda e: e.get_attribute("id") == "collapse")
    shown.press(Keys.SPACE)
    assert shown.run("return document.querySelectorAll('.entry[open]').length") == 0
    shown.tab_to(lambda e: e.tag_name == "summary")
    shown.press(Keys.ENTER)
    assert shown.find("#entry-1").get_attribute("open")
    assert "People who write code" in shown.find("#entry-1").text
    assert shown.run("return getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_a_box_of_the_picture_leads_to_its_operation(page: Page) -> None:
    shown = page("plan")
    shown.find(".tile.delete").click()
    box = shown.tab_to(lambda e: "prod/Model/support" in str(e.get_attribute("aria-label")))
    assert box.get_attribute("aria-label") == "~ update prod/Model/support"
    shown.press(Keys.ENTER)
    assert shown.find("#entry-5").get_attribute("open")
    assert len(shown.shown()) == 8  # the filter that hid it is gone
    assert shown.run("return document.activeElement.closest('.entry').id") == "entry-5"
    shown.find("#entry-5 a[href='#entry-1']").click()
    assert shown.find("#entry-1").get_attribute("open")


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_do_nothing(page: Page, name: str) -> None:
    shown = page(HOSTILE[name])
    assert shown.run("return performance.getEntriesByType('resource').length") == 0
    assert shown.run("return [document.scripts.length, document.images.length, document.forms.length]") == [1, 0, 0]
    if name != "failed":  # which has nothing to search in
        shown.find("#search").send_keys("<script>alert(1)</script>")
        assert shown.run("return document.querySelectorAll('.entry:not([hidden]), .row:not([hidden])').length") > 0
    assert shown.complaints() == []


def test_the_policy_stops_what_the_page_did_not_bring(page: Page) -> None:
    shown = page("plan")
    shown.run(
        "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.acted = 1\"><b style=\"top:0\">')"
    )
    shown.run("const s = document.createElement('script'); s.textContent = 'window.acted = 1'; document.body.append(s)")
    assert shown.run("return window.acted === undefined")
    assert any("Content Security Policy" in text for text in shown.complaints())


def test_without_scripts_it_is_all_there(page: Page, browser: Browser) -> None:
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        shown = page("plan")
        assert not shown.find("#filter").is_displayed()
        shown.find("#entry-5 summary").click()
        assert "Never lie." in shown.find("#entry-5").text
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_paper_shows_what_is_folded(page: Page) -> None:
    folded = "#entry-5 .diff"
    shown = page("plan", media="print")
    assert shown.run("return document.querySelectorAll('.entry[open]').length") == 0
    assert (shown.sees(folded), shown.sees("#filter")) == (True, False)
    shown = page("plan")
    assert not shown.sees(folded)
    shown.run("dispatchEvent(new Event('beforeprint'))")
    assert shown.sees(folded)
    shown.run("dispatchEvent(new Event('afterprint'))")
    assert not shown.sees(folded)


@pytest.mark.parametrize(
    ("name", "width"), [*((name, PHONE) for name in DOCUMENTS), ("plan", DESKTOP), ("apply", DESKTOP)]
)
def test_it_fits_the_window(page: Page, name: str, width: int) -> None:
    shown = page(name, width)
    shown.run("document.querySelectorAll('details').forEach((e) => { e.open = true })")
    assert shown.run("return document.documentElement.scrollWidth") == width


LOOKS = ((DESKTOP, False), (PHONE, True))


@pytest.mark.parametrize(
    ("name", "width", "dark"),
    [
        *(("plan", *look) for look in LOOKS),
        *(("apply", *look) for look in LOOKS),
        *((name, *LOOKS[n % 2]) for n, name in enumerate(["refused", "drift", "doctor", "graph", "explain"])),
    ],
)
def test_nobody_is_kept_out(page: Page, name: str, width: int, dark: bool) -> None:
    shown = page(name, width, dark=dark)
    shown.run("document.querySelectorAll('details').forEach((e) => { e.open = true })")
    assert shown.barriers() == []


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_pictures_of_it(page: Page, width: int, tmp_path: Path) -> None:
    sizes, colours = [], []
    for dark in (False, True):
        shown = page("plan", width, dark=dark)
        data = shown.picture(tmp_path / f"plan-{width}-{'dark' if dark else 'light'}.png")
        assert data.startswith(b"\x89PNG")
        sizes.append(struct.unpack(">II", data[16:24]))
        colours.append(shown.run("return getComputedStyle(document.body).backgroundColor"))
    assert sizes[0] == sizes[1]
    assert sizes[0][0] == width
    assert colours[0] != colours[1]


def test_many_long_operations_can_be_searched(page: Page) -> None:
    shown = page(many(2_000))
    shown.find("#search").send_keys("m01999")
    (found,) = shown.shown()
    assert shown.find(f"#{found} strong").text == "m01999"
    assert shown.find("#shown").text == "1 of 2,000 shown"
