import EntropicNumerics

/// Functions of several rows: pairs, kinks, matrices, and convexity by composition.
extension Resolution {
  mutating func resolvePerspectives() throws(ProblemError) {
    for (exponent, group) in terms.perspectives {
      let sign = Outer.sign(exponent)
      let kept = group.weights.indices.filter { group.weights[$0] != 0 }
      guard kept.allSatisfy({ group.weights[$0] * sign > 0 }) else {
        throw guilty(group.node, "not convex: a product of powers of the wrong sign")
      }
      for j in kept {
        let nonnegative = [group.first.row(j), group.second.row(j)].allSatisfy { row in
          row.offset >= 0 && row.entries.allSatisfy { $0.value >= 0 }
        }
        guard nonnegative else {
          throw guilty(group.node, "not known to be convex: a quotient whose parts may be negative")
        }
      }
      let u = group.first.picked(kept, columns: count)
      let v = group.second.picked(kept, columns: count)
      let rows = kept.indices.map { u.entries($0) } + kept.indices.map { v.entries($0) }
      functional.composites.append(
        Composite(
          outer: .perspective(exponent, kept.map { group.weights[$0] * sign }),
          map: .from(rows: rows, columns: count), offset: u.offset + v.offset))
    }
  }

  mutating func resolveOuters() throws(ProblemError) {
    for term in terms.outers where term.weight != 0 {
      guard term.weight > 0 else {
        throw guilty(term.node, "not convex: a convex function of the wrong sign")
      }
      functional.composites.append(
        Composite(
          weight: term.weight, outer: term.outer, map: term.form.linearMap(columns: count),
          offset: term.form.offset))
    }
  }

  mutating func resolveInformation() throws(ProblemError) {
    for part in terms.information where part.weight != 0 {
      guard part.weight > 0 else {
        throw guilty(part.node, "not convex: a matrix function of the wrong sign")
      }
      guard let image = InformationImage(part.argument, kind: part.kind, in: parts) else {
        throw guilty(
          part.node, "not known to be convex: a matrix that is not a sum of information matrices",
          hint: "write it with information_matrix(p, X) and constants; a covariance may stand in logdet")
      }
      functional.information.append(
        InformationTerm(
          weight: part.weight, kind: part.kind, regressors: image.regressors, scale: image.scale,
          first: image.first, base: image.base))
    }
  }

  /// Scalars without canonical form: convex by composition, or refused.
  mutating func resolveOthers() throws(ProblemError) {
    for (weight, node, origin) in terms.others where weight != 0 {
      if weight > 0, let term = try maximum(node, weight, origin) {
        functional.maxima.append(term)
        continue
      }
      var curvature = Curvature(parts, origin: origin)
      let shape = curvature.of(node)
      guard (weight > 0 && shape.isConvex) || (weight < 0 && shape.isConcave) else {
        throw guilty(curvature.smallestGuilty(node, convex: weight > 0), "not convex by the rules")
      }
      functional.smooth.append(parts.smoothFunction(node, weight: weight))
    }
  }

  /// A maximum of scalars that are convex one by one.
  private func maximum(_ index: Int, _ weight: Double, _ origin: Int) throws(ProblemError) -> MaximumTerm? {
    let node = parts.nodes[index]
    var entries: [(node: Int, entry: Int)] = []
    switch node.operation {
    case .maximum:
      let inner = node.arguments[0]
      entries = (0..<parts.nodes[inner].count).map { (inner, $0) }
    case .maximumOf where node.count == 1: entries = node.arguments.map { ($0, 0) }
    default: return nil
    }
    guard entries.count <= parts.maximumShare else {
      throw ProblemError(
        .unsupported, "maxima inside each other multiply out to more than \(Parts.maximumLimit) functions",
        hint: "state inner maxima by constraints on unknowns of their own", node: origin)
    }
    let share = max(entries.count, 1)
    var functionals: [Functional] = []
    for (inner, entry) in entries {
      var own = Parts(graph: parts.graph, layout: parts.layout, firstEntry: parts.firstEntry)
      own.nodes = parts.nodes
      own.maximumShare = parts.maximumShare / share
      own.remainingProducts = max(parts.remainingProducts / share, 1000)
      own.add(inner, entry: entry, origin: parts.isWritten(inner) ? inner : origin)
      functionals.append(try Resolution.functional(of: own, fixed: fixed).functional)
    }
    return MaximumTerm(weight: weight, parts: functionals)
  }
}
