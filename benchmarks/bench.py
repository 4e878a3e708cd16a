"""Measures the server, and on demand its peers in turn with it, and writes what it found.

python benchmarks/bench.py --all [--peers]       everything; writes results and README tables
python benchmarks/bench.py --scenario room-800   one scenario, printed only
python benchmarks/bench.py --quick               a short look at a few, printed only
python benchmarks/bench.py --tables              results.svg and tables anew from results.json
python benchmarks/bench.py --against ../before --scenario room-800 joins
                                                 another checkout in turn with this one
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import results
from benchmarks.compare import ROUNDS as COMPARED_ROUNDS
from benchmarks.compare import compare
from benchmarks.install import build_driver, install_peers, peer_versions
from benchmarks.measurement import Measurement
from benchmarks.scenarios import SCENARIOS
from benchmarks.servers import CHECKOUT, PEERS

ROUNDS = 3
_QUICK = ("room-10", "room-100", "rooms-20x10")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for; 1 if anything was lost, damaged or refused on the way."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.tables:
        results.write_tables()
        return 0
    wanted = _wanted(options)
    if not wanted:
        parser.error("say what to measure: --all, or --scenario NAME …, or --quick")
    if options.against and (options.peers or any(each.name == "flush" for each in wanted)):
        parser.error("--against measures neither --peers nor flush")
    build_driver()
    if options.against:
        return 0 if compare(wanted, options.against, options.rounds or COMPARED_ROUNDS) else 1
    if options.peers:
        install_peers()
    rounds = options.rounds or (ROUNDS if options.all else 1)
    found = _measure(wanted, options.peers, rounds, options.minutes * 60)
    for name, by_server in found.items():
        results.show(name, by_server)
    if options.all and not options.quick:
        peers = peer_versions() if options.peers else ""
        results.write(found, results.machine(found, peers))
    return 1 if results.faults(found) else 0


def _wanted(options: argparse.Namespace) -> list[Measurement]:
    names = options.scenario or (_QUICK if options.quick and not options.all else ())
    wanted = [each for each in SCENARIOS if options.all or each.name in names]
    return [each.quick() for each in wanted] if options.quick else wanted


def _measure(
    wanted: Sequence[Measurement], peers: bool, rounds: int, seconds: float
) -> results.Found:
    """Everything in turn, again and again, so that a slow minute is felt by one round only.

    No round is begun that would, as long as the longest before it, not be over in ``seconds``.
    """
    turns = [
        (each, server)
        for each in wanted
        for server in ("xr", *(PEERS if peers and each.peers else ()))
    ]
    about = sum(each.takes for each, _ in turns) * rounds
    print(f"{rounds} rounds of {len(turns)} runs: about {about / 60:.0f} minutes", flush=True)
    found: results.Found = {each.name: {} for each in wanted}
    began, longest = time.monotonic(), 0.0
    for number in range(rounds):
        round_began = time.monotonic()
        if number and seconds and round_began - began + longest > seconds:
            print(f"no time for more than {number} of {rounds} rounds", flush=True)
            break
        for each, server in turns:
            print(f"round {number + 1}: {each.name} {server}", end="", flush=True)
            run_began = time.monotonic()
            found[each.name].setdefault(server, []).append(each.run(server, CHECKOUT))
            print(f", {time.monotonic() - run_began:.0f} s", flush=True)
        longest = max(longest, time.monotonic() - round_began)
    print(f"took {(time.monotonic() - began) / 60:.1f} minutes\n", flush=True)
    return found


def _parser() -> argparse.ArgumentParser:
    names = [each.name for each in SCENARIOS]
    parser = argparse.ArgumentParser(
        description="Measure the server.", epilog=f"Scenarios: {', '.join(names)}."
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--all", action="store_true", help="everything; writes the results")
    what.add_argument(
        "--scenario", nargs="+", choices=names, default=[], metavar="NAME", help="these only"
    )
    what.add_argument(
        "--tables", action="store_true", help="write plot and tables anew from results.json"
    )
    parser.add_argument("--quick", action="store_true", help="a few seconds each, for no figure")
    parser.add_argument("--peers", action="store_true", help="the peers too, in turn (needs Node)")
    parser.add_argument("--rounds", type=int, default=0, help="how often, instead of the usual")
    parser.add_argument(
        "--minutes", type=float, default=0, help="begin no round that would end later than that"
    )
    parser.add_argument(
        "--against", type=Path, metavar="CHECKOUT", help="compare with the server of that checkout"
    )
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
