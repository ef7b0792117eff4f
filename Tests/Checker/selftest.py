#!/usr/bin/env python3
"""The checker checked: it accepts a true report of every known solution and refuses every corruption of it.

python3 selftest.py
"""

import copy
import json
import sys

from mpmath import mp, mpf

import check
from catalogue import exact
from problem import Problem


def nested(values, shape):
    if len(shape) == 1:
        return values
    step = len(values) // shape[0]
    return [nested(values[i * step : (i + 1) * step], shape[1:]) for i in range(shape[0])]


def true_report(record, case):
    """What a perfect solver in double precision would print."""
    if record["status"] in ("infeasible", "unbounded"):
        return {
            "status": record["status"],
            "exit_code": record["exit_code"],
            "certificate": {"level": "rigorous"},
        }
    problem = Problem(case, record)
    unknowns, x = {}, []
    for name, shape in record["unknowns"].items():
        values = [mpf(float(v)) for v in map(exact, record["solution"][name])]
        unknowns[name] = {"probabilities": nested(values, shape)}
        x += values
    value = problem.objective(problem.normalised(x))[0]
    known = exact(record["value"])
    width = mpf("1e-10") * abs(known) + mpf("1e-13") * problem.scale()
    return {
        "status": record["status"],
        "exit_code": record["exit_code"],
        "objective": {
            "sense": {"min": "minimize", "max": "maximize"}[record["sense"]],
            "value": mpf(float(value)),
            "lower": min(value, known) - width,
            "upper": max(value, known) + width,
            "gap": None,
        },
        "unknowns": unknowns,
        "constraints": {
            item["name"]: {"multiplier": [exact(m) for m in record["multipliers"].get(item["name"], [])]}
            for item in record["constraints"]
        },
        "certificate": {"level": "rigorous"},
    }


def corruptions(report, record, case):
    """(what, corrupted report) pairs, each of which must be refused."""

    def changed(edit):
        other = copy.deepcopy(report)
        edit(other)
        return other

    yield "another status", changed(lambda r: r.update(status="stalled"))
    yield "another exit code", changed(lambda r: r.update(exit_code=70))
    if "objective" not in report:
        yield "no evidence", changed(lambda r: r.update(certificate=None))
        yield "a value", changed(lambda r: r.update(objective={"value": mpf(1)}))
        return
    objective = report["objective"]
    step = mpf("1e-6") * (1 + abs(objective["value"]))
    yield "another value", changed(lambda r: r["objective"].update(value=objective["value"] + step))
    wide = mpf(10) ** 15 * (1 + abs(objective["value"]) + Problem(case, record).scale())
    name = next(iter(report["unknowns"]))
    if record["status"] == "optimal":
        yield "lower above", changed(
            lambda r: r["objective"].update(
                lower=objective["upper"] + step, upper=objective["upper"] + 2 * step
            )
        )
        yield "upper below", changed(
            lambda r: r["objective"].update(
                upper=objective["lower"] - step, lower=objective["lower"] - 2 * step
            )
        )
        yield "a wide gap", changed(lambda r: r["objective"].update(lower=objective["lower"] - wide))
        yield "no bound", changed(lambda r: r["objective"].update(lower=None))

    def scale(r):
        values = r["unknowns"][name]
        values["probabilities"] = nested(
            [v * mpf("1.01") for v in check.flat(values["probabilities"])], record["unknowns"][name]
        )

    yield "mass 1.01", changed(scale)

    def shorten(r):
        r["unknowns"][name]["probabilities"] = check.flat(r["unknowns"][name]["probabilities"])[1:]

    yield "a missing entry", changed(shorten)

    def negate(r):
        values = check.flat(r["unknowns"][name]["probabilities"])
        values[0] -= 2
        r["unknowns"][name]["probabilities"] = values

    yield "a negative entry", changed(negate)
    for item, values in record["multipliers"].items():
        if any(exact(v) != 0 for v in values):
            yield "flipped multipliers", changed(
                lambda r: r["constraints"][item].update(multiplier=[-exact(v) for v in values])
            )
    for item in record["constraints"]:
        yield "a lost constraint", changed(lambda r: r["constraints"].pop(item["name"]))
    if (
        record["unique"]
        and record["constraints"] == []
        and len(check.flat(report["unknowns"][name]["probabilities"])) > 1
    ):

        def rotate(r):
            values = check.flat(r["unknowns"][name]["probabilities"])
            shape = record["unknowns"][name]
            r["unknowns"][name]["probabilities"] = nested(
                [1 - v for v in values] if len(values) == 2 else values[1:] + values[:1], shape
            )

        values = check.flat(report["unknowns"][name]["probabilities"])
        if len(set(values)) > 1 and (
            len(values) > 2 and record["form"] != "shares" and len(record["unknowns"][name]) == 1
        ):
            yield "a permuted point", changed(rotate)


def main():
    cases = {case["id"]: case for case in json.loads((check.FIXTURES / "cases.json").read_text())["cases"]}
    index = json.loads((check.FIXTURES / "cases" / "index.json").read_text())["cases"]
    accepted = refused = 0
    wrong = []
    for record in index:
        if record["status"] in ("optimal", "local") and (
            record["solution"] is None or set(record["solution"]) != set(record["unknowns"])
        ):
            continue
        case = cases[record["case"]]
        report = true_report(record, case)
        verdict = check.judge(report, record, case)
        if verdict.failures:
            wrong.append(f"{record['id']}: a true report is refused: {verdict.failures}")
        accepted += 1
        for what, corrupted in corruptions(report, record, case):
            if not check.judge(corrupted, record, case).failures:
                wrong.append(f"{record['id']}: accepted with {what}")
            refused += 1
    print("\n".join(wrong))
    print(f"{accepted} true reports, {refused} corrupted ones, {len(wrong)} misjudged")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
