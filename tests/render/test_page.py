"""The report of the sample company in a real browser: on a phone and on a desk, light and dark, by keyboard, in print.

Where SCREENSHOTS names a folder, the pictures stay there to be looked at.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from calling import call
from wesretain.demo import make

SIZES = {"phone": (390, 844), "desk": (1280, 900)}
SCHEMES = ("light", "dark")
#: WCAG 2.2, success criterion 1.4.3.
LEAST_CONTRAST = 4.5


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the sample company, after its first night."""
    folder = tmp_path_factory.mktemp("company") / "demo"
    make(folder, date(2026, 7, 1))
    hold = ("hold", "add", "--matter", "Case 17", "--reason", "a complaint", "--subject", "hosting.clients", "7")
    for command in (("prepare", "hosting"), hold, ("approve", "--all"), ("apply", "--yes")):
        answer = call(folder, *command)
        assert answer.code == 0, answer.err
    (folder / "inventory.yaml").write_text((folder / "inventory.yaml").read_text().replace("    processor: own\n", ""))
    answer = call(folder, "report", "--out", "report.html")
    assert answer.code == 0, answer.err
    return folder / "report.html"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    assert program, "the tests need chromium-headless-shell; scripts/test-services.sh installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(params=[(size, scheme) for size in SIZES for scheme in SCHEMES], ids="-".join)
def page(request: pytest.FixtureRequest, browser: Browser, report: Path) -> Iterator[Page]:
    """The page as one reader sees it; nothing but the file was asked for, and nothing was complained of."""
    size, scheme = request.param
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, offline=True, reduced_motion="reduce"
    )
    page = context.new_page()
    asked: list[str] = []
    told: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.goto(report.as_uri())
    yield page
    if folder := os.environ.get("SCREENSHOTS"):
        page.evaluate("window.scrollTo(0, 0)")
        page.screenshot(path=Path(folder) / f"{size}-{scheme}.png", full_page=True)
    context.close()
    assert asked == [report.as_uri()]
    assert told == []


def test_nothing_runs_over_the_edge(page: Page) -> None:
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0


def test_all_words_can_be_read(page: Page) -> None:
    """Every text has enough contrast with what lies behind it."""
    found = page.evaluate(
        """() => {
          const behind = (node) => {
            for (; node; node = node.parentElement) {
              const color = getComputedStyle(node).backgroundColor;
              if (!/, 0\\)$|transparent/.test(color)) return color;
            }
            return 'rgb(255, 255, 255)';
          };
          const pairs = {};
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          for (let node; (node = walker.nextNode());) {
            const element = node.parentElement;
            if (!node.data.trim() || element.closest('svg, style, details:not([open])')) continue;
            pairs[getComputedStyle(element).color + '|' + behind(element)] = element.className || element.tagName;
          }
          return pairs;
        }"""
    )
    assert len(found) > 5
    poor = {pair: name for pair, name in found.items() if contrast(*pair.split("|")) < LEAST_CONTRAST}
    assert poor == {}


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, from 1 to 21 (WCAG 2.2)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(color: str) -> float:
    parts = [int(part) / 255 for part in re.findall(r"\d+", color)[:3]]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_by_keyboard(page: Page) -> None:
    """The first key leads past the head; all that scrolls sideways can be reached, and what has the focus is seen."""
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    box = page.locator(".skip").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main"
    lost = page.evaluate(
        """() => [...document.querySelectorAll('*')].filter(
             (each) => ['auto', 'scroll'].includes(getComputedStyle(each).overflowX) && each.tabIndex < 0).length"""
    )
    assert lost == 0
    outline = page.evaluate(
        """() => { const link = document.querySelector('nav a'); link.focus({focusVisible: true});
                   return getComputedStyle(link).outlineStyle; }"""
    )
    assert outline != "none"


def test_by_ear(page: Page) -> None:
    """What a screen reader needs: one title, headings in their order, names for charts and regions, heads of tables."""
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.title().startswith("Data retention at Sample Hosting")
    levels = page.evaluate("[...document.querySelectorAll('h1, h2, h3, h4')].map((each) => +each.tagName[1])")
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    nameless = page.evaluate(
        """() => ({
          charts: [...document.querySelectorAll('svg')].filter((svg) => svg.getAttribute('role') !== 'img'
            || !document.getElementById(svg.getAttribute('aria-labelledby'))?.textContent.trim()).length,
          regions: [...document.querySelectorAll('[role=region]')].filter((each) => !each.ariaLabel).length,
          heads: [...document.querySelectorAll('th')].filter((each) => !each.scope).length,
          links: [...document.querySelectorAll('a')].filter((each) => !each.textContent.trim()
            || !document.querySelector(each.getAttribute('href'))).length,
        })"""
    )
    assert nameless == {"charts": 0, "regions": 0, "heads": 0, "links": 0}
    assert page.locator("svg").count() > 20


def test_the_cut_off_is_drawn(page: Page) -> None:
    """In each chart of ages a line parts what has outlived its window from the rest."""
    charts = page.evaluate(
        """() => [...document.querySelectorAll('.rule svg')].map((svg) => {
          const line = svg.querySelector('line.cut').getBoundingClientRect().x;
          const bars = [...svg.querySelectorAll('rect')].filter((bar) => +bar.getAttribute('height') > 0);
          return bars.every((bar) => {
            const box = bar.getBoundingClientRect();
            return bar.classList.contains('due') ? box.right <= line + 1 : box.left >= line - 1;
          });
        })"""
    )
    assert charts
    assert all(charts)


def test_in_print(page: Page) -> None:
    page.emulate_media(media="print", color_scheme="light")
    hidden = page.evaluate("['nav', '.skip'].map((each) => getComputedStyle(document.querySelector(each)).display)")
    assert hidden == ["none", "none"]
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_what_it_tells(page: Page) -> None:
    words = " ".join(page.inner_text("body").split())
    for part in ("Sample Hosting", "Case 17", "processor-missing", "domain registries: MY to US", "Kuala Lumpur, MY"):
        assert part in words
    assert re.search(r"\d+ gaps", words)


def test_a_page_without_anything(browser: Browser, tmp_path: Path, report: Path) -> None:
    """A company that has just begun: no run, no hold, nothing due."""
    folder = tmp_path / "demo"
    make(folder, date(2026, 7, 1))
    policies = folder / "policies"
    for path in policies.iterdir():
        path.unlink()
    (policies / "personal.yaml").write_text(
        "version: 1\ncategory: personal\npurpose: trade\nbasis: contract\nrules:\n"
        "  old: {table: hosting.invoices, keep: 90 years, after: paid_on, then: delete, with: {invoice_items: delete,"
        " payments: delete}}\n"
    )
    answer = call(folder, "report")
    assert answer.code == 0, answer.err
    page = browser.new_page()
    page.goto((folder / "wesretain-report.html").as_uri())
    words: Any = page.inner_text("body")
    assert "None is in force." in words
    assert "Nothing has been applied yet." in words
    page.close()
