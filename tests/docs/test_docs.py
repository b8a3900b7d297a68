"""Docs that cannot rot: every block runs, every page is in the menu, every public name is described."""

from __future__ import annotations

import re
import sys
import types
import warnings
from pathlib import Path

import pytest

import algotrendy as at

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [*sorted(DOCS.rglob("*.md")), ROOT / "README.md"]
BLOCK = re.compile(
    r"^(?P<indent> *)```python(?P<info>[^\n]*)\n(?P<code>.*?)^(?P=indent)```",
    re.MULTILINE | re.DOTALL,
)
# What a page may import that only an extra brings.
EXTRAS = frozenset({"plotly", "tqdm", "ipywidgets", "numba", "polars"})


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def blocks(text: str) -> list[tuple[int, str]]:
    """List (first line number, code) of every ```python block, in order."""
    found = []
    for match in BLOCK.finditer(text):
        line = text.count("\n", 0, match.start()) + 2
        indent = len(match["indent"])
        code = "\n".join(row[indent:] for row in match["code"].splitlines())
        found.append((line, code))
    return found


@pytest.mark.parametrize("page", [page for page in PAGES if page.exists()], ids=_name)
def test_every_block_of_a_page_runs_in_order(page, tmp_path, monkeypatch):
    found = blocks(page.read_text("utf-8"))
    if not found:
        return
    monkeypatch.chdir(tmp_path)
    module = types.ModuleType(f"docs_page_{page.stem.replace('-', '_')}")
    monkeypatch.setitem(
        sys.modules, module.__name__, module
    )  # classes and strategies find their home
    for line, code in found:
        padded = "\n" * (line - 1) + code  # so that a traceback names the line of the page
        try:
            exec(compile(padded, str(page), "exec"), module.__dict__)  # noqa: S102
        except at.errors.MissingExtra as error:
            pytest.skip(str(error))
        except ModuleNotFoundError as error:
            if error.name not in EXTRAS:
                raise
            pytest.skip(f"{error.name} is not installed")


@pytest.mark.parametrize("page", [page for page in PAGES if page.exists()], ids=_name)
def test_a_page_starts_with_a_title_and_stays_short(page):
    lines = page.read_text("utf-8").splitlines()
    assert lines[0].startswith("# "), "the first line is the title"
    assert len(lines) < 250, "pages aim at fewer than 200 lines: split it"


@pytest.mark.parametrize("page", [page for page in PAGES if page.exists()], ids=_name)
def test_links_to_files_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    dead = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path = target.split("#")[0]
        if not path or re.match(r"[a-z]+:", target):
            continue
        if not (page.parent / path).exists():
            dead.append(target)
    assert not dead


def _menu() -> list[str]:
    """Paths named below `nav:` in mkdocs.yml, read as text: YAML is not a dependency of ours."""
    lines = (ROOT / "mkdocs.yml").read_text("utf-8").splitlines()
    start = lines.index("nav:")
    return [
        match[1] for line in lines[start + 1 :] if (match := re.search(r"([\w./-]+\.md)\s*$", line))
    ]


def test_the_menu_names_every_page_and_every_named_page_exists():
    if not (ROOT / "mkdocs.yml").exists():
        pytest.skip("docs are not beside the tests")
    menu = _menu()
    assert len(menu) == len(set(menu)), "a page stands twice in the menu"
    assert set(menu) == {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")}


def test_every_public_name_stands_in_the_reference():
    if not DOCS.exists():
        pytest.skip("docs are not beside the tests")
    text = "\n".join(page.read_text("utf-8") for page in sorted((DOCS / "reference").rglob("*.md")))
    missing = [
        name for name in at.__all__ if not re.search(rf"(?<![\w]){re.escape(name)}(?![\w])", text)
    ]
    assert not missing


@pytest.mark.parametrize(("mark", "holds"), [("demo", "algotrendy demo"), ("tests", "pytest")])
def test_the_readme_marks_the_two_commands_that_ci_runs(mark, holds):
    """The CI script reads them from here, so they cannot drift."""
    text = (ROOT / "README.md").read_text("utf-8")
    match = re.search(rf"<!-- ci: {mark} -->\n+```bash\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert match is not None
    assert holds in match[1]


def test_the_reader_of_blocks_finds_them_with_their_lines():
    text = "# T\n\n```python\na = 1\n```\n\n- item\n\n    ```python\n    b = a\n    ```\n\n```bash\nno\n```\n"
    assert blocks(text) == [(4, "a = 1"), (10, "b = a")]


def test_a_broken_block_is_reported_with_the_line_of_the_page(tmp_path):
    line, code = blocks("# T\n\n```python\nok = 1\nbroken\n```\n")[0]
    with pytest.raises(NameError) as caught, warnings.catch_warnings():
        exec(compile("\n" * (line - 1) + code, "page.md", "exec"), {})  # noqa: S102
    assert caught.tb.tb_next is not None
    assert caught.tb.tb_next.tb_lineno == 5
