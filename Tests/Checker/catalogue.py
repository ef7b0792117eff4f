"""The mathematics of the reference catalogue at 40 digits: data, objective terms, first variations,
constraints.

Written from the catalogue's definitions alone. Nothing here reads an objective file or knows how a
solver works. A point is a flat list of mpf, arrays row by row; `blocks` lists (start, length, total) of
the rows that are distributions.
"""

from mpmath import mp, mpf

mp.dps = 40
ZERO, ONE = mpf(0), mpf(1)
INF = mp.inf


# ------------------------------------------------------------------ numbers
def exact(value):
    """The number a piece of JSON means: decimal text taken exactly, lists entry by entry."""
    if isinstance(value, (list, tuple)):
        return [exact(v) for v in value]
    if isinstance(value, mpf):
        return value
    return mpf(repr(value)) if isinstance(value, float) else mpf(value)


def flat(value):
    if not isinstance(value, (list, tuple)):
        return [value]
    return [x for part in value for x in flat(part)]


def dot(a, b):
    """sum a_i b_i, where 0 times anything is 0."""
    return mp.fsum(x * y for x, y in zip(a, b) if x != 0 and y != 0)


def xlogx(x):
    return ZERO if x == 0 else x * mp.log(x)


def log_sum_exp(values):
    top = max(values)
    if top == -INF:
        return -INF
    return top + mp.log(mp.fsum(mp.exp(v - top) for v in values if v != -INF))


def generate(spec, data):
    kind = spec["gen"]
    if kind == "linspace":
        return [exact(spec["start"]) + i * exact(spec["step"]) for i in range(spec["n"])]
    if kind == "constant":
        return [exact(spec["value"])] * spec["n"]
    if kind == "affine_mod":
        scale, offset = exact(spec.get("scale", 1)), exact(spec.get("offset", 0))
        return [scale * ((spec["a"] * i + spec["b"]) % spec["m"]) + offset for i in range(spec["n"])]
    if kind in ("sqdiff", "absdiff"):
        distance = (lambda d: d * d) if kind == "sqdiff" else abs
        return [[distance(x - y) for y in data[spec["y"]]] for x in data[spec["x"]]]
    if kind == "gauss_weights":
        mean, sd = exact(spec["mean"]), exact(spec["sd"])
        bell = [mp.exp(-((x - mean) ** 2) / (2 * sd**2)) for x in data[spec["x"]]]
        total = mp.fsum(bell)
        return [b / total for b in bell]
    if kind == "monomials":
        return [[x**k for k in range(spec["degree"] + 1)] for x in data[spec["x"]]]
    raise KeyError(kind)


def resolve(raw):
    data = {}
    for name, value in raw.items():
        data[name] = generate(value, data) if isinstance(value, dict) else exact(value)
    return data


# ------------------------------------------------------------------ terms
# Each term gives (value, sum of the absolute values of its summands, first variation as a list).
def _sum(parts):
    parts = list(parts)
    return mp.fsum(parts), mp.fsum(abs(x) for x in parts)


def linear(p, c):
    return *_sum(a * b for a, b in zip(c, p) if b != 0), list(c)


def entropy(p):
    value, size = _sum(-xlogx(x) for x in p)
    return value, size, [INF if x == 0 else -mp.log(x) - 1 for x in p]


def relative(p, q):
    """kl(p, q): infinite where p leaves the support of q."""
    if any(x > 0 and y == 0 for x, y in zip(p, q)):
        return INF, INF, [INF] * len(p)
    value, size = _sum(x * mp.log(x / y) for x, y in zip(p, q) if x > 0)
    return value, size, [INF if y == 0 else -INF if x == 0 else mp.log(x / y) + 1 for x, y in zip(p, q)]


def reverse(p, q):
    """kl(q, p), the unknown second."""
    if any(y > 0 and x == 0 for x, y in zip(p, q)):
        return INF, INF, [-INF if y > 0 else ZERO for y in q]
    value, size = _sum(y * mp.log(y / x) for x, y in zip(p, q) if y > 0)
    return value, size, [ZERO if y == 0 else -y / x for x, y in zip(p, q)]


def half_square(p, y):
    return *_sum((a - b) ** 2 / 2 for a, b in zip(p, y)), [a - b for a, b in zip(p, y)]


def quadratic(p, Q):
    row = [dot(r, p) for r in Q]
    column = [dot([Q[i][j] for i in range(len(p))], p) for j in range(len(p))]
    size = mp.fsum(abs(Q[i][j] * p[i] * p[j]) for i in range(len(p)) for j in range(len(p)))
    return dot(row, p), size, [a + b for a, b in zip(row, column)]


def tsallis(p, a):
    value, size = _sum(x**a for x in p if x != 0)
    slope = [(INF if a < 1 else ZERO) if x == 0 else x ** (a - 1) for x in p]
    return (1 - value) / (a - 1), (1 + size) / abs(a - 1), [-a * s / (a - 1) for s in slope]


def renyi(p, a):
    power = mp.fsum(x**a for x in p if x != 0)
    return mp.log(power) / (1 - a), ONE, [a * (x ** (a - 1) if x else ZERO) / (power * (1 - a)) for x in p]


def log_likelihood(p, w, L):
    fit = [dot(row, p) for row in L]
    if any(f == 0 and u != 0 for f, u in zip(fit, w)):
        return -INF, INF, [INF] * len(p)
    value, size = _sum(u * mp.log(f) for u, f in zip(w, fit) if u != 0)
    return (
        value,
        size,
        [mp.fsum(u * row[i] / f for u, f, row in zip(w, fit, L) if row[i] != 0) for i in range(len(p))],
    )


def sum_log(p, w):
    return log_likelihood(p, w, [[ONE if i == j else ZERO for j in range(len(p))] for i in range(len(p))])


def information(p, W):
    """I(p; W): value, and KL(W_i || pW) - 1 as variation."""
    out = [mp.fsum(a * row[j] for a, row in zip(p, W) if a != 0) for j in range(len(W[0]))]
    gain = [relative(row, out)[0] for row in W]
    return *_sum(a * g for a, g in zip(p, gain) if a != 0), [g - 1 for g in gain]


def moment_matrix(p, X):
    d = len(X[0])
    M = mp.zeros(d)
    for weight, x in zip(p, X):
        if weight:
            for a in range(d):
                for b in range(d):
                    M[a, b] += weight * x[a] * x[b]
    return M


def _form(V, x):
    d = len(x)
    return mp.fsum(x[a] * V[a, b] * x[b] for a in range(d) for b in range(d))


def log_det(p, X):
    M = moment_matrix(p, X)
    det = mp.det(M)
    if det <= mpf(10) ** -35 * max(ONE, mp.mnorm(M, "F")) ** len(X[0]):
        return -INF, INF, [INF] * len(p)
    V = M**-1
    return mp.log(det), abs(mp.log(det)) + len(X[0]), [_form(V, x) for x in X]


def trace_inverse(p, X):
    V = moment_matrix(p, X) ** -1
    value = mp.fsum(V[i, i] for i in range(V.rows))
    return value, value, [-_form(V * V, x) for x in X]


def smallest_eigenvalue(p, X):
    """One supergradient: (v . x_i)^2 with v a unit eigenvector of the smallest eigenvalue."""
    values, vectors = mp.eigsy(moment_matrix(p, X))
    best = min(range(len(values)), key=lambda i: values[i])
    v = [vectors[i, best] for i in range(vectors.rows)]
    return values[best], abs(values[len(values) - 1]), [dot(v, x) ** 2 for x in X]


def least_payoff(p, A):
    columns = [mp.fsum(a * row[j] for a, row in zip(p, A)) for j in range(len(A[0]))]
    least = min(range(len(columns)), key=lambda j: columns[j])
    size = max(mp.fsum(abs(a * row[j]) for a, row in zip(p, A)) for j in range(len(A[0])))
    return columns[least], size, [row[least] for row in A]


def sum_ratio(p, v):
    if any(u != 0 and x == 0 for u, x in zip(v, p)):
        return INF, INF, [-INF] * len(p)
    return *_sum(u / x for u, x in zip(v, p) if u != 0), [ZERO if u == 0 else -u / x**2 for u, x in zip(v, p)]


def largest_ratio(p, v):
    if any(u != 0 and x == 0 for u, x in zip(v, p)):
        return INF, INF, [-INF] * len(p)
    top = max((i for i in range(len(p)) if v[i] != 0), key=lambda i: v[i] / p[i])
    value = v[top] / p[top]
    return value, abs(value), [-v[i] / p[i] ** 2 if i == top else ZERO for i in range(len(p))]


def rows_of(p, shape):
    return [p[i * shape[1] : (i + 1) * shape[1]] for i in range(shape[0])]


def conditional_linear(p, c, w, shape):
    return linear(p, [u * x for u, row in zip(w, c) for x in row])


def conditional_relative(p, prior, w, shape):
    parts = [relative(row, r) for row, r in zip(rows_of(p, shape), prior)]
    value, size = _sum(u * part[0] for u, part in zip(w, parts))
    return (
        value,
        mp.fsum(u * part[1] for u, part in zip(w, parts)),
        [u * g for u, part in zip(w, parts) for g in part[2]],
    )


def conditional_information(p, w, shape):
    rows = rows_of(p, shape)
    out = [mp.fsum(u * row[j] for u, row in zip(w, rows)) for j in range(shape[1])]
    parts = [relative(row, out) for row in rows]
    gradient = [
        u * (INF if o == 0 else -INF if x == 0 else mp.log(x / o))
        for u, row in zip(w, rows)
        for x, o in zip(row, out)
    ]
    return (
        mp.fsum(u * part[0] for u, part in zip(w, parts)),
        mp.fsum(u * part[1] for u, part in zip(w, parts)),
        gradient,
    )


def evaluate_term(term, p, data, shape):
    """(value, size, first variation) of one listed term, without its weight."""

    def of(key):
        return data[term[key]] if isinstance(term[key], str) else exact(term[key])

    kind = term["type"]
    table = {
        "linear": lambda: linear(p, flat(of("c"))),
        "entropy": lambda: entropy(p),
        "kl": lambda: relative(p, flat(of("q"))),
        "reverse_kl": lambda: reverse(p, flat(of("q"))),
        "half_sq_dist": lambda: half_square(p, flat(of("y"))),
        "quad": lambda: quadratic(p, of("Q")),
        "tsallis": lambda: tsallis(p, of("alpha")),
        "renyi": lambda: renyi(p, of("alpha")),
        "sum_log": lambda: sum_log(p, of("w")),
        "log_lik": lambda: log_likelihood(p, of("w"), of("L")),
        "mutual_information": lambda: information(p, of("W")),
        "log_det_info": lambda: log_det(p, of("X")),
        "trace_inv_info": lambda: trace_inverse(p, of("X")),
        "min_eig_info": lambda: smallest_eigenvalue(p, of("X")),
        "min_payoff": lambda: least_payoff(p, of("A")),
        "sum_ratio": lambda: sum_ratio(p, of("v")),
        "max_ratio": lambda: largest_ratio(p, of("v")),
        "cond_linear": lambda: conditional_linear(p, of("c"), of("row_weights"), shape),
        "cond_kl": lambda: conditional_relative(p, of("prior"), of("row_weights"), shape),
        "cond_mi": lambda: conditional_information(p, of("row_weights"), shape),
    }
    return table[kind]()


# ------------------------------------------------------------------ constraint functions
def chi_squared(p, q):
    return *_sum((a - b) ** 2 / b for a, b in zip(p, q)), [2 * (a - b) / b for a, b in zip(p, q)]


def total_variation(p, q):
    return *_sum(abs(a - b) / 2 for a, b in zip(p, q)), [mp.sign(a - b) / 2 for a, b in zip(p, q)]


def hellinger(p, q):
    value, size = _sum(mp.sqrt(a * b) for a, b in zip(p, q))
    return 1 - value, 1 + size, [-mp.sqrt(b / a) / 2 if a else (-INF if b else ZERO) for a, b in zip(p, q)]


BALLS = {
    "kl_ball": relative,
    "reverse_kl_ball": reverse,
    "chi2_ball": chi_squared,
    "tv_ball": total_variation,
    "hellinger_ball": hellinger,
}
