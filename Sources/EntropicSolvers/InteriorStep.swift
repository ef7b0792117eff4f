import EntropicModel
import EntropicNumerics

/// One predictor-corrector step of the interior point.
struct InteriorStep {
  private let form: SaddleForm
  private let s: SaddlePoint
  private let residual: SaddleResidual
  private let scalings: [ConeScaling]
  private let coneDuals: [[Double]]
  private let matrix: SaddleMatrix

  /// What changes along a step.
  struct Direction {
    var main: SaddleVector
    var z: [Double]
    var v: [Double]
    var value: [Double]
    var slack: [Double]
    var coneSlack: [[Double]]
    var coneDual: [[Double]]
  }

  /// Products that a step aims at: what is to be removed from each pair.
  private struct Excess {
    var x: [Double]
    var room: [Double]
    var form: [Double]
    var coneTarget: Double
    /// The second-order term of the predictor on every cone; empty for none.
    var bend: [[Double]]
  }

  /// Factors the Newton system; nil when it cannot be factored or the run should stop.
  init?(_ form: SaddleForm, _ s: SaddlePoint, _ residual: SaddleResidual, stop: @escaping StopCheck) {
    self.form = form
    self.s = s
    self.residual = residual
    coneDuals = form.cones.map { s.coneDual($0) }
    var scalings: [ConeScaling] = []
    for (k, cone) in form.cones.enumerated() {
      guard let scaling = ConeScaling(cone.kind, slack: s.coneSlack[k], dual: coneDuals[k], stop: stop) else {
        return nil
      }
      scalings.append(scaling)
    }
    self.scalings = scalings
    let parts = form.hessian(s)
    var regularisation = 0.0
    for _ in 0..<4 {
      if stop() { return nil }
      if let matrix = SaddleMatrix(
        form, s, parts: parts, gradients: residual.gradients, scalings: scalings,
        regularisation: regularisation,
        stop: stop)
      {
        self.matrix = matrix
        return
      }
      regularisation = max(256 * regularisation, 0x1p-52)
    }
    return nil
  }

  /// The next point with its residuals and the length of the step; nil when no acceptable step was found.
  func take() -> (SaddlePoint, SaddleResidual, Double)? {
    let (total, count) = s.complementarity(form)
    let mu = total / Double(max(count, 1))
    guard mu > 0, mu.isFinite else { return nil }
    let predictor = direction(excess(target: 0, predictor: nil))
    guard isFinite(predictor) else { return nil }
    let reach = min(1, boundary(predictor))
    let predicted = moved(predictor, reach)
    let ratio = max(0, predicted.complementarity(form).total / total)
    let sigma = max(1e-6, min(0.9, ratio * ratio * ratio))
    // Without progress of the predictor its second-order term misleads.
    let corrected = direction(excess(target: sigma * mu, predictor: reach > 0.1 ? predictor : nil))
    let first = isFinite(corrected) ? search(corrected, mu) : nil
    if let first, first.2 > 0.1 { return first }
    // A short step means that some pair is far from the central path: back to it first.
    let plain = direction(excess(target: 0.5 * mu, predictor: nil))
    let second = isFinite(plain) ? search(plain, mu) : nil
    guard let first else { return second }
    guard let second else { return first }
    return second.2 > 2 * first.2 ? second : first
  }

  // MARK: directions

  private func excess(target: Double, predictor d: Direction?) -> Excess {
    var x = [Double](repeating: 0, count: form.count)
    var room = x
    for i in x.indices {
      let step = d?.main.mass[i] ?? 0
      x[i] = s.x[i] * s.z[i] - target + step * (d?.z[i] ?? 0)
      if s.room[i] < .infinity { room[i] = s.room[i] * s.v[i] - target - step * (d?.v[i] ?? 0) }
    }
    let pairs = s.value.indices.map { k in
      s.value[k] * s.slack[k] - target + (d.map { $0.value[k] * $0.slack[k] } ?? 0)
    }
    let bend = d.map { d in
      form.cones.indices.map { scalings[$0].bend(slack: d.coneSlack[$0], dual: d.coneDual[$0]) }
    }
    return Excess(x: x, room: room, form: pairs, coneTarget: target, bend: bend ?? [])
  }

  private func direction(_ excess: Excess) -> Direction {
    var right = SaddleVector(
      mass: residual.mass.map { -$0 }, row: residual.row.map { -$0 }, balance: residual.balance.map { -$0 })
    for i in right.mass.indices {
      right.mass[i] -= excess.x[i] / s.x[i]
      if s.room[i] < .infinity { right.mass[i] += excess.room[i] / s.room[i] }
    }
    for (k, f) in form.forms.enumerated() {
      let part = excess.form[k] / s.value[k]
      right.row[f.i] += f.a * part
      if f.j >= 0 { right.row[f.j] += f.b * part }
    }
    let coneShift = form.cones.indices.map { k in
      let bend = excess.bend.isEmpty ? [Double](repeating: 0, count: s.coneSlack[k].count) : excess.bend[k]
      return s.coneSlack[k].indices.map {
        excess.coneTarget * scalings[k].inverse[$0] - s.coneSlack[k][$0] - bend[$0]
      }
    }
    for (k, cone) in form.cones.enumerated() {
      let head = cone.kind == .ball ? 1 : 0
      for (j, i) in cone.range.enumerated() { right.row[i] -= coneShift[k][head + j] }
      if head == 1, let host = cone.host { right.row[host] -= cone.weight * coneShift[k][0] }
    }
    let main = matrix.solve(right)
    var z = [Double](repeating: 0, count: form.count)
    var v = z
    for i in z.indices {
      z[i] = -(excess.x[i] + s.z[i] * main.mass[i]) / s.x[i]
      if s.room[i] < .infinity { v[i] = -(excess.room[i] - s.v[i] * main.mass[i]) / s.room[i] }
    }
    let value = form.forms.map { $0.direction(main.row) }
    let slack = form.forms.indices.map { -(excess.form[$0] + s.slack[$0] * value[$0]) / s.value[$0] }
    var coneDual: [[Double]] = []
    var coneSlack: [[Double]] = []
    for (k, cone) in form.cones.enumerated() {
      var dual = Array(main.row[cone.range])
      if cone.kind == .ball { dual.insert(cone.weight * (cone.host.map { main.row[$0] } ?? 0), at: 0) }
      let image = scalings[k].operator.times(dual)
      coneSlack.append(image.indices.map { coneShift[k][$0] - image[$0] })
      coneDual.append(dual)
    }
    return Direction(
      main: main, z: z, v: v, value: value, slack: slack, coneSlack: coneSlack, coneDual: coneDual)
  }

  private func isFinite(_ d: Direction) -> Bool {
    d.main.size.isFinite && SaddleResidual.largest(d.z).isFinite && SaddleResidual.largest(d.slack).isFinite
  }

  // MARK: lengths

  /// The largest step that keeps everything positive.
  private func boundary(_ d: Direction) -> Double {
    var step = Double.infinity
    func limit(_ value: [Double], _ change: [Double], _ sign: Double = 1) {
      for i in value.indices where sign * change[i] < 0 { step = min(step, -value[i] / (sign * change[i])) }
    }
    limit(s.x, d.main.mass)
    limit(s.room, d.main.mass, -1)
    limit(s.z, d.z)
    for i in s.v.indices where s.room[i] < .infinity && d.v[i] < 0 { step = min(step, -s.v[i] / d.v[i]) }
    limit(s.value, d.value)
    limit(s.slack, d.slack)
    for (k, cone) in form.cones.enumerated() {
      step = min(step, ConeScaling.step(cone.kind, s.coneSlack[k], d.coneSlack[k]))
      step = min(step, ConeScaling.step(cone.kind, coneDuals[k], d.coneDual[k]))
    }
    return step
  }

  private func moved(_ d: Direction, _ a: Double) -> SaddlePoint {
    var next = s
    Kernel.axpy(a, d.main.mass, into: &next.x)
    for i in next.room.indices where next.room[i] < .infinity { next.room[i] -= a * d.main.mass[i] }
    Kernel.axpy(a, d.z, into: &next.z)
    Kernel.axpy(a, d.v, into: &next.v)
    Kernel.axpy(a, d.main.row, into: &next.beta)
    Kernel.axpy(a, d.main.balance, into: &next.t)
    Kernel.axpy(a, d.value, into: &next.value)
    Kernel.axpy(a, d.slack, into: &next.slack)
    for k in next.coneSlack.indices { Kernel.axpy(a, d.coneSlack[k], into: &next.coneSlack[k]) }
    return next
  }

  private func search(_ d: Direction, _ mu: Double) -> (SaddlePoint, SaddleResidual, Double)? {
    let fraction = 1 - min(0.005, max(mu, 1e-12))
    var a = min(1, fraction * boundary(d))
    guard a > 1e-10 else { return nil }
    let root = Double(form.count).squareRoot()
    let noise = 1e-14
    // Where the point is farther from the path than wanted, it may stay as far.
    let central = min(form.centrality, s.leastProduct(form) / mu)
    var last: (SaddlePoint, SaddleResidual, Double)?
    for _ in 0..<12 {
      let next = moved(d, a)
      if let after = form.residual(next) {
        let (total, count) = next.complementarity(form)
        let average = total / Double(max(count, 1))
        let allowance = total + noise
        let falls =
          after.dualSize <= max((1 - 0.01 * a) * residual.dualSize, 0.5 * residual.dualSize + allowance)
          && after.rowSize
            <= max((1 - 0.01 * a) * residual.rowSize, 0.5 * residual.rowSize + 10 * root * average + noise)
        if falls, next.leastProduct(form) >= central * average { return (next, after, a) }
        last = (next, after, a)
      }
      a *= 0.7
    }
    return last
  }
}
