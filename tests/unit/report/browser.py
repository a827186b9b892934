"""A headless Chromium of the system's package, driven by its own driver; it opens files, and no network."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

FLAGS = (
    "headless",
    "no-sandbox",  # root may not have one
    "disable-gpu",
    "disable-background-networking",
    "disable-component-update",
    "disable-sync",
    "no-first-run",
    "hide-scrollbars",
)


@dataclass(frozen=True)
class Browser:
    """One window."""

    driver: Chrome

    def open(self, path: Path, width: int = 1280, *, dark: bool = False, media: str = "screen") -> None:
        """Open a file in a window of that width, for somebody who prefers light or dark."""
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": [scheme]})
        self.driver.get("about:blank")
        self.driver.get(path.as_uri())

    def run(self, script: str, *arguments: object) -> Any:
        """Run a function's body in the page."""
        return self.driver.execute_script(script, *arguments)

    def find(self, selector: str) -> WebElement:
        """Give the first element."""
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def shown(self) -> list[str]:
        """Give the ids of the entries that can be seen."""
        seen = "[...document.querySelectorAll('.entry')].filter((e) => e.checkVisibility()).map((e) => e.id)"
        return list(self.run(f"return {seen}"))

    def sees(self, selector: str) -> bool:
        """Say whether an element can be seen, were one to scroll there."""
        return bool(self.run("return document.querySelector(arguments[0]).checkVisibility()", selector))

    def press(self, *keys: str) -> None:
        """Type into what has the focus."""
        self.driver.switch_to.active_element.send_keys(*keys)

    def tab_to(self, is_there: Callable[[WebElement], bool], most: int = 60) -> WebElement:
        """Press Tab until the focus is there."""
        for _ in range(most):
            self.press(Keys.TAB)
            element = self.driver.switch_to.active_element
            if is_there(element):
                return element
        raise AssertionError("the keyboard does not get there")

    def picture(self, path: Path) -> bytes:
        """Take a screenshot of the whole page."""
        size = self.run("const e = document.documentElement; return [e.scrollWidth, e.scrollHeight]")
        clip = {"x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1}
        shot = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip})
        data = base64.b64decode(shot["data"])
        path.write_bytes(data)
        return data

    def complaints(self) -> list[str]:
        """Give what the browser wrote into its log since it was last asked."""
        return [str(entry["message"]) for entry in self.driver.get_log("browser")]

    def barriers(self) -> list[str]:
        """Give what keeps people from using the page, as axe finds it."""
        self.run(_axe())
        done = self.driver.execute_async_script("axe.run().then(arguments[arguments.length - 1])")
        found = [f"{v['id']}: {node['html'][:200]}" for v in done["violations"] for node in v["nodes"]]
        looked_at = {rule["id"] for rule in done["passes"] + done["violations"]}
        return found if "color-contrast" in looked_at else [*found, "axe could not tell the colours"]


@cache
def _axe() -> str:
    return files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")


def programs() -> tuple[str, str] | None:
    """Give the paths of the browser and its driver; None where the system lacks one."""
    found = shutil.which("chromium"), shutil.which("chromedriver")
    return (found[0], found[1]) if found[0] and found[1] else None


@contextmanager
def running(where: tuple[str, str], profile: Path) -> Iterator[Browser]:
    """Start a browser with a new profile, and end it on the way out."""
    options = ChromeOptions()
    options.binary_location = where[0]
    for flag in (*FLAGS, f"user-data-dir={profile}"):
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options, ChromeService(where[1]))
    try:
        yield Browser(driver)
    finally:
        driver.quit()
