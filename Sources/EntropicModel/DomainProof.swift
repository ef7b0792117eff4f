import EntropicNumerics

extension Program {
  /// A proof that the objective, or the left side of a convex constraint, is +inf on the whole set, from data alone: a
  /// zero row under a logarithm, a forced zero under a logarithm, a null vector of every information matrix.
  public func domainProof() -> InfeasibilityProof? {
    if let reason = emptyDomain(objective) {
      return .domain("the objective is infinite everywhere: \(reason)")
    }
    for constraint in convex {
      if let reason = emptyDomain(constraint.functional) {
        return .domain("the left side of \(constraint.name) is infinite everywhere: \(reason)")
      }
    }
    return nil
  }

  private func emptyDomain(_ f: Functional) -> String? {
    if !f.barrier.isEmpty,
      let i = f.barrier.indices.first(where: { f.barrier[$0] > 0 && layout.upper[$0] <= 0 })
    {
      return "the logarithm of mass \(i + 1), which must be 0"
    }
    for term in f.powers where term.exponent < 0 {
      if let i = term.weights.indices.first(where: { term.weights[$0] > 0 && layout.upper[$0] <= 0 }) {
        return "a negative power of mass \(i + 1), which must be 0"
      }
    }
    for term in f.composites {
      if case .log(let weights) = term.outer {
        for j in weights.indices where weights[j] > 0 && term.offset[j] <= 0 {
          var reach = false
          term.map.forEachEntry(ofRow: j) { if $1 > 0, layout.upper[$0] > 0 { reach = true } }
          if !reach { return "row \(j + 1) under the logarithm has no positive entry" }
        }
      }
    }
    for term in f.information where term.kind != .negativeSmallestEigenvalue {
      if let direction = term.nullVector(layout) {
        let text = direction.map { "\(($0 * 1e6).rounded() / 1e6)" }.joined(separator: ", ")
        return "every information matrix is singular along (\(text))"
      }
    }
    return nil
  }
}

extension InformationTerm {
  /// A vector v with v . x_i = 0 up to rounding for every usable row, and M0 v = 0.
  fileprivate func nullVector(_ layout: Layout) -> [Double]? {
    let d = regressors.columns
    let usable = (0..<regressors.rows).filter { scale[$0] > 0 && layout.upper[first + $0] > 0 }
    var m = Matrix(rows: d, columns: d, repeating: 0)
    for i in usable {
      for a in 0..<d { for b in 0..<d { m[a, b] += regressors[i, a] * regressors[i, b] } }
    }
    if let base { for k in m.elements.indices { m.elements[k] += base.elements[k] } }
    guard let eigen = SymmetricEigen(m), let top = eigen.values.last, eigen.values[0] <= 1e-13 * max(top, 0)
    else {
      return nil
    }
    let v = (0..<d).map { eigen.vectors[$0, 0] }
    let tolerance = 256 * Double(d) * 0x1p-53
    for i in usable {
      var s = 0.0
      var size = 0.0
      for a in 0..<d {
        s += regressors[i, a] * v[a]
        size += abs(regressors[i, a])
      }
      if abs(s) > tolerance * size { return nil }
    }
    if let base {
      let image = base.times(v)
      let size = base.elements.reduce(0) { max($0, abs($1)) }
      if image.contains(where: { abs($0) > tolerance * size }) { return nil }
    }
    return v
  }
}
