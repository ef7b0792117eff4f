import Entropic
import EntropicSpec

/// The structure of a problem in words: unknowns, the terms of the objective, the constraints.
struct ProgramSummary {
  /// One term with its curvature in the user's sense.
  struct Term {
    var name: String
    var curvature: String
  }
  struct Row {
    var name: String
    var relation: String
    var curvature: String
    var count: Int
  }
  let sense: Sense
  let unknowns: [(name: String, kind: String, shape: [Int])]
  let terms: [Term]
  let rows: [Row]
  let isConvex: Bool

  init(_ problem: Problem) {
    let program = problem.program
    sense = problem.sense
    unknowns = program.layout.blocks.map { ($0.name, $0.kind.rawValue, $0.shape) }
    isConvex = program.isConvex
    terms = ProgramSummary.terms(program.objective, problem)
    rows = problem.constraints.map { constraint in
      var curvature = "affine"
      switch constraint.elements.first?.place {
      case .convex: curvature = constraint.relation == .atLeast ? "concave on the left" : "convex on the left"
      case .upper, .lower: curvature = "bound"
      case .constant: curvature = "constant"
      default: break
      }
      if let soft = constraint.soft {
        return Row(
          name: constraint.name, relation: constraint.relation.rawValue, curvature: "penalty",
          count: soft.count)
      }
      return Row(
        name: constraint.name, relation: constraint.relation.rawValue, curvature: curvature,
        count: constraint.elements.count)
    }
  }

  /// The parts of the canonical objective; a maximised objective has them with the other sign.
  private static func terms(_ f: Functional, _ problem: Problem) -> [Term] {
    let turned = problem.transform.isIncreasing ? "convex" : "concave"
    var terms: [Term] = []
    let coefficients = f.linear.count { $0 != 0 }
    if coefficients > 0 {
      terms.append(Term(name: "linear, \(coefficients) coefficients", curvature: "linear"))
    }
    if f.entropic.contains(where: { $0 != 0 }) {
      terms.append(Term(name: "entropy, \(f.entropic.count { $0 != 0 }) masses", curvature: turned))
    }
    if f.barrier.contains(where: { $0 != 0 }) {
      terms.append(Term(name: "logarithm of \(f.barrier.count { $0 != 0 }) masses", curvature: turned))
    }
    for power in f.powers {
      terms.append(Term(name: "power \(NumberText.short(power.exponent)) of the masses", curvature: turned))
    }
    for composite in f.composites {
      terms.append(
        Term(name: "\(name(of: composite.outer)) of \(composite.map.rows) affine forms", curvature: turned))
    }
    if !f.conditionals.isEmpty {
      terms.append(Term(name: "conditional entropy, \(f.conditionals.count) groups", curvature: turned))
    }
    for term in f.information {
      terms.append(Term(name: "\(term.kind.rawValue) of an information matrix", curvature: turned))
    }
    for function in f.smooth {
      terms.append(
        Term(name: function.name, curvature: function.isConvex ? turned : "not convex by the rules"))
    }
    return terms
  }

  private static func name(of outer: Outer) -> String {
    switch outer {
    case .log: "logarithm"
    case .entropy: "entropy"
    case .relativeEntropy: "relative entropy"
    case .power(let a, _): "power \(NumberText.short(a))"
    case .perspective(let a, _): "perspective of power \(NumberText.short(a))"
    case .positiveSquare: "square of the positive part"
    case .absolute: "absolute value"
    case .maximum(let caps): caps == nil ? "maximum" : "tail mean"
    case .logSumExp: "log-sum-exp"
    case .exponential: "exponential"
    case .norm: "Euclidean norm"
    case .quadratic: "quadratic form"
    }
  }

  var document: DocumentValue {
    .object([
      "sense": .text(sense.rawValue),
      "convex": .bool(isConvex),
      "unknowns": .object(
        unknowns.map {
          .init(
            key: $0.name,
            value: .object(["kind": .text($0.kind), "shape": .list($0.shape.map { .integer($0) })]))
        }),
      "terms": .list(terms.map { .object(["term": .text($0.name), "curvature": .text($0.curvature)]) }),
      "constraints": .list(
        rows.map {
          .object([
            "name": .text($0.name), "relation": .text($0.relation), "curvature": .text($0.curvature),
            "count": .integer($0.count),
          ])
        }),
    ])
  }

  var lines: [String] {
    var lines = unknowns.map { name, kind, shape in
      let size = shape.map { "\($0)" }.joined(separator: " x ")
      return "unknown     \(Diagnostic.escaped(name)): \(kind) of \(size) outcomes"
    }
    lines.append("objective   \(sense.rawValue)" + (terms.isEmpty ? " a constant" : ""))
    lines += terms.map { "  \($0.curvature): \($0.name)" }
    if !rows.isEmpty { lines.append("subject to") }
    lines += rows.prefix(40).map { row in
      "  \(Diagnostic.escaped(row.name)): \(row.curvature), \(row.relation)"
        + (row.count == 1 ? "" : ", \(row.count) entries")
    }
    if rows.count > 40 { lines.append("  ... and \(rows.count - 40) more") }
    return lines
  }
}
