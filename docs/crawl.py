"""Open every page of a built site in a browser, wide and light, narrow and dark: `python docs/crawl.py build/site`.

Says what is wrong, a line each, and ends with 1 where anything is: links, pictures and scripts of the site that lead
nowhere; errors and warnings of the console; pages that scroll sideways; with `--axe`, which takes minutes, violations
that axe finds. Needs the extra `oracles` and a Chromium of the system.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import chain
from pathlib import Path
from urllib.parse import unquote, urldefrag

SIZES = ((1280, "light"), (390, "dark"))
HIDDEN = ("_static", "_sources")
AXE = {"resultTypes": ["violations"], "preload": False}  # a page that is a file may not fetch its styles again


class Page(HTMLParser):
    """The names that a page has, and the addresses that it leads to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names, self.targets = set(), set()
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        self.names |= {found[name] for name in ("id", "name") if found.get(name)}
        self.targets |= {found[name] for name in ("href", "src") if found.get(name)}


def lost(site: Path, paths: list[Path]) -> list[str]:
    """Addresses within the site that lead nowhere, with the pages that have them."""
    pages = {path.resolve(): Page(path.read_text(encoding="utf-8")) for path in paths}
    wrong = []
    for path, page in pages.items():
        for target in sorted(page.targets):
            place, part = urldefrag(target)
            if ":" in place.partition("/")[0] or place.startswith("//"):
                continue  # another site, or data
            to = (path.parent / unquote(place).partition("?")[0]).resolve() if place else path
            if not to.exists() or (part and to in pages and unquote(part) not in pages[to].names):
                wrong.append(f"{path.relative_to(site.resolve())}: {target} leads nowhere")
    return wrong


def opened(site: Path, paths: list[Path], strict: bool) -> Iterator[str]:
    """Complaints of a browser about each page, and of axe where it is asked."""
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for width, scheme in SIZES:
            tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
            said = []
            tab.on("console", lambda m, said=said: m.type in ("error", "warning") and said.append(m.text))
            tab.on("pageerror", lambda error, said=said: said.append(str(error)))
            tab.on("requestfailed", lambda request, said=said: said.append(f"{request.url} failed"))
            for path in paths:
                said.clear()
                tab.goto(path.resolve().as_uri())
                if strict:
                    found = Axe().run(tab, options=AXE).response["violations"]
                    said += [f"axe: {one['id']}, {one['nodes'][0]['html'][:120]}" for one in found]
                if (wide := tab.evaluate("document.documentElement.scrollWidth")) > width:
                    said.append(f"is {wide} wide")
                yield from [f"{path.relative_to(site)}, {width} {scheme}: {text}" for text in said]
        browser.close()


def main(site: Path, strict: bool) -> int:
    """Print what is wrong."""
    paths = sorted(p for p in site.rglob("*.html") if not set(p.relative_to(site).parts) & set(HIDDEN))
    wrong = 0
    for text in chain(lost(site, paths), opened(site, paths, strict)):
        print(text, flush=True)
        wrong += 1
    print(f"{len(paths)} pages, {wrong} complaints")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), "--axe" in sys.argv))
