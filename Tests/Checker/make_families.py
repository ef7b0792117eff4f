"""Writes Tests/EntropicFamiliesTests/ReferenceLaws.swift and ReferenceDivergences.swift.

Every number comes from the definition of the law, evaluated with mpmath at 50 digits: densities and
distribution functions from their formulas, means, variances and entropies of the laws marked "integrate" from
quadrature or summation of the density alone, divergences from quadrature or summation of p log(p / q).
Parameters are the doubles that Swift sees. Needs: pip install mpmath. Usage: python make_families.py FOLDER
"""

import sys
from mpmath import mp, mpf, log, exp, pi, sqrt, gamma, loggamma, psi, gammainc, betainc, erfc, besseli
from mpmath import quad, nsum, inf, cos, sin, atan, acosh, expm1, log1p, expint, linspace, sinh, cosh

mp.dps = 50
F = lambda x: mpf(x)


def lower_normal(z):
    return erfc(-z / sqrt(2)) / 2


def lower_gamma(a, x):
    """P(a, x) by its series of positive terms, for large shapes."""
    term = exp(a * log(x) - x - loggamma(a + 1))
    total, n = term, 0
    while term > total * mpf(10) ** -55:
        n += 1
        term *= x / (a + n)
        total += term
    return total


def by_density(logpdf, center, spread, x, upper):
    """A tail of a concentrated density by quadrature."""
    cuts = [center + spread * k for k in range(-30, 31)]
    ends = [x] + [c for c in cuts if c > x] if upper else [c for c in cuts if c < x] + [x]
    return quad(lambda t: exp(logpdf(t)), ends)


class Law:
    def __init__(self, swift, logpdf, cuts, points, cdf=None, sf=None, entropy=None, moments=None,
                 discrete=False, stretch="line"):
        self.swift, self.logpdf, self.cuts, self.points = swift, logpdf, cuts, points
        self.cdf, self.sf, self.closed, self.moments = cdf, sf, entropy, moments
        self.discrete, self.stretch = discrete, stretch

    def expect(self, f):
        if self.discrete:
            lo, hi = self.cuts
            total, k = mpf(0), lo
            while k <= hi:
                total += f(mpf(k)) * exp(self.logpdf(mpf(k)))
                k += 1
            return total
        if self.stretch == "log":
            g = lambda t: f(exp(t)) * exp(self.logpdf(exp(t)) + t)
            return quad(g, self.cuts)
        if self.stretch == "sinh":
            g = lambda t: f(sinh(t)) * exp(self.logpdf(sinh(t))) * cosh(t)
            return quad(g, self.cuts)
        return quad(lambda x: f(x) * exp(self.logpdf(x)), self.cuts)

    def mean_variance(self):
        if self.moments:
            return self.moments
        m = self.expect(lambda x: x)
        return m, self.expect(lambda x: (x - m) ** 2)

    def entropy(self):
        return self.closed if self.closed is not None else self.expect(lambda x: -self.logpdf(x))


def gamma_law(a, b, points, integrate=False):
    a, b = F(a), F(b)
    lp = lambda x: a * log(b) + (a - 1) * log(x) - b * x - loggamma(a)
    closed = None if integrate else a - log(b) + loggamma(a) + (1 - a) * psi(0, a)
    if a > 1000:
        return Law(None, lp, None, points, lambda x: lower_gamma(a, b * x), lambda x: 1 - lower_gamma(a, b * x),
                   closed, (a / b, a / b**2))
    return Law(None, lp, linspace(-120, 8, 65) if integrate else None, points,
               lambda x: gammainc(a, 0, b * x, regularized=True),
               lambda x: gammainc(a, b * x, inf, regularized=True), closed,
               None if integrate else (a / b, a / b**2), stretch="log")


def named(law, swift):
    law.swift = swift
    return law


def normal_law(m, v, points):
    m, v = F(m), F(v)
    s = sqrt(v)
    return Law(None, lambda x: -(x - m) ** 2 / (2 * v) - log(2 * pi * v) / 2,
               [m + s * k for k in linspace(-20, 20, 41)], points,
               lambda x: lower_normal((x - m) / s), lambda x: lower_normal(-(x - m) / s))


def lognormal_law(mu, s, points):
    mu, s = F(mu), F(s)
    return Law(None, lambda x: -(log(x) - mu) ** 2 / (2 * s**2) - log(2 * pi * s**2) / 2 - log(x),
               [mu + s * k for k in linspace(-20, 24, 45)], points,
               lambda x: lower_normal((log(x) - mu) / s), lambda x: lower_normal(-(log(x) - mu) / s),
               stretch="log")


def beta_law(a, b, points, integrate=False):
    a, b = F(a), F(b)
    lb = loggamma(a) + loggamma(b) - loggamma(a + b)
    lp = lambda x: (a - 1) * log(x) + (b - 1) * log1p(-x) - lb
    n = a + b
    m, v = a / n, a * b / n**2 / (n + 1)
    closed = None if integrate else lb - (a - 1) * psi(0, a) - (b - 1) * psi(0, b) + (n - 2) * psi(0, n)
    if a > 1000:
        return Law(None, lp, None, points, lambda x: by_density(lp, m, sqrt(v), x, False),
                   lambda x: by_density(lp, m, sqrt(v), x, True), closed, (m, v))
    return Law(None, lp, [0, 0.01, 0.1, 0.5, 0.9, 0.99, 1], points,
               lambda x: betainc(a, b, 0, x, regularized=True),
               lambda x: betainc(a, b, x, 1, regularized=True), closed,
               None if integrate else (a / n, a * b / n**2 / (n + 1)))


def laplace_law(c, b, points):
    c, b = F(c), F(b)
    low = lambda z: exp(z) / 2 if z < 0 else 1 - exp(-z) / 2
    return Law(None, lambda x: -abs(x - c) / b - log(2 * b),
               [c + b * k for k in [-120, -40, -10, -3, 0, 3, 10, 40, 120]], points,
               lambda x: low((x - c) / b), lambda x: low(-(x - c) / b))


def logistic_law(m, s, points):
    m, s = F(m), F(s)
    low = lambda z: 1 / (1 + exp(-z))
    return Law(None, lambda x: -abs(x - m) / s - log(s) - 2 * log1p(exp(-abs(x - m) / s)),
               [m + s * k for k in [-120, -40, -10, -3, 0, 3, 10, 40, 120]], points,
               lambda x: low((x - m) / s), lambda x: low(-(x - m) / s))


def student_law(nu, m, s, points, moments):
    nu, m, s = F(nu), F(m), F(s)
    h = nu / 2
    lb = loggamma(h + 0.5) - loggamma(h) - log(nu * pi) / 2
    low = lambda z: betainc(h, 0.5, 0, nu / (nu + z * z), regularized=True) / 2 if z < 0 else \
        1 - betainc(h, 0.5, 0, nu / (nu + z * z), regularized=True) / 2
    if nu > 1000:
        lp = lambda x: lb - (h + 0.5) * log1p(((x - m) / s) ** 2 / nu) - log(s)
        low = lambda z: by_density(lp, F(0), F(1), m + s * z, False)
    closed = (h + 0.5) * (psi(0, h + 0.5) - psi(0, h)) + log(nu) / 2 + loggamma(h) + loggamma(0.5) \
        - loggamma(h + 0.5) + log(s)
    return Law(None, lambda x: lb - (h + 0.5) * log1p(((x - m) / s) ** 2 / nu) - log(s), None, points,
               lambda x: low((x - m) / s), lambda x: low(-(x - m) / s), closed, moments)


def cauchy_law(m, s, points):
    m, s = F(m), F(s)
    low = lambda z: atan(-1 / z) / pi if z < 0 else mpf(1) - (atan(1 / z) / pi if z > 0 else mpf(0.5))
    return Law(None, lambda x: -log(pi * s) - log1p(((x - m) / s) ** 2), linspace(-130, 130, 105), points,
               lambda x: low((x - m) / s), lambda x: low(-(x - m) / s), None, (None, None), stretch="sinh")


def weibull_law(k, s, points, cuts):
    k, s = F(k), F(s)
    return Law(None, lambda x: log(k / s) + (k - 1) * log(x / s) - (x / s) ** k, cuts, points,
               lambda x: -expm1(-((x / s) ** k)), lambda x: exp(-((x / s) ** k)), stretch="log")


def pareto_law(a, m, points):
    a, m = F(a), F(m)
    return Law(None, lambda x: log(a) + a * log(m) - (a + 1) * log(x),
               [log(m) + k for k in [0, 1, 3, 10, 30, 100]], points,
               lambda x: 1 - (m / x) ** a, lambda x: (m / x) ** a, stretch="log")


def inverse_gaussian_law(m, l, points, cuts):
    m, l = F(m), F(l)

    def low(x):
        r = sqrt(l / x)
        return lower_normal(r * (x / m - 1)) + exp(2 * l / m) * lower_normal(-r * (x / m + 1))

    return Law(None, lambda x: log(l / (2 * pi * x**3)) / 2 - l * (x - m) ** 2 / (2 * m**2 * x), cuts, points,
               low, lambda x: 1 - low(x), stretch="log")


def von_mises_law(m, k, points):
    m, k = F(m), F(k)
    lp = lambda x: k * cos(x - m) - log(2 * pi * besseli(0, k))
    w = 1 / sqrt(1 + k)
    def low(x):
        cuts = sorted(set([-pi, x] + [c for c in [m + w * j for j in range(-12, 13)] if -pi < c < x]))
        return quad(lambda t: exp(lp(t)), cuts)
    def high(x):
        cuts = sorted(set([x, pi] + [c for c in [m + w * j for j in range(-12, 13)] if x < c < pi]))
        return quad(lambda t: exp(lp(t)), cuts)
    r = besseli(1, k) / besseli(0, k)
    return Law(None, lp, None, points, low, high, log(2 * pi * besseli(0, k)) - k * r, (m, 1 - r))


def truncated_law(m, v, a, b, points, cuts):
    m, v = F(m), F(v)
    s = sqrt(v)
    tail = lambda x: lower_normal(-(x - m) / s)
    a_, b_ = F(a), (inf if b is None else F(b))
    z = tail(a_) - (0 if b is None else tail(b_))
    return Law(None, lambda x: -(x - m) ** 2 / (2 * v) - log(2 * pi * v) / 2 - log(z), cuts, points,
               lambda x: (tail(a_) - tail(x)) / z, lambda x: (tail(x) - (0 if b is None else tail(b_))) / z)


def inverse_gamma_law(a, b, points, moments):
    g = gamma_law(a, b, points)
    a, b = F(a), F(b)
    return Law(None, lambda x: g.logpdf(1 / x) - 2 * log(x), None, points, lambda x: g.sf(1 / x),
               lambda x: g.cdf(1 / x), a + log(b) + loggamma(a) - (1 + a) * psi(0, a), moments)


def count_law(logpmf, top, points, low=0, entropy=None, moments=None):
    law = Law(None, logpmf, (low, top), points, None, None, entropy, moments, discrete=True)
    def cdf(x):
        return sum((exp(logpmf(mpf(k))) for k in range(low, int(x) + 1)), mpf(0))
    def sf(x):
        return sum((exp(logpmf(mpf(k))) for k in range(int(x) + 1, top + 1)), mpf(0))
    law.cdf, law.sf = cdf, sf
    return law


def poisson_law(r, top, points, **kw):
    r = F(r)
    return count_law(lambda k: k * log(r) - r - loggamma(k + 1), top, points, **kw)


def binomial_law(n, p, points):
    p = F(p)
    return count_law(lambda k: loggamma(n + 1) - loggamma(k + 1) - loggamma(n - k + 1) + k * log(p)
                     + (n - k) * log1p(-p), n, points)


def negative_binomial_law(r, p, top, points):
    r, p = F(r), F(p)
    return count_law(lambda k: loggamma(k + r) - loggamma(k + 1) - loggamma(r) + r * log(p) + k * log1p(-p),
                     top, points)


def uniform_law(a, b, points):
    a, b = F(a), F(b)
    return Law(None, lambda x: -log(b - a), [a, b], points, lambda x: (x - a) / (b - a),
               lambda x: (b - x) / (b - a))


LAWS = [
    named(normal_law(0.5, 2.25, [-8.0, 0.25, 3.0, 12.0]), "Normal(mean: 0.5, variance: 2.25)"),
    named(normal_law(-3e8, 1e-16, [-3e8]), "Normal(mean: -3e8, variance: 1e-16)"),
    named(lognormal_law(0.25, 0.5, [1e-3, 0.7, 1.5, 40.0]), "LogNormal(mu: 0.25, sigma: 0.5)"),
    named(gamma_law(1, 0.75, [1e-12, 0.5, 30.0], True), "Exponential(rate: 0.75)"),
    named(gamma_law(2.5, 0.75, [1e-4, 2.0, 60.0], True), "Gamma(shape: 2.5, rate: 0.75)"),
    named(gamma_law(1e-8, 3.0, [1e-300, 1e-3, 2.0]), "Gamma(shape: 1e-8, rate: 3)"),
    named(gamma_law(1e8, 2.0, [4.9997e7, 5e7, 5.0003e7]), "Gamma(shape: 1e8, rate: 2)"),
    named(inverse_gamma_law(3.5, 2.0, [0.05, 0.7, 200.0], (F(2) / F(2.5), F(4) / F(2.5) ** 2 / F(1.5))),
          "InverseGamma(shape: 3.5, scale: 2)"),
    named(gamma_law(3.5, 0.5, [1e-3, 3.0, 90.0], True), "ChiSquared(degrees: 7)"),
    named(beta_law(2.0, 3.5, [1e-5, 0.3, 0.99], True), "Beta(a: 2, b: 3.5)"),
    named(beta_law(1e-3, 0.02, [1e-300, 0.3, 0.999]), "Beta(a: 1e-3, b: 0.02)"),
    named(beta_law(1e7, 3e7, [0.2497, 0.25, 0.2503]), "Beta(a: 1e7, b: 3e7)"),
    named(laplace_law(1.0, 0.5, [-30.0, 0.9, 1.5, 40.0]), "Laplace(location: 1, scale: 0.5)"),
    named(logistic_law(-1.0, 2.0, [-90.0, -1.5, 3.0, 120.0]), "Logistic(location: -1, scale: 2)"),
    named(student_law(3.5, 1.0, 2.0, [-40.0, 0.0, 3.0, 1e6], (F(1), 4 * F(3.5) / F(1.5))),
          "StudentT(degrees: 3.5, location: 1, scale: 2)"),
    named(student_law(1e8, 0.0, 1.0, [-6.0, 0.5, 7.0], (F(0), F(1e8) / (F(1e8) - 2))),
          "StudentT(degrees: 1e8)"),
    named(cauchy_law(-1.0, 0.5, [-1e9, -1.2, 0.3, 1e7]), "Cauchy(location: -1, scale: 0.5)"),
    named(weibull_law(1.7, 2.0, [1e-6, 1.5, 12.0], linspace(-80, 5, 60)), "Weibull(shape: 1.7, scale: 2)"),
    named(weibull_law(40.0, 2.0, [0.5, 1.97, 2.2], linspace(-3, 1, 80)), "Weibull(shape: 40, scale: 2)"),
    named(pareto_law(4.5, 1.25, [1.2500001, 2.0, 1e5]), "Pareto(shape: 4.5, minimum: 1.25)"),
    named(weibull_law(2.0, F(3) * sqrt(2), [1e-6, 2.5, 25.0], linspace(-60, 5, 60)), "Rayleigh(scale: 3)"),
    named(inverse_gaussian_law(1.5, 2.0, [0.02, 1.2, 30.0], linspace(-7, 6, 60)),
          "InverseGaussian(mean: 1.5, shape: 2)"),
    named(inverse_gaussian_law(2.0, 2e5, [1.96, 2.0, 2.05], linspace(0.6, 0.8, 60)),
          "InverseGaussian(mean: 2, shape: 2e5)"),
    named(uniform_law(-1.0, 3.0, [-0.5, 1.0, 2.75]), "Uniform(lower: -1, upper: 3)"),
    named(truncated_law(0.5, 2.25, -1.0, 2.0, [-0.9, 0.4, 1.75], [-1, 0, 1, 2]),
          "TruncatedNormal(mean: 0.5, variance: 2.25, lower: -1, upper: 2)"),
    named(truncated_law(0.0, 1.0, 30.0, None, [30.01, 30.1, 31.0], [30, 30.1, 30.3, 31, 33, 40]),
          "TruncatedNormal(mean: 0, variance: 1, lower: 30, upper: .infinity)"),
    named(von_mises_law(0.5, 1.5, [-2.5, 0.25, 2.0]), "VonMises(location: 0.5, concentration: 1.5)"),
    named(von_mises_law(0.5, 2500.0, [0.4, 0.5, 0.56]), "VonMises(location: 0.5, concentration: 2500)"),
    named(binomial_law(1, 0.3, [0.0, 1.0]), "Bernoulli(probability: 0.3)"),
    named(binomial_law(40, 0.3, [0.0, 12.0, 38.0]), "Binomial(trials: 40, probability: 0.3)"),
    named(poisson_law(2.5, 200, [0.0, 3.0, 40.0]), "Poisson(rate: 2.5)"),
    named(poisson_law(1e-8, 30, [0.0, 1.0, 4.0]), "Poisson(rate: 1e-8)"),
    named(poisson_law(3000.0, 5200, [2700.0, 3000.0, 3400.0]), "Poisson(rate: 3000)"),
    named(negative_binomial_law(1.0, 0.4, 400, [0.0, 2.0, 90.0]), "Geometric(success: 0.4)"),
    named(negative_binomial_law(2.5, 0.4, 500, [0.0, 4.0, 90.0]),
          "NegativeBinomial(successes: 2.5, probability: 0.4)"),
]


def swift_number(x):
    if x is None:
        return ".nan"
    return mp.nstr(mpf(x), 17, min_fixed=0, max_fixed=0).replace("e+", "e") if x != 0 else "0"


def laws():
    rows = []
    for law in LAWS:
        mean, variance = law.mean_variance()
        lines = []
        for x in law.points:
            t = F(x)
            lines.append(f"        .init({swift_number(t)}, {swift_number(law.logpdf(t))}, "
                         f"{swift_number(law.cdf(t))}, {swift_number(law.sf(t))}),")
        rows.append("    ReferenceLaw(\n      try %s,\n      mean: %s, variance: %s,\n      entropy: %s,\n"
                    "      [\n%s\n      ])," % (law.swift, swift_number(mean), swift_number(variance),
                                               swift_number(law.entropy()), "\n".join(lines)))
        print(law.swift, file=sys.stderr)
    return rows


def find(swift):
    return next(l for l in LAWS if l.swift == swift)


def kl(p, q):
    return p.expect(lambda x: p.logpdf(x) - q.logpdf(x))


def divergences():
    rows = []

    def add(p, q, ps, qs, value=None):
        v = kl(p, q) if value is None else value
        rows.append(f"    Row(try {ps}, try {qs}, {swift_number(v)}),")
        print(ps, "|", qs, mp.nstr(v, 10), file=sys.stderr)

    E = lambda b, cuts=None: gamma_law(1, b, [], True)
    G = lambda a, b: gamma_law(a, b, [], True)
    add(E(0.75), G(2.5, 1.25), "Exponential(rate: 0.75)", "Gamma(shape: 2.5, rate: 1.25)")
    add(G(2.5, 1.25), E(0.75), "Gamma(shape: 2.5, rate: 1.25)", "Exponential(rate: 0.75)")
    add(G(3.5, 0.5), G(2.0, 0.75), "ChiSquared(degrees: 7)", "Gamma(shape: 2, rate: 0.75)")
    add(laplace_law(1.0, 0.5, []), normal_law(0.0, 2.0, []), "Laplace(location: 1, scale: 0.5)",
        "Normal(mean: 0, variance: 2)")
    n = normal_law(0.25, 2.0, [])
    n.cuts = sorted(n.cuts + [F(1)])
    add(n, laplace_law(1.0, 0.5, []), "Normal(mean: 0.25, variance: 2)", "Laplace(location: 1, scale: 0.5)")
    u = uniform_law(0.25, 0.75, [])
    add(u, beta_law(2.0, 3.5, []), "Uniform(lower: 0.25, upper: 0.75)", "Beta(a: 2, b: 3.5)")
    add(u, E(2.0), "Uniform(lower: 0.25, upper: 0.75)", "Exponential(rate: 2)")
    add(u, normal_law(0.0, 2.0, []), "Uniform(lower: 0.25, upper: 0.75)", "Normal(mean: 0, variance: 2)")
    ln = lognormal_law(0.25, 0.5, [])
    add(ln, G(4.0, 2.75), "LogNormal(mu: 0.25, sigma: 0.5)", "Gamma(shape: 4, rate: 2.75)")
    add(G(4.0, 2.75), ln, "Gamma(shape: 4, rate: 2.75)", "LogNormal(mu: 0.25, sigma: 0.5)")
    ig = find("InverseGaussian(mean: 1.5, shape: 2)")
    add(ig, G(4.0, 2.75), "InverseGaussian(mean: 1.5, shape: 2)", "Gamma(shape: 4, rate: 2.75)")
    add(ln, ig, "LogNormal(mu: 0.25, sigma: 0.5)", "InverseGaussian(mean: 1.5, shape: 2)")
    w = find("Weibull(shape: 1.7, scale: 2)")
    add(w, weibull_law(3.0, 1.5, [], None), "Weibull(shape: 1.7, scale: 2)", "Weibull(shape: 3, scale: 1.5)")
    add(w, G(2.0, 0.75), "Weibull(shape: 1.7, scale: 2)", "Gamma(shape: 2, rate: 0.75)")
    lo = find("Logistic(location: -1, scale: 2)")
    add(lo, logistic_law(0.5, 1.0, []), "Logistic(location: -1, scale: 2)", "Logistic(location: 0.5, scale: 1)")
    c = find("Cauchy(location: -1, scale: 0.5)")
    add(c, cauchy_law(0.5, 2.0, []), "Cauchy(location: -1, scale: 0.5)", "Cauchy(location: 0.5, scale: 2)")
    s3 = student_law(3.5, 1.0, 2.0, [], None)
    add(normal_law(0.25, 2.0, []), s3, "Normal(mean: 0.25, variance: 2)",
        "StudentT(degrees: 3.5, location: 1, scale: 2)")
    s3.cuts, s3.stretch = linspace(-90, 90, 91), "sinh"
    add(s3, normal_law(0.0, 2.0, []), "StudentT(degrees: 3.5, location: 1, scale: 2)",
        "Normal(mean: 0, variance: 2)")
    add(s3, student_law(5.0, 0.0, 1.0, [], None), "StudentT(degrees: 3.5, location: 1, scale: 2)",
        "StudentT(degrees: 5)")
    g, po = find("Geometric(success: 0.4)"), find("Poisson(rate: 2.5)")
    add(g, po, "Geometric(success: 0.4)", "Poisson(rate: 2.5)")
    add(po, g, "Poisson(rate: 2.5)", "Geometric(success: 0.4)")
    nb = find("NegativeBinomial(successes: 2.5, probability: 0.4)")
    add(nb, negative_binomial_law(4.0, 0.5, 500, []), "NegativeBinomial(successes: 2.5, probability: 0.4)",
        "NegativeBinomial(successes: 4, probability: 0.5)")
    b40 = find("Binomial(trials: 40, probability: 0.3)")
    add(b40, po, "Binomial(trials: 40, probability: 0.3)", "Poisson(rate: 2.5)")
    # Near laws, by the closed forms at 50 digits.
    e = F(1e-6)
    a1, a2, b1, b2 = F(2.5), F(2.500001), F(1.25), F(1.250001)
    gk = (a1 - a2) * psi(0, a1) - loggamma(a1) + loggamma(a2) + a2 * log(b1 / b2) + a1 * (b2 - b1) / b1
    add(None, None, "Gamma(shape: 2.5, rate: 1.25)", "Gamma(shape: 2.500001, rate: 1.250001)", gk)
    a1, a2, b1, b2 = F(2e7), F(2.0000001e7), F(1.25), F(1.250001)
    gk = (a1 - a2) * psi(0, a1) - loggamma(a1) + loggamma(a2) + a2 * log(b1 / b2) + a1 * (b2 - b1) / b1
    add(None, None, "Gamma(shape: 2e7, rate: 1.25)", "Gamma(shape: 2.0000001e7, rate: 1.250001)", gk)
    def bk(a, b, c, d):
        a, b, c, d = F(a), F(b), F(c), F(d)
        lb = lambda x, y: loggamma(x) + loggamma(y) - loggamma(x + y)
        return lb(c, d) - lb(a, b) + (a - c) * psi(0, a) + (b - d) * psi(0, b) + (c - a + d - b) * psi(0, a + b)
    add(None, None, "Beta(a: 2, b: 3.5)", "Beta(a: 2.000001, b: 3.500002)", bk(2.0, 3.5, 2.000001, 3.500002))
    add(None, None, "Beta(a: 1e6, b: 3e6)", "Beta(a: 1000001, b: 3000003)", bk(1e6, 3e6, 1000001.0, 3000003.0))
    add(None, None, "Beta(a: 1e-8, b: 1e8)", "Beta(a: 1e8, b: 1e-8)", bk(1e-8, 1e8, 1e8, 1e-8))
    def nk(m1, v1, m2, v2):
        m1, v1, m2, v2 = F(m1), F(v1), F(m2), F(v2)
        return (v1 / v2 - 1 - log(v1 / v2) + (m1 - m2) ** 2 / v2) / 2
    add(None, None, "Normal(mean: 1, variance: 2)", "Normal(mean: 1.000001, variance: 2.000001)",
        nk(1.0, 2.0, 1.000001, 2.000001))
    def wk(k, s, l, t):
        k, s, l, t = F(k), F(s), F(l), F(t)
        return log(k / s**k) - log(l / t**l) + (k - l) * (log(s) - mp.euler / k) \
            + (s / t) ** l * gamma(l / k + 1) - 1
    add(None, None, "Weibull(shape: 1.7, scale: 2)", "Weibull(shape: 1.700001, scale: 2.000001)",
        wk(1.7, 2.0, 1.700001, 2.000001))
    def vk(k, l, d):
        k, l, d = F(k), F(l), F(d)
        r = besseli(1, k) / besseli(0, k)
        return log(besseli(0, l) / besseli(0, k)) + r * (k - l * cos(d))
    add(None, None, "VonMises(location: 0, concentration: 1.5)", "VonMises(location: 0.5, concentration: 4)",
        vk(1.5, 4.0, 0.5))
    add(None, None, "VonMises(location: 0, concentration: 1e4)",
        "VonMises(location: 1e-8, concentration: 10000.01)", vk(1e4, 10000.01, 1e-8))
    add(None, None, "VonMises(location: 0, concentration: 0)", "VonMises(location: 0, concentration: 700)",
        log(besseli(0, F(700))))
    def pk(x, y):
        x, y = F(x), F(y)
        return x * log(x / y) + y - x
    add(None, None, "Poisson(rate: 1e-8)", "Poisson(rate: 50)", pk(1e-8, 50.0))
    add(None, None, "Poisson(rate: 1e8)", "Poisson(rate: 100000010)", pk(1e8, 100000010.0))
    def berk(p, q):
        p, q = F(p), F(q)
        return p * log(p / q) + (1 - p) * log((1 - p) / (1 - q))
    add(None, None, "Bernoulli(probability: 0.3)", "Bernoulli(probability: 0.3000001)", berk(0.3, 0.3000001))
    add(None, None, "Bernoulli(probability: 1e-12)", "Bernoulli(probability: 0.5)", berk(1e-12, 0.5))
    add(None, None, "Geometric(success: 1e-6)", "Geometric(success: 2e-6)", berk(1e-6, 2e-6) / F(1e-6))
    add(None, None, "Laplace(location: 0, scale: 1)", "Laplace(location: 1e-6, scale: 1.000001)",
        log(F(1.000001)) + (F(1e-6) + exp(-F(1e-6))) / F(1.000001) - 1)
    return rows


HEAD = """import EntropicFamilies

// Written by Tests/Checker/make_families.py with mpmath at 50 digits.

"""

if __name__ == "__main__":
    folder = sys.argv[1]
    with open(f"{folder}/ReferenceLaws.swift", "w") as out:
        out.write(HEAD + "extension ReferenceLaw {\n  static func all() throws -> [ReferenceLaw] {\n    [\n"
                  + "\n".join(laws()) + "\n    ]\n  }\n}\n")
    with open(f"{folder}/ReferenceDivergences.swift", "w") as out:
        out.write(HEAD + "extension ReferenceDivergences {\n  static func all() throws -> [Row] {\n    [\n"
                  + "\n".join(divergences()) + "\n    ]\n  }\n}\n")
