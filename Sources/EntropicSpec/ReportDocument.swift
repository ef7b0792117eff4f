import EntropicModel
import EntropicNumerics
import EntropicSolvers

extension Report {
  /// The report as a tree with a fixed order of keys; `run` is last.
  ///
  /// Probabilities are written whole up to `denseLimit` masses. A law with few positive masses also lists
  /// their places (`support`, counted from 1 in flat order); beyond the limit a sparse law lists only those
  /// masses.
  package var document: DocumentValue {
    .object([
      "status": .text(status),
      "reason": .optional(reason),
      "exit_code": .integer(exitCode),
      "title": title.map { .text($0) },
      "objective": objective?.document,
      "unknowns": laws.isEmpty && continuous.isEmpty
        ? nil
        : .object(
          laws.map { .init(key: $0.name, value: $0.document) }
            + continuous.map { .init(key: $0.name, value: $0.document) }),
      "flow": flow?.document,
      "constraints": objective == nil ? nil : Report.document(of: constraints),
      "certificate": objective == nil ? nil : certificateDocument,
      "residual": residual.map { .number($0) },
      "conflict": conflict?.document,
      "sensitivity": sensitivity.map { .object($0.map { .init(key: $0.name, value: $0.document) }) },
      "flags": objective == nil ? nil : .list(flags.map { .text($0.rawValue) }),
      "boundary": boundary?.document,
      "method": record.map { .optional($0.methods.last) },
      "methods": record.flatMap { $0.methods.count > 1 ? .list($0.methods.map { .text($0) }) : nil },
      "why": record.map { .text($0.why) },
      "notes": record.flatMap { $0.notes.isEmpty ? nil : .list($0.notes.map { .text($0) }) },
      "iterations": record.map { .integer($0.iterations) },
      "evaluations": record.map { .integer($0.evaluations) },
      "tolerance": tolerance.map {
        .object(["relative": .number($0.relative), "absolute": .optional($0.absolute)])
      },
      "seed": seed.map { Int(exactly: $0).map { .integer($0) } ?? .text("\($0)") },
      "diagnostics": .list(diagnostics.map(\.document)),
      "omitted_errors": omitted > 0 ? .integer(omitted) : nil,
      "provenance": provenance?.document,
      "run": run.document,
    ])
  }

  static let denseLimit = 100_000

  private var certificateDocument: DocumentValue {
    switch proof {
    case .none: return .null
    case .bound(let certificate, let evidence):
      return .object([
        "level": .text(certificate.level.rawValue),
        "confidence": certificate.confidence.map { .number($0) },
        "feasible": .bool(certificate.isFeasible),
        "evidence": evidence.document,
      ])
    case .contradiction(let evidence, let bound, let names):
      return .object([
        "level": .text("multipliers"),
        "bound": .number(bound),
        "contradiction": .list(names.map { .text($0) }),
        "evidence": evidence.document,
      ])
    case .domain(let text):
      return .object(["level": .text("domain"), "explanation": .text(text), "evidence": .null])
    case .words(let level, let text, let multipliers):
      return .object([
        "level": .text(level), "explanation": .text(text),
        "evidence": multipliers.isEmpty ? .null : .object(["multipliers": .numbers(multipliers)]),
      ])
    case .infiniteValue:
      return .object([
        "level": .text("infinite-value"),
        "explanation": .text(
          "the objective is infinitely good at the point under 'unknowns', which is feasible"),
        "evidence": .null,
      ])
    }
  }

  private static func document(of constraints: [ConstraintReport]) -> DocumentValue {
    .object(
      zip(keys(of: constraints), constraints).map { key, constraint in
        .init(key: key, value: constraint.document)
      })
  }

  /// The names under which constraints stand: a second one of a name gets a number.
  static func keys(of constraints: [ConstraintReport]) -> [String] {
    var seen: [String: Int] = [:]
    return constraints.map { constraint in
      let count = seen[constraint.name, default: 0] + 1
      seen[constraint.name] = count
      return count == 1 ? constraint.name : "\(constraint.name) (\(count))"
    }
  }
}

extension Report.Objective {
  fileprivate var document: DocumentValue {
    .object([
      "sense": .text(sense.rawValue),
      "value": .optional(value),
      "lower": .optional(lower),
      "upper": .optional(upper),
      "gap": .optional(gap),
      "relative_gap": .optional(relativeGap),
      "data_uncertainty": .optional(dataUncertainty),
    ])
  }
}

extension Report.Law {
  /// Masses below it also get their logarithm, which keeps its relative precision there, and is known where
  /// the mass itself underflows to 0.
  private static var smallest: Double { 1e-300 }

  fileprivate var document: DocumentValue {
    let support = masses.indices.filter { masses[$0] > 0 }
    let isSparse = masses.count > 50 && 4 * support.count <= masses.count
    let isCompact = isSparse && masses.count > Report.denseLimit
    let listed = isCompact ? support.map { masses[$0] } : masses
    var logs: DocumentValue?
    let known = logarithms ?? masses.map { $0 > 0 ? Kernel.log($0) : -.infinity }
    if masses.indices.contains(where: { masses[$0] < Report.Law.smallest && known[$0] > -.infinity }) {
      logs = isCompact ? .numbers(support.map { known[$0] }) : .array(known, shape: shape)
    }
    return .object([
      "kind": .text(kind.rawValue),
      "shape": .list(shape.map { .integer($0) }),
      "total": mass == 1 ? nil : .number(mass),
      "labels": labelsDocument,
      "probabilities": isCompact ? .numbers(listed) : .array(listed, shape: shape),
      "log_probabilities": logs,
      "support": isSparse ? .list(support.map { .integer($0 + 1) }) : nil,
    ])
  }

  private var labelsDocument: DocumentValue? {
    if labels.allSatisfy(\.isEmpty) { return nil }
    let lists = labels.map { DocumentValue.list($0.map { .text($0) }) }
    return lists.count == 1 ? lists[0] : .list(lists)
  }
}

extension ConstraintReport {
  fileprivate var document: DocumentValue {
    func entry(_ values: [Double]) -> DocumentValue {
      isScalar ? .optional(values.first) : .numbers(values)
    }
    // A ratio without a denominator has no value.
    var found = entry(value)
    if !vacuous.isEmpty {
      let gone = Set(vacuous)
      let list = value.indices.map { gone.contains($0) ? DocumentValue.null : .number(value[$0]) }
      found = isScalar ? .null : .list(list)
    }
    return .object([
      "relation": .text(relation.rawValue),
      "value": found,
      "bound": entry(bound),
      "violation": .number(violation),
      "residual": penalty == nil ? nil : entry(zip(value, bound).map { $0 - $1 }),
      "penalty": penalty.map { .number($0) },
      "multiplier": entry(multiplier),
      "vacuous": vacuous.isEmpty
        ? nil : (isScalar ? .bool(true) : .list(vacuous.map { .integer($0 + 1) })),
    ])
  }
}

extension Evidence {
  /// Multipliers in the order of the canonical program, with the signs of its Lagrangian (a minimisation);
  /// one that is infinite is null, and counts for nothing.
  var document: DocumentValue {
    func slopes(_ list: [[Double]?]) -> DocumentValue { .list(list.map { $0.map { .numbers($0) } ?? .null }) }
    let hasSlopes = objectiveSlopes.contains { $0 != nil }
    let hasConstraintSlopes = constraintSlopes.contains { $0.contains { $0 != nil } }
    let hasMaxima = maximumWeights.contains { $0 != nil }
    let hasConstraintMaxima = constraintMaximumWeights.contains { $0.contains { $0 != nil } }
    let hasSpectral = spectral.contains { $0 != nil }
    let hasConstraintSpectral = constraintSpectral.contains { $0.contains { $0 != nil } }
    return .object([
      "equality": .numbers(equality),
      "inequality": .numbers(inequality),
      "convex": .numbers(convex),
      "objective_slopes": hasSlopes ? slopes(objectiveSlopes) : nil,
      "constraint_slopes": hasConstraintSlopes ? .list(constraintSlopes.map(slopes)) : nil,
      "tangent": tangent.map { .numbers($0) },
      "spectral": hasSpectral ? slopes(spectral) : nil,
      "constraint_spectral": hasConstraintSpectral ? .list(constraintSpectral.map(slopes)) : nil,
      "maximum_weights": hasMaxima ? slopes(maximumWeights) : nil,
      "constraint_maximum_weights": hasConstraintMaxima ? .list(constraintMaximumWeights.map(slopes)) : nil,
      "domain": domain.isEmpty ? nil : .numbers(domain),
    ])
  }
}

extension Diagnostic {
  package var document: DocumentValue {
    .object([
      "code": .text(code.rawValue),
      "severity": .text(severity.rawValue),
      "file": .text(file),
      "line": line.map { .integer($0) } ?? .null,
      "column": column.map { .integer($0) } ?? .null,
      "message": .text(message),
      "hint": .optional(hint),
    ])
  }
}

extension Report.Run {
  package var document: DocumentValue {
    .object([
      "seconds": .number(seconds),
      "peak_memory": peakMemory.map { .integer($0) },
      "threads": threads.map { .integer($0) },
      "trace": trace.map { .list($0.map(\.document)) },
    ])
  }
}

extension Progress {
  fileprivate var document: DocumentValue {
    .object([
      "method": .text(method), "iteration": .integer(iteration), "gap": .number(gap),
      "seconds": .number(seconds),
    ])
  }
}
