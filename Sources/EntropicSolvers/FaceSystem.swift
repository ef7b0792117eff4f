import EntropicModel
import EntropicNumerics

/// The Newton system of a face: stationarity on the free masses, and the active rows.
struct FaceSystem {
  private let form: SaddleForm
  private let p: [Double]
  private let beta: [Double]
  private let members: [Int]
  private let rows: [Int]
  private let stationarity: [Double]
  private let excess: [Double]

  /// Sum of the violations of all rows.
  private let violation: Double

  /// Largest row residual plus sum (p + small) |r| over the face, scaled: a mass that has just entered
  /// counts too.
  let error: Double

  init?(_ form: SaddleForm, _ state: FaceNewton.State, _ members: [Int]) {
    self.form = form
    p = state.p
    beta = state.beta
    self.members = members
    rows = state.active.indices.filter { state.active[$0] }
    let r = FaceSystem.gradient(form, p, beta)
    stationarity = members.map { r[$0] }
    let image = FaceSystem.rows(form, p)
    excess = rows.map { image[$0] }
    var violation = 0.0
    for i in image.indices { violation += i < form.equalities.upperBound ? abs(image[i]) : max(0, image[i]) }
    self.violation = violation
    var error = SaddleResidual.largest(excess)
    let floor = 1e-3 / Double(max(members.count, 1))
    for slice in form.program.layout.simplices {
      for i in slice.range where state.free[i] { error += (p[i] + floor * slice.mass) * abs(r[i]) }
    }
    self.error = error
    guard error.isFinite, form.smooth.value(p) < .infinity else { return nil }
  }

  /// The scaled objective with the violated rows as a penalty.
  func merit(_ penalty: Double) -> Double {
    form.objectiveScale * form.smooth.value(p) + penalty * violation
  }

  /// The slope of the merit along a Newton direction: the rows fall at the rate of their own size.
  func slope(_ dp: [Double], _ penalty: Double) -> Double {
    let g = form.smooth.gradient(p)
    var slope = -penalty * violation
    for (k, i) in members.enumerated() { slope += form.objectiveScale * g[i] * dp[k] }
    return slope
  }

  /// True when a direction keeps the sums of the simplices, or restores them: not so where the rows of the face contradict
  /// each other and the ridge has chosen among them.
  func keepsSums(_ dp: [Double]) -> Bool {
    var moved = p
    for (k, i) in members.enumerated() { moved[i] += dp[k] }
    return FaceSystem.sumError(form, moved) <= 1e-6
  }

  /// How far the masses of a simplex are from their sum, relative to it; the largest of all simplices.
  var sumError: Double { FaceSystem.sumError(form, p) }

  private static func sumError(_ form: SaddleForm, _ p: [Double]) -> Double {
    form.program.layout.simplices.reduce(0) { worst, slice in
      max(worst, abs(Kernel.compensatedSum(Array(p[slice.range])) - slice.mass) / slice.mass)
    }
  }

  /// The scaled gradient of the Lagrangian.
  static func gradient(_ form: SaddleForm, _ p: [Double], _ beta: [Double]) -> [Double] {
    var g = form.smooth.gradient(p)
    Kernel.scale(form.objectiveScale, &g)
    for piece in form.pieces {
      piece.map.addTransposed(
        Array(beta[piece.first..<piece.first + piece.map.rows]), scale: piece.scale, to: &g)
    }
    for (c, f) in form.constraints.enumerated() where beta[form.convex.lowerBound + c] != 0 {
      Kernel.axpy(beta[form.convex.lowerBound + c] * form.constraintScale[c], f.gradient(p), into: &g)
    }
    return g
  }

  /// The scaled rows: 0 where an equality holds, at most 0 where an inequality does.
  static func rows(_ form: SaddleForm, _ p: [Double]) -> [Double] {
    var row = [Double](repeating: 0, count: form.multipliers)
    for piece in form.pieces {
      let image = piece.map.apply(p)
      for j in image.indices { row[piece.first + j] = piece.scale * image[j] + piece.offset[j] }
    }
    for (c, f) in form.constraints.enumerated() {
      row[form.convex.lowerBound + c] = form.constraintScale[c] * (f.value(p) - form.program.convex[c].bound)
    }
    return row
  }

  /// The Newton direction by the free masses and by the active rows.
  func direction(stop: @escaping StopCheck) -> ([Double], [(row: Int, change: Double)])? {
    let s = members.count
    let k = rows.count
    var parts = HessianParts(count: form.count)
    form.smooth.addHessian(at: p, weight: form.objectiveScale, to: &parts)
    for (c, f) in form.constraints.enumerated() where beta[form.convex.lowerBound + c] > 0 {
      f.addHessian(at: p, weight: form.constraintScale[c] * beta[form.convex.lowerBound + c], to: &parts)
    }
    guard var h = parts.restricted(to: members, stop: stop),
      DifferenceHessian.add(
        form.smooth, at: p, weight: form.objectiveScale, members: members, to: &h, stop: stop)
    else { return nil }
    for (c, f) in form.constraints.enumerated() where beta[form.convex.lowerBound + c] > 0 {
      let weight = form.constraintScale[c] * beta[form.convex.lowerBound + c]
      guard DifferenceHessian.add(f, at: p, weight: weight, members: members, to: &h, stop: stop) else {
        return nil
      }
    }
    // Unknowns in units of their curvature keep the system even.
    var largest = 0.0
    for slice in form.program.layout.simplices { largest = max(largest, slice.mass) }
    let unit = (0..<s).map { h[$0, $0] > 0 ? min(largest, 1 / h[$0, $0].squareRoot()) : largest }
    guard unit.allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
    var a = Matrix(rows: s + k, columns: s + k, repeating: 0)
    var trace = 0.0
    for i in 0..<s {
      for j in 0..<s { a.elements[i * (s + k) + j] = h[i, j] * unit[i] * unit[j] }
      trace += a.elements[i * (s + k) + i]
    }
    var place = [Int](repeating: -1, count: form.count)
    for (i, member) in members.enumerated() { place[member] = i }
    var seat = [Int](repeating: -1, count: form.multipliers)
    for (i, row) in rows.enumerated() { seat[row] = i }
    func put(_ row: Int, _ column: Int, _ value: Double) {
      let (i, j) = (seat[row], place[column])
      if i >= 0, j >= 0 {
        a.elements[(s + i) * (s + k) + j] += value * unit[j]
        a.elements[j * (s + k) + s + i] += value * unit[j]
      }
    }
    for piece in form.pieces {
      for r in 0..<piece.map.rows where seat[piece.first + r] >= 0 {
        piece.map.forEachEntry(ofRow: r) { put(piece.first + r, $0, piece.scale * $1) }
      }
    }
    for (c, f) in form.constraints.enumerated() where seat[form.convex.lowerBound + c] >= 0 {
      let gradient = f.gradient(p)
      for i in members { put(form.convex.lowerBound + c, i, form.constraintScale[c] * gradient[i]) }
    }
    let right = (0..<s).map { -stationarity[$0] * unit[$0] } + excess.map { -$0 }
    guard right.allSatisfy(\.isFinite), let x = FaceSystem.solve(a, right, s, trace, stop) else { return nil }
    return (
      (0..<s).map { x[$0] * unit[$0] }, rows.enumerated().map { ($0.element, x[s + $0.offset]) }
    )
  }

  /// A solution of the symmetric system; small ridges of both signs stand in for what is singular, and
  /// refinement takes their effect back where the system allows it.
  private static func solve(
    _ a: Matrix, _ right: [Double], _ s: Int, _ trace: Double, _ stop: @escaping StopCheck
  ) -> [Double]? {
    let n = a.rows
    var ridge = 1e-14 * max(trace / Double(max(s, 1)), 1e-3)
    for _ in 0..<3 {
      var shifted = a
      for i in 0..<n { shifted.elements[i * n + i] += i < s ? ridge : -1e-15 }
      if let factor = SymmetricIndefinite(shifted, stop: stop) {
        var x = factor.solve(right)
        var best = Double.infinity
        for _ in 0..<4 {
          let rest = zip(right, a.times(x)).map { $0 - $1 }
          let size = SaddleResidual.largest(rest)
          guard size < 0.5 * best else { break }
          best = size
          let correction = factor.solve(rest)
          guard correction.allSatisfy(\.isFinite) else { break }
          for i in 0..<n { x[i] += correction[i] }
        }
        if x.allSatisfy(\.isFinite) { return x }
      }
      if stop() { return nil }
      ridge *= 1e3
    }
    return nil
  }
}

extension HessianParts {
  /// The rows and columns of H that belong to `members`.
  func restricted(to members: [Int], stop: StopCheck?) -> Matrix? {
    let s = members.count
    var h = Matrix(rows: s, columns: s, repeating: 0)
    var place = [Int](repeating: -1, count: diagonal.count)
    for (k, i) in members.enumerated() {
      place[i] = k
      h.elements[k * s + k] = diagonal[i]
    }
    for (map, weights) in lowRank {
      var part = Matrix(rows: map.rows, columns: s, repeating: 0)
      for r in 0..<map.rows where weights[r] != 0 {
        map.forEachEntry(ofRow: r) { if place[$0] >= 0 { part.elements[r * s + place[$0]] += $1 } }
      }
      guard let gram = part.gram(weights: weights, stop: stop) else { return nil }
      for k in h.elements.indices { h.elements[k] += gram.elements[k] }
    }
    for (first, block) in dense {
      for i in 0..<block.rows where place[first + i] >= 0 {
        for j in 0..<block.columns where place[first + j] >= 0 {
          h.elements[place[first + i] * s + place[first + j]] += block[i, j]
        }
      }
    }
    return h
  }
}
