"""Measures the server, and on demand its peers in turn with it, and writes what it found.

python benchmarks/bench.py --all [--peers]       everything; writes results and README tables
python benchmarks/bench.py --scenario room-800   one scenario, printed only
python benchmarks/bench.py --quick               a short look at a few, printed only
python benchmarks/bench.py --against ../before --scenario room-800 joins
                                                 another checkout in turn with this one
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import local, results
from benchmarks.compare import ROUNDS, compare
from benchmarks.scenarios import SCENARIOS, Figures, Scenario, build_driver, install_peers, run

PEERS = ("colyseus", "relay")
LOCAL: dict[str, Callable[[], Figures]] = {"cold-start": local.cold_start, "flush": local.flush}
_QUICK = ("room-10", "room-100", "rooms-20x10")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for; 1 if anything was lost, damaged or refused on the way."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.all == bool(options.quick or options.scenario):
        parser.error("say what to measure: --all, or --scenario NAME …, or --quick")
    if options.against and (options.peers or set(options.scenario) & set(LOCAL)):
        parser.error(f"--against knows neither --peers nor {', '.join(LOCAL)}")
    build_driver()
    if options.peers:
        install_peers()
    wanted = [each for each in SCENARIOS if options.all or each.name in options.scenario]
    if options.quick and not options.scenario:
        wanted = [each for each in SCENARIOS if each.name in _QUICK]
    if options.quick:
        wanted = [each.quick() for each in wanted]
    if options.against:
        return 0 if compare(wanted, options.against, options.rounds or ROUNDS) else 1
    found: results.Found = {}
    for name, measure in LOCAL.items():
        if options.all or name in options.scenario:
            found[name] = {"xr": [measure()]}
            results.show(name, found[name])
    for scenario in wanted:
        found[scenario.name] = _rounds(scenario, options)
        results.show(scenario.name, found[scenario.name])
    if options.all:
        results.write(found)
    return 1 if results.faults(found) else 0


def _rounds(scenario: Scenario, options: argparse.Namespace) -> dict[str, list[Figures]]:
    """Every server in turn, again and again: what disturbs one disturbs all."""
    servers = ["xr", *PEERS] if options.peers and scenario.peers else ["xr"]
    rounds = options.rounds or (scenario.rounds if len(servers) > 1 else 1)
    found: dict[str, list[Figures]] = {server: [] for server in servers}
    for _ in range(rounds):
        for server in servers:
            found[server].append(run(scenario, server))
    return found


def _parser() -> argparse.ArgumentParser:
    names = [*LOCAL, *(scenario.name for scenario in SCENARIOS)]
    parser = argparse.ArgumentParser(description="Measure the server.")
    parser.add_argument("--all", action="store_true", help="everything; writes the results")
    parser.add_argument("--scenario", nargs="+", choices=names, default=[], help="these only")
    parser.add_argument("--quick", action="store_true", help="a few seconds each, for no figure")
    parser.add_argument(
        "--against", type=Path, metavar="CHECKOUT", help="compare with the server of that checkout"
    )
    parser.add_argument("--peers", action="store_true", help="the peers too, in turn (needs Node)")
    parser.add_argument("--rounds", type=int, default=0, help="how often, instead of the usual")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
