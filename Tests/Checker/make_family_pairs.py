"""Writes FamilyPairs.swift of Tests/EntropicFamiliesTests: divergences of all ordered pairs within families.

Every value is the integral or the sum of p log(p / q) with 30 digits, from log densities written here; none comes
from a formula for the divergence. Parameters are the doubles that Swift sees. Needs: pip install mpmath.
Usage: python make_family_pairs.py FOLDER
"""

import itertools
import sys

from mpmath import mp, mpf, log, exp, pi, sqrt, loggamma, besseli, cos, sinh, cosh, inf, ncdf, quad

mp.dps = 30
LINE, HALF = "line", "half"


def normal(m, v):
    return LINE, [m], lambda x: -(x - m) ** 2 / (2 * v) - log(2 * pi * v) / 2


def lognormal(mu, s):
    return HALF, [], lambda x: -(log(x) - mu) ** 2 / (2 * s * s) - log(x * s * sqrt(2 * pi))


def gamma(a, b):
    return HALF, [], lambda x: a * log(b) + (a - 1) * log(x) - b * x - loggamma(a)


def inverse_gamma(a, b):
    return HALF, [], lambda x: a * log(b) - (a + 1) * log(x) - b / x - loggamma(a)


def inverse_gaussian(m, l):
    return HALF, [], lambda x: log(l / (2 * pi * x**3)) / 2 - l * (x - m) ** 2 / (2 * m * m * x)


def weibull(k, s):
    return HALF, [], lambda x: log(k / s) + (k - 1) * log(x / s) - (x / s) ** k


def beta(a, b):
    c = loggamma(a) + loggamma(b) - loggamma(a + b)
    return (0, 1), [], lambda x: (a - 1) * log(x) + (b - 1) * log(1 - x) - c


def laplace(c, b):
    return LINE, [c], lambda x: -abs(x - c) / b - log(2 * b)


def logistic(m, s):
    return LINE, [m], lambda x: -abs(x - m) / s - log(s) - 2 * log(1 + exp(-abs(x - m) / s))


def student(n, m, s):
    c = loggamma((n + 1) / 2) - loggamma(n / 2) - log(n * pi) / 2 - log(s)
    return LINE, [m], lambda x: c - (n + 1) / 2 * log(1 + ((x - m) / s) ** 2 / n)


def cauchy(m, s):
    return LINE, [m], lambda x: -log(pi * s * (1 + ((x - m) / s) ** 2))


def pareto(a, m):
    return (m, inf), [], lambda x: log(a) + a * log(m) - (a + 1) * log(x)


def von_mises(m, k):
    return (-pi, pi), [m], lambda x: k * cos(x - m) - log(2 * pi * besseli(0, k))


def truncated(m, v, a, b):
    mass = ncdf((b - m) / sqrt(v)) - ncdf((a - m) / sqrt(v))
    return (a, b), [], lambda x: -(x - m) ** 2 / (2 * v) - log(2 * pi * v) / 2 - log(mass)


def uniform(a, b):
    return (a, b), [], lambda x: -log(b - a)


def counts(logmass, top=inf):
    return top, None, logmass


def binomial(n, p):
    return counts(
        lambda x: loggamma(n + 1) - loggamma(x + 1) - loggamma(n - x + 1) + x * log(p) + (n - x) * log(1 - p), n)


def poisson(r):
    return counts(lambda x: x * log(r) - r - loggamma(x + 1))


def negative_binomial(r, p):
    return counts(lambda x: loggamma(x + r) - loggamma(x + 1) - loggamma(r) + r * log(p) + x * log(1 - p))


def categorical(*p):
    return counts(lambda x: log(p[int(x)]), len(p) - 1)


def divergence(p, q):
    where, cuts, logp = p
    other, more, logq = q
    if cuts is None:
        if where > other:
            return None
        total, x, top = mpf(0), 0, where
        while x <= top:
            term = exp(logp(mpf(x))) * (logp(mpf(x)) - logq(mpf(x)))
            total += term
            x += 1
            if top == inf and x > 200 and abs(term) < mpf(10) ** -34:
                break
        return total
    if isinstance(where, tuple) and (other[0] > where[0] or other[1] < where[1]):
        return None
    f = lambda x: exp(logp(x)) * (logp(x) - logq(x))
    if where == LINE:
        # x = sinh t, cut where the laws have kinks.
        kinks = sorted({mp.asinh(mpf(c)) for c in cuts + more})
        ends = sorted(set(mp.linspace(-45, 45, 37)) | set(kinks))
        return quad(lambda t: f(sinh(t)) * cosh(t), ends)
    if where == HALF:
        return quad(lambda t: f(exp(t)) * exp(t), mp.linspace(-120, 110, 93))
    low, high = where
    if high == inf:
        return quad(lambda t: f(low * exp(t)) * low * exp(t), [0, 1, 3, 8, 20, 50, 120])
    if low == 0 and high == 1:
        # x = 1 / (1 + exp(-t))
        return quad(lambda t: f(1 / (1 + exp(-t))) / (2 + 2 * cosh(t)), mp.linspace(-140, 64, 69))
    inner = [c for c in cuts + more if low < c < high]
    return quad(f, sorted([low] + inner + mp.linspace(low, high, 9)[1:-1] + [high]))


FAMILIES = [
    ("Normal(mean: {}, variance: {})", normal, [(0, 1), (1.5, 0.25), (-40, 9)]),
    ("LogNormal(mu: {}, sigma: {})", lognormal, [(0, 1), (0.5, 0.25), (-3, 2)]),
    ("Gamma(shape: {}, rate: {})", gamma, [(0.5, 2), (3, 1.25), (40, 8)]),
    ("Exponential(rate: {})", lambda b: gamma(1, b), [(0.125,), (2,), (60,)]),
    ("ChiSquared(degrees: {})", lambda n: gamma(n / 2, mpf(1) / 2), [(1,), (5,), (30,)]),
    ("InverseGamma(shape: {}, scale: {})", inverse_gamma, [(0.75, 2), (3, 1.25), (20, 30)]),
    ("InverseGaussian(mean: {}, shape: {})", inverse_gaussian, [(1, 1), (1.5, 6), (4, 0.5)]),
    ("Weibull(shape: {}, scale: {})", weibull, [(0.75, 2), (1.5, 0.5), (4, 3)]),
    ("Rayleigh(scale: {})", lambda s: weibull(2, s * sqrt(2)), [(0.25,), (1,), (3,)]),
    ("Beta(a: {}, b: {})", beta, [(0.5, 0.75), (2, 5), (30, 10)]),
    ("Laplace(location: {}, scale: {})", laplace, [(0, 1), (1.5, 0.25), (-6, 2)]),
    ("Logistic(location: {}, scale: {})", logistic, [(0, 1), (1.5, 0.25), (-6, 2)]),
    ("StudentT(degrees: {}, location: {}, scale: {})", student, [(1.5, 0, 1), (4, 1, 0.5), (30, -2, 3)]),
    ("Cauchy(location: {}, scale: {})", cauchy, [(0, 1), (1.5, 0.125), (-40, 4)]),
    ("Pareto(shape: {}, minimum: {})", pareto, [(0.75, 1), (3, 2), (1.5, 0.25)]),
    ("VonMises(location: {}, concentration: {})", von_mises, [(0, 0.5), (1.5, 4), (-2, 60)]),
    ("TruncatedNormal(mean: {}, variance: {}, lower: {}, upper: {})", truncated,
     [(0, 1, -1, 2), (1, 0.5, -1, 2), (3, 4, -4, 6)]),
    ("Uniform(lower: {}, upper: {})", uniform, [(0, 1), (0.25, 0.5), (-1, 3)]),
    ("Bernoulli(probability: {})", lambda p: binomial(1, p), [(0.03125,), (0.5,), (0.875,)]),
    ("Binomial(trials: {}, probability: {})", binomial, [(12, 0.125), (12, 0.75), (30, 0.5)]),
    ("Poisson(rate: {})", poisson, [(0.125,), (4,), (60,)]),
    ("Geometric(success: {})", lambda p: negative_binomial(1, p), [(0.0625,), (0.5,), (0.875,)]),
    ("NegativeBinomial(successes: {}, probability: {})", negative_binomial, [(0.5, 0.25), (3, 0.5), (12, 0.75)]),
    ("CategoricalLaw(probabilities: [{}, {}, {}])", categorical,
     [(0.25, 0.25, 0.5), (0.125, 0.75, 0.125), (0.0625, 0.0625, 0.875)]),
]


def main(folder):
    lines = []
    for text, make, members in FAMILIES:
        for a, b in itertools.permutations(members, 2):
            value = divergence(make(*map(mpf, a)), make(*map(mpf, b)))
            number = ".infinity" if value is None else mp.nstr(value, 17)
            lines.append(f"    Pair(try {text.format(*a)}, try {text.format(*b)}, {number}),")
    with open(f"{folder}/FamilyPairs.swift", "w") as out:
        out.write("import EntropicFamilies\n\n// Written by Tests/Checker/make_family_pairs.py with mpmath.\n\n"
                  "/// Ordered pairs within families and their divergences.\nenum FamilyPairs {\n"
                  "  typealias Pair = ReferenceDivergences.Row\n\n"
                  "  static func all() throws -> [Pair] {\n    [\n" + "\n".join(lines) + "\n    ]\n  }\n}\n")


if __name__ == "__main__":
    main(sys.argv[1])
