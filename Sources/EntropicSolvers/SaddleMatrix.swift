import EntropicModel
import EntropicNumerics

/// A vector of the saddle system: masses, rows, balances.
struct SaddleVector: Sendable {
  var mass: [Double]
  var row: [Double]
  var balance: [Double]

  var size: Double {
    max(SaddleResidual.largest(mass), SaddleResidual.largest(row), SaddleResidual.largest(balance))
  }
}

/// Curvature of the barrier on the multipliers: a symmetric positive semidefinite matrix with few entries.
struct DualCurvature: Sendable {
  var diagonal: [Double]
  var pairs: [(i: Int, j: Int, value: Double)] = []
  /// Dense blocks of the cones.
  var blocks: [(first: Int, matrix: Matrix)] = []

  init(_ form: SaddleForm, _ s: SaddlePoint, _ scalings: [ConeScaling]) {
    diagonal = [Double](repeating: 0, count: form.multipliers)
    for (k, f) in form.forms.enumerated() {
      let q = s.slack[k] / s.value[k]
      diagonal[f.i] += f.a * f.a * q
      if f.j >= 0 {
        diagonal[f.j] += f.b * f.b * q
        pairs.append((f.i, f.j, f.a * f.b * q))
      }
    }
    for (cone, scaling) in zip(form.cones, scalings) {
      let whole = scaling.operator
      let head = cone.kind == .ball ? 1 : 0
      let m = whole.rows - head
      var inner = Matrix(rows: m, columns: m, repeating: 0)
      for i in 0..<m {
        for j in 0..<m { inner.elements[i * m + j] = whole[head + i, head + j] }
      }
      blocks.append((cone.range.lowerBound, inner))
      if head == 1, let host = cone.host {
        diagonal[host] += cone.weight * cone.weight * whole[0, 0]
        for j in 0..<m { pairs.append((cone.range.lowerBound + j, host, cone.weight * whole[0, 1 + j])) }
      }
    }
  }

  func apply(_ d: [Double]) -> [Double] {
    var out = zip(diagonal, d).map { $0 * $1 }
    for (i, j, value) in pairs {
      out[i] += value * d[j]
      out[j] += value * d[i]
    }
    for (first, matrix) in blocks {
      let image = matrix.times(Array(d[first..<first + matrix.rows]))
      for i in image.indices { out[first + i] += image[i] }
    }
    return out
  }

  /// Calls `body(i, j, value)` for entries of the lower triangle; entries may repeat.
  func forEachLower(_ body: (Int, Int, Double) -> Void) {
    for i in diagonal.indices where diagonal[i] != 0 { body(i, i, diagonal[i]) }
    for (i, j, value) in pairs { body(max(i, j), min(i, j), value) }
    for (first, matrix) in blocks {
      for i in 0..<matrix.rows {
        for j in 0...i { body(first + i, first + j, matrix[i, j]) }
      }
    }
  }
}

/// The Newton system of the interior point,
///
///     [ H + Theta   B'      0  ] [ dp    ]
///     [ B          -Sigma   T  ] [ dbeta ]  =  right side,      Theta = z / (p - l) + v / (u - p),
///     [ 0           T'      0  ] [ dt    ]
///
/// factored once an iteration in one of two ways:
///
/// | way        | order of the factor    | cost                    | when                                  |
/// |------------|------------------------|-------------------------|---------------------------------------|
/// | whole      | n + rows + balances    | rank n^2 + order^3 / 3  | small n, or a Hessian of high rank    |
/// | eliminated | rows + rank + balances | n order^2 + order^3 / 3 | diagonal or low-rank Hessian, n large |
///
/// Both are Bunch-Kaufman factorisations: the system is quasi-definite, its entries span 1e-12 to 1e12 near
/// the end, and curvature of either sign may come as low rank. Each solution is refined on the unreduced
/// system.
struct SaddleMatrix {
  let form: SaddleForm
  let parts: HessianParts
  let theta: [Double]
  let gradients: [[Double]]
  let dual: DualCurvature
  private let whole: Bool
  private let factor: SymmetricIndefinite
  private let pivot: [Double]
  /// Kinks that are eliminated from the whole system, and the places of the multipliers that stay.
  private var condensed: [CondensedKink] = []
  private var kept: [Int] = []

  init?(
    _ form: SaddleForm, _ s: SaddlePoint, parts: HessianParts, gradients: [[Double]], scalings: [ConeScaling],
    regularisation: Double, stop: StopCheck?
  ) {
    self.form = form
    self.parts = parts
    self.gradients = gradients
    dual = DualCurvature(form, s, scalings)
    var theta = [Double](repeating: 0, count: form.count)
    for i in theta.indices {
      theta[i] = s.z[i] / s.x[i]
      if s.room[i] < .infinity { theta[i] += s.v[i] / s.room[i] }
    }
    self.theta = theta
    whole = SaddleMatrix.prefersWhole(form, parts)
    if whole {
      pivot = []
      for kink in form.kinks where SaddleMatrix.isCondensed(kink, form) {
        guard let part = CondensedKink(form, kink: kink.range, dual) else { return nil }
        condensed.append(part)
      }
      let gone = condensed.map(\.range)
      kept = (0..<form.multipliers).filter { i in !gone.contains { $0.contains(i) } }
      guard
        let matrix = SaddleMatrix.assembled(
          form, parts, theta, gradients, dual, regularisation, condensed, kept, stop),
        let factor = SymmetricIndefinite(matrix, stop: stop)
      else { return nil }
      self.factor = factor
    } else {
      pivot = theta.indices.map { (theta[$0] + parts.diagonal[$0]) * (1 + regularisation) }
      guard pivot.allSatisfy({ $0 > 0 && $0 < .infinity }),
        let matrix = SaddleMatrix.eliminated(form, parts, pivot, gradients, dual, regularisation, stop),
        let factor = SymmetricIndefinite(matrix, stop: stop)
      else { return nil }
      self.factor = factor
    }
  }

  private static func isCondensed(_ kink: SaddleForm.Kink, _ form: SaddleForm) -> Bool {
    kink.order == nil && !kink.isBall && kink.range.count > form.count
  }

  private static func prefersWhole(_ form: SaddleForm, _ parts: HessianParts) -> Bool {
    let n = Double(form.count)
    let m = Double(form.multipliers + form.balances.count)
    if !parts.dense.isEmpty { return true }
    let rank = Double(parts.rank)
    let gone = Double(form.kinks.reduce(0) { $0 + (isCondensed($1, form) ? $1.range.count : 0) })
    let order = n + m - gone
    let whole = (rank + gone) * n * n + order * order * order / 3
    let eliminated = n * (m + rank) * (m + rank) + (m + rank) * (m + rank) * (m + rank) / 3
    return whole < 5e7 || whole < eliminated
  }

  // MARK: assembly

  private static func assembled(
    _ form: SaddleForm, _ parts: HessianParts, _ theta: [Double], _ gradients: [[Double]],
    _ dual: DualCurvature,
    _ regularisation: Double, _ condensed: [CondensedKink], _ kept: [Int], _ stop: StopCheck?
  ) -> Matrix? {
    let n = form.count
    let order = n + kept.count + form.balances.count
    var place = [Int](repeating: -1, count: form.multipliers)
    for (k, i) in kept.enumerated() { place[i] = n + k }
    var a = Matrix(rows: order, columns: order, repeating: 0)
    let h = parts.assembled()
    for i in 0..<n {
      for j in 0...i { a.elements[i * order + j] = h.elements[i * n + j] }
      a.elements[i * order + i] += theta[i] + regularisation * (abs(parts.diagonal[i]) + theta[i])
    }
    for piece in form.pieces {
      for r in 0..<piece.map.rows where place[piece.first + r] >= 0 {
        let base = place[piece.first + r] * order
        piece.map.forEachEntry(ofRow: r) { a.elements[base + $0] += piece.scale * $1 }
      }
    }
    for (c, gradient) in gradients.enumerated() {
      let base = place[form.convex.lowerBound + c] * order
      for j in 0..<n { a.elements[base + j] += gradient[j] }
    }
    dual.forEachLower { i, j, value in
      if place[i] >= 0, place[j] >= 0 { a.elements[place[i] * order + place[j]] -= value }
    }
    let behind = n + kept.count
    for (k, balance) in form.balances.enumerated() where !condensed.contains(where: { $0.balance == k }) {
      for i in balance.members { a.elements[(behind + k) * order + place[i]] -= 1 }
      if let host = balance.host { a.elements[(behind + k) * order + place[host]] += balance.weight }
    }
    for i in n..<behind { a.elements[i * order + i] -= regularisation }
    for part in condensed {
      guard part.add(to: &a, position: { place[$0] }, balancePosition: { behind + $0 }, stop: stop) else {
        return nil
      }
    }
    return a
  }

  private static func eliminated(
    _ form: SaddleForm, _ parts: HessianParts, _ pivot: [Double], _ gradients: [[Double]],
    _ dual: DualCurvature,
    _ regularisation: Double, _ stop: StopCheck?
  ) -> Matrix? {
    let m = form.multipliers
    var maps: [RowGram.Rows] = form.pieces.map { RowGram.Rows(map: $0.map, scale: $0.scale, first: $0.first) }
    var first = m
    for (map, weights) in parts.lowRank {
      maps.append(RowGram.Rows(map: map, scale: 1, first: first, skipped: weights.map { $0 == 0 }))
      first += weights.count
    }
    let size = first
    for (c, gradient) in gradients.enumerated() {
      let row = LinearMap.dense(
        Matrix(rows: 1, columns: gradient.count, elements: gradient), firstColumn: 0, columns: gradient.count)
      // A constraint that is all kinks has no gradient of its own.
      maps.append(RowGram.Rows(map: row, scale: 1, first: form.convex.lowerBound + c))
    }
    let order = size + form.balances.count
    guard var a = RowGram.matrix(maps, order: order, weights: pivot.map { -1 / $0 }, stop: stop) else {
      return nil
    }
    dual.forEachLower { a.elements[$0 * order + $1] -= $2 }
    for i in 0..<m { a.elements[i * order + i] -= regularisation }
    var row = m
    for (_, weights) in parts.lowRank {
      for w in weights {
        a.elements[row * order + row] -= w == 0 ? 1 : 1 / w
        row += 1
      }
    }
    for (k, balance) in form.balances.enumerated() {
      for i in balance.members { a.elements[(size + k) * order + i] -= 1 }
      if let host = balance.host { a.elements[(size + k) * order + host] += balance.weight }
    }
    return a
  }

  // MARK: products and solutions

  /// B' y added to a vector of masses.
  private func addTransposed(_ y: [Double], to out: inout [Double]) {
    for piece in form.pieces {
      piece.map.addTransposed(
        Array(y[piece.first..<piece.first + piece.map.rows]), scale: piece.scale, to: &out)
    }
    for (c, gradient) in gradients.enumerated() {
      Kernel.axpy(y[form.convex.lowerBound + c], gradient, into: &out)
    }
  }

  /// B d
  private func image(_ d: [Double]) -> [Double] {
    var out = [Double](repeating: 0, count: form.multipliers)
    for piece in form.pieces {
      let part = piece.map.apply(d)
      for j in part.indices { out[piece.first + j] += piece.scale * part[j] }
    }
    for (c, gradient) in gradients.enumerated() { out[form.convex.lowerBound + c] += Kernel.dot(gradient, d) }
    return out
  }

  /// The unreduced system times a vector.
  func apply(_ d: SaddleVector) -> SaddleVector {
    var mass = parts.apply(d.mass)
    for i in mass.indices { mass[i] += theta[i] * d.mass[i] }
    addTransposed(d.row, to: &mass)
    var row = image(d.mass)
    let curvature = dual.apply(d.row)
    for i in row.indices { row[i] -= curvature[i] }
    var balance: [Double] = []
    for (k, b) in form.balances.enumerated() {
      var sum = b.weight * (b.host.map { d.row[$0] } ?? 0)
      for i in b.members {
        sum -= d.row[i]
        row[i] -= d.balance[k]
      }
      if let host = b.host { row[host] += b.weight * d.balance[k] }
      balance.append(sum)
    }
    return SaddleVector(mass: mass, row: row, balance: balance)
  }

  /// The solution with up to `rounds` steps of iterative refinement, kept while the residual falls.
  func solve(_ right: SaddleVector, rounds: Int = 2) -> SaddleVector {
    var best = solveOnce(right)
    var rest = difference(right, apply(best))
    for _ in 0..<rounds {
      let correction = solveOnce(rest)
      let next = sum(best, correction)
      let left = difference(right, apply(next))
      guard left.size < rest.size || !rest.size.isFinite else { break }
      let done = left.size > 0.5 * rest.size
      best = next
      rest = left
      if done { break }
    }
    return best
  }

  private func solveOnce(_ right: SaddleVector) -> SaddleVector {
    let n = form.count
    let m = form.multipliers
    if whole {
      var (mass, row, balance) = (right.mass, right.row, right.balance)
      for part in condensed { part.reduce(right, mass: &mass, row: &row, balances: &balance) }
      let x = factor.solve(mass + kept.map { row[$0] } + balance)
      for (k, i) in kept.enumerated() { row[i] = x[n + k] }
      var out = SaddleVector(mass: Array(x[..<n]), row: row, balance: Array(x[(n + kept.count)...]))
      for part in condensed { part.restore(right, &out) }
      return out
    }
    let scaled = zip(right.mass, pivot).map { $0 / $1 }
    var small = image(scaled)
    for i in small.indices { small[i] = right.row[i] - small[i] }
    for (map, weights) in parts.lowRank {
      let part = map.apply(scaled)
      for j in part.indices { small.append(weights[j] == 0 ? 0 : -part[j]) }
    }
    let x = factor.solve(small + right.balance)
    var mass = [Double](repeating: 0, count: n)
    addTransposed(Array(x[..<m]), to: &mass)
    var next = m
    for (map, weights) in parts.lowRank {
      var y = Array(x[next..<next + weights.count])
      for j in y.indices where weights[j] == 0 { y[j] = 0 }
      map.addTransposed(y, to: &mass)
      next += weights.count
    }
    for i in mass.indices { mass[i] = (right.mass[i] - mass[i]) / pivot[i] }
    return SaddleVector(mass: mass, row: Array(x[..<m]), balance: Array(x[next...]))
  }

  private func difference(_ a: SaddleVector, _ b: SaddleVector) -> SaddleVector {
    SaddleVector(
      mass: zip(a.mass, b.mass).map { $0 - $1 }, row: zip(a.row, b.row).map { $0 - $1 },
      balance: zip(a.balance, b.balance).map { $0 - $1 })
  }

  private func sum(_ a: SaddleVector, _ b: SaddleVector) -> SaddleVector {
    SaddleVector(
      mass: zip(a.mass, b.mass).map { $0 + $1 }, row: zip(a.row, b.row).map { $0 + $1 },
      balance: zip(a.balance, b.balance).map { $0 + $1 })
  }
}
