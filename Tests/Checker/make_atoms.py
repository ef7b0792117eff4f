#!/usr/bin/env python3
"""Write one small objective file for every word of the language, each with an optimum in closed form.

    python3 make_atoms.py ../Fixtures/atoms

The catalogue decides whether methods are right; these files decide whether words mean what the
documentation says. Every value below is an expression in mpmath with its reason beside it; none comes
from a solver.
"""
import json
import sys
from pathlib import Path

from mpmath import exp, findroot, log, mp, mpf, sqrt

mp.dps = 40


def q(text):
    return mpf(text)


def h(*p):
    """Entropy of a law given as decimal texts or numbers."""
    return -sum(mpf(x) * log(mpf(x)) for x in p if mpf(x) != 0)


def tilted(t):
    """The law on 1..6 proportional to e^(t x)."""
    weights = [exp(t * x) for x in range(1, 7)]
    return [w / sum(weights) for w in weights]


def mean_face(t):
    return sum(x * p for x, p in enumerate(tilted(t), 1))


third = mpf(1) / 3
FACES = "data:\n  faces: [1, 2, 3, 4, 5, 6]\nunknowns:\n  p: simplex(faces)\n"
FOUR = "data:\n  x: [0, 1, 2, 3]\nunknowns:\n  p: simplex(x)\n"
THREE = "unknowns:\n  p: simplex(3)\n"
RAMP = ["0.1", "0.2", "0.3", "0.4"]   # uniform on 0..3 tilted affinely to mean 2: (1 + 0.4 (x - 1.5)) / 4
TILT = "subject to:\n  - mean: expect(p, x) == 2\n"
GIBBS = 1 / (1 + exp(-2))             # 2 x 2 entropic coupling, costs 0 and 1, temperature 1/2: odds e^2 on the diagonal
HISTOGRAM = "data:\n  y: [0.1, 0.3, 0.2, 0.05, 0.35]\nunknowns:\n  p: simplex(5)\nminimize: "
DIE_SLOPE = findroot(lambda t: 2 * (mpf("4.5") - mean_face(t)) - t, mpf("0.3"))   # soft mean 4.5 at weight 2
HIGH = findroot(lambda t: sum((x - mpf("5.25")) * exp(t * (x - mpf("5.25"))) for x in (4, 5, 6)), mpf("0.4"))
HIGH_TERMS = [exp(HIGH * (x - mpf("5.25"))) for x in (4, 5, 6)]
HIGH_SUM = 3 + sum(HIGH_TERMS)
ROW = 2 + exp(h("0.25", "0.75"))

# name: (value, solution or None when not unique, why, file body)
ATOMS = {
    "variance": (q("6.25"), {"p": ["0.5", 0, 0, 0, 0, "0.5"]}, "(6 - 1)^2 / 4, half at each end",
        FACES + "maximize: variance(p, faces)\n"),
    "variance-floor": (h("0.4", "0.2", "0.4"), {"p": ["0.4", "0.2", "0.4"]}, "symmetric, and the variance is p_1 + p_3",
        "data:\n  x: [-1, 0, 1]\nunknowns:\n  p: simplex(x)\nmaximize: entropy(p)\nsubject to:\n  - spread: variance(p, x) >= 0.8\n"),
    "covariance": (mpf(0), {"p": ["0.25"] * 4}, "entries are at most 1, so log det <= 0; only the uniform law has mean 0 and no correlation",
        "data:\n  X:\n    - [-1, -1]\n    - [-1, 1]\n    - [1, -1]\n    - [1, 1]\nunknowns:\n  p: simplex(X)\n"
        "maximize: logdet(covariance(p, X))\n"),
    "probability": (h(*["0.1"] * 4, *["0.3"] * 2), {"p": ["0.1"] * 4 + ["0.3"] * 2}, "uniform inside the event and outside",
        FACES + "maximize: entropy(p)\nsubject to:\n  - high: probability(p, faces >= 5) == 0.6\n"),
    "probability-or": (h(*["0.35"] * 2, *["0.075"] * 4), {"p": ["0.35"] + ["0.075"] * 4 + ["0.35"]}, "uniform inside the event and outside",
        FACES + "maximize: entropy(p)\nsubject to:\n  - ends: probability(p, faces == 1 or faces == 6) == 0.7\n"),
    "cdf": (q(3), {"p": RAMP}, "the law with the largest allowed distribution function is the smallest in stochastic order",
        "data:\n  x: [1, 2, 3, 4]\n  F: [0.1, 0.3, 0.6, 1]\nunknowns:\n  p: simplex(x)\nminimize: expect(p, x)\n"
        "subject to:\n  - dominated: cdf(p) <= F\n"),
    "kl-uniform": (log(6), {"p": [1, 0, 0, 0, 0, 0]}, "log 6 - H(p), and the only law with mean 1 is a vertex",
        FACES + "minimize: kl(p, uniform(6))\nsubject to:\n  - mean: expect(p, faces) == 1\n"),
    "kl-written-out": (log(3) - h("0.25", "0.5", "0.25"), {"p": ["0.25", "0.5", "0.25"]},
        "log 3 - H at the only symmetric law with E x^2 = 1/2",
        "data:\n  x: [-1, 0, 1]\n  r: uniform(3)\nunknowns:\n  p: simplex(x)\nminimize: sum(p * log(p / r))\n"
        "subject to:\n  - mean: expect(p, x) == 0\n  - square: expect(p, v -> v^2) == 0.5\n"),
    "cross-entropy": (h("0.2", "0.3", "0.5"), {"p": ["0.2", "0.3", "0.5"]}, "Gibbs' inequality: minimal at p = q, value H(q)",
        "data:\n  q: [0.2, 0.3, 0.5]\n" + THREE + "minimize: cross_entropy(q, p)\n"),
    "jensen-shannon": (
        (q("0.25") * log(q("0.25") / q("0.375")) + q("0.75") * log(q("0.75") / q("0.625"))
         + q("0.5") * log(q("0.5") / q("0.375")) + q("0.5") * log(q("0.5") / q("0.625"))) / 2,
        {"p": ["0.25", "0.75"]}, "convex, least at (1/2, 1/2), so the cap binds; mixture (3/8, 5/8)",
        "data:\n  q: [0.5, 0.5]\nunknowns:\n  p: simplex(2)\nminimize: jensen_shannon(p, q)\nsubject to:\n  - cap: p[1] <= 0.25\n"),
    "renyi-divergence": (log(q("1.2")), {"p": RAMP}, "log sum p^2 / q is least at the affine tilt: 4 * 0.3 = 1.2",
        FOUR + "minimize: renyi_divergence(p, uniform(4), 2)\n" + TILT),
    "chi-squared": (q("0.2"), {"p": RAMP}, "4 * 0.3 - 1",
        FOUR + "minimize: chi_squared(p, uniform(4))\n" + TILT),
    "alpha-divergence": (q("0.1"), {"p": RAMP}, "(1 - 1.2) / (2 (1 - 2))",
        FOUR + "minimize: alpha_divergence(p, uniform(4), 2)\n" + TILT),
    "hellinger": (1 - sqrt(q("0.15")) - sqrt(q("0.35")),
        {"p": [mpf(1) / 6, third, mpf(3) / 14, mpf(2) / 7]}, "conditional laws are kept: sqrt(0.3 * 0.5) + sqrt(0.7 * 0.5)",
        "data:\n  q: [0.1, 0.2, 0.3, 0.4]\nunknowns:\n  p: simplex(4)\nminimize: hellinger(p, q)\nsubject to:\n  - event: p[1] + p[2] == 0.5\n"),
    "total-variation": (mpf(1) / 6, {"p": [mpf(1) / 12, "0.25", "0.25", mpf(5) / 12]},
        "mass moved from 0 to 3 gains most mean a unit: 0.5 / 3",
        FOUR + "minimize: total_variation(p, uniform(4))\n" + TILT),
    "tsallis": (q("0.7"), {"p": RAMP}, "1 - sum p^2 = 1 - 0.3", FOUR + "maximize: tsallis(p, 2)\n" + TILT),
    "renyi": (-log(q("0.3")), {"p": RAMP}, "-log sum p^2 = -log 0.3", FOUR + "maximize: renyi(p, 2)\n" + TILT),
    "cvar-of-loss": (mpf(2) / 3, {"b": [third, 2 * third]}, "level 3/4 of four equal scenarios is the largest loss, max(2 b_1, b_2)",
        "data:\n  L:\n    - [2, 0]\n    - [0, 1]\n    - [0, 0]\n    - [0, 0]\nunknowns:\n  b: simplex(columns(L))\n"
        "minimize: cvar(uniform(4), L @ b, 0.75)\n"),
    "cvar-of-law": (q(6), {"p": ["0.5", 0, 0, 0, 0, "0.5"]}, "the worst half is all at 6, then mean 3.5 puts the rest at 1",
        FACES + "maximize: cvar(p, faces, 0.5)\nsubject to:\n  - mean: expect(p, faces) == 3.5\n"),
    "norm2": (sqrt(q("1.609375")), {"p": [0, "0.625", 0, "0.375", 0]}, "threshold 5/8",
        "data:\n  y: [0.5, 1.25, -0.75, 1, 0.125]\nunknowns:\n  p: simplex(5)\nminimize: norm2(p - y)\n"),
    "norminf": (mpf(1) / 6, {"p": [mpf(7) / 12, third, mpf(1) / 12]}, "excess 1/2 shared by three entries",
        "data:\n  y: [0.75, 0.5, 0.25]\n" + THREE + "minimize: norminf(p - y)\n"),
    "norm1": (q("0.5"), None, "the sum must come down by 1/2",
        "data:\n  y: [0.75, 0.5, 0.25]\n" + THREE + "minimize: norm1(p - y)\n"),
    "log-sum-exp": (log(3) + third, {"p": [third] * 3}, "symmetric and convex",
        THREE + "minimize: log_sum_exp(p)\n"),
    "exp": (3 * exp(third), {"p": [third] * 3}, "symmetric and convex", THREE + "minimize: sum(exp(p))\n"),
    "sqrt": (sqrt(3), {"p": [third] * 3}, "symmetric and concave", THREE + "maximize: sum(sqrt(p))\n"),
    "abs": (q("0.4"), {"p": ["0.2", "0.8"]}, "p_1 is pushed from 0.4 to 0.2",
        "data:\n  q: [0.4, 0.6]\nunknowns:\n  p: simplex(2)\nminimize: sum(abs(p - q))\nsubject to:\n  - cap: p[1] <= 0.2\n"),
    "power": (third, {"p": [third] * 3}, "symmetric and convex", THREE + "minimize: sum(p^2)\n"),
    "reciprocal": (q(9), {"p": [third] * 3}, "symmetric and convex", THREE + "minimize: sum(1 / p)\n"),
    "max-elementwise": (q(1), {"p": ["0.2", "0.3", "0.5"]}, "1 + total variation",
        "data:\n  q: [0.2, 0.3, 0.5]\n" + THREE + "minimize: sum(max(p, q))\n"),
    "max-of-two": (q("0.5"), {"p": ["0.5", "0.5"]}, "the larger of p_1 and p_2",
        "data:\n  f: [1, 0]\n  g: [0, 1]\nunknowns:\n  p: simplex(2)\nminimize: max(expect(p, f), expect(p, g))\n"),
    "min-with-constant": (q("0.7"), None, "capped at 0.7", "unknowns:\n  p: simplex(2)\nmaximize: min(p[1], 0.7)\n"),
    "mean": (log(q("1.125")) / 2, {"p": ["0.5", "0.5"]}, "log(3/2) and log(3/4), averaged (Shannon's demon)",
        "data:\n  R:\n    - [2, 1]\n    - [0.5, 1]\nunknowns:\n  p: simplex(2)\nmaximize: mean(log(R @ p))\n"),
    "bits": (log(6) / log(2), {"p": [mpf(1) / 6] * 6}, "log2 6", FACES + "maximize: bits(entropy(p))\n"),
    "perplexity": (q(6), {"p": [mpf(1) / 6] * 6}, "exp is monotone: exp(log 6)", FACES + "maximize: exp(entropy(p))\n"),
    "entropy-floor": (q("0.2"), {"p": ["0.8", "0.2"]}, "entropy at least h(0.2) means mass between 0.2 and 0.8",
        "data:\n  least: -(0.2 * log(0.2) + 0.8 * log(0.8))\nunknowns:\n  p: simplex(2)\nminimize: p[2]\n"
        "subject to:\n  - floor: entropy(p) >= least\n"),
    "log-of-mean": (log(2), {"p": ["0.5", "0.5"]}, "log is monotone: E x <= 3/2 on {1, 2} does not cut the uniform law",
        "data:\n  x: [1, 2]\nunknowns:\n  p: simplex(x)\nmaximize: entropy(p)\nsubject to:\n  - growth: log(expect(p, x)) <= log(1.5)\n"),
    "chain": (q("2.3"), {"p": ["0.2", "0.3", "0.5"]}, "fill from the right",
        "data:\n  x: [1, 2, 3]\nunknowns:\n  p: simplex(x)\nmaximize: expect(p, x)\nsubject to:\n  - box: 0.2 <= p <= 0.5\n"),
    "slice": (h("0.15", "0.15", "0.7"), {"p": ["0.15", "0.15", "0.7"]}, "0.3 shared equally",
        THREE + "maximize: entropy(p)\nsubject to:\n  - first: sum(p[1:2]) <= 0.3\n"),
    "labels": (log(2) * 3 / 2, {"p": ["0.25", "0.5", "0.25"]}, "the rest is shared equally",
        "unknowns:\n  p:\n    in: simplex(3)\n    labels: [sun, rain, snow]\nmaximize: entropy(p)\n"
        "subject to:\n  - wet: 'p[\"rain\"] == 0.5'\n"),
    "lambda": (log(2) * 3 / 2, {"p": ["0.25", "0.5", "0.25"]}, "E x^2 = p_1 + p_3 = 1/2",
        "data:\n  x: [-1, 0, 1]\nunknowns:\n  p: simplex(x)\nmaximize: entropy(p)\nsubject to:\n  - square: expect(p, t -> t^2) == 0.5\n"),
    "define": (log(q("1.125")), {"p": ["0.5", "0.5"]}, "log(3/2) + log(3/4)",
        "data:\n  R:\n    - [2, 1]\n    - [0.5, 1]\nunknowns:\n  p: simplex(2)\ndefine:\n  wealth: R @ p\nmaximize: sum(log(wealth))\n"),
    "parameter-expression": (h("0.15", "0.15", "0.7"), {"p": ["0.15", "0.15", "0.7"]}, "0.3 shared equally",
        "parameters:\n  a: 0.1\n  b: 3 * a\n" + THREE + "maximize: entropy(p)\nsubject to:\n  - first: p[1] + p[2] <= b\n"),
    "two-laws": (q("0.3") * log(q("0.75")) + q("0.7") * log(q(7) / 6), {"p": ["0.3", "0.7"], "r": ["0.4", "0.6"]},
        "jointly convex, nearest at the two caps",
        "unknowns:\n  p: simplex(2)\n  r: simplex(2)\nminimize: kl(p, r)\nsubject to:\n  - low: p[1] <= 0.3\n  - high: r[1] >= 0.4\n"),
    "mutual-information-of-coupling": (
        (1 - GIBBS) + (2 * log(2) - h(GIBBS / 2, GIBBS / 2, (1 - GIBBS) / 2, (1 - GIBBS) / 2)) / 2,
        {"P": [GIBBS / 2, (1 - GIBBS) / 2, (1 - GIBBS) / 2, GIBBS / 2]}, "with fixed marginals it is a divergence; odds e^2",
        "data:\n  a: [0.5, 0.5]\n  C:\n    - [0, 1]\n    - [1, 0]\nunknowns:\n  P: coupling(a, a)\n"
        "minimize: expect(P, C) + 0.5 * mutual_information(P)\n"),
    "sum-by-axis": (h("0.2", "0.8") + log(3), {"P": [q("0.2") / 3] * 3 + [q("0.8") / 3] * 3}, "rows given, columns free",
        "data:\n  a: [0.2, 0.8]\nunknowns:\n  P: simplex(2, 3)\nmaximize: entropy(P)\nsubject to:\n  - rows: sum(P, axis=\"rows\") == a\n"),
    "entry-of-joint": (h("0.4", "0.2", "0.2", "0.2"), {"P": ["0.2", "0.2", "0.4", "0.2"]}, "the rest is shared equally",
        "unknowns:\n  P: simplex(2, 2)\nmaximize: entropy(P)\nsubject to:\n  - cell: P[2, 1] == 0.4\n"),
    "row-of-joint": (h("0.4", "0.4", "0.1", "0.1"), {"P": ["0.4", "0.4", "0.1", "0.1"]}, "each row is shared equally",
        "unknowns:\n  P: simplex(2, 2)\nmaximize: entropy(P)\nsubject to:\n  - row: sum(P[1, :]) == 0.8\n"),
    "identity": (third, {"p": [third] * 3}, "the least entry is at most 1/3", THREE + "maximize: min(identity(3)' @ p)\n"),
    "diag": (mpf(6) / 11, {"p": [mpf(6) / 11, mpf(3) / 11, mpf(2) / 11]}, "p_i i equal",
        "data:\n  v: [1, 2, 3]\n" + THREE + "maximize: min(diag(v) @ p)\n"),
    "concatenate": (q("0.25"), {"p": ["0.25"] * 4}, "symmetric and convex",
        "data:\n  a: [0, 0]\n  b: concatenate(a, a)\nunknowns:\n  p: simplex(b)\nminimize: sum_squares(p - b)\n"),
    "total": (2 * log(2), {"D": [1, 1]}, "-sum D log D / 2 at D = (1, 1) is 0; the constant is 2 log 2",
        "unknowns:\n  D: simplex(2, total=2)\nmaximize: 2 * log(2) - sum(D * log(D)) / 2\n"),
    "special-functions": (log(24), {"p": [0, 0, 0, 1]}, "lgamma(5) = log 4! is the largest of lgamma(2), ..., lgamma(5)",
        "data:\n  c: lgamma(range(2, 5, points=4))\nunknowns:\n  p: simplex(c)\nmaximize: expect(p, c)\n"),
    "precedence": (q("0.5"), None, "-(1^2) + 2^3^0 = -1 + 2 = 1, times 1/2",
        "data:\n  a: -1^2 + 2^3^0\nunknowns:\n  p: simplex(2)\nminimize: a / 2 * sum(p)\n"),
    "zero-times-log-zero": (mpf(0), {"p": [1, 0]}, "0 log 0 = 0 at a vertex",
        "unknowns:\n  p: simplex(2)\nmaximize: entropy(p)\nsubject to:\n  - gone: p[2] == 0\n"),
    "log-zero-in-data": (mpf(0), {"p": [0, "0.5", "0.5"]}, "log 0 as a coefficient forces its mass to 0; -log 2 - log(1/4) - log 2 = 0 remains",
        "data:\n  r: [0, 0.25, 0.25]\n" + THREE + "minimize: sum(p * log(p)) - expect(p, log(r)) - log(2)\n"),
    "monotone": (mpf(114) / 3600, {"p": ["0.1"] + [mpf(11) / 60] * 3 + ["0.35"]}, "pool adjacent violators: the mean of 0.3, 0.2, 0.05",
        HISTOGRAM + "sum_squares(p - y)\nsubject to:\n  - order: monotone(p)\n"),
    "monotone-decreasing": (
        q("0.1") * log(q("0.1") / q("0.2")) + q("0.3") * log(q("0.3") / q("0.2")) + q("0.05") * log(q("0.05") / q("0.2"))
        + q("0.35") * log(q("0.35") / q("0.2")),
        {"p": ["0.2"] * 5}, "every tail has a mean of at least 0.2, so that all are pooled",
        HISTOGRAM + 'kl(y, p)\nsubject to:\n  - order: monotone(p, "decreasing")\n'),
    "unimodal": (h("0.05", "0.3", "0.3", "0.3", "0.05"), {"p": ["0.05", "0.3", "0.3", "0.3", "0.05"]},
        "p_2 and p_3 are at least p_4 = 0.3, the rest is shared equally",
        "unknowns:\n  p: simplex(5)\nmaximize: entropy(p)\nsubject to:\n  - hill: unimodal(p, at=2)\n  - fourth: p[4] == 0.3\n"),
    "soft": (h(*tilted(DIE_SLOPE)) - (mean_face(DIE_SLOPE) - q("4.5")) ** 2, {"p": tilted(DIE_SLOPE)},
        "Gibbs law with slope t = 2 (4.5 - E x), a scalar root",
        FACES + "maximize: entropy(p)\nsubject to:\n  - mean: soft(expect(p, faces) == 4.5, weight=2)\n"),
    "soft-upper": (q("-0.45"), {"p": ["0.7", "0.3"]}, "least of -t + (t - 0.2)^2 at t = 0.7",
        "unknowns:\n  p: simplex(2)\nminimize: -p[1]\nsubject to:\n  - cap: soft(p[1] <= 0.2, weight=2)\n"),
    "soft-lower": (q("0.475"), {"p": ["0.35", "0.65"]}, "least of t + 2 (0.6 - t)^2 at t = 0.35",
        "unknowns:\n  p: simplex(2)\nminimize: p[1]\nsubject to:\n  - floor: soft(p[1] >= 0.6, weight=4)\n"),
    "expect-given": (log(HIGH_SUM), {"p": [1 / HIGH_SUM] * 3 + [w / HIGH_SUM for w in HIGH_TERMS]},
        "tilted inside the event by a scalar root, even outside",
        FACES + "maximize: entropy(p)\nsubject to:\n  - high: expect(p, faces, given=faces >= 4) == 5.25\n"),
    "conditional": (log(ROW), {"P": [1 / ROW, 1 / ROW, (ROW - 2) / ROW * q("0.75"), (ROW - 2) / ROW * q("0.25")]},
        "the second row is (3/4, 1/4) whatever its mass; masses go as e^entropy, 2 and e^h(1/4)",
        "unknowns:\n  P: simplex(2, 2)\nmaximize: entropy(P)\nsubject to:\n  - law: 'conditional(P, \"rows\")[2, 1] == 0.75'\n"),
    "ratio": (log(2) * 3 / 2, {"p": ["0.25", "0.5", "0.25"]}, "E[x a] / E[a] = 1 leaves p_1 = p_3, the floor gives p_2 = 1/2",
        "data:\n  x: [0, 1, 2]\n  a: [2, 1, 2]\nunknowns:\n  p: simplex(x)\nmaximize: entropy(p)\n"
        "subject to:\n  - centre: expect(p, x * a) / expect(p, a) == 1\n  - middle: p[2] >= 0.5\n"),
    "one-outcome": (q(3), {"p": [1]}, "there is one law",
        "data:\n  c: [3]\nunknowns:\n  p: simplex(c)\nminimize: expect(p, c)\n"),
}


def main():
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    records = []
    for name, (value, solution, why, body) in ATOMS.items():
        (target / (name + ".yaml")).write_text("entropic: 1\n" + body)
        text = lambda v: v if isinstance(v, str) else mp.nstr(mpf(v), 25, strip_zeros=True)
        records.append({
            "id": name, "file": name + ".yaml", "status": "optimal", "exit_code": 0,
            "sense": "max" if "\nmaximize:" in body else "min", "value": text(value),
            "solution": solution and {u: [text(v) for v in values] for u, values in solution.items()},
            "tolerance": mp.nstr(mpf("1.2e-9") * max(1, abs(value)), 3), "solution_abs": "1e-4", "derivation": why})
    lines = ",\n".join("    " + json.dumps(record) for record in records)
    (target / "index.json").write_text('{\n  "version": 1,\n  "atoms": [\n' + lines + "\n  ]\n}\n")
    print(f"{len(records)} files")


if __name__ == "__main__":
    main()
