import EntropicFamilies
import EntropicModel
import EntropicNumerics

extension Report {
  /// A law on the line in a report: the member of a family, or a Gibbs law with its multipliers.
  package struct ContinuousLaw: Sendable {
    package var name: String
    /// The family; nil for a law without a name.
    package var family: String?
    package var parameters: [(name: String, value: Double)] = []
    package var standardErrors: [Double]?
    package var interval: (from: Double, to: Double)
    package var mean: Double
    package var variance: Double
    package var entropy: Double
    /// Of a law of several variables: its mean and covariance.
    package var vectorMean: [Double]?
    package var covariance: Matrix?
    /// log Z of a Gibbs law: log density = -(cost + sum multipliers f) / temperature - log Z.
    package var logNormaliser: Double?
  }

  /// The report of a run over a law of a family or a free law.
  package init(_ outcome: LawProblem.Outcome, of problem: LawProblem, named name: String) {
    let codes: [LawProblem.Outcome.Status: Int] = [
      .optimal: 0, .estimated: 13, .infeasible: 10, .unbounded: 11, .local: 12, .limit: 20, .stalled: 22,
      .unsuitable: 22,
    ]
    self.init(status: outcome.status.rawValue, exitCode: codes[outcome.status] ?? 22)
    var record = RunRecord()
    record.methods = outcome.method.isEmpty ? [] : [outcome.method]
    record.iterations = outcome.iterations
    record.evaluations = outcome.iterations
    record.why = Report.why(problem)
    self.record = record
    objective = Objective(
      sense: problem.isMaximised ? .maximize : .minimize, value: outcome.value, lower: outcome.lower,
      upper: outcome.upper, dataUncertainty: outcome.dataUncertainty)
    residual = outcome.residual
    switch outcome.status {
    case .infeasible:
      reason = outcome.multipliers.isEmpty ? "domain" : "multipliers"
      proof = .words(level: reason ?? "", outcome.explanation, multipliers: outcome.multipliers)
    case .unbounded:
      reason = "ray"
      proof = .words(level: "ray", outcome.explanation, multipliers: [])
    case .optimal: proof = .words(level: "numerical", outcome.explanation, multipliers: outcome.multipliers)
    case .estimated: proof = .words(level: "statistical", outcome.explanation, multipliers: [])
    case .local: proof = .words(level: "stationarity", outcome.explanation, multipliers: [])
    case .limit: reason = "interrupted"
    case .stalled, .unsuitable:
      reason = outcome.explanation == "precision" ? "precision" : "progress"
      proof = .words(level: "none", outcome.explanation, multipliers: [])
    }
    if let law = Report.law(outcome, of: problem, named: name) { continuous = [law] }
    if outcome.value != nil {
      constraints = problem.constraints.indices.map { k in
        let constraint = problem.constraints[k]
        let value = outcome.means.indices.contains(k) ? outcome.means[k] : .nan
        let miss: Double
        switch constraint.relation {
        case .equal: miss = abs(value - constraint.bound)
        case .atMost: miss = max(value - constraint.bound, 0)
        case .atLeast: miss = max(constraint.bound - value, 0)
        }
        return ConstraintReport(
          name: constraint.name, relation: Report.relation(constraint.relation), isScalar: true,
          value: [value],
          bound: [constraint.bound], violation: miss,
          multiplier: [outcome.multipliers.indices.contains(k) ? outcome.multipliers[k] : 0])
      }
    }
  }

  private static func relation(_ relation: MaximumEntropy.Relation) -> Constraint.Relation {
    switch relation {
    case .equal: .equal
    case .atMost: .atMost
    case .atLeast: .atLeast
    }
  }

  /// How a problem over laws is solved, and why.
  package static func why(_ problem: LawProblem) -> String {
    switch problem.unknown {
    case .normal:
      "variational: the normal law of several variables that minimises an expectation minus its entropy"
    case .free:
      "dual-newton: the optimum over all laws on the interval is a Gibbs law with one multiplier a constraint"
    case .family(let family, _):
      "\(family.name): the means of sufficient statistics where the objective is convex in natural parameters, "
        + "otherwise Newton's method over the parameters"
    }
  }

  private static func law(
    _ outcome: LawProblem.Outcome, of problem: LawProblem, named name: String
  ) -> ContinuousLaw? {
    if let vector = outcome.vector {
      var law = ContinuousLaw(
        name: name, family: "normal", interval: (-.infinity, .infinity), mean: .nan, variance: .nan,
        entropy: vector.entropy.value)
      law.vectorMean = vector.mean
      law.covariance = vector.covariance.matrix
      return law
    }
    if let gibbs = outcome.gibbs {
      let mean = gibbs.expectation(PointFunction("x", pointwise: { $0 }))
      let variance = gibbs.expectation(PointFunction("x", pointwise: { ($0 - mean) * ($0 - mean) }))
      var law = ContinuousLaw(
        name: name, interval: (gibbs.from, gibbs.to), mean: mean, variance: variance, entropy: gibbs.entropy,
        logNormaliser: gibbs.logNormaliser)
      if let member = outcome.member {
        law.family = member.family.name
        law.parameters = zip(member.family.parameters, member.parameters).map { ($0.name, $1) }
      }
      return law
    }
    guard let member = outcome.member, let found = try? member.family.law(member.parameters) else {
      return nil
    }
    return ContinuousLaw(
      name: name, family: member.family.name,
      parameters: zip(member.family.parameters, member.parameters).map { ($0.name, $1) },
      standardErrors: outcome.standardErrors, interval: (found.support.lower, found.support.upper),
      mean: found.mean, variance: found.variance, entropy: found.entropy.value)
  }
}

extension Report.ContinuousLaw {
  var document: DocumentValue {
    if let vectorMean, let covariance {
      return .object([
        "kind": .text("normal"),
        "parameters": .object([
          .init(key: "mean", value: .numbers(vectorMean)),
          .init(
            key: "covariance",
            value: .array(covariance.elements, shape: [covariance.rows, covariance.columns])),
        ]),
        "standard_deviations": .numbers(deviations),
        "entropy": .optional(finite(entropy)),
      ])
    }
    return .object([
      "kind": .text(family ?? "law"),
      "interval": .list([.optional(finite(interval.from)), .optional(finite(interval.to))]),
      "parameters": parameters.isEmpty
        ? nil : .object(parameters.map { .init(key: $0.name, value: .number($0.value)) }),
      "standard_errors": standardErrors.map { errors in
        .object(zip(parameters, errors).map { .init(key: $0.name, value: .number($1)) })
      },
      "mean": .optional(finite(mean)),
      "variance": .optional(finite(variance)),
      "entropy": .optional(finite(entropy)),
      "log_normaliser": logNormaliser.map { .number($0) },
    ])
  }

  private var deviations: [Double] {
    guard let covariance else { return [] }
    return (0..<covariance.rows).map { covariance[$0, $0].squareRoot() }
  }

  private func finite(_ x: Double) -> Double? { x.isFinite ? x : nil }

  /// The law for people.
  var lines: [String] {
    if let vectorMean {
      var lines = ["\(Diagnostic.escaped(name)), a normal law of \(vectorMean.count) variables"]
      for (k, (mean, deviation)) in zip(vectorMean, deviations).enumerated() where k < 24 {
        lines.append(
          "  \(LawText.padded("\(k + 1)", to: 3))  mean \(NumberText.short(mean, digits: 9))   standard deviation "
            + NumberText.short(deviation, digits: 6))
      }
      if vectorMean.count > 24 { lines.append("  ... and \(vectorMean.count - 24) more") }
      return lines + ["  entropy \(NumberText.short(entropy, digits: 9))"]
    }
    func end(_ x: Double) -> String { x.isFinite ? NumberText.short(x) : x > 0 ? "inf" : "-inf" }
    var lines = [
      "\(Diagnostic.escaped(name)), a law on [\(end(interval.from)), \(end(interval.to))]"
        + (family.map { ": \($0.split(separator: "_").joined(separator: " "))" } ?? "")
    ]
    let width = parameters.map(\.name.count).max() ?? 0
    for (k, parameter) in parameters.enumerated() {
      var text =
        "  \(LawText.padded(parameter.name, to: width))  \(NumberText.short(parameter.value, digits: 12))"
      if let errors = standardErrors, errors.indices.contains(k), errors[k] > 0 {
        text += "   standard error \(NumberText.short(errors[k], digits: 4))"
      }
      lines.append(text)
    }
    lines.append(
      "  mean \(NumberText.short(mean, digits: 9)), variance \(NumberText.short(variance, digits: 9)), "
        + "entropy \(NumberText.short(entropy, digits: 9))")
    return lines
  }
}
