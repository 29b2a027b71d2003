"""What a checker of accessibility asks of a page, asked of the page as it is drawn."""

from __future__ import annotations

from typing import Any, Final

from selenium.webdriver import Chrome

#: Texts whose contrast with what is behind them is less than WCAG's 4.5 (3 where they are large).
_FAINT: Final = """
const channel = c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
const parts = text => text.match(/[\\d.]+/g).map(Number);
const behind = element => {
  for (; element; element = element.parentElement) {
    const colour = parts(getComputedStyle(element).backgroundColor);
    if (colour.length === 3 || colour[3] === 1) return colour.slice(0, 3);
  }
  return [255, 255, 255];
};
const found = [];
for (const element of document.body.querySelectorAll("*")) {
  const own = [...element.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
  if (!own || !element.checkVisibility() || element.closest("svg")) continue;
  const style = getComputedStyle(element), size = parseFloat(style.fontSize);
  const [a, b] = [light(parts(style.color)), light(behind(element))].sort((x, y) => y - x);
  const least = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
  if ((a + 0.05) / (b + 0.05) < least) found.push(element.outerHTML.slice(0, 120));
}
return found;
"""
#: Elements without what names them or belongs to them.
_UNNAMED: Final = """
const found = [], all = selector => [...document.querySelectorAll(selector)];
const named = e => e.textContent.trim() || e.getAttribute("aria-label") ||
  (e.getAttribute("aria-labelledby") || "").split(" ").every(id => document.getElementById(id));
const want = (true_, why, e) => { if (!true_) found.push(why + ": " + e.outerHTML.slice(0, 120)); };
for (const e of all("a, summary, button")) want(e.textContent.trim(), "no text", e);
for (const e of all("nav, section, [role=region], [role=img], progress"))
  want(named(e), "no name", e);
for (const e of all("[aria-labelledby]"))
  for (const id of e.getAttribute("aria-labelledby").split(" "))
    want(document.getElementById(id), "names nothing", e);
for (const e of all("table")) {
  want(e.caption && e.caption.textContent.trim(), "no caption", e);
  want(e.querySelector("thead th[scope=col]"), "no heads", e);
  for (const row of e.tBodies[0].rows)
    want(row.querySelector("th[scope=row], time"), "no head", row);
}
for (const e of all("[id]")) want(all(`[id="${e.id}"]`).length === 1, "id twice", e);
for (const e of all("dl > div")) want(e.querySelector("dt") && e.querySelector("dd"), "no term", e);
for (const name of ["header", "main", "footer", "h1"])
  want(all(name).length === 1, "not one " + name, document.body);
want(document.documentElement.lang, "no language", document.documentElement);
want(document.title.trim(), "no title", document.head);
let level = 0;
for (const e of all("h1, h2, h3, h4")) {
  want(Number(e.tagName[1]) <= level + 1, "a level is left out", e);
  level = Number(e.tagName[1]);
}
return found;
"""
#: Words that do not stand in one line.
_BROKEN: Final = """
const found = [], range = document.createRange();
const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
while (texts.nextNode()) {
  const node = texts.currentNode;
  if (!node.parentElement.checkVisibility() || node.parentElement.closest("svg, bdi, .copy"))
    continue;
  for (const word of node.textContent.matchAll(/\\p{L}+/gu)) {
    range.setStart(node, word.index);
    range.setEnd(node, word.index + word[0].length);
    const tops = [...range.getClientRects()].map(rect => rect.top);
    if (Math.max(...tops) - Math.min(...tops) > 8) found.push(word[0]);
  }
}
return found;
"""


def faint(driver: Chrome) -> list[str]:
    """Texts that are hard to read."""
    return _ask(driver, _FAINT)


def unnamed(driver: Chrome) -> list[str]:
    """What a screen reader could not tell."""
    return _ask(driver, _UNNAMED)


def broken(driver: Chrome) -> list[str]:
    """Words of the page's own that are broken over two lines."""
    return _ask(driver, _BROKEN)


def overflow(driver: Chrome) -> int:
    """By how many pixels the page is wider than the window."""
    wide: Any = driver.execute_script(
        "const e = document.documentElement; return e.scrollWidth - e.clientWidth;"
    )
    return int(wide)


def _ask(driver: Chrome, script: str) -> list[str]:
    found: Any = driver.execute_script(script)
    return [str(each) for each in found]
