"""``make check-mail``: the sample mails before the judges that need tools of their own.

SpamAssassin (offline), caniemail, the Nu HTML checker, axe-core in Chromium. What is missing is named with how to
install it, and makes the run fail. Pictures: ``python -m tests.check_mail --pictures docs/pictures``.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bot.render.letter import compose, wire
from tests.edges.mail_letters import letters
from tests.edges.mail_samples import LETTERHEAD, NOW

NPM = "npm install --no-save caniemail@1.0.5 vnu-jar axe-core"
SPAM_LIMIT = 1.0
WIDTHS = (600, 360)
SCHEMES = ("light", "dark")
CANIEMAIL = """
import fs from "node:fs";
import {{ pathToFileURL }} from "node:url";
const {{ caniemail }} = await import(pathToFileURL({module}).href);
const said = {{}};
for (const file of {files}) {{
  const clients = ["gmail.desktop-webmail", "apple-mail.macos", "apple-mail.ios"];
  const result = caniemail({{ clients, html: fs.readFileSync(file, "utf8") }});
  const titles = ([client, list]) => [client, list.map((one) => one.title)];
  const plain = (found) => Object.fromEntries([...found].map(titles));
  said[file] = {{ errors: plain(result.issues.errors), warnings: plain(result.issues.warnings) }};
}}
console.log(JSON.stringify(said));
"""


class Missing(Exception):
    """A tool is not there; the text says how to install it."""


def main() -> int:
    """Run every judge that is there. 0: all of them are, and none objects."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=Path, help="write PNG pictures of the samples into this folder and stop")
    asked = parser.parse_args()
    good = True
    with tempfile.TemporaryDirectory() as folder:
        files = written(Path(folder))
        if asked.pictures:
            pictures(files, asked.pictures)
            return 0
        for judge in (spam, clients, markup, accessibility):
            try:
                problems = judge(files)
            except Missing as missing:
                print(f"{judge.__name__}: not checked: {missing}")
                good = False
                continue
            for problem in problems:
                print(f"{judge.__name__}: {problem}")
            print(f"{judge.__name__}: {'ok' if not problems else 'NOT ok'}")
            good = good and not problems
    return 0 if good else 1


def written(folder: Path) -> dict[str, tuple[Path, Path]]:
    """``name -> (eml, html)`` of every sample, made now."""
    out = {}
    for name, letter in letters().items():
        eml, html = folder / f"{name}.eml", folder / f"{name}.html"
        eml.write_bytes(wire(compose(letter, LETTERHEAD, NOW)))
        html.write_text(letter.html, encoding="utf-8")
        out[name] = (eml, html)
    return out


def npm(package: str) -> Path:
    """Where an npm package is: in ``node_modules`` here or below ``$STET_NODE_MODULES``."""
    for place in (os.environ.get("STET_NODE_MODULES"), "node_modules"):
        if place and (found := Path(place) / package).exists():
            return found.resolve()
    raise Missing(f"{package}: {NPM}")


def program(name: str, install: str) -> str:
    """The path of a program on this machine."""
    found = shutil.which(name)
    if found is None:
        raise Missing(install)
    return found


def spam(files: dict[str, tuple[Path, Path]]) -> list[str]:
    """SpamAssassin's score of every mail, rules only, no network."""
    assassin = program("spamassassin", "apt-get install spamassassin")
    problems = []
    for name, (eml, _) in files.items():
        done = subprocess.run(
            [assassin, "-L", "-x", "-t"], input=eml.read_bytes(), capture_output=True, check=True, timeout=120
        )
        text = done.stdout.decode("utf-8", "replace")
        unfolded = re.sub(r"\n[ \t]+", " ", text)
        status = re.search(r"^X-Spam-Status: .*?score=(-?[\d.]+).*?tests=(\S*)", unfolded, re.M)
        if status is None:
            problems.append(f"{name}: no verdict")
            continue
        print(f"spam: {name}: {status[1]} ({status[2]})")
        if float(status[1]) > SPAM_LIMIT:
            problems.append(f"{name}: {status[1]} is above {SPAM_LIMIT}: {status[2]}")
    return problems


def clients(files: dict[str, tuple[Path, Path]]) -> list[str]:
    """What Gmail on the web and Apple Mail do not show."""
    node = program("node", "install Node.js")
    package = npm("caniemail")
    meta = json.loads((package / "package.json").read_text())
    exports = meta.get("exports", meta.get("main", "index.js"))
    while isinstance(exports, dict):
        exports = exports.get(".") or exports.get("import") or exports.get("default") or next(iter(exports.values()))
    script = CANIEMAIL.format(
        module=json.dumps(str(package / exports)), files=json.dumps([str(html) for _, html in files.values()])
    )
    done = subprocess.run(
        [node, "--input-type=module", "-e", script], capture_output=True, text=True, check=False, timeout=120
    )
    if done.returncode:
        return [f"caniemail did not run: {done.stderr.strip().splitlines()[-1:]}"]
    problems = []
    for file, said in json.loads(done.stdout).items():
        for client, titles in said["warnings"].items():
            print(f"clients: {Path(file).stem}: {client} shows in part: {', '.join(sorted(set(titles)))}")
        problems += [f"{Path(file).stem}: {client}: {titles}" for client, titles in said["errors"].items() if titles]
    return problems


def markup(files: dict[str, tuple[Path, Path]]) -> list[str]:
    """Errors of the Nu HTML checker; its remarks about style are left out."""
    java = program("java", "apt-get install default-jre-headless")
    jar = npm("vnu-jar")
    jars = sorted(jar.rglob("vnu.jar"))
    if not jars:
        raise Missing(NPM)
    done = subprocess.run(
        [java, "-jar", str(jars[0]), "--errors-only", "--format", "json", *(str(html) for _, html in files.values())],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    found = json.loads(done.stderr or '{"messages": []}')["messages"]
    return sorted({f"{Path(one.get('url', '')).name}: {one['message']}" for one in found})


@contextmanager
def browser() -> Iterator[Any]:
    """A headless Chromium without a network."""
    chromium = program("chromium", "apt-get install chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise Missing("pip install playwright") from error
    with sync_playwright() as play:
        running = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield running
        finally:
            running.close()


def accessibility(files: dict[str, tuple[Path, Path]]) -> list[str]:
    """axe-core's WCAG A and AA rules at every width and colour scheme; and no sideways scrolling."""
    axe = (npm("axe-core") / "axe.min.js").read_text(encoding="utf-8")
    problems = []
    with browser() as chromium:
        for width in WIDTHS:
            for scheme in SCHEMES:
                context = chromium.new_context(
                    viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True
                )
                for name, (_, html) in files.items():
                    page = context.new_page()
                    page.set_content(html.read_text(encoding="utf-8"))
                    page.evaluate(axe)
                    found = page.evaluate(
                        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"
                    )
                    problems += [
                        f"{name} at {width} px, {scheme}: {one['id']}: {one['nodes'][0]['html'][:120]}"
                        for one in found["violations"]
                    ]
                    wide = page.evaluate("document.documentElement.scrollWidth")
                    if wide > width:
                        problems.append(f"{name} at {width} px, {scheme}: {wide} px wide")
                    page.close()
                context.close()
    return problems


def pictures(files: dict[str, tuple[Path, Path]], folder: Path) -> None:
    """PNG pictures of the mails people meet first."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [
        ("correction", 600, "light"),
        ("correction", 360, "dark"),
        ("alert", 600, "light"),
        ("alert", 600, "dark"),
        ("alert", 360, "light"),
        ("digest", 600, "light"),
        ("rewrite", 600, "light"),
        ("quiet-week", 600, "light"),
    ]
    with browser() as chromium:
        for name, width, scheme in wanted:
            context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True)
            page = context.new_page()
            page.set_content(files[name][1].read_text(encoding="utf-8"))
            target = folder / f"mail-{name}-{width}-{scheme}.png"
            tall = page.evaluate("document.documentElement.scrollHeight")
            page.screenshot(
                path=str(target), clip={"x": 0, "y": 0, "width": width, "height": min(tall, 1100)}, full_page=True
            )
            print(f"{target} {target.stat().st_size:,} bytes")
            context.close()


if __name__ == "__main__":
    sys.exit(main())
