"""The table of docs/moderation.md is that of the code."""

from pathlib import Path

from xr.roles import Capability, Role, may

PAGE = Path(__file__).parent.parent / "docs" / "moderation.md"


def test_the_table_of_roles_is_that_of_the_code() -> None:
    text = PAGE.read_text().partition("<!-- roles:")[2].partition("<!-- end of roles -->")[0]
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    head, _, *lines = [[cell.strip() for cell in row] for row in rows]
    assert head == ["", *Role]
    assert lines == [
        [capability.replace("_", " "), *("yes" if may(role, capability) else "" for role in Role)]
        for capability in Capability
    ]
