"""Prints the table of scripts/bench_serving.sh from the reports that it left; exit status 1 if something wanted was not met.

    bench_serving_table.py FOLDER DEADLINE_SECONDS
"""

import glob
import json
import statistics
import sys
from pathlib import Path

FOLDER, DEADLINE = Path(sys.argv[1]), float(sys.argv[2])


def reports(name):
    return [json.loads(Path(path).read_text()) for path in sorted(glob.glob(f"{FOLDER}/{name}_[0-9]*.json"))]


def ratio(value, reference):
    return value / reference if reference else float("inf")


def median(name, *keys):
    def value(report):
        for key in keys:
            report = report[key]
        return report

    return statistics.median(value(report) for report in reports(name))


def main():
    wide = median("engine_wide", "pictures_per_second")
    many = median("engine_many", "pictures_per_second")
    engine = max(wide, many)
    single = median("engine_single", "median_batch_seconds")
    server = median("server", "results", "throughput")
    max_batch_1 = median("one_at_a_time", "results", "throughput")
    one_caller = median("single", "results", "latency_seconds", "answered", "p50")
    overload = json.loads((FOLDER / "overload.json").read_text())["results"]
    memory = [int((FOLDER / name).read_text() or 0) / 1024 for name in ("memory_before", "memory_after")]
    text = json.loads((FOLDER / "known_words.json").read_text())["results"]["stage_seconds"]["text"]["p50"]

    calls = overload["calls"]
    accounted = sum(calls[outcome] for outcome in ("answered", "refused", "expired", "failed"))
    lost = calls["failed"] + calls["sent"] - accounted
    # One picture after the other, as a server without any overlap would take them.
    gain = engine * single
    rows = [
        ("32 callers: server / engine with full batches", ratio(server, engine), ">=", 0.95,
         f"{server:.2f} / {engine:.2f} pictures/s"),
        ("32 callers: server / one picture after the other", server * single, ">=", 1.5 if gain >= 1.5 else 1,
         f"{server:.2f} / {1 / single:.2f} pictures/s; full batches give the engine x{gain:.2f}"),
        ("32 callers: server / server that takes one at a time", ratio(server, max_batch_1), ">=", 1,
         f"{server:.2f} / {max_batch_1:.2f} pictures/s"),
        ("one caller: call / engine", one_caller / single, "<=", 1.15, f"{one_caller * 1e3:.1f} / {single * 1e3:.1f} ms"),
        ("overload: p99 of accepted calls / deadline", overload["latency_seconds"]["accepted"]["p99"] / DEADLINE, "<=", 1,
         f"{calls['accepted']} accepted, {calls['expired']} of them expired; {calls['refused']} refused"),
        ("overload: goodput / capacity", ratio(overload["goodput"], server), ">=", 0.9,
         f"{overload['goodput']:.2f} / {server:.2f} calls/s"),
        ("overload: accepted and lost", lost, "<=", 0, f"{calls['sent']} sent, {calls['unsent']} not sent"),
        ("overload: memory after / before", memory[1] / memory[0], "<=", 1.1, f"{memory[1]:.0f} / {memory[0]:.0f} MiB"),
        ("150 known words: text stage, ms", text * 1e3, "<=", 1, "median of one caller's calls"),
    ]
    width = max(len(row[0]) for row in rows)
    print(f"{'':{width}}  {'measured':>8}  {'wanted':>7}")
    met = True
    for name, value, relation, wanted, detail in rows:
        holds = value >= wanted if relation == ">=" else value <= wanted
        met = met and holds
        print(f"{name:{width}}  {value:8.3f}  {relation} {wanted:<4g}  {'' if holds else 'NOT MET  '}{detail}")
    return 0 if met else 1


sys.exit(main())
