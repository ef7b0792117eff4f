"""Known multipliers, from the known solution: d optimum / d bound, in the user's sense and units.

At an optimum the variation of the objective is, on the support, nu + sum_k m_k (variation of constraint
k), with nu one number a block. Where those equations fix the m_k (full column rank), they are the
multipliers; the residual must vanish and off the support the sign must be right, otherwise nothing is
stated.
"""

from mpmath import mp, mpf

from catalogue import INF, ZERO, exact
from problem import Problem


def multipliers_of(story):
    record = {
        "unknowns": story.shapes,
        "form": story.form,
        "status": "optimal",
        "constraints": [{"name": name, "catalogue": position} for name, _, position in story.constraints],
    }
    if story.solution is None or not story.constraints or story.form not in ("direct", "coupling"):
        return {}
    problem = Problem(story.case, record)
    if (
        problem.lower is not None
        or problem.upper is not None
        or any(t["type"] == "renyi" for t in problem.terms)
    ):
        return {}
    x = [exact(v) for name in problem.names for v in story.solution[name]]
    return solve(problem, x)


def solve(problem, x):
    _, _, slope = problem.objective(x)
    support = [i for i, v in enumerate(x) if v > mpf(10) ** -12]
    if any(abs(slope[i]) == INF for i in support):
        return {}
    columns, labels, result = [], [], {}
    for row in problem.rows:
        slack = row.bound - row.value(x)
        result.setdefault(row.name, [])
        if not row.equality and slack > mpf(10) ** -9 * (1 + abs(row.bound)):
            result[row.name].append(ZERO)
            continue
        labels.append((row.name, len(result[row.name])))
        result[row.name].append(None)
        columns.append([row.coefficients.get(i, ZERO) for i in support])
    for ball in problem.balls:
        value, _, variation = ball.function(x)
        active = value > ball.bound - mpf(10) ** -9 * (1 + ball.bound)
        result[ball.name] = [None if active else ZERO]
        if active:
            if ball.name is None or any(v == ZERO for v in x) or "tv" in str(problem.case["constraints"]):
                return {}
            labels.append((ball.name, 0))
            columns.append([variation[i] for i in support])
    for start, length, _ in problem.blocks:
        columns.append([mpf(1) if start <= i < start + length else ZERO for i in support])
    if not columns or len(columns) > len(support):
        return {}
    scales = [max(map(abs, column)) or mpf(1) for column in columns]
    G = mp.matrix(
        [[column[k] / scale for column, scale in zip(columns, scales)] for k in range(len(support))]
    )
    target = mp.matrix([slope[i] for i in support])
    normal = G.T * G
    if abs(mp.det(normal)) < mpf(10) ** -20:
        return {}
    answer = mp.lu_solve(normal, G.T * target)
    residual = max(abs(v) for v in target - G * answer)
    if residual > mpf(10) ** -6 * (1 + max(abs(v) for v in target)):
        return {}
    for (name, k), value, scale in zip(labels, answer, scales):
        result[name][k] = ZERO if abs(value) < mpf(10) ** -25 else value / scale
    if any(v is None for values in result.values() for v in values):
        return {}
    return {
        name: ["0" if v == 0 else mp.nstr(v, 12, min_fixed=-5, max_fixed=15) for v in values]
        for name, values in result.items()
        if name is not None
    }
