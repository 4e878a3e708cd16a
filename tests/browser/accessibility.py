"""The rules of axe-core, tried on a page as it stands.

axe runs in a world of its own beside the page's scripts, so the page's CSP forbids it nothing and
the page sees nothing of it.
"""

import json
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import ROOT

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
RUN = """axe.run({resultTypes: ["violations"]}).then(({violations}) => JSON.stringify(violations
  .filter(({impact}) => impact === "serious" || impact === "critical")
  .flatMap(({id, help, nodes}) => nodes.map(({html, failureSummary}) =>
    `${id}: ${help}\\n${html}\\n${failureSummary}`))))"""


def violations(page: Page) -> list[str]:
    """The serious and critical violations: rule, element, and how to mend it."""
    if not AXE.exists():
        pytest.fail("axe-core is not installed: python tools/build_web.py --check", False)
    session = page.context.new_cdp_session(page)
    frame = session.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
    world = session.send("Page.createIsolatedWorld", {"frameId": frame, "worldName": "axe"})

    def evaluate(script: str) -> Any:
        answer = session.send(
            "Runtime.evaluate",
            {
                "expression": script,
                "contextId": world["executionContextId"],
                "awaitPromise": True,
                "returnByValue": True,
            },
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    evaluate(f"{AXE.read_text()}; undefined")
    found: list[str] = json.loads(evaluate(RUN))
    session.detach()
    return found
