"""Make what is made from the messages, reasons, limits and settings, and of measured figures.

``python -m tools.generate_wire``, or ``make generate``. It comes out the same each time, and a test
fails when one of the files is not what comes out.
"""

from collections.abc import Mapping
from pathlib import Path

from tools.wire.asyncapi import HEADER, asyncapi, yaml
from tools.wire.catalogue import gather
from tools.wire.costs import costs_table
from tools.wire.limits import limits
from tools.wire.markdown import fill, tables
from tools.wire.metrics import metrics_table
from tools.wire.settings import kept_table, settings_table
from tools.wire.typescript import typescript

ROOT = Path(__file__).parent.parent


def generate() -> Mapping[Path, str]:
    """The text of each file, by its path."""
    catalogue = gather()
    names = ("protocol.md", "settings.md", "cost.md", "privacy.md", "metrics.md")
    protocol, settings, cost, privacy, metrics = (ROOT / "docs" / name for name in names)
    return {
        ROOT / "docs" / "asyncapi.yaml": HEADER + yaml(asyncapi(catalogue)),
        ROOT / "web" / "src" / "wire.gen.ts": typescript(catalogue),
        protocol: fill(protocol.read_text(), tables(catalogue, limits())),
        settings: fill(settings.read_text(), {"settings": settings_table()}),
        privacy: fill(privacy.read_text(), {"kept": kept_table()}),
        metrics: fill(metrics.read_text(), {"metrics": metrics_table()}),
        cost: fill(cost.read_text(), {"costs": costs_table()}),
    }


if __name__ == "__main__":
    for path, text in generate().items():
        path.write_text(text)
