"""A lower bound of one's own: the Lagrangian, linearised where it is smooth, exact where it is an entropy.

For F convex, any x, any multipliers (of the right sign for inequalities),

    F* >= min_q [ h(q) + r . q ] + constant

with h the entropies and divergences of objective and balls, r the variation of everything else plus
multipliers times rows, q over products of simplices (or boxes). No property of x or of the multipliers
is used, so a value above the known optimum disproves the catalogue or this file, never a solver; a value
near it shows that the reported multipliers are good.
"""

from mpmath import mp, mpf

import catalogue as c
from catalogue import INF, ZERO, exact, flat

# The functions that are minimised (or minus maximised) and are not convex as written.
NOT_CONVEX = ("renyi",)


def _fill(r, total, lower, upper):
    """min r . q over lower <= q <= upper, sum q = total; None when empty."""
    rest = total - mp.fsum(lower)
    if rest < 0:
        return None
    value = c.dot(r, lower)
    for i in sorted(range(len(r)), key=lambda i: r[i]):
        step = min(rest, upper[i] - lower[i])
        value += r[i] * step
        rest -= step
    return value if rest <= 0 else None


def lower_bound(problem, x, multipliers):
    """A lower bound of sense * objective, or None where the variation is not finite or F is not convex."""
    terms = problem.terms
    if terms and any(term["type"] in NOT_CONVEX for term in terms):
        return None
    if problem.record["status"] == "local":
        return None
    n, s = problem.dimension, problem.sense
    r, constant = [ZERO] * n, ZERO
    tau, reference = [ZERO] * n, [ZERO] * n  # h = sum tau_i q_i log q_i - reference_i q_i
    boxed = problem.lower is not None or problem.upper is not None

    def add_linearised(weight, part):
        nonlocal constant, r
        value, _, slope = part
        if any(abs(g) == INF for g in slope) or abs(value) == INF:
            return False
        constant += weight * (value - c.dot(slope, x))
        r = [a + weight * g for a, g in zip(r, slope)]
        return True

    def add_divergence(weight, q, offset=0):
        for i, y in enumerate(q):
            tau[offset + i] += weight
            reference[offset + i] += -INF if y == 0 else weight * mp.log(y)

    if terms is None:
        if not add_linearised(s, problem.objective(x)):
            return None
    else:
        for term in terms:
            weight = s * exact(term.get("weight", 1))
            kind = term["type"]
            if kind == "entropy" and weight < 0 and not boxed:
                for i in range(n):
                    tau[i] -= weight
            elif kind == "kl" and weight > 0 and not boxed:
                add_divergence(weight, flat(problem.data[term["q"]]))
            elif kind == "cond_kl" and weight > 0 and not boxed:
                for k, (u, q) in enumerate(
                    zip(problem.data[term["row_weights"]], problem.data[term["prior"]])
                ):
                    add_divergence(weight * u, q, k * problem.shape[1])
            elif not add_linearised(weight, c.evaluate_term(term, x, problem.data, problem.shape)):
                return None

    position = {}
    for row in problem.rows:
        k = position.get(row.name, 0)
        position[row.name] = k + 1
        reported = multipliers.get(row.name)
        m = ZERO if not reported or k >= len(reported) or reported[k] is None else reported[k]
        nu = -s * m
        if not row.equality:
            nu = max(nu, ZERO)
        constant -= nu * row.bound
        for i, v in row.coefficients.items():
            r[i] += nu * v
    for ball in problem.balls:
        reported = multipliers.get(ball.name)
        nu = max(-s * reported[0], ZERO) if reported and reported[0] is not None else ZERO
        if nu == 0:
            continue
        constant -= nu * ball.bound
        if ball.reference is not None and not boxed:
            add_divergence(nu, ball.reference)
        elif not add_linearised(nu, ball.function(x)):
            return None

    for start, length, total in problem.blocks:
        span = range(start, start + length)
        if boxed:
            lower = [ZERO if problem.lower is None else problem.lower[i] for i in span]
            upper = [total if problem.upper is None else problem.upper[i] for i in span]
            part = _fill([r[i] for i in span], total, lower, upper)
            if part is None:
                return INF
            constant += part
            continue
        heat = tau[start]
        if any(tau[i] != heat for i in span):
            return None
        if heat == 0:
            constant += total * min(r[i] for i in span)
        else:
            powers = [(reference[i] - r[i]) / heat for i in span]
            constant += c.xlogx(total) * heat - total * heat * c.log_sum_exp(powers)
    return constant
