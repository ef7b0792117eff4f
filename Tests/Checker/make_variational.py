"""Prints the reference numbers of Tests/EntropicFamiliesTests/VariationalTests.swift.

The best normal laws for Bayesian logistic and Poisson regressions solve E grad U = 0 and P = E Hess U (or its
diagonal). They are found by iterating the second equation with Newton steps on the first, at 30 digits, with
expectations by Gauss-Legendre quadrature of each row's one-dimensional integral.
Needs: pip install mpmath. Usage: python make_variational.py
"""

from mpmath import mp, mpf, matrix, exp, log, log1p, sqrt, pi, quad, loggamma, det, inverse

mp.dps = 30

# Twenty rows: an intercept, and two columns in eighths.
FIRST = [-16, -13, -11, -10, -8, -7, -5, -4, -2, -1, 0, 2, 3, 5, 6, 8, 9, 11, 14, 16]
SECOND = [3, -9, 12, 1, -6, 8, -14, 5, 10, -3, -11, 7, 2, -8, 13, -1, -5, 9, 4, -12]
LABELS = [0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 1]
COUNTS = [0, 1, 0, 0, 2, 1, 3, 0, 1, 2, 4, 1, 2, 5, 1, 4, 6, 3, 5, 11]
ROWS = [[mpf(1), mpf(a) / 8, mpf(b) / 8] for a, b in zip(FIRST, SECOND)]
PRIOR = mpf(1) / 4  # precision of each coefficient


def softplus(t):
    return log1p(exp(-abs(t))) + max(t, 0)


def logistic(mean, variance):
    """E of log(1 + e^t) and of its two derivatives."""
    s = sqrt(variance)
    cuts = [mpf(c) for c in (-13, -8, -5, -3, -1, 0, 1, 3, 5, 8, 13)]
    density = lambda z: exp(-z * z / 2) / sqrt(2 * pi)
    halves = sorted(cuts + [-mean / s])
    value = quad(lambda z: density(z) * softplus(mean + s * z), halves, method="gauss-legendre")
    sigma = lambda t: 1 / (1 + exp(-t))
    first = quad(lambda z: density(z) * sigma(mean + s * z), cuts, method="gauss-legendre")
    second = quad(
        lambda z: density(z) * sigma(mean + s * z) * sigma(-mean - s * z), cuts, method="gauss-legendre")
    return value, first, second


def poisson(mean, variance):
    e = exp(mean + variance / 2)
    return e, e, e


def solve(rows, responses, moments, constant, diagonal):
    d = len(rows[0])
    m, s = matrix(d, 1), matrix(d, d)
    for i in range(d):
        s[i, i] = mpf(1) / 10
    for _ in range(200):
        value, gradient, hessian = constant, PRIOR * m, matrix(d, d)
        for i in range(d):
            hessian[i, i] = PRIOR
            value += PRIOR * (m[i] ** 2 + s[i, i]) / 2
        for a, y in zip(rows, responses):
            mu = sum(a[i] * m[i] for i in range(d))
            v = sum(a[i] * s[i, j] * a[j] for i in range(d) for j in range(d))
            e = moments(mu, v)
            value += e[0] - y * mu
            for i in range(d):
                gradient[i] += (e[1] - y) * a[i]
                for j in range(d):
                    hessian[i, j] += e[2] * a[i] * a[j]
        value -= (log(det(s)) + d * log(2 * pi * exp(1))) / 2
        step = inverse(hessian) * gradient
        m = m - step
        if diagonal:
            new = matrix(d, d)
            for i in range(d):
                new[i, i] = 1 / hessian[i, i]
        else:
            new = inverse(hessian)
        change = max(abs(x) for x in step) + max(abs(x) for x in new - s)
        s = new
        if change < mpf(10) ** -22:
            break
    return value, m, s


def report(name, result):
    value, m, s = result
    print(name, mp.nstr(value, 22))
    print("  mean", [mp.nstr(x, 20) for x in m])
    print("  covariance", [[mp.nstr(s[i, j], 20) for j in range(i + 1)] for i in range(s.rows)])


if __name__ == "__main__":
    for columns in (2, 3):
        rows = [r[:columns] for r in ROWS]
        prior = columns * log(2 * pi / PRIOR) / 2
        factorials = sum(loggamma(y + 1) for y in COUNTS)
        for diagonal in (False, True):
            kind = "diagonal" if diagonal else "full"
            report(f"poisson {columns} {kind}", solve(rows, COUNTS, poisson, prior + factorials, diagonal))
            if columns == 2 or not diagonal:
                report(f"logistic {columns} {kind}", solve(rows, LABELS, logistic, prior, diagonal))
