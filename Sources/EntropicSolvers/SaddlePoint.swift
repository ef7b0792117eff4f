import EntropicModel
import EntropicNumerics

/// An interior point of the saddle form: masses, multipliers, and everything that must stay positive.
///
/// Quantities that go to zero are stored by themselves (the distance to a bound, the value of a sign
/// condition), never as a difference of large numbers.
struct SaddlePoint: Sendable {
  /// p - lower
  var x: [Double]
  /// upper - p; +inf without an upper bound.
  var room: [Double]
  /// Multipliers of the lower and of the upper bounds.
  var z: [Double]
  var v: [Double]
  var beta: [Double]
  var t: [Double]
  /// Values of the sign conditions on beta, and their slacks.
  var value: [Double]
  var slack: [Double]
  /// Slacks of the cones: (s0, s1...) or a packed matrix.
  var coneSlack: [[Double]]

  /// p
  func masses(_ form: SaddleForm) -> [Double] {
    let lower = form.program.layout.lower
    return x.indices.map { lower[$0] == 0 ? x[$0] : lower[$0] + x[$0] }
  }

  /// The dual vector of a cone.
  func coneDual(_ cone: SaddleForm.Cone) -> [Double] {
    let part = beta[cone.range]
    if cone.kind != .ball { return Array(part) }
    return [cone.weight * (cone.host.map { beta[$0] } ?? 1)] + part
  }

  /// Sum of the complementarity products, and their number.
  func complementarity(_ form: SaddleForm) -> (total: Double, count: Int) {
    var total = Kernel.dot(x, z) + Kernel.dot(value, slack)
    var count = x.count + value.count
    for i in room.indices where room[i] < .infinity {
      total += room[i] * v[i]
      count += 1
    }
    for (k, cone) in form.cones.enumerated() {
      total += Kernel.dot(coneSlack[k], coneDual(cone))
      switch cone.kind {
      case .ball: count += 2
      case .spectral(let d): count += d
      }
    }
    return (total, count)
  }

  /// The smallest product of a pair, or the part `form.centrality / 1e-2` of the smallest eigenvalue of a cone's
  /// product: cones have to stay nearer to their central path than pairs.
  func leastProduct(_ form: SaddleForm) -> Double {
    var least = Double.infinity
    for i in x.indices { least = min(least, x[i] * z[i]) }
    for i in room.indices where room[i] < .infinity { least = min(least, room[i] * v[i]) }
    for k in value.indices { least = min(least, value[k] * slack[k]) }
    for (k, cone) in form.cones.enumerated() {
      least = min(
        least,
        form.centrality / 1e-2
          * ConeScaling.leastProduct(cone.kind, slack: coneSlack[k], dual: coneDual(cone)))
    }
    return least
  }
}

/// First-order facts at a point: residuals of the three groups of equations.
struct SaddleResidual: Sendable {
  /// Stationarity by the masses.
  var mass: [Double]
  /// Rows, with slacks.
  var row: [Double]
  /// Balances.
  var balance: [Double]
  /// Scaled gradients of the convex constraints.
  var gradients: [[Double]]
  /// The smooth objective at the point, scaled.
  var objective: Double

  /// sum x |rho_p| and the balances: what the residual of stationarity can do to the objective. A mass near
  /// zero counts little, however wrong its logarithm still is.
  var dualSize: Double
  var rowSize: Double { SaddleResidual.largest(row) }

  static func largest(_ v: [Double]) -> Double {
    v.reduce(0) { $1.isNaN ? .infinity : max($0, abs($1)) }
  }
}

extension SaddleForm {
  /// All residuals, or nil outside the domain of a function.
  func residual(_ s: SaddlePoint) -> SaddleResidual? {
    let p = s.masses(self)
    let objective = smooth.isLinear ? Kernel.dot(smooth.linear, p) : smooth.value(p)
    guard objective < .infinity else { return nil }
    var mass = smooth.gradient(p)
    Kernel.scale(objectiveScale, &mass)
    var row = [Double](repeating: 0, count: multipliers)
    for piece in pieces {
      let image = piece.map.apply(p)
      for j in image.indices { row[piece.first + j] = piece.scale * image[j] + piece.offset[j] }
      piece.map.addTransposed(
        Array(s.beta[piece.first..<piece.first + image.count]), scale: piece.scale, to: &mass)
    }
    var gradients: [[Double]] = []
    for (c, function) in constraints.enumerated() {
      let value = function.value(p)
      guard value < .infinity else { return nil }
      row[convex.lowerBound + c] = constraintScale[c] * (value - program.convex[c].bound)
      var gradient = function.gradient(p)
      Kernel.scale(constraintScale[c], &gradient)
      Kernel.axpy(s.beta[convex.lowerBound + c], gradient, into: &mass)
      gradients.append(gradient)
    }
    for i in mass.indices { mass[i] += s.v[i] - s.z[i] }
    for (k, f) in forms.enumerated() {
      row[f.i] += f.a * s.slack[k]
      if f.j >= 0 { row[f.j] += f.b * s.slack[k] }
    }
    for (k, cone) in cones.enumerated() {
      let head = cone.kind == .ball ? 1 : 0
      for (j, i) in cone.range.enumerated() { row[i] += s.coneSlack[k][head + j] }
      if head == 1, let host = cone.host { row[host] += cone.weight * s.coneSlack[k][0] }
    }
    var balance: [Double] = []
    for (k, b) in balances.enumerated() {
      var rest = b.weight * (b.host.map { s.beta[$0] } ?? 1)
      for i in b.members {
        rest -= s.beta[i]
        row[i] -= s.t[k]
      }
      if let host = b.host { row[host] += b.weight * s.t[k] }
      balance.append(rest)
    }
    let out = SaddleResidual(
      mass: mass, row: row, balance: balance, gradients: gradients, objective: objectiveScale * objective,
      dualSize: Kernel.absoluteDot(s.x, mass) + SaddleResidual.largest(balance))
    return out.dualSize < .infinity && out.rowSize < .infinity ? out : nil
  }

  /// The Hessian of the Lagrangian by the masses.
  func hessian(_ s: SaddlePoint) -> HessianParts {
    let p = s.masses(self)
    var parts = HessianParts(count: count)
    smooth.addHessian(at: p, weight: objectiveScale, to: &parts)
    for (c, function) in constraints.enumerated() {
      function.addHessian(at: p, weight: constraintScale[c] * s.beta[convex.lowerBound + c], to: &parts)
    }
    return parts
  }
}
