import EntropicNumerics

/// A Hessian as it comes from the structure of a functional:
///
///     H = diag(d) + sum_b K_b' diag(w_b) K_b + sum_c D_c
///
/// with maps K_b (weights of either sign) and dense blocks D_c. Whoever factorises it chooses between dense
/// assembly and low-rank formulas.
public struct HessianParts: Sendable {
  public var diagonal: [Double]
  public var lowRank: [(map: LinearMap, weights: [Double])] = []
  /// Dense symmetric blocks that start at entry `first`.
  public var dense: [(first: Int, matrix: Matrix)] = []

  public init(count: Int) { diagonal = [Double](repeating: 0, count: count) }

  /// Total number of rank-one terms; dense blocks count as their size.
  public var rank: Int {
    lowRank.reduce(0) { $0 + $1.map.rows } + dense.reduce(0) { $0 + $1.matrix.rows }
  }

  /// H as a dense matrix.
  public func assembled() -> Matrix {
    let n = diagonal.count
    var h = Matrix(rows: n, columns: n, repeating: 0)
    for (map, weights) in lowRank {
      switch map {
      case .dense(let k, let first, _):
        let block = k.gram(weights: weights)
        Self.add(block, at: first, to: &h)
      case .sparse(let s):
        for r in 0..<s.rows where weights[r] != 0 {
          for a in s.rowStart[r]..<s.rowStart[r + 1] {
            let left = weights[r] * s.value[a]
            let base = s.column[a] * n
            for b in s.rowStart[r]..<s.rowStart[r + 1] {
              h.elements[base + s.column[b]] += left * s.value[b]
            }
          }
        }
      }
    }
    for (first, block) in dense { Self.add(block, at: first, to: &h) }
    for i in 0..<n { h.elements[i * n + i] += diagonal[i] }
    return h
  }

  /// H v
  public func apply(_ v: [Double]) -> [Double] {
    var out = zip(diagonal, v).map { $0 * $1 }
    for (map, weights) in lowRank {
      var image = map.apply(v)
      for j in image.indices { image[j] *= weights[j] }
      map.addTransposed(image, to: &out)
    }
    for (first, block) in dense {
      let image = block.times(Array(v[first..<first + block.rows]))
      for i in image.indices { out[first + i] += image[i] }
    }
    return out
  }

  private static func add(_ block: Matrix, at first: Int, to h: inout Matrix) {
    let n = h.columns
    for i in 0..<block.rows {
      for j in 0..<block.columns {
        h.elements[(first + i) * n + first + j] += block.elements[i * block.columns + j]
      }
    }
  }
}

extension Functional {
  /// Adds `weight` times the Hessian of the functional at an interior point.
  ///
  /// Functions of the user have no Hessian and kinks have none either: epigraph variables stand for the
  /// non-smooth composites in the interior point, so they are skipped here.
  public func addHessian(at p: [Double], weight: Double = 1, to parts: inout HessianParts) {
    for i in 0..<count {
      var d = 0.0
      if !entropic.isEmpty, entropic[i] != 0 { d += entropic[i] / p[i] }
      if !barrier.isEmpty, barrier[i] != 0 { d += barrier[i] / (p[i] * p[i]) }
      for term in powers where term.weights[i] != 0 {
        d += Scalar.powerCurvature(term.exponent, term.weights[i], p[i])
      }
      parts.diagonal[i] += weight * d
    }
    for term in composites where term.outer.isSmooth {
      term.addHessian(at: p, weight: weight, to: &parts)
    }
    for term in conditionals { term.addHessian(at: p, weight: weight, to: &parts) }
    for term in information { term.addHessian(at: p, weight: weight, to: &parts) }
  }
}

extension Composite {
  func addHessian(at p: [Double], weight: Double, to parts: inout HessianParts) {
    let u = image(p)
    let scale = weight * self.weight
    if let curvature = outer.diagonalCurvature(at: u) {
      parts.lowRank.append((map, curvature.map { $0 * scale }))
      return
    }
    switch outer {
    case .relativeEntropy(let w):
      addPairs(w.count, u: u, parts: &parts) { j in scale * w[j] / u[j] }
    case .perspective(let a, let w):
      addPairs(w.count, u: u, parts: &parts) { j in
        scale * Scalar.powerCurvature(a, w[j], u[j] / u[w.count + j]) / u[w.count + j]
      }
    case .logSumExp:
      let s = outer.slope(at: u)
      parts.lowRank.append((map, s.map { $0 * scale }))
      var row = [Double](repeating: 0, count: map.columns)
      map.addTransposed(s, to: &row)
      parts.lowRank.append(
        (
          .dense(
            Matrix(rows: 1, columns: map.columns, elements: row), firstColumn: 0,
            columns: map.columns), [-scale]
        ))
    case .quadratic(let q, _):
      // The map of a quadratic form is the identity on a range of masses.
      var first = 0
      map.forEachEntry(ofRow: 0) { column, value in if value != 0 { first = column } }
      var block = q
      for k in block.elements.indices { block.elements[k] *= 2 * scale }
      parts.dense.append((first, block))
    default: break
    }
  }

  /// Homogeneous pairs f(u, v): the Hessian is c (du - (u / v) dv)^2, one rank a pair.
  private func addPairs(
    _ m: Int, u: [Double], parts: inout HessianParts, curvature: (Int) -> Double
  ) {
    var rows: [SparseRow] = []
    var weights: [Double] = []
    for j in 0..<m {
      var row: SparseRow = []
      map.forEachEntry(ofRow: j) { if $1 != 0 { row.append(($0, $1)) } }
      // A pair whose first or second part is 0 for good is a constant.
      let isGone = u[j] == 0 && row.isEmpty
      let ratio = u[j] / u[m + j]
      var second: SparseRow = []
      map.forEachEntry(ofRow: m + j) { if $1 != 0 { second.append(($0, -ratio * $1)) } }
      if isGone || (u[m + j] == 0 && second.isEmpty) { continue }
      row += second
      rows.append(row)
      weights.append(curvature(j))
    }
    if rows.isEmpty { return }
    parts.lowRank.append((.sparse(SparseMatrix(columns: map.columns, rows: rows)), weights))
  }
}

extension ConditionalEntropy {
  func addHessian(at p: [Double], weight: Double, to parts: inout HessianParts) {
    let v = sums(p)
    for j in 0..<map.rows {
      for k in map.rowStart[j]..<map.rowStart[j + 1] {
        parts.diagonal[map.column[k]] += weight * self.weight[j] * map.value[k] / p[map.column[k]]
      }
    }
    parts.lowRank.append(
      (
        .sparse(map), (0..<map.rows).map { -weight * self.weight[$0] / v[$0] }
      ))
  }
}

extension InformationTerm {
  func addHessian(at p: [Double], weight: Double, to parts: inout HessianParts) {
    guard kind != .negativeSmallestEigenvalue, let factor = Cholesky(matrix(p)) else { return }
    let n = regressors.rows
    let d = regressors.columns
    let scale = weight * self.weight
    let y = factor.solveLower(columnsOf: regressors.transposed()).transposed()
    switch kind {
    case .negativeLogDeterminant:
      let rank = d * (d + 1) / 2
      if rank < n {
        // s_i s_j (y_i . y_j)^2 = <svec(y_i y_i'), svec(y_j y_j')>
        var features = Matrix(rows: rank, columns: n, repeating: 0)
        for i in 0..<n {
          var r = 0
          for a in 0..<d {
            for b in a..<d {
              let factor = a == b ? 1.0 : 2.0.squareRoot()
              features.elements[r * n + i] = self.scale[i] * factor * y[i, a] * y[i, b]
              r += 1
            }
          }
        }
        parts.lowRank.append(
          (
            .dense(features, firstColumn: first, columns: parts.diagonal.count),
            [Double](repeating: scale, count: rank)
          ))
      } else {
        var gram = y.rowGram(weights: nil)
        for i in 0..<n {
          for j in 0..<n {
            let g = gram.elements[i * n + j]
            gram.elements[i * n + j] = scale * self.scale[i] * self.scale[j] * g * g
          }
        }
        parts.dense.append((first, gram))
      }
    case .traceInverse:
      let z = factor.solve(columnsOf: regressors.transposed()).transposed()
      let inner = y.rowGram(weights: nil)
      var block = z.rowGram(weights: nil)
      for i in 0..<n {
        for j in 0..<n {
          block.elements[i * n + j] *= 2 * scale * self.scale[i] * self.scale[j] * inner.elements[i * n + j]
        }
      }
      parts.dense.append((first, block))
    case .negativeSmallestEigenvalue: break
    }
  }
}
