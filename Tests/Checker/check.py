#!/usr/bin/env python3
"""Judge reports against the reference catalogue, at 40 digits, without trusting or reading anything of the
solver.

    python3 check.py REPORTS                      every REPORTS/<id>.json
    python3 check.py REPORTS --solve BINARY       first run `BINARY solve FILE --format json` for each case
    python3 check.py REPORTS --only 'dro-*'       a part
    python3 check.py REPORTS --atoms --gallery    also the closed forms of Tests/Fixtures/atoms and the Notebooks
    python3 check.py REPORTS --contract           value and solution need only keep the report's own promise (gap), not
                                                  the catalogue's tolerance

What is judged, for each report: the status and exit code; that the point is finite, non-negative, has
the right mass and lies in the feasible band (data known to 2^-46); that the reported value is the value
at that point; that lower <= known optimum <= upper and lower <= value <= upper; that `optimal` has a gap
within its goal; that value and (where unique) distribution agree with the catalogue; that known
multipliers agree in sign and size; and that our own Lagrangian bound, made from the reported point and
multipliers, is not above the known optimum. The mathematics comes from Tests/Fixtures/cases.json;
objective files are only handed to the solver, never read.

Exit status: 0 all right, 1 something failed, 2 nothing to judge. Needs mpmath.
"""

import argparse
import fnmatch
import json
import subprocess
import sys
from math import prod
from pathlib import Path

from mpmath import mp, mpf

import bounds
from catalogue import INF, ZERO, exact, flat
from problem import Problem

HERE = Path(__file__).resolve().parent
FIXTURES = HERE.parent / "Fixtures"
THETA = mpf(2) ** -46  # data are known to this relative precision
ROUNDING = mpf(2) ** -40  # value recomputed in double precision, relative to the sum of absolute summands
DATA = mpf(2) ** -51  # a decimal optimum moves by this when its data are rounded to doubles
RELATIVE, ABSOLUTE = mpf("1e-9"), mpf("1e-12")


class Verdict:
    def __init__(self, name):
        self.name, self.failures = name, []
        self.status, self.error, self.gap, self.slack, self.residual = "-", None, None, None, None

    def require(self, condition, message):
        if not condition:
            self.failures.append(message)
        return bool(condition)


def show(number):
    return "-" if number is None else mp.nstr(number, 2, min_fixed=0, max_fixed=0) if number != 0 else "0"


def read(path):
    """JSON with numbers kept as exact decimals; NaN and infinities are refused."""

    def refuse(token):
        raise ValueError(f"{token} in the document")

    return json.loads(path.read_text(), parse_float=mpf, parse_constant=refuse)


def number_or_none(value):
    if value is None or isinstance(value, bool) or isinstance(value, (str, list, dict)):
        return None
    return mpf(value)


# ------------------------------------------------------------------ the point
def point_of(report, problem, verdict):
    """The flat point, normalised, or None."""
    x = []
    for name in problem.names:
        unknown = (report.get("unknowns") or {}).get(name)
        if not verdict.require(
            isinstance(unknown, dict) and "probabilities" in unknown, f"no probabilities for {name}"
        ):
            return None
        values = flat(unknown["probabilities"])
        count, support = prod(problem.shapes[name]), unknown.get("support")
        if len(values) != count and isinstance(support, list) and len(support) == len(values):
            dense = [ZERO] * count
            for place, value in zip(support, values):
                dense[int(place) - 1] = value
            values = dense
        if not verdict.require(len(values) == count, f"{name} has {len(values)} entries, not {count}"):
            return None
        if not verdict.require(
            all(number_or_none(v) is not None for v in values), f"{name} holds a non-number"
        ):
            return None
        x += [mpf(v) for v in values]
    if not verdict.require(all(v >= 0 for v in x), "a negative probability"):
        return None
    for start, length, total in problem.blocks:
        mass = mp.fsum(x[start : start + length])
        verdict.require(
            abs(mass - total) <= mpf(2) ** -40 * total, f"mass {mp.nstr(mass, 12)} instead of {total}"
        )
    return problem.normalised(x)


def feasible(problem, x, verdict):
    """Every constraint in the band; returns the largest excess over the band's own scale."""
    worst = ZERO

    def judge(name, excess, scale):
        nonlocal worst
        if excess > 0:
            worst = max(worst, excess / scale if scale > 0 else INF)
        verdict.require(
            excess <= THETA * scale, f"constraint {name} violated by {show(excess)} (scale {show(scale)})"
        )

    for row in problem.rows:
        difference = row.value(x) - row.bound
        judge(row.name, abs(difference) if row.equality else difference, abs(row.bound) + row.size(x))
    for i, v in enumerate(x):
        if problem.upper is not None:
            judge(problem.upper_name, v - problem.upper[i], abs(problem.upper[i]) + v)
        if problem.lower is not None:
            judge(problem.lower_name, problem.lower[i] - v, abs(problem.lower[i]) + v)
    for ball in problem.balls:
        value, size, _ = ball.function(x)
        judge(ball.name, value - ball.bound, abs(ball.bound) + size)
    return worst


def stationary(problem, x, verdict):
    """A local answer: on the support all variations agree, off it none is better."""
    slope = [problem.sense * g for g in problem.objective(x)[2]]
    for start, length, _ in problem.blocks:
        span = range(start, start + length)
        mean = mp.fsum(x[i] * slope[i] for i in span) / mp.fsum(x[i] for i in span)
        scale = max(abs(slope[i]) for i in span) + 1
        verdict.require(
            all(abs(slope[i] - mean) <= mpf("1e-5") * scale for i in span if x[i] > mpf("1e-7")),
            "not stationary on its support",
        )
        verdict.require(
            all(slope[i] >= mean - mpf("1e-5") * scale for i in span), "a better vertex direction exists"
        )


# ------------------------------------------------------------------ one report
def multipliers_in(report):
    result = {}
    for name, item in (report.get("constraints") or {}).items():
        if isinstance(item, dict) and item.get("multiplier") is not None:
            result[name] = [number_or_none(v) for v in flat(item["multiplier"])]
    return result


def judge_point(report, record, problem, verdict, contract):
    x = point_of(report, problem, verdict)
    if x is None:
        return
    verdict.residual = feasible(problem, x, verdict)
    objective = report.get("objective") or {}
    verdict.require(
        objective.get("sense") in (None, {1: "minimize", -1: "maximize"}[problem.sense]), "wrong sense"
    )
    value, size, _ = problem.objective(x)
    if not verdict.require(abs(value) != INF, "the objective is infinite at the point"):
        return
    known = exact(record["value"])
    reported = number_or_none(objective.get("value"))
    noise = ROUNDING * (abs(value) + size)
    if verdict.require(reported is not None, "no value"):
        verdict.require(
            abs(reported - value) <= noise,
            f"value {mp.nstr(reported, 17)} but the point has {mp.nstr(value, 17)}",
        )
    local = record["status"] == "local"
    judge_interval(objective, record, problem, value, known, size, verdict)

    error = value - known if problem.sense == 1 else known - value
    verdict.error = abs(error)
    tolerance = {key: exact(v) for key, v in record["tolerance"].items()}
    allowed = tolerance["value_abs"] + tolerance["value_rel"] * abs(known)
    if contract:
        allowed = max(allowed, RELATIVE * abs(known) + ABSOLUTE * problem.scale())
    if local:
        verdict.require(error >= -allowed, "better than the global optimum")
        stationary(problem, x, verdict)
        return
    verdict.require(abs(error) <= allowed, f"value is off by {show(abs(error))} (allowed {show(allowed)})")
    judge_solution(record, problem, x, tolerance["solution_abs"], verdict, contract)
    judge_multipliers(report, record, problem, verdict)

    bound = bounds.lower_bound(problem, x, multipliers_in(report))
    if bound is not None:
        best = problem.sense * known
        verdict.slack = best - bound
        room = DATA * 8 * (abs(known) + size) + THETA * sum(
            abs(m or 0) * 4 for ms in multipliers_in(report).values() for m in ms
        )
        verdict.require(
            bound <= best + room,
            f"own bound above the known optimum by {show(bound - best)}: wrong reference",
        )


def judge_interval(objective, record, problem, value, known, size, verdict):
    lower, upper = number_or_none(objective.get("lower")), number_or_none(objective.get("upper"))
    slop = DATA * (abs(known) + size)
    local = record["status"] == "local"
    if not local:
        verdict.require(lower is not None and upper is not None, "an end of the interval is missing")
    if lower is not None:
        verdict.require(
            lower <= known + slop, f"lower {mp.nstr(lower, 17)} is above the optimum {mp.nstr(known, 17)}"
        )
        verdict.require(lower <= value + slop, "lower is above the value at the point")
    if upper is not None:
        verdict.require(
            upper >= known - slop, f"upper {mp.nstr(upper, 17)} is below the optimum {mp.nstr(known, 17)}"
        )
        verdict.require(upper >= value - slop, "upper is below the value at the point")
    if lower is None or upper is None:
        return
    gap = upper - lower
    verdict.gap = gap
    if local:
        return
    goal = max(RELATIVE * max(abs(lower), abs(upper)), ABSOLUTE * problem.scale())
    verdict.require(
        gap <= goal * (1 + mpf("1e-6")), f"called optimal with gap {show(gap)} above the goal {show(goal)}"
    )
    stated = number_or_none(objective.get("gap"))
    if stated is not None:
        verdict.require(
            abs(stated - gap) <= mpf(2) ** -50 * (abs(lower) + abs(upper)) + mpf(2) ** -40 * gap,
            "gap is not upper - lower",
        )


def judge_solution(record, problem, x, tolerance, verdict, contract):
    if contract:
        tolerance = max(tolerance, mpf("1e-4"))
    if record.get("solution") and record["unique"]:
        for name, values in record["solution"].items():
            at = problem.offsets[name]
            far = max(abs(x[at + i] - exact(v)) for i, v in enumerate(values))
            verdict.require(far <= tolerance, f"{name} is {show(far)} from the unique optimum")
    for place, value in record.get("solution_at", []):
        verdict.require(abs(x[place] - exact(value)) <= tolerance, f"entry {place + 1} is wrong")
    if "optimal_support" in record:
        outside = mp.fsum(v for i, v in enumerate(x) if i not in record["optimal_support"])
        verdict.require(outside <= mpf("1e-9"), "mass outside the optimal face")


def judge_multipliers(report, record, problem, verdict):
    reported = multipliers_in(report)
    named = report.get("constraints") or {}
    for item in record["constraints"]:
        verdict.require(item["name"] in named, f"constraint {item['name']} is not in the report")
    for name, values in record["multipliers"].items():
        found = reported.get(name)
        if not verdict.require(
            found is not None and len(found) == len(values), f"multipliers of {name} are missing"
        ):
            continue
        widths = [
            max(map(abs, row.coefficients.values()), default=mpf(1))
            for row in problem.rows
            if row.name == name
        ] or [1]
        for m, wanted, width in zip(found, map(exact, values), widths):
            verdict.require(
                m is not None and abs(m - wanted) <= mpf("1e-5") * max(abs(wanted), 1 / width),
                f"multiplier of {name} is {show(m)}, not {mp.nstr(wanted, 8)}",
            )


def judge(report, record, case, contract=False, exit_code=None):
    verdict = Verdict(record["id"])
    verdict.status = str(report.get("status"))
    verdict.require(
        report.get("exit_code") == record["exit_code"],
        f"exit code {report.get('exit_code')}, not {record['exit_code']}",
    )
    if exit_code is not None:
        verdict.require(exit_code == record["exit_code"], f"the process ended with {exit_code}")
    if not verdict.require(
        verdict.status == record["status"], f"status {verdict.status}, not {record['status']}"
    ):
        return verdict
    if record["status"] in ("optimal", "local"):
        judge_point(report, record, Problem(case, record), verdict, contract)
    else:
        value = (report.get("objective") or {}).get("value")
        verdict.require(value is None, f"a value in a report that is {record['status']}")
        verdict.require(report.get("certificate"), "a verdict without its evidence")
    return verdict


# ------------------------------------------------------------------ gallery and atoms
def judge_stated(report, record, name, exit_code=None):
    """Where only the optimum is stated: status, interval, value and, where given, the distribution."""
    verdict = Verdict(name)
    verdict.status = str(report.get("status"))
    expected = record.get("status", "optimal")
    code = {"optimal": 0, "local": 12}[expected]
    verdict.require(verdict.status == expected and report.get("exit_code") == code, f"status {verdict.status}")
    verdict.require(exit_code in (None, code), f"the process ended with {exit_code}")
    objective = report.get("objective") or {}
    value, lower, upper = (number_or_none(objective.get(key)) for key in ("value", "lower", "upper"))
    known, tolerance = exact(record["value"]), exact(record["tolerance"])
    if expected == "local":
        # A stationary point: its value is attained, and nothing is claimed about the optimum beyond it.
        if verdict.require(value is not None, "value missing"):
            verdict.error = abs(value - known)
            verdict.require(verdict.error <= tolerance, f"value is off by {show(verdict.error)}")
    elif verdict.require(None not in (value, lower, upper), "value or interval missing"):
        slop = mpf(2) ** -46 * (1 + abs(known))
        verdict.error, verdict.gap = abs(value - known), upper - lower
        verdict.require(verdict.error <= tolerance, f"value is off by {show(verdict.error)}")
        verdict.require(lower <= known + slop and known - slop <= upper, "the interval misses the optimum")
    for unknown, wanted in (record.get("solution") or {}).items():
        found = flat(((report.get("unknowns") or {}).get(unknown) or {}).get("probabilities") or [])
        if verdict.require(
            len(found) == len(wanted), f"{unknown} has {len(found)} entries, not {len(wanted)}"
        ):
            far = max(abs(mpf(a) - exact(b)) for a, b in zip(found, wanted))
            verdict.require(
                far <= exact(record["solution_abs"]), f"{unknown} is {show(far)} from the unique optimum"
            )
    return verdict


# ------------------------------------------------------------------ running
def solve(binary, file, target, seconds):
    """One run; the document goes to `target`. Returns the exit status, or None after the time limit."""
    try:
        run = subprocess.run(
            [binary, "solve", str(file), "--format", "json"], capture_output=True, timeout=seconds
        )
    except subprocess.TimeoutExpired:
        return None
    target.write_bytes(run.stdout)
    return run.returncode


def judged(records, options, judge_one):
    for record, file, target in records:
        exit_code = None
        if options.solve:
            exit_code = solve(options.solve, file, target, options.seconds)
            if exit_code is None:
                verdict = Verdict(target.stem)
                verdict.require(False, f"no answer within {options.seconds} s")
                yield verdict
                continue
        if not target.exists():
            verdict = Verdict(target.stem)
            verdict.require(False, "no report")
            yield verdict
            continue
        try:
            report = read(target)
        except ValueError as problem:
            verdict = Verdict(target.stem)
            verdict.require(False, f"not one JSON document: {problem}")
            yield verdict
            continue
        yield judge_one(report, record, exit_code)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("reports", type=Path)
    parser.add_argument("--solve", metavar="BINARY")
    parser.add_argument("--only", metavar="PATTERN", default="*")
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--contract", action="store_true")
    parser.add_argument(
        "--atoms", action="store_true", help="judge Tests/Fixtures/atoms too (REPORTS/atom-<id>.json)"
    )
    parser.add_argument(
        "--gallery", action="store_true", help="judge the Notebooks too (REPORTS/gallery-<folder>.json)"
    )
    options = parser.parse_args()
    options.reports.mkdir(parents=True, exist_ok=True)
    cases = {case["id"]: case for case in json.loads((FIXTURES / "cases.json").read_text())["cases"]}
    index = json.loads((FIXTURES / "cases" / "index.json").read_text())["cases"]
    chosen = [
        (record, FIXTURES / "cases" / record["file"], options.reports / (record["id"] + ".json"))
        for record in index
        if fnmatch.fnmatch(record["id"], options.only)
    ]
    verdicts = list(
        judged(
            chosen,
            options,
            lambda report, record, code: judge(report, record, cases[record["case"]], options.contract, code),
        )
    )
    if options.atoms:
        atoms = json.loads((FIXTURES / "atoms" / "index.json").read_text())["atoms"]
        files = [
            (atom, FIXTURES / "atoms" / atom["file"], options.reports / f"atom-{atom['id']}.json")
            for atom in atoms
            if fnmatch.fnmatch(atom["id"], options.only)
        ]
        verdicts += list(
            judged(
                files,
                options,
                lambda report, record, code: judge_stated(report, record, "atom-" + record["id"], code),
            )
        )
    if options.gallery:
        gallery = json.loads((FIXTURES / "gallery.json").read_text())["pages"]
        pages = [
            (
                page,
                HERE.parent.parent / "Notebooks" / page["path"],
                options.reports / ("gallery-" + page["path"].split("/")[0] + ".json"),
            )
            for page in gallery
        ]
        verdicts += list(
            judged(
                pages,
                options,
                lambda report, record, code: judge_stated(report, record, "gallery-" + record["path"], code),
            )
        )
    print(f"{'case':34} {'status':11} {'error':>8} {'gap':>8} {'own gap':>8} {'residual':>8}  verdict")
    for v in verdicts:
        cells = " ".join(f"{show(n):>8}" for n in (v.error, v.gap, v.slack, v.residual))
        print(f"{v.name:34} {v.status:11} {cells}  {'ok' if not v.failures else 'FAILED'}")
        for failure in v.failures:
            print(f"{'':8}{failure}")
    failed = sum(bool(v.failures) for v in verdicts)
    print(f"{len(verdicts)} judged, {failed} failed")
    return 2 if not verdicts else 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
