#!/usr/bin/env python3
"""Write one objective file for every case of the reference catalogue that the language can say.

    python3 make_fixtures.py ../Fixtures/cases.json ../Fixtures/cases

Writes `<id>.yaml`, `index.json` and `README.md` into the second folder. The catalogue holds mathematics
(data, terms, constraints, the optimum); this script only turns it into the words of an objective file.
Standard library and mpmath.
"""

import json
import sys
from pathlib import Path

from mpmath import mp

from multipliers import multipliers_of
from objective_text import number
from story import Story, add_used_data, plain

mp.dps = 40

FINITE = ("simplex", "conditional", "simplex-product", "scaled-simplex")
# The catalogue states the continuum value; this is the optimum of the grid problem itself: min over laws q on the grid of
# -sum_x w_x log sum_y q_y exp(-2 (x - y)^2), by a 60-digit active-set Newton, largest variation within 1e-53 of 1.
REFINED = {
    "rd-gauss-grid": ("1.192770756772466547830226", {"value_rel": 0, "value_abs": 1e-10, "solution_abs": 0})
}
EXIT = {"optimal": 0, "infeasible": 10, "unbounded": 11, "local": 12}

LEFT_OUT = {
    "lin-huge": "its million costs come from modular arithmetic, which the language does not have",
    "dsg-g-optimal": "max over i of x_i' M^-1 x_i needs a matrix-fractional atom, which the language does not have",
}
LEFT_OUT_KIND = {
    "parametric": "the unknown is a parametric family",
    "density": "the unknown is a continuous density",
    "atoms": "the support is sought too",
    "coupling-of-densities": "the unknown is a coupling of continuous laws",
    "flow": "a flow in time, not an optimum",
    "none": "no unknown: a divergence value of two parametric laws",
}


# ------------------------------------------------------------------ cases told by hand
def mpr_product(case):
    story = Story(case)
    story.data["P"] = case["data"]["P"]
    story.unknowns = {"a": "simplex(2)", "b": "simplex(3)"}
    story.shapes = {"a": [2], "b": [3]}
    story.objective = (
        'cross_entropy(sum(P, axis="rows"), a) + cross_entropy(sum(P, axis="columns"), b)' " - entropy(P)"
    )
    story.solution = case["expected"]["solution"]
    story.form = "product"
    return story


def fisher(case):
    """Shares of goods over buyers: row g of X says who gets good g."""
    story = Story(case)
    buyers, goods = len(case["data"]["U"]), len(case["data"]["U"][0])
    story.data = {"B": case["data"]["B"], "U": case["data"]["U"]}
    story.unknowns = {"X": f"channel({goods}, {buyers})"}
    story.shapes = {"X": [goods, buyers]}
    story.objective = 'sum(B * log(sum(U\' * X, axis="columns")))'
    story.form = "shares"
    story.unique = case["id"] == "fis-two"
    if story.unique:
        story.solution = {"X": [1.0, 0.0, 0.0, 1.0]}
    return story


def waterfill(case):
    story = Story(case)
    story.data = {"variances": case["data"]["variances"]}
    story.unknowns = {"D": f"simplex(3, total={number(case['data']['total'])})"}
    story.shapes = {"D": [3]}
    story.objective = "sum(log(variances / D)) / 2"
    story.constraints = [("ceiling", "D <= variances", None)]
    story.solution = {"D": case["expected"]["solution"]}
    story.form = "waterfill"
    return story


def wasserstein(case, separate):
    """The ball through an explicit coupling P of p (rows) and q (columns)."""
    story = Story(case)
    if separate:
        story.id += "-two-unknowns"
    story.unknowns = {"P": "simplex(4, 4)"}
    story.shapes = {"P": [4, 4]}
    radius = number(case["constraints"][0]["radius"])
    story.constraints = [
        ("reference", 'marginal(P, "columns") == q', None),
        ("ball", f"expect(P, cost) <= {radius}", None),
    ]
    if separate:
        story.unknowns["p"] = "simplex(4)"
        story.shapes["p"] = [4]
        story.constraints.insert(0, ("law", 'marginal(P, "rows") == p', None))
        story.objective = "expect(p, l)"
        story.solution = {"p": case["expected"]["solution"]}
    else:
        story.define["p"] = 'marginal(P, "rows")'
        story.objective = "expect(p, l)"
        story.unique = False
    story.form = "transported"
    add_used_data(story)
    return story


def multimarginal(case):
    """The cost of a triple is a sum over its pairs, so each pair marginal meets its own matrix."""
    story = plain(case)
    story.data.pop("c")
    story.data.update(
        {
            "x": [0, 1, 4],
            "y": [-1, 2, 2.5],
            "z": [0.5, 3, 8],
            "xy": "outer(x, y, (s, t) -> (s - t)^2)",
            "xz": "outer(x, z, (s, t) -> (s - t)^2)",
            "yz": "outer(y, z, (s, t) -> (s - t)^2)",
        }
    )
    story.objective = (
        "expect(marginal(P, [1, 2]), xy) + expect(marginal(P, [1, 3]), xz)"
        " + expect(marginal(P, [2, 3]), yz)"
    )
    story.constraints = [
        ("first", "marginal(P, 1) == a", 0),
        ("second", "marginal(P, 2) == b", 1),
        ("third", "marginal(P, 3) == d", 2),
    ]
    return story


def die(case):
    story = plain(case)
    story.data = {"faces": case["data"]["A"][0]}
    story.unknowns = {"p": "simplex(faces)"}
    story.parameters = {"mean": case["data"]["b"][0]}
    sign = "==" if case["constraints"][0]["type"] == "eq" else "<="
    story.constraints = [("average", f"expect(p, faces) {sign} mean", 0)]
    return story


def coupling(case):
    story = plain(case)
    story.unknowns = {"P": "coupling(a, b)"}
    story.constraints = []
    story.form = "coupling"
    return story


def huge_geometric(case):
    story = plain(case)
    story.data = {"c": "range(0, 99999, points=100000) / 1024"}
    return story


def erasure(case):
    story = plain(case)
    story.data["W"] = (
        "outer(range(1, 60, points=60), range(1, 61, points=61), "
        "(i, j) -> 0.75 * max(0, 1 - abs(i - j)) + 0.25 * max(0, j - 60))"
    )
    return story


def min_entropy(case):
    story = plain(case)
    story.data.pop("P")
    story.objective = "-max(p)"
    return story


def caps_as_scalar(case):
    story = plain(case)
    story.data.pop("u")
    story.constraints = [("caps", f"p <= {number(case['data']['u'][0])}", 0)]
    return story


SPECIAL = {
    "mpr-product": mpr_product,
    "fis-two": fisher,
    "fis-same": fisher,
    "rd-waterfill": waterfill,
    "ot-multimarginal": multimarginal,
    "ent-huge-geometric": huge_geometric,
    "cap-kary-erasure": erasure,
    "min-entropy": min_entropy,
    "deg-caps-infeasible": caps_as_scalar,
    **{
        name: die
        for name in ("mxe-die-45", "mxe-die-35", "mxe-die-vertex", "mxe-ineq-slack", "mxe-ineq-active")
    },
    **{name: coupling for name in ("ot-sorted", "ot-entropic-2x2", "ot-assignment")},
}


def stories(cases):
    for case in cases:
        if case["id"] in LEFT_OUT or case["unknown"]["kind"] not in FINITE:
            continue
        if case["id"] == "dro-wasserstein":
            yield wasserstein(case, separate=False)
            yield wasserstein(case, separate=True)
        else:
            yield SPECIAL.get(case["id"], plain)(case)


# ------------------------------------------------------------------ index
def digits(value):
    return value if isinstance(value, str) else number(value)


def index_entry(story):
    case, expected = story.case, story.case["expected"]
    status = {"nonconvex-stationary": "local"}.get(expected["status"], expected["status"])
    record = {
        "id": story.id,
        "case": case["id"],
        "file": story.id + ".yaml",
        "title": case["title"],
        "sense": case["sense"],
        "status": status,
        "exit_code": EXIT[status],
        "value": expected.get("value"),
        "unknowns": story.shapes,
        "form": story.form,
        "solution": (
            None
            if story.solution is None
            else {name: [digits(v) for v in values] for name, values in story.solution.items()}
        ),
        "unique": story.unique,
        "tolerance": case["tolerance"],
        "constraints": [{"name": name, "catalogue": position} for name, _, position in story.constraints],
        "multipliers": multipliers_of(story) if status == "optimal" else {},
        "tags": case["tags"],
    }
    if case["id"] in REFINED:
        record["value"], record["tolerance"] = REFINED[case["id"]]
    for key in ("log_solution", "solution_at", "optimal_support", "global_value"):
        if key in expected:
            record[key] = expected[key]
    return record


PAGE = """# Objective files of the reference catalogue

One objective file for each case of `../cases.json` that the language can say; `index.json` holds what must come out.
Both are written by `Tests/Checker/make_fixtures.py`; change the script, not the files. `Tests/Checker/check.py` judges
reports against them without reading the objective files.

`index.json`, one object a file: `id`, `case` (the catalogue's id), `file`, `sense`, `status`, `exit_code`, `value`
(25 digits), `solution` (per unknown, arrays row by row, null when not tabulated), `unique` (false: only the value and
feasibility may be compared), `tolerance` (the catalogue's), `unknowns` (shapes), `form` (how the unknowns relate to the
catalogue's: `direct`, or `coupling` when the marginals are part of the unknown, `product`, `shares`, `transported`,
`waterfill`), `constraints` (their names and their place in the catalogue's list), `multipliers` (d optimum / d bound,
sense and units of the user, an array for an elementwise constraint; only where unique), `tags`.

`rd-gauss-grid` carries the optimum of the grid problem itself, not the catalogue's continuum value. `dro-wasserstein` has
a second form with the law as an unknown of its own.

{count} files. Of the {total} cases of the catalogue {left} are left out:

| case | why |
|---|---|
{rows}
"""


def page(cases, told):
    rows = []
    for case in cases:
        if case["id"] in told:
            continue
        reason = LEFT_OUT.get(case["id"]) or LEFT_OUT_KIND[case["unknown"]["kind"]]
        rows.append(f"| `{case['id']}` | {reason} |")
    return len(rows), "\n".join(rows)


def main():
    source, target = map(Path, sys.argv[1:3])
    cases = json.loads(source.read_text())["cases"]
    target.mkdir(parents=True, exist_ok=True)
    records, told = [], set()
    for story in stories(cases):
        (target / (story.id + ".yaml")).write_text(story.text())
        records.append(index_entry(story))
        told.add(story.case["id"])
    lines = ",\n".join("    " + json.dumps(record) for record in records)
    (target / "index.json").write_text('{\n  "version": 1,\n  "cases": [\n' + lines + "\n  ]\n}\n")
    left, rows = page(cases, told)
    (target / "README.md").write_text(PAGE.format(count=len(records), total=len(cases), left=left, rows=rows))
    print(f"{len(records)} files, {left} cases left out")


if __name__ == "__main__":
    main()
