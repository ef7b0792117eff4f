"""What the objective file of one case says: data, unknowns, objective and constraints in the words of the
language.
"""

import re

from mpmath import mpf

from objective_text import entry, generated, monomials, number


class Story:
    """What will be printed for one case; special cases fill it by hand."""

    def __init__(self, case):
        self.case = case
        self.data = {}
        self.parameters = {}
        self.unknowns = {}
        self.define = {}
        self.objective = ""
        self.constraints = []  # (name, text, index into the catalogue's list)
        self.solve = {}
        self.form = "direct"
        self.id = case["id"]
        self.shapes = {}
        self.solution = None
        self.unique = case["expected"].get("unique")

    def text(self):
        case = self.case
        lines = ["entropic: 1", f"title: {quoted(case['title'])}"]
        used = dict(self.data)
        if used:
            lines.append("data:")
            lines += [entry(name, value) for name, value in used.items()]
        for section in ("parameters", "unknowns", "define"):
            content = getattr(self, section)
            if content:
                lines.append(f"{section}:")
                lines += [
                    f"  {name}: {value if isinstance(value, str) else number(value)}"
                    for name, value in content.items()
                ]
        lines.append(("minimize" if case["sense"] == "min" else "maximize") + ": " + self.objective)
        if self.constraints:
            lines.append("subject to:")
            lines += [f"  - {name}: {text}" for name, text, _ in self.constraints]
        if self.solve:
            lines.append("solve:")
            lines += [f"  {name}: {value}" for name, value in self.solve.items()]
        return "\n".join(lines) + "\n"


def quoted(title):
    return (
        '"' + title.replace("\\", "").replace('"', "'") + '"'
        if re.search(r"[:#{}\[\],&*!|>'\"%@`]", title)
        else title
    )


def weighted(terms):
    """`weight * term + ...` with signs folded in."""
    text = ""
    for weight, body in terms:
        magnitude = abs(weight)
        piece = body if magnitude == 1 else f"{number(magnitude)} * {body}"
        if not text:
            text = ("-" if weight < 0 else "") + piece
        else:
            text += (" - " if weight < 0 else " + ") + piece
    return text


def term_text(story, term, name):
    kind = term["type"]
    data = story.case["data"]
    matrix = len(story.shapes[name]) == 2
    group = story.case["group"]
    if kind == "linear":
        c = term["c"]
        if matrix:
            return f"expect({name}, {c})" if group == "optimal-transport" else f"sum({c} * {name})"
        return {"entropy-regularised": f"{c} @ {name}", "degenerate": f"sum({c} * {name})"}.get(
            group, f"expect({name}, {c})"
        )
    if kind == "entropy":
        return f"entropy({name})"
    if kind == "kl":
        return f"kl({name}, {term['q']})"
    if kind == "reverse_kl":
        return f"kl({term['q']}, {name})"
    if kind == "half_sq_dist":
        return f"sum_squares({name} - {term['y']}) / 2"
    if kind == "quad":
        return f"quadratic({name}, {term['Q']})"
    if kind == "tsallis":
        return f"tsallis({name}, {term['alpha']})"
    if kind == "renyi":
        return f"renyi({name}, {term['alpha']})"
    if kind == "sum_log":
        ones = all(w == 1 for w in data[term["w"]])
        return f"sum(log({name}))" if ones else f"sum({term['w']} * log({name}))"
    if kind == "log_lik":
        if group == "log-optimal":
            return f"sum({term['w']} * log({term['L']} @ {name}))"
        if all(w == 1 for w in data[term["w"]]):
            return f"sum(log({term['L']} @ {name}))"
        return f"log_likelihood({term['L']} @ {name}, {term['w']})"
    if kind == "mutual_information":
        return f"mutual_information({name}, {term['W']})"
    if kind == "log_det_info":
        return f"logdet(information_matrix({name}, {term['X']}))"
    if kind == "trace_inv_info":
        return f"trace_inverse(information_matrix({name}, {term['X']}))"
    if kind == "min_eig_info":
        return f"lambda_min(information_matrix({name}, {term['X']}))"
    if kind == "min_payoff":
        return f"min({term['A']}' @ {name})"
    if kind == "sum_ratio":
        return f"sum({term['v']} / {name})"
    if kind == "max_ratio":
        return f"max({term['v']} / {name})"
    if kind == "cond_linear":
        return f"sum((diag({term['row_weights']}) @ {term['c']}) * {name})"
    if kind == "cond_kl":
        w = term["row_weights"]
        return f"kl(diag({w}) @ {name}, diag({w}) @ {term['prior']})"
    if kind == "cond_mi":
        return f"mutual_information({term['row_weights']}, {name})"
    raise KeyError(kind)


MARGINAL = [("first", '"rows"'), ("second", '"columns"'), ("third", "3")]


def constraint_text(story, constraint, position, name):
    kind = constraint["type"]
    data = story.case["data"]
    many = sum(other["type"] == kind for other in story.case["constraints"]) > 1
    tail = str(position + 1) if many and kind != "marginal" else ""
    if kind in ("eq", "le"):
        A, b = data[constraint["A"]], data[constraint["b"]]
        sign = "==" if kind == "eq" else "<="
        if len(story.shapes[name]) == 2:
            shape = story.shapes[name]
            rows = [A[0][i * shape[1] : (i + 1) * shape[1]] for i in range(shape[0])]
            assert len(A) == 1
            if (
                "d" in data
                and "px" in data
                and all(
                    mpf(number(rows[i][j])) == mpf(number(data["px"][i])) * mpf(number(data["d"][i][j]))
                    for i in range(shape[0])
                    for j in range(shape[1])
                )
            ):
                return "distortion" + tail, f"sum((diag(px) @ d) * {name}) {sign} {number(b[0])}"
            story.data["cost"] = rows
            return "distortion" + tail, f"sum(cost * {name}) {sign} {number(b[0])}"
        if len(A) == 1:
            row = A[0]
            if len(row) > 100 and row == list(range(len(row))):
                story.data["x"] = f"range(0, {len(row) - 1}, points={len(row)})"
                return "mean" + tail, f"expect({name}, x) {sign} {number(b[0])}"
            if (
                set(row) <= {0, 1}
                and sum(row) < len(row)
                and story.case["group"] in ("i-projection", "channel-capacity")
            ):
                members = [f"{name}[{i + 1}]" for i, a in enumerate(row) if a]
                return "event" + tail, f"{' + '.join(members)} {sign} {number(b[0])}"
            story.data["x"] = row
            return "mean" + tail, f"expect({name}, x) {sign} {number(b[0])}"
        story.data.update({constraint["A"]: A, constraint["b"]: b})
        return "moments" + tail, f"{constraint['A']} @ {name} {sign} {constraint['b']}"
    if kind == "marginal":
        label, axis = MARGINAL[constraint["axis"]]
        return label, f"marginal({name}, {axis}) == {constraint['value']}"
    if kind in ("upper", "lower"):
        key = constraint["u" if kind == "upper" else "l"]
        sign = "<=" if kind == "upper" else ">="
        if isinstance(data[key], list) and len(story.shapes[name]) == 2:
            n = story.shapes[name][1]
            story.data[key] = [data[key][i : i + n] for i in range(0, len(data[key]), n)]
        return ("caps" if kind == "upper" else "floors") + tail, f"{name} {sign} {key}"
    ball = {
        "kl_ball": "kl",
        "chi2_ball": "chi_squared",
        "tv_ball": "total_variation",
        "hellinger_ball": "hellinger",
    }
    if kind in ball:
        return "ball" + tail, f"{ball[kind]}({name}, {constraint['q']}) <= {number(constraint['radius'])}"
    raise KeyError(kind)


def plain(case):
    """The story of a case with one unknown and listed terms."""
    story = Story(case)
    unknown = case["unknown"]
    expected = case["expected"]
    shape = unknown.get("shape") or [unknown["n"]]
    name = {"simplex": "p" if len(shape) == 1 else "P", "conditional": "Q"}[unknown["kind"]]
    story.shapes = {name: shape}
    sizes = ", ".join(map(str, shape))
    story.unknowns[name] = f"channel({sizes})" if unknown["kind"] == "conditional" else f"simplex({sizes})"
    story.objective = weighted(
        [(t.get("weight", 1), term_text(story, t, name)) for t in case["objective"]["terms"]]
    )
    for position, constraint in enumerate(case["constraints"]):
        label, text = constraint_text(story, constraint, position, name)
        story.constraints.append((label, text, position))
    add_used_data(story)
    if expected.get("solution") is not None:
        story.solution = {name: expected["solution"]}
    if expected["status"] == "nonconvex-stationary":
        story.solve["convexity"] = "unchecked"
    return story


def add_used_data(story):
    """Data in the catalogue's order, only what the file mentions (directly or through another entry)."""
    case = story.case
    available = {}
    for name, value in case["data"].items():
        if isinstance(value, dict):
            value = monomials(case, value) if value["gen"] == "monomials" else generated(value)
        available[name] = value
    wanted, text = set(story.data), " ".join(
        [story.objective]
        + [c[1] for c in story.constraints]
        + list(map(str, story.unknowns.values()))
        + list(map(str, story.define.values()))
        + [v for v in story.data.values() if isinstance(v, str)]
    )
    while True:
        found = {
            w
            for w in re.findall(r"\b[A-Za-z_]\w*\b(?!\s*\()", re.sub(r'"[^"]*"', "", text))
            if w in available
        }
        found -= set(story.unknowns) | set(story.define) | set(story.parameters)
        if found <= wanted:
            break
        for name in found - wanted:
            if isinstance(available[name], str):
                text += " " + available[name]
        wanted |= found
    ordered = {name: available[name] for name in available if name in wanted}
    story.data = {**ordered, **story.data}
