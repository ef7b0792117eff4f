#!/usr/bin/env python3
"""Objective files for the reference cases whose unknown is a law on the line.

    python3 make_law_fixtures.py CASES.json OUT

CASES.json is the catalogue of reference problems; OUT gets one YAML file a case and an index with status, value,
tolerances and parameters. Values come from the catalogue alone.
"""
import json
import os
import sys

TEXT = {
    "mpr-binomial": """data:
  q: [0.3, 0.1, 0.1, 0.2, 0.3]
  k: [0, 1, 2, 3, 4]
unknowns:
  p: binomial(trials=4)
minimize: sum(q * log(q)) - log_likelihood(p, k, q)
""",
    "par-normal-from-mixture": """data:
  q: mixture([0.3, 0.7], normal(-1, 0.25), normal(2, 1))
unknowns:
  p: normal()
minimize: kl(q, p)
""",
    "par-gamma-from-lognormal": """data:
  q: lognormal(0.25, 0.5)
unknowns:
  p: gamma()
minimize: kl(q, p)
""",
    "par-beta-from-uniform": """data:
  q: uniform_law(0.2, 0.9)
unknowns:
  p: beta()
minimize: kl(q, p)
""",
    "par-poisson-from-geometric": """data:
  q: geometric(0.4)
unknowns:
  p: poisson()
minimize: kl(q, p)
""",
    "par-normal-from-laplace": """data:
  q: laplace(1, 0.5)
unknowns:
  p: normal()
minimize: kl(q, p)
""",
    "par-gamma-mle": """data:
  y: [1.2, 0.4, 3.1, 2.2, 0.9, 1.7]
unknowns:
  p: gamma()
maximize: log_likelihood(p, y)
""",
    "par-pareto-mle": """data:
  y: [1.5, 2.0, 4.0, 1.25]
unknowns:
  p: pareto(minimum=1.25)
maximize: log_likelihood(p, y)
""",
    "par-normal-unbounded": """data:
  y: [3]
unknowns:
  p: normal()
maximize: log_likelihood(p, y)
""",
    "par-vi-loggamma": """unknowns:
  p: normal()
minimize: expect(p, x -> 1.5 * exp(x) - 3 * x) - 3 * log(1.5) + lgamma(3) - entropy(p)
""",
    "kl-normal": """data:
  p: normal(0.5, 2.25)
  q: normal(-1, 4)
evaluate:
  value: kl(p, q)
""",
    "kl-gamma": """data:
  p: gamma(2.5, 1.25)
  q: gamma(4, 0.5)
evaluate:
  value: kl(p, q)
""",
    "kl-beta": """data:
  p: beta(a=2, b=3.5)
  q: beta(a=1.5, b=1)
evaluate:
  value: kl(p, q)
""",
    "kl-poisson": """data:
  p: poisson(1e-8)
  q: poisson(50)
evaluate:
  value: kl(p, q)
""",
}

DOMAINS = {"[0,inf)": "law(0, inf)", "R": "law(-inf, inf)", "[-pi,pi)": "law(-pi, pi)", "[1,inf)": "law(1, inf)",
           "[-1,3]": "law(-1, 3)"}
FUNCTIONS = {"x": "x", "x^2": "x^2", "ln x": "log(x)", "(ln x)^2": "log(x)^2", "cos x": "cos(x)", "sin x": "sin(x)",
             "|x|": "abs(x)", "x^4": "x^4"}


def maximum_entropy(case):
    lines = ["unknowns:", f"  p: {DOMAINS[case['unknown']['domain']]}", "maximize: entropy(p)"]
    if case["constraints"]:
        lines.append("subject to:")
    for c in case["constraints"]:
        lines.append(f"  - expect(p, x -> {FUNCTIONS[c['f']]}) == {c['value']}")
    return "\n".join(lines) + "\n"


def main():
    cases = {c["id"]: c for c in json.load(open(sys.argv[1]))["cases"]}
    out = sys.argv[2]
    os.makedirs(out, exist_ok=True)
    index = []
    for name, case in cases.items():
        text = maximum_entropy(case) if case["group"] == "maxent-family" else TEXT.get(name)
        if text is None:
            continue
        with open(os.path.join(out, name + ".yaml"), "w") as f:
            f.write("entropic: 1\ntitle: " + json.dumps(case["title"]) + "\n" + text)
        expected = case["expected"]
        solution = {k: v for k, v in expected.get("solution", {}).items()}
        index.append({"id": name, "file": name + ".yaml", "status": expected["status"],
                      "value": expected.get("value_f64"), "solution": solution, "tolerance": case["tolerance"]})
    with open(os.path.join(out, "index.json"), "w") as f:
        f.write("[\n" + ",\n".join(json.dumps(e) for e in index) + "\n]\n")


if __name__ == "__main__":
    main()
