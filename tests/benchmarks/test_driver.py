import re

from benchmarks.servers import HERE

# Each may include those before it only.
PARTS = (
    *("base", "histogram", "poses", "voices", "wire", "conn"),
    *("dialects", "cost", "phases", "main"),
)


def test_the_parts_of_the_driver_know_only_those_below_them() -> None:
    sources = sorted((HERE / "driver").iterdir())
    assert {source.stem for source in sources} == set(PARTS)
    for source in sources:
        for included in re.findall(r'#include "(\w+)\.h"', source.read_text()):
            own = included == source.stem and source.suffix == ".c"
            assert own or PARTS.index(included) < PARTS.index(source.stem), source.name
