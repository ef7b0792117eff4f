"""One case of the catalogue, seen through the unknowns of its objective file.

A `Problem` has blocks (rows that are distributions), a value with its first variation, linear rows,
boxes and convex balls. `form` (from index.json) says how the unknowns of the file relate to the
catalogue's; the forms other than `direct` restate the same mathematics, from the case's statement, in
those unknowns.
"""

from math import prod

from mpmath import mp, mpf

import catalogue as c
from catalogue import INF, ONE, ZERO, exact, flat


class Row:
    """coefficients . x (==, <=) bound, belonging to the named constraint."""

    def __init__(self, name, coefficients, bound, equality):
        self.name, self.bound, self.equality = name, bound, equality
        self.coefficients = {i: v for i, v in coefficients.items() if v != 0}

    def value(self, x):
        return mp.fsum(v * x[i] for i, v in self.coefficients.items())

    def size(self, x):
        return mp.fsum(abs(v) * x[i] for i, v in self.coefficients.items())


class Ball:
    """function(x)[0] <= bound for a convex function that returns (value, size, first variation)."""

    def __init__(self, name, function, bound, reference=None):
        self.name, self.function, self.bound, self.reference = name, function, bound, reference


class Problem:
    def __init__(self, case, record):
        self.case, self.record = case, record
        self.data = c.resolve(case["data"])
        self.sense = 1 if case["sense"] == "min" else -1
        self.names = list(record["unknowns"])
        self.shapes = record["unknowns"]
        self.offsets, position = {}, 0
        for name in self.names:
            self.offsets[name] = position
            position += prod(self.shapes[name])
        self.dimension = position
        self.rows, self.balls = [], []
        self.lower, self.upper = None, None
        listed = case["objective"].get("terms")
        self.terms = (
            listed if record["form"] in ("direct", "coupling") else None
        )  # None: one restated objective
        self.shape = self.shapes[self.names[0]]
        self.blocks = self._blocks()
        getattr(self, "_" + record["form"])()

    # -------------------------------------------------------------- structure
    def _blocks(self):
        kind = self.case["unknown"]["kind"]
        total = exact(self.case["unknown"].get("total", 1))
        blocks = []
        for name in self.names:
            shape, start = self.shapes[name], self.offsets[name]
            if kind == "conditional" or self.record["form"] == "shares":
                blocks += [(start + i * shape[1], shape[1], ONE) for i in range(shape[0])]
            else:
                blocks.append((start, prod(shape), total))
        return blocks

    def _direct(self):
        names = {item["catalogue"]: item["name"] for item in self.record["constraints"]}
        for position, constraint in enumerate(self.case["constraints"]):
            self._add(constraint, names.get(position))

    _coupling = _direct

    def _add(self, constraint, name):
        kind, data = constraint["type"], self.data
        get = lambda key: (
            data[constraint[key]] if isinstance(constraint[key], str) else exact(constraint[key])
        )
        if kind in ("eq", "le"):
            for row, bound in zip(get("A"), get("b")):
                self.rows.append(Row(name, dict(enumerate(flat(row))), bound, kind == "eq"))
        elif kind == "marginal":
            for j, value in enumerate(get("value")):
                self.rows.append(Row(name, {i: ONE for i in self._slice(constraint["axis"], j)}, value, True))
        elif kind == "upper":
            self.upper = flat(get("u"))
            self.upper_name = name
        elif kind == "lower":
            self.lower = flat(get("l"))
            self.lower_name = name
        elif kind in c.BALLS:
            q, function = flat(get("q")), c.BALLS[kind]
            self.balls.append(
                Ball(name, lambda x: function(x, q), get("radius"), q if kind == "kl_ball" else None)
            )
        else:
            raise KeyError(kind)

    def _slice(self, axis, j):
        shape = self.shape
        stride = prod(shape[axis + 1 :])
        return [i for i in range(prod(shape)) if (i // stride) % shape[axis] == j]

    def _product(self):
        """kl(P, a x b) = sum P log P - sum_i P_i. log a_i - sum_j P_.j log b_j."""
        P = self.data["P"]
        weights = [mp.fsum(row) for row in P] + [mp.fsum(row[j] for row in P) for j in range(len(P[0]))]
        constant = mp.fsum(c.xlogx(x) for row in P for x in row)

        def objective(x):
            value, size, slope = c.sum_log(x, weights)
            return constant - value, abs(constant) + size, [-g for g in slope]

        self.objective = objective

    def _shares(self):
        """sum_i B_i log(sum_g U_ig X_gi), X a channel from goods to buyers."""
        B, U = self.data["B"], self.data["U"]
        goods, buyers = self.shape
        L = [
            [U[i][k // buyers] if k % buyers == i else ZERO for k in range(goods * buyers)]
            for i in range(buyers)
        ]
        self.objective = lambda x: c.log_likelihood(x, B, L)

    def _waterfill(self):
        """1/2 sum log(v_i / D_i) under D <= v."""
        v = self.data["variances"]
        self.upper, self.upper_name = v, "ceiling"

        def objective(x):
            if any(d == 0 for d in x):
                return INF, INF, [-INF] * len(x)
            parts = [mp.log(a / d) / 2 for a, d in zip(v, x)]
            return mp.fsum(parts), mp.fsum(map(abs, parts)), [-1 / (2 * d) for d in x]

        self.objective = objective

    def _transported(self):
        """max l . p over couplings P of p and q with E_P[cost] <= radius."""
        l, q, cost = self.data["l"], self.data["q"], flat(self.data["cost"])
        n, radius = len(l), exact(self.case["constraints"][0]["radius"])
        at = self.offsets["P"]
        if "p" in self.offsets:
            law = self.offsets["p"]
            objective = [ZERO] * self.dimension
            for i in range(n):
                objective[law + i] = l[i]
                row = {at + i * n + j: ONE for j in range(n)}
                self.rows.append(Row("law", {**row, law + i: -ONE}, ZERO, True))
        else:
            objective = [l[k // n] for k in range(n * n)]
        for j in range(n):
            self.rows.append(Row("reference", {at + i * n + j: ONE for i in range(n)}, q[j], True))
        self.rows.append(Row("ball", {at + k: v for k, v in enumerate(cost)}, radius, False))
        self.objective = lambda x: c.linear(x, objective)

    # -------------------------------------------------------------- evaluation
    def objective(self, x):
        """(value, size, first variation) in the user's sense."""
        value, size, slope = ZERO, ZERO, [ZERO] * len(x)
        for term in self.terms:
            weight = exact(term.get("weight", 1))
            v, s, g = c.evaluate_term(term, x, self.data, self.shape)
            value, size = value + weight * v, size + abs(weight) * s
            slope = [a + weight * b for a, b in zip(slope, g)]
        return value, size, slope

    def scale(self):
        """U of the absolute tolerance: 1 for information terms, the largest coefficient for the others."""
        listed = self.case["objective"].get("terms")
        if not listed:
            return ONE
        sizes = []
        for term in listed:
            weight = abs(exact(term.get("weight", 1)))
            key = {
                "linear": "c",
                "cond_linear": "c",
                "quad": "Q",
                "min_payoff": "A",
                "half_sq_dist": "y",
            }.get(term["type"])
            sizes.append(weight * (ONE if key is None else max(abs(v) for v in flat(self.data[term[key]]))))
        return max(sizes)

    def normalised(self, x):
        """The answer is p / sum p by definition, row by row."""
        x = list(x)
        for start, length, total in self.blocks:
            mass = mp.fsum(x[start : start + length])
            if mass > 0:
                x[start : start + length] = [v * total / mass for v in x[start : start + length]]
        return x
