import re

import pytest

from benchmarks import compare, plot, results, tables
from benchmarks.measurement import Figures
from benchmarks.scenarios import SCENARIOS
from benchmarks.servers import HERE, PEERS


def _load(cpu: float) -> Figures:
    keys = {key for column in tables.COLUMNS.values() for key in column}
    return {**dict.fromkeys(keys, 1.0), "server_cpu": cpu, "kib_per_connection": 9.0}


FOUND = {"room-800": {"xr": [_load(0.5), _load(0.6)], "picows": [_load(0.4)]}}


def test_each_row_names_a_scenario_that_exists() -> None:
    names = {scenario.name for scenario in SCENARIOS}
    assert {budget.scenario for budget in tables.BUDGETS} <= names
    assert tables.LOADS.keys() <= names


def test_the_tables_show_the_median_and_the_range_of_those_who_were_measured() -> None:
    made = tables.all_tables(FOUND)
    row = next(line for line in made["budgets"].splitlines() if "800 in a room |" in line)
    assert "| 55 % (50–60) | 40 % |" in row
    assert "Colyseus" not in made["budgets"]
    assert made["rooms"].count("one room of 800") == 2


def test_the_readme_has_a_place_for_each_table() -> None:
    text = (HERE / "README.md").read_text()
    for marker in ("machine", *tables.all_tables(FOUND)):
        assert re.search(f"<!-- {marker} -->\n.*<!-- end of {marker} -->", text, re.DOTALL)


def test_the_plot_shows_the_range_at_each_median() -> None:
    drawn = plot.svg(FOUND)
    assert drawn.count("<circle") == 4  # two servers in two panels
    assert 'V88.0"' in drawn  # 60 % of a panel of 220


def test_a_fault_in_any_round_is_named() -> None:
    assert results.faults({"room-10": {"xr": [{"corrupt": 0}, {"corrupt": 2}]}}) == [
        "room-10 xr: corrupt 2"
    ]


@pytest.mark.parametrize(
    ("before", "after", "higher_is_better", "said"),
    [
        ([10.0, 10.2], [10.3, 10.4], False, ""),
        ([10.0, 10.2], [11.0, 11.2], False, "WORSE"),
        ([10.0, 11.1], [11.0, 11.3], False, "worse, but the ranges overlap"),
        ([100.0], [90.0], True, "WORSE"),
        ([100.0], [120.0], True, ""),
    ],
)
def test_a_median_that_is_worse_is_said(
    before: list[float], after: list[float], higher_is_better: bool, said: str
) -> None:
    compared = compare.Compared("", "", "", higher_is_better=higher_is_better)
    assert compare.verdict(compared, before, after).strip() == said


def test_the_peers_are_drawn_and_named() -> None:
    assert PEERS.keys() <= plot.COLOURS.keys()
    assert PEERS.keys() <= tables.SERVERS.keys()
