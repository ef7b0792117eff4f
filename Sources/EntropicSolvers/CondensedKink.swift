import EntropicModel
import EntropicNumerics

/// The many rows of one kink eliminated from the Newton system, when they outnumber the masses.
///
/// Row j reads k_j . dp - dt - sigma_j dnu_j - c_j dy = r_j, with t the epigraph value (if any) and y the
/// multiplier of the constraint that holds the kink (if any). With D = 1 / sigma and the substitution dt =
/// kbar . dp + dt', where kbar = sum D k / sum D, what is left is
///
///     pp: sum D (k - kbar)(k - kbar)'      py: -sum D c (k - kbar) + W kbar
///     tt: sum D      ty: sum D c + W       yy: sum D c^2
///
/// The centred rows keep what the difference of sum D k k' and its mean would lose: near the end D spans
/// 1e12, and the active rows meet only in their differences.
struct CondensedKink {
  let range: Range<Int>
  let balance: Int?
  let host: Int?
  let weight: Double
  private let rows: Matrix
  private let first: Int
  private let mean: [Double]
  private let inverse: [Double]
  private let coupling: [Double]
  private let total: Double
  private let columns: Int

  init?(_ form: SaddleForm, kink range: Range<Int>, _ dual: DualCurvature) {
    guard let piece = form.pieces.first(where: { $0.first == range.lowerBound && $0.map.rows == range.count })
    else {
      return nil
    }
    self.range = range
    columns = form.count
    balance = form.balances.firstIndex { $0.members.first == range.lowerBound }
    var coupling = [Double](repeating: 0, count: range.count)
    var host = balance.flatMap { form.balances[$0].host }
    for (i, j, value) in dual.pairs {
      if range.contains(i) {
        coupling[i - range.lowerBound] += value
        host = j
      } else if range.contains(j) {
        coupling[j - range.lowerBound] += value
        host = i
      }
    }
    self.host = host
    self.coupling = coupling
    weight = balance.map { form.balances[$0].weight } ?? 0
    inverse = range.map { 1 / dual.diagonal[$0] }
    guard inverse.allSatisfy({ $0 > 0 && $0 < .infinity }) else { return nil }
    total = Kernel.sum(inverse)
    switch piece.map {
    case .dense(let m, let start, _):
      first = start
      var scaled = m
      Kernel.scale(piece.scale, &scaled.elements)
      (rows, mean) = CondensedKink.centred(scaled, inverse, total, balance != nil)
    case .sparse(let m):
      first = 0
      var full = Matrix(rows: m.rows, columns: m.columns, repeating: 0)
      for i in 0..<m.rows {
        for k in m.rowStart[i]..<m.rowStart[i + 1] {
          full.elements[i * m.columns + m.column[k]] += piece.scale * m.value[k]
        }
      }
      (rows, mean) = CondensedKink.centred(full, inverse, total, balance != nil)
    }
  }

  private static func centred(_ k: Matrix, _ d: [Double], _ total: Double, _ moves: Bool) -> (
    Matrix, [Double]
  ) {
    guard moves else { return (k, [Double](repeating: 0, count: k.columns)) }
    var mean = k.transposedTimes(d)
    Kernel.scale(1 / total, &mean)
    var rows = k
    for i in 0..<k.rows {
      for j in 0..<k.columns { rows.elements[i * k.columns + j] -= mean[j] }
    }
    return (rows, mean)
  }

  /// Adds the reduced curvature to the system; `position` gives the place of a multiplier or a balance.
  func add(to a: inout Matrix, position: (Int) -> Int, balancePosition: (Int) -> Int, stop: StopCheck?)
    -> Bool
  {
    guard let gram = rows.gram(weights: inverse, stop: stop) else { return false }
    for i in 0..<rows.columns {
      for j in 0...i { a.elements[(first + i) * a.columns + first + j] += gram[i, j] }
    }
    let pulls = zip(inverse, coupling).map { $0 * $1 }
    if let host {
      let y = position(host)
      let cross = rows.transposedTimes(pulls)
      for j in cross.indices { a.elements[y * a.columns + first + j] += weight * mean[j] - cross[j] }
      a.elements[y * a.columns + y] += Kernel.dot(pulls, coupling)
    }
    if let balance {
      let t = balancePosition(balance)
      a.elements[t * a.columns + t] += total
      if let host { a.elements[t * a.columns + position(host)] += weight + Kernel.sum(pulls) }
    }
    return true
  }

  /// Moves the right side of the eliminated rows into the others.
  func reduce(_ right: SaddleVector, mass: inout [Double], row: inout [Double], balances: inout [Double]) {
    let weighted = range.map { inverse[$0 - range.lowerBound] * right.row[$0] }
    let part = rows.transposedTimes(weighted)
    let level = balance.map { right.balance[$0] } ?? 0
    for j in part.indices { mass[first + j] += part[j] + mean[j] * level }
    if let host { row[host] -= Kernel.dot(weighted, coupling) }
    if let balance { balances[balance] -= Kernel.sum(weighted) }
  }

  /// The eliminated unknowns from the others.
  func restore(_ right: SaddleVector, _ x: inout SaddleVector) {
    let part = Array(x.mass[first..<first + rows.columns])
    let image = rows.times(part)
    let dt = balance.map { x.balance[$0] } ?? 0
    let dy = host.map { x.row[$0] } ?? 0
    for (k, i) in range.enumerated() {
      x.row[i] = inverse[k] * (image[k] - dt - coupling[k] * dy - right.row[i])
    }
    if let balance { x.balance[balance] += Kernel.dot(mean, part) }
  }
}
