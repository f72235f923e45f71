"""What README and docs show must be there: pages, pictures, commands and their options."""

import re
import shlex
from pathlib import Path

import click
import pytest

from dtfviz.cli import shell

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\((?!https?:)([^)#]+)(?:#([^)]+))?\)")
COMMAND = re.compile(r"^    (dtfviz .+)$|`(dtfviz [^`]+)`", re.MULTILINE)


def commands_of(page):
    found = COMMAND.findall(page.read_text(encoding="utf-8"))
    return [(page.name, (indented or inline).partition("#")[0].strip()) for indented, inline in found]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target, _ in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", [PAGES[0], ROOT / "docs" / "python.md"], ids=lambda page: page.name)
def test_what_is_shown_in_python_needs_no_inner_module(page):
    text = page.read_text(encoding="utf-8")
    assert "import dtfviz\n" in text
    assert not re.search(r"(import|from) dtfviz\.core", text)


def test_every_page_is_linked_from_the_readme():
    linked = {target for target, _ in LINK.findall(PAGES[0].read_text(encoding="utf-8"))}
    assert {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")} <= linked


@pytest.mark.parametrize(("page", "line"), [one for page in PAGES for one in commands_of(page)])
def test_commands_and_their_options_exist(page, line):
    words = shlex.split(line)[1:]
    if words[0].startswith("-") or words[0].isupper():
        return
    command = shell.get_command(click.Context(shell), words[0])
    assert command is not None, f"{page}: {line}"
    known = {name for option in command.params for name in (*option.opts, *option.secondary_opts)} | {"--help"}
    used = {word.partition("=")[0] for word in words[1:] if re.match(r"--?[a-z]", word)}
    assert used <= known, f"{page}: {line}"
