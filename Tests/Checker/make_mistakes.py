#!/usr/bin/env python3
"""Write the collection of typical mistakes: one small objective file each, and `index.json` with what must
be said.

    python3 make_mistakes.py ../Fixtures/mistakes

In the table below the sign « stands where the caret must point; a ‹ marks a second place that is right
too. Both are removed from the files. Without a « the place is not judged. `said` and `hint` are parts of
the message and of the hint (letter case aside); a hint of None means that none is asked for.
"""
import json
import sys
from pathlib import Path

HEAD = "entropic: 1\n"
DIE = HEAD + "data:\n  x: [1, 2, 3, 4, 5, 6]\nunknowns:\n  p: simplex(6)\n"
FREE = HEAD + "unknowns:\n  p: simplex(3)\n"
LAW = HEAD + "data:\n  q: [0.2, 0.3, 0.5]\nunknowns:\n  p: simplex(3)\n"

# name: (exit code, diagnostic code, said, hint, file)
MISTAKES = {
    # ---------------------------------------------------------------- bytes and YAML
    "split-at-colon": (65, "E0116", "': '", "quote",
        DIE + "maximize: entropy(p)\nsubject to:\n  - «sum(p[1: 3]) <= 0.5\n"),
    "split-named-argument": (65, "E0116", "': '", "quote",
        DIE + "maximize: entropy(p)\nsubject to:\n  - «expect(p, x) <= 4 if: true\n"),
    "cut-at-hash": (65, "E0302", "(", "#",
        DIE + "maximize: ‹entropy(p) - expect«(p, x #1)\n"),
    "cut-inside-braces": (65, "E0302", "(", "{ }",
        HEAD + "data: {a: 2, b: ‹max«(a, 3)}\nunknowns:\n  p: simplex(3)\nmaximize: entropy(p)\n"),
    "tag": (65, "E0112", "tag", None,
        HEAD + "data:\n  a: «!!float 3\nunknowns:\n  p: simplex(3)\nmaximize: entropy(p)\n"),
    "merge-key": (65, "E0113", "<<", None,
        HEAD + "data: &d\n  a: 1\nparameters:\n  «<<: *d\nunknowns:\n  p: simplex(3)\nmaximize: entropy(p)\n"),
    "duplicate-key": (65, "E0109", "a", None,
        HEAD + "data:\n  a: 1\n  b: 2\n  «a: 3\nunknowns:\n  p: simplex(3)\nmaximize: entropy(p)\n"),
    "duplicate-section": (65, "E0109", "data", None,
        HEAD + "data:\n  a: 1\nunknowns:\n  p: simplex(3)\n«data:\n  b: 2\nmaximize: entropy(p)\n"),
    "compound-key": (65, "E0114", "key", None,
        HEAD + "data:\n  ‹? «[1, 2]\n  : 3\nunknowns:\n  p: simplex(3)\nmaximize: entropy(p)\n"),
    "two-documents": (65, "E0115", "document", None,
        FREE + "maximize: entropy(p)\n«---\nentropic: 1\n"),
    "unclosed-list": (65, "E0107", "", None,
        HEAD + "data:\n  x: ‹[1, 2\n‹unknowns«:\n  p: simplex(2)\nmaximize: entropy(p)\n"),
    "tab-indent": (65, "E0107", "", "tab",
        HEAD + "unknowns:\n«\tp: simplex(2)\nmaximize: entropy(p)\n"),
    "trailing-comma-json": (65, "E0108", ",", None,
        '{"entropic": "1", "unknowns": {"p": "simplex(3)"},\n "maximize": "entropy(p)"‹,«}\n'),
    "empty-file": (65, "E0117", "", None, "# nothing but a comment\n"),
    # ---------------------------------------------------------------- structure
    "no-version": (65, "E0203", "entropic", "entropic: 1",
        "«unknowns:\n  p: simplex(3)\nmaximize: entropy(p)\n"),
    "version-2": (65, "E0204", "2", None,
        "‹entropic: «2\nunknowns:\n  p: simplex(3)\nmaximize: entropy(p)\n"),
    "no-objective": (65, "E0205", "minimize", None,
        "«entropic: 1\nunknowns:\n  p: simplex(3)\n"),
    "no-unknowns": (65, "E0205", "unknowns", None,
        "«entropic: 1\ndata:\n  a: 1\nminimize: a\n"),
    "two-objectives": (65, "E0206", "maximize", None,
        FREE + "minimize: sum(p)\n«maximize: entropy(p)\n"),
    "misspelt-section": (65, "E0202", "maximise", "maximize",
        FREE + "«maximise: entropy(p)\n"),
    "misspelt-constraints": (65, "E0202", "subject_to", "subject to",
        FREE + "maximize: entropy(p)\n«subject_to:\n  - p[1] <= 0.5\n"),
    "unknown-solve-key": (65, "E0202", "tolerence", "tolerance",
        FREE + "maximize: entropy(p)\nsolve:\n  «tolerence: 1e-8\n"),
    "negative-tolerance": (65, "E0210", "-1e-8", None,
        FREE + "maximize: entropy(p)\nsolve:\n  ‹tolerance: «-1e-8\n"),
    "yes-for-number": (65, "E0210", "yes", None,
        FREE + "maximize: entropy(p)\nsolve:\n  ‹iterations: «yes\n"),
    "fractional-iterations": (65, "E0210", "2.5", None,
        FREE + "maximize: entropy(p)\nsolve:\n  ‹iterations: «2.5\n"),
    "unknown-method": (65, "E0213", "mirror-decent", "mirror-descent",
        FREE + "maximize: entropy(p)\nsolve:\n  ‹method: «mirror-decent\n"),
    "yes-for-boolean": (65, "E0210", "yes", "true",
        FREE + "maximize: entropy(p)\nsolve:\n  ‹trace: «yes\n"),
    "unknown-convexity": (65, "E0210", "maybe", "unchecked",
        FREE + "maximize: entropy(p)\nsolve:\n  ‹convexity: «maybe\n"),
    "objective-is-a-list": (65, "E0201", "maximize", None,
        FREE + "‹maximize:\n  «- entropy(p)\n"),
    "constraints-not-a-list": (65, "E0201", "subject to", None,
        FREE + "maximize: entropy(p)\n‹subject to: «p[1] <= 0.5\n"),
    "name-with-hyphen": (65, "E0207", "my-law", None,
        HEAD + "data:\n  «my-law: [0.5, 0.5]\nunknowns:\n  p: simplex(2)\nmaximize: entropy(p)\n"),
    "name-twice": (65, "E0208", "p", None,
        HEAD + "data:\n  p: [0.5, 0.5]\nunknowns:\n  «p: simplex(2)\nmaximize: entropy(p)\n"),
    "cycle": (65, "E0212", "a", None,
        HEAD + "data:\n  «a: ‹b + 1\n  ‹b: ‹a + 1\nunknowns:\n  p: simplex(2)\nmaximize: entropy(p)\n"),
    "duplicate-label": (65, "E0209", "sun", None,
        HEAD + "unknowns:\n  p:\n    in: simplex(3)\n    labels: [sun, rain, «sun]\nmaximize: entropy(p)\n"),
    "labels-mixed": (65, "E0201", "not both", None,
        HEAD + "unknowns:\n  p:\n    in: simplex(3)\n    labels: [[sun], «rain, snow]\nmaximize: entropy(p)\n"),
    # ---------------------------------------------------------------- syntax and names
    "missing-bracket": (65, "E0302", "(", None, FREE + "maximize: ‹entropy«(p\n"),
    "extra-bracket": (65, "E0302", ")", None, FREE + "maximize: entropy(p)«)\n"),
    "two-operators": (65, "E0301", "*", None, LAW + "minimize: sum(q + «* p)\n"),
    "single-quotes": (65, "E0310", "'", '"',
        HEAD + "unknowns:\n  P: simplex(2, 2)\nmaximize: entropy(marginal(P, «'rows'))\n"),
    "python-power": (65, "E0301", "*", "^", LAW + "minimize: sum((p - q)«*‹*2)\n"),
    "unknown-function": (65, "E0318", "entrpy", "entropy", FREE + "maximize: «entrpy(p)\n"),
    "unknown-name": (65, "E0317", "facse", "faces",
        HEAD + "data:\n  faces: [1, 2, 3]\nunknowns:\n  p: simplex(3)\nmaximize: expect(p, «facse)\n"),
    "infinite-number": (65, "E0305", "1e999", None,
        HEAD + "data:\n  a: [1, «1e999, 2]\nunknowns:\n  p: simplex(3)\nmaximize: expect(p, a)\n"),
    "bad-number": (65, "E0304", "1.2.3", None,
        HEAD + "data:\n  a: [1, «1.2.3, 2]\nunknowns:\n  p: simplex(3)\nmaximize: expect(p, a)\n"),
    "not-a-number": (65, "E0317", "nan", None,
        HEAD + "data:\n  a: [1, «nan, 2]\nunknowns:\n  p: simplex(3)\nmaximize: expect(p, a)\n"),
    "text-in-data": (65, "E0317", "heads", None,
        HEAD + "data:\n  a: [«heads, tails]\nunknowns:\n  p: simplex(2)\nmaximize: expect(p, a)\n"),
    "yes-in-data": (65, "E0317", "yes", None,
        HEAD + "data:\n  a: [1, «yes]\nunknowns:\n  p: simplex(2)\nmaximize: expect(p, a)\n"),
    "strict-inequality": (65, "E0314", "<", "<=",
        FREE + "maximize: entropy(p)\nsubject to:\n  - ‹p[1] «< 0.5\n"),
    "single-equals": (65, "E0301", "=", "==",
        FREE + "maximize: entropy(p)\nsubject to:\n  - ‹p[1] «= 0.5\n"),
    "no-comparison": (65, "E0313", "comparison", None,
        FREE + "maximize: entropy(p)\nsubject to:\n  - «p[1]‹ + p[2]\n"),
    "comparison-in-objective": (65, "E0313", "comparison", None,
        FREE + "maximize: ‹entropy(p) «<= 1\n"),
    "mixed-chain": (65, "E0313", "", None,
        FREE + "maximize: entropy(p)\nsubject to:\n  - ‹0.1 <= p[1] «>= 0.05\n"),
    "too-many-arguments": (65, "E0319", "entropy", None, LAW + "maximize: «entropy(p, q)\n"),
    "too-few-arguments": (65, "E0319", "kl", None, LAW + "minimize: «kl(p)\n"),
    "unknown-argument": (65, "E0320", "axes", "axis",
        HEAD + "unknowns:\n  P: simplex(2, 2)\nmaximize: min(sum(P, «axes=\"rows\"))\n"),
    "unknown-axis": (65, "E0322", "row", "rows",
        HEAD + "unknowns:\n  P: simplex(2, 2)\nmaximize: min(sum(P, ‹axis=«\"row\"))\n"),
    "unknown-in-data": (65, "E0323", "p", None,
        HEAD + "data:\n  a: 2 * «p\nunknowns:\n  p: simplex(2)\nmaximize: entropy(p)\n"),
    "lambda-without-outcomes": (65, "E0324", "p", None,
        FREE + "maximize: ‹expect(‹p, «x -> x^2)\n"),
    "lambda-shadows": (65, "E0208", "x", None,
        HEAD + "data:\n  x: [1, 2]\nunknowns:\n  p: simplex(x)\nmaximize: expect(p, «x -> x^2)\n"),
    "repeated-argument": (65, "E0208", "twice", "of its own",
        HEAD + "data:\n  a: [1, 2]\n  L: outer(a, a, (s, «s) -> s)\nunknowns:\n  p: simplex(2)\nmaximize: entropy(p)\n"),
    "too-deep": (65, "E0308", "", None,
        FREE + "maximize: entropy(p) + " + "(" * 300 + "1" + ")" * 300 + "\n"),
    "long-name": (65, "E0309", "", None,
        FREE + "maximize: «" + "x" * 300 + "\n"),
    # ---------------------------------------------------------------- words that are constraints
    "soft-without-weight": (65, "E0319", "soft", "weight",
        DIE + "maximize: entropy(p)\nsubject to:\n  - «soft(expect(p, x) == 4)\n"),
    "soft-without-comparison": (65, "E0313", "comparison", None,
        DIE + "maximize: entropy(p)\nsubject to:\n  - soft(«expect(p, x), weight=2)\n"),
    "soft-in-objective": (65, "E0313", "constraint", "subject to",
        DIE + "maximize: entropy(p) - «soft(expect(p, x) == 4, weight=1)\n"),
    "soft-with-negative-weight": (65, "E0609", "-2", None,
        DIE + "maximize: entropy(p)\nsubject to:\n  - soft(expect(p, x) == 4, weight=«-2)\n"),
    "monotone-in-objective": (65, "E0313", "constraint", "subject to",
        FREE + "maximize: entropy(p) + «monotone(p)\n"),
    "monotone-of-matrix": (65, "E0601", "vector", "P[1, :]",
        HEAD + "unknowns:\n  P: simplex(2, 2)\nmaximize: entropy(P)\nsubject to:\n  - monotone(«P)\n"),
    "monotone-upwards": (65, "E0322", "increasing", None,
        FREE + "maximize: entropy(p)\nsubject to:\n  - 'monotone(p, «\"up\")'\n"),
    "unimodal-beyond": (65, "E0607", "4", None,
        FREE + "maximize: entropy(p)\nsubject to:\n  - unimodal(p, at=«4)\n"),
    # ---------------------------------------------------------------- not convex, not yet
    "maximize-convex": (69, "E0401", "sum_squares(p)", "convexity",
        FREE + "maximize: «sum_squares(p)\n"),
    "minimize-entropy": (69, "E0401", "entropy(p)", None,
        LAW + "minimize: expect(p, q) + «entropy(p)\n"),
    "indefinite-quadratic": (69, "E0401", "quadratic(p, Q)", None,
        HEAD + "data:\n  Q:\n    - [0, 1]\n    - [1, 0]\nunknowns:\n  p: simplex(2)\nminimize: «quadratic(p, Q)\n"),
    "product-of-unknowns": (69, "E0401", "p * r", None,
        HEAD + "unknowns:\n  p: simplex(2)\n  r: simplex(2)\nminimize: sum(«p ‹* r)\n"),
    "variance-below": (69, "E0402", "variance(p, x)", None,
        DIE + "maximize: entropy(p)\nsubject to:\n  - «variance(p, x) <= 2\n"),
    "entropy-equality": (69, "E0402", "entropy(p)", None,
        DIE + "minimize: expect(p, x)\nsubject to:\n  - «entropy(p) ‹== 1\n"),
    "transport-later": (69, "E0403", "transport", None,
        LAW + "minimize: «transport(p, q, identity(3))\n"),
    "worst-case-later": (69, "E0403", "worst_case", None,
        LAW + "minimize: «worst_case(p, q, kl=0.1)\n"),
    "family-later": (69, "E0403", "dirichlet", None,
        HEAD + "unknowns:\n  ‹p: «dirichlet(3)\nmaximize: entropy(p)\n"),
    "density-without-cells": (65, "E0608", "0 cells", None,
        HEAD + "unknowns:\n  p: density(0, 1, points=«0)\nmaximize: entropy(p)\n"),
    "density-backwards": (65, "E0609", "from 1.0 to 0.0", None,
        HEAD + "unknowns:\n  p: density(1, «0, points=9)\nmaximize: entropy(p)\n"),
    "density-logarithm": (69, "E0404", "grid", "entropy(p)",
        HEAD + "unknowns:\n  p: density(0, 1, points=9)\nminimize: sum(p * ‹log(«p))\n"),
    "particles-without-flow": (69, "E0404", "flow", "time",
        HEAD + "unknowns:\n  «p: particles(10, dimension=2)\nmaximize: entropy(p)\n"),
    "flow-step": (65, "E0609", "step is 0", None,
        FREE + "maximize: entropy(p)\nflow: {time: 1, step: «0}\n"),
    "flow-with-constraint": (69, "E0404", "constraints", None,
        FREE + "maximize: entropy(p)\nsubject to:\n  - «p[1] <= 0.5\nflow: {time: 1, step: 0.1}\n"),
    "flow-up": (69, "E0404", "wrong sign", "- entropy(p)",
        HEAD + "unknowns:\n  p: density(0, 1, points=9)\nminimize: «entropy(p)\nflow: {time: 1, step: 0.1}\n"),
    "flow-potential": (65, "E0604", "not a number", None,
        HEAD + "unknowns:\n  p: density(-1, 1, points=9)\nminimize: expect(p, x -> «log(x)) - entropy(p)\n"
        "flow: {time: 1, step: 0.1}\n"),
    "ratio-in-objective": (69, "E0404", "p[1] / p[2]", "constraint",
        FREE + "minimize: p[3] + «p[1] ‹/ p[2]\n"),
    "two-denominators": (69, "E0404", "different denominators", "one ratio",
        FREE + "maximize: entropy(p)\nsubject to:\n  - «p[1] / p[2] ‹+ p[2] / p[3] <= 1\n"),
    "denominator-of-both-signs": (69, "E0404", "negative", "one ratio",
        FREE + "maximize: entropy(p)\nsubject to:\n  - «p[1] ‹/ (p[2] - p[3]) ‹<= 1\n"),
    # ---------------------------------------------------------------- data files
    "missing-data-file": (66, "E0501", "nowhere.csv", None,
        HEAD + "data:\n  ‹x: ‹{file: «nowhere.csv}\nunknowns:\n  p: simplex(2)\nmaximize: entropy(p)\n"),
    "outside-folder": (77, "E0502", "outside", "--data-root",
        HEAD + "data:\n  ‹x: ‹{file: «../cases.json}\nunknowns:\n  p: simplex(2)\nmaximize: entropy(p)\n"),
    "absolute-path": (77, "E0502", "outside", None,
        HEAD + "data:\n  ‹x: ‹{file: «/etc/hostname}\nunknowns:\n  p: simplex(2)\nmaximize: entropy(p)\n"),
    "ragged-table": (65, "E0508", "row 3", None,
        HEAD + "data:\n  ‹x: ‹{file: «ragged.csv}\nunknowns:\n  p: simplex(2)\nmaximize: entropy(p)\n"),
    "text-cell": (65, "E0509", "n/a", None,
        HEAD + "data:\n  ‹x: ‹{file: «text-cell.csv}\nunknowns:\n  p: simplex(2)\nmaximize: entropy(p)\n"),
    "trailing-delimiter": (65, "E0510", "missing cell", "ends with a delimiter",
        HEAD + "data:\n  ‹x: ‹{file: «trailing.csv}\nunknowns:\n  p: simplex(2)\nmaximize: entropy(p)\n"),
    "mapped-table": (65, "E0210", "map", None,
        HEAD + "data:\n  x: {file: «losses.csv, map: true}\nunknowns:\n  p: simplex(3)\nmaximize: entropy(p)\n"),
    "unknown-column": (65, "E0511", "los", "loss",
        HEAD + "data:\n  ‹x: ‹{file: losses.csv, column: «los}\nunknowns:\n  p: simplex(3)\nmaximize: entropy(p)\n"),
    "unknown-format": (65, "E0506", "losses.xlsx", None,
        HEAD + "data:\n  ‹x: ‹{file: «losses.xlsx}\nunknowns:\n  p: simplex(3)\nmaximize: entropy(p)\n"),
    "unknown-file-option": (65, "E0202", "colum", "column",
        HEAD + "data:\n  x: {file: losses.csv, «colum: loss}\nunknowns:\n  p: simplex(3)\nmaximize: entropy(p)\n"),
    "file-as-text": (65, "E0301", "", "file",
        HEAD + "data:\n  x: ‹losses«.csv\nunknowns:\n  p: simplex(3)\nmaximize: entropy(p)\n"),
    # ---------------------------------------------------------------- values and shapes
    "wrong-length": (65, "E0601", "3", None,
        HEAD + "data:\n  c: [1, 2, 3, 4]\nunknowns:\n  p: simplex(3)\nminimize: ‹expect(p, «c)\n"),
    "lengths-differ": (65, "E0601", "4", None,
        HEAD + "data:\n  c: [1, 2, 3, 4]\nunknowns:\n  p: simplex(3)\nminimize: sum(«c ‹* ‹p)\n"),
    "vector-times-matrix": (65, "E0610", "matrix", "diag(",
        HEAD + "data:\n  v: [1, 2]\nunknowns:\n  P: simplex(2, 2)\nminimize: sum(«v ‹* ‹P)\n"),
    "inner-dimension": (65, "E0601", "3", None,
        HEAD + "data:\n  A:\n    - [1, 2]\n    - [3, 4]\nunknowns:\n  p: simplex(3)\nminimize: sum(«A ‹@ ‹p)\n"),
    "vector-objective": (65, "E0601", "objective", "sum",
        LAW + "minimize: «q ‹* p\n"),
    "ragged-list": (65, "E0603", "2", None,
        HEAD + "data:\n  ‹A:\n    - [1, 2, 3]\n    - «[4, 5]\nunknowns:\n  p: simplex(3)\nminimize: sum(A @ p)\n"),
    "index-zero": (65, "E0607", "0", "1",
        FREE + "maximize: entropy(p)\nsubject to:\n  - ‹p[«0] <= 0.5\n"),
    "index-beyond": (65, "E0607", "4", None,
        FREE + "maximize: entropy(p)\nsubject to:\n  - ‹p[«4] <= 0.5\n"),
    "too-many-indices": (65, "E0601", "p", None,
        FREE + "maximize: entropy(p)\nsubject to:\n  - «p‹[1, ‹2] <= 0.5\n"),
    "unknown-label": (65, "E0607", "snow", None,
        HEAD + "unknowns:\n  p:\n    in: simplex(2)\n    labels: [sun, rain]\nmaximize: entropy(p)\n"
        "subject to:\n  - '‹p[«\"snow\"] <= 0.5'\n"),
    "negative-weight": (65, "E0605", "-0.2", None,
        HEAD + "data:\n  q: [0.7, ‹-0.2, 0.5]\nunknowns:\n  p: simplex(3)\nminimize: ‹kl(p, «q)\n"),
    "fractional-size": (65, "E0608", "2.5", None,
        HEAD + "unknowns:\n  p: ‹simplex(«2.5)\nmaximize: entropy(p)\n"),
    "size-zero": (65, "E0608", "0", None,
        HEAD + "unknowns:\n  p: ‹simplex(«0)\nmaximize: entropy(p)\n"),
    "too-many-outcomes": (65, "E0611", "", None,
        HEAD + "unknowns:\n  p: ‹simplex(«1e12)\nmaximize: entropy(p)\n"),
    "labels-too-few": (65, "E0601", "2", None,
        HEAD + "unknowns:\n  p:\n    in: simplex(3)\n    ‹labels: «[sun, rain]\nmaximize: entropy(p)\n"),
    "entropy-of-no-law": (65, "E0605", "-1", None,
        HEAD + "data:\n  v: [2, -1]\nunknowns:\n  p: simplex(2)\nminimize: expect(p, v) - ‹entropy(«v)\n"),
    "log-of-negative": (65, "E0604", "-1", None,
        HEAD + "data:\n  v: ‹log(«-1)\nunknowns:\n  p: simplex(2)\nminimize: v * p[1]\n"),
    "level-beyond-one": (65, "E0609", "1.5", None,
        DIE + "maximize: ‹cvar(p, x, «1.5)\n"),
    "negative-order": (65, "E0609", "-1", None,
        DIE + "maximize: ‹tsallis(p, «-1)\n"),
    "cross-shapes": (65, "E0601", "2", None,
        HEAD + "data:\n  q: [0.5, 0.5]\nunknowns:\n  p: simplex(3)\nminimize: ‹kl(p, «q)\n"),
}

# Files that are not UTF-8: (exit code, diagnostic code, said, encoding).
ENCODED = {
    "utf-16": (65, "E0105", "UTF-16", "utf-16"),
    "latin-1": (65, "E0106", "UTF-8", "latin-1"),
}

TABLES = {
    "trailing.csv": "1,2,\n3,4,\n",
    "ragged.csv": "1,2\n3,4\n5,6,7\n",
    "text-cell.csv": "a,b\n1,2\n3,n/a\n",
    "losses.csv": "day,loss\n1,0.5\n2,-0.25\n3,1.5\n",
    "losses.xlsx": "not a table\n",
}

# Mistakes that are answered, with a warning: (code, said, file), exit status 0.
WARNINGS = {
    "constraint-without-unknowns": ("E0612", "unknown",
        DIE + "maximize: entropy(p)\nsubject to:\n  - «2 <= 3\n  - expect(p, x) == 4\n"),
    "all-coefficients-zero": ("E0612", "unknown",
        DIE + "maximize: entropy(p)\nsubject to:\n  - «0 * p[1] <= 1\n"),
    "underflow": ("E0306", "1e-400",
        HEAD + "data:\n  a: [1, «1e-400, 2]\nunknowns:\n  p: simplex(3)\nminimize: expect(p, a)\n"),
    "law-not-normalised": ("E0606", "q",
        HEAD + "data:\n  q: [2, 3, 5]\nunknowns:\n  p: simplex(3)\nminimize: ‹kl(p, «q)\n"),
}


def located(text):
    """The file without its marks, and the places of the marks: the wanted one first."""
    wanted, others, clean = None, [], []
    line = column = 1
    for sign in text:
        if sign in "«‹":
            if sign == "«":
                wanted = (line, column)
            else:
                others.append((line, column))
            continue
        clean.append(sign)
        line, column = (line + 1, 1) if sign == "\n" else (line, column + 1)
    return "".join(clean), wanted or (None, None), others


def record(name, suffix, exit_code, code, severity, said, hint, text):
    clean, (line, column), others = located(text)
    if said == "row 3":
        # The place inside the table itself.
        others = others + [(3, 1)]
    return clean, {
        "file": name + suffix, "exit_code": exit_code, "code": code, "group": code[:3], "severity": severity,
        "line": line, "column": column, "also": [list(place) for place in others], "message": said, "hint": hint}


def main():
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    records = []
    for name, (exit_code, code, said, hint, text) in MISTAKES.items():
        suffix = ".json" if text.startswith("{") else ".yaml"
        clean, entry = record(name, suffix, exit_code, code, "error", said, hint, text)
        (target / entry["file"]).write_text(clean)
        records.append(entry)
    for name, (exit_code, code, said, encoding) in ENCODED.items():
        text = "entropic: 1\ntitle: caf\u00e9\nunknowns:\n  p: simplex(3)\nmaximize: entropy(p)\n"
        _, entry = record(name, ".yaml", exit_code, code, "error", said, None, text)
        (target / entry["file"]).write_bytes(text.encode(encoding))
        records.append(entry)
    for name, (code, said, text) in WARNINGS.items():
        clean, entry = record(name, ".yaml", 0, code, "warning", said, None, text)
        (target / entry["file"]).write_text(clean)
        records.append(entry)
    for name, content in TABLES.items():
        (target / name).write_text(content)
    lines = ",\n".join("    " + json.dumps(entry, ensure_ascii=False) for entry in records)
    (target / "index.json").write_text('{\n  "version": 1,\n  "mistakes": [\n' + lines + "\n  ]\n}\n")
    print(f"{len(records)} mistakes")


if __name__ == "__main__":
    main()
