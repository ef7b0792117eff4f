"""Numbers, arrays and generators of the catalogue as the text of an objective file."""

from mpmath import mp, mpf


def number(value):
    """The shortest decimal text of a catalogue number, unchanged in value."""
    text = repr(value) if isinstance(value, float) else str(value)
    if text.endswith(".0"):
        text = text[:-2]
    return "0" if text == "-0" else text.replace("e+", "e")


def flow_list(values, indent):
    """A YAML flow list, broken over lines of at most 100 columns."""
    lines, line = [], "["
    for position, value in enumerate(values):
        piece = number(value) + ("," if position + 1 < len(values) else "]")
        if len(line) + len(piece) + indent > 100:
            lines.append(line.rstrip())
            line = piece + " "
        else:
            line += piece + " "
    lines.append(line.rstrip())
    return ("\n" + " " * (indent + 1)).join(lines)


def entry(name, value):
    """One entry under `data:`."""
    if isinstance(value, str):
        return f"  {name}: {value}"
    if isinstance(value, list) and value and isinstance(value[0], list):
        rows = "\n".join("    - " + flow_list(row, 6) for row in value)
        return f"  {name}:\n{rows}"
    if isinstance(value, list):
        return f"  {name}: " + flow_list(value, 4 + len(name))
    return f"  {name}: {number(value)}"


def generated(spec):
    """A catalogue generator as a constant expression."""
    kind = spec["gen"]
    if kind == "sqdiff":
        return f"outer({spec['x']}, {spec['y']}, (s, t) -> (s - t)^2)"
    if kind == "absdiff":
        return f"outer({spec['x']}, {spec['y']}, (s, t) -> abs(s - t))"
    if kind == "linspace":
        last = mpf(number(spec["start"])) + (spec["n"] - 1) * mpf(number(spec["step"]))
        return f"range({number(spec['start'])}, {mp.nstr(last, 17, strip_zeros=True)}, points={spec['n']})".replace(
            ".0,", ","
        )
    if kind == "gauss_weights":
        mean, sd = number(spec["mean"]), number(spec["sd"])
        centred = spec["x"] if mean == "0" else f"({spec['x']} - {mean})"
        bell = f"exp(-{centred}^2 / 2)" if sd == "1" else f"exp(-{centred}^2 / (2 * {sd}^2))"
        return f"{bell} / sum({bell})"
    raise KeyError(kind)


def monomials(case, spec):
    points = case["data"][spec["x"]]
    return [[x**k for k in range(spec["degree"] + 1)] for x in points]
