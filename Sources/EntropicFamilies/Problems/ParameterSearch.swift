import EntropicNumerics

/// Any functional over any family: Newton's method with differences of the functional, in coordinates without
/// bounds (the parameter itself, its logarithm, its logit), from several starts. The best stationary point ends
/// `local`.
struct ParameterSearch {
  let problem: FamilyProblem
  let stop: @Sendable () -> Bool

  init(_ problem: FamilyProblem, stop: @escaping @Sendable () -> Bool) {
    self.problem = problem
    self.stop = stop
  }

  private var free: [Int] { problem.given.indices.filter { problem.given[$0] == nil } }

  private func parameters(_ z: [Double]) -> [Double] {
    var values = problem.given.map { $0 ?? 0 }
    for (k, i) in free.enumerated() {
      switch problem.family.parameters[i].domain {
      case .real: values[i] = z[k]
      case .positive, .fixed: values[i] = Kernel.exp(z[k])
      case .unit: values[i] = 1 / (1 + Kernel.exp(-z[k]))
      }
    }
    return problem.family.name == "uniform_law" ? ends(values) : values
  }

  /// A uniform law by its lower end, or its upper one where that is given, and the logarithm of its width.
  private func ends(_ values: [Double]) -> [Double] {
    switch (problem.given[0], problem.given[1]) {
    case (nil, let upper?): [upper - values[0], upper]
    case (let lower?, nil): [lower, lower + values[1]]
    case (nil, nil): [Kernel.log(values[0]), Kernel.log(values[0]) + values[1]]
    default: values
    }
  }

  private func value(_ z: [Double]) -> Double {
    guard let law = try? problem.family.law(parameters(z)) else { return .infinity }
    let value = problem.objective.value(at: law).value
    return value.isNaN ? .infinity : value
  }

  func outcome() -> FamilyProblem.Outcome {
    var best: (z: [Double], value: Double)?
    for start in starts() {
      if stop() { return .interrupted }
      let value = value(start)
      guard value < .infinity else { continue }
      let found = descended(from: start)
      if found.value < best?.value ?? .infinity { best = found }
    }
    guard let best else { return .stalled("the objective is infinite at every start", nil) }
    if best.value == -.infinity || best.z.contains(where: { abs($0) > 300 }) {
      return best.value == -.infinity && problem.objective.terms.allSatisfy({ $0.weight.isFinite })
        ? .stalled("the objective is -infinity at a member, as far as it can be computed", nil)
        : .stalled("the objective falls along the family; whether it has a limit is not known", nil)
    }
    let values = parameters(best.z)
    guard let law = try? problem.family.law(values) else { return .stalled("no member was found", nil) }
    let slope = derivatives(best.z).slope.map(abs).max() ?? 0
    let answer = FamilyProblem.Answer(
      law: law, parameters: values, value: best.value, lower: nil, upper: nil, standardErrors: nil,
      proof: "stationary: the gradient vanishes to the digits of differences", residual: slope,
      method: "parameter-newton", iterations: 0)
    return slope <= 1e-5 * max(1, abs(best.value)) ? .local(answer) : .stalled("no further progress", answer)
  }

  private func starts() -> [[Double]] {
    var centre = 0.0
    var spread = 1.0
    for item in problem.objective.terms {
      if case .logLikelihood(let values, _) = item.term, !values.isEmpty {
        let sorted = values.sorted()
        centre = sorted[sorted.count / 2]
        spread = max(
          (sorted[sorted.count * 3 / 4] - sorted[sorted.count / 4]) / 2, 1e-6 * max(1, abs(centre)))
      }
    }
    var list: [[Double]] = []
    for shift in [0, -2.0, 2.0] {
      list.append(
        free.map { i in
          let parameter = problem.family.parameters[i]
          switch parameter.domain {
          case .real: return centre + shift * spread / 2
          case .positive, .fixed: return (parameter.name == "scale" ? Kernel.log(spread) : 0) + shift
          case .unit: return shift
          }
        })
    }
    return list
  }

  private func derivatives(_ z: [Double]) -> (slope: [Double], curvature: Matrix) {
    let n = z.count
    let middle = value(z)
    let steps = z.map { 1e-4 * max(1, abs($0)) }
    var slope = [Double](repeating: 0, count: n)
    var curvature = Matrix(rows: n, columns: n)
    func shifted(_ moves: [(Int, Double)]) -> Double {
      var other = z
      for (i, amount) in moves { other[i] += amount * steps[i] }
      return value(other)
    }
    for i in 0..<n {
      let (up, down) = (shifted([(i, 1)]), shifted([(i, -1)]))
      let (far, back) = (shifted([(i, 2)]), shifted([(i, -2)]))
      slope[i] = (8 * (up - down) - (far - back)) / (12 * steps[i])
      curvature[i, i] = (up - 2 * middle + down) / (steps[i] * steps[i])
      for j in 0..<i {
        let mixed =
          (shifted([(i, 1), (j, 1)]) - shifted([(i, 1), (j, -1)]) - shifted([(i, -1), (j, 1)])
            + shifted([(i, -1), (j, -1)])) / (4 * steps[i] * steps[j])
        curvature[i, j] = mixed
        curvature[j, i] = mixed
      }
    }
    return (slope, curvature)
  }

  private func descended(from start: [Double]) -> (z: [Double], value: Double) {
    var z = start
    var value = value(z)
    for _ in 0..<200 {
      if stop() { break }
      let (slope, curvature) = derivatives(z)
      guard slope.allSatisfy(\.isFinite), curvature.elements.allSatisfy(\.isFinite) else { break }
      var direction = slope.map { -$0 }
      let scale = curvature.elements.map(abs).max() ?? 1
      for shift in [0, 1e-6, 1e-3, 1e-1, 1, 10] {
        if let factor = Cholesky(curvature, shift: shift * max(scale, 1e-300)) {
          direction = factor.solve(slope).map { -$0 }
          break
        }
      }
      let largest = direction.map(abs).max() ?? 0
      if largest > 2 { direction = direction.map { $0 * 2 / largest } }
      var length = 1.0
      var next: (z: [Double], value: Double)?
      for _ in 0..<40 {
        let trial = zip(z, direction).map { $0 + length * $1 }
        let there = self.value(trial)
        if there < value { next = (trial, there) }
        if next != nil { break }
        length /= 2
      }
      guard let next else { break }
      let change = zip(next.z, z).map { abs($0 - $1) }.max() ?? 0
      (z, value) = next
      if change < 1e-12 || z.contains(where: { abs($0) > 300 }) { break }
    }
    return (z, value)
  }
}
