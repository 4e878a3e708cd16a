"""The pages of the docs lead to each other, as files and as a site."""

from pathlib import Path

import pytest

from tools.docs_site import ROOT, anchors, links, pages

PAGES = pages()


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_every_link_leads_to_a_file_and_its_heading(page: Path) -> None:
    for target, anchor in links(page):
        assert target.is_file(), target
        assert target.is_relative_to(ROOT)
        assert not anchor or anchor in anchors(target), f"{target.name} has no #{anchor}"


def test_links_are_found_and_code_is_not(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# One `word` & [two](x.md)\n[a](b.md#c) `[no](no.md)` <x> [e](https://e.org) [f](#g)\n"
        "```\n# no\n[no](no.md)\n```\n![p](p.png)\n"
    )
    found = [(target.name, anchor) for target, anchor in links(page)]
    assert found == [("x.md", ""), ("b.md", "c"), ("page.md", "g"), ("p.png", "")]
    assert anchors(page) == {"one-word--two"}


def test_the_site_has_every_page() -> None:
    site = (ROOT / "mkdocs.yml").read_text()
    for page in PAGES:
        assert f": {page.relative_to(ROOT)}\n" in site, "give it a place in the nav of mkdocs.yml"
