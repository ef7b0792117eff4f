import Entropic

/// The fully corrective search on problems whose answers have a small support; right when certified, and beyond 1e-10
/// where the certificate of the data allows it (that of a dense quadratic form of order 2000 ends near 1e-9).
func searchWorkloads() -> [Workload] {
  [mixing(rows: 10_000, columns: 300), widePoints(10_000, dimension: 10), wideQuadratic(2000)]
}

private func searched(
  _ name: String, size: Int, goal: Double = 1e-10, _ problem: @escaping () throws -> Problem
) -> Workload {
  Workload(name: name, size: size) {
    guard let problem = try? problem() else { return "the problem cannot be built" }
    var options = SolveOptions(method: "frank-wolfe(fully-corrective)")
    options.finishes = false
    let outcome = Solver.run(problem, options)
    guard case .optimal(let answer) = outcome else { return "\(outcome.status): \(outcome.run.notes)" }
    let gap = answer.certificate.relativeGap ?? .infinity
    return gap <= goal ? nil : "relative gap \(gap)"
  }
}

/// The law of the means of a Gaussian mixture on a grid.
private func mixing(rows: Int, columns: Int) -> Workload {
  var noise = Noise(seed: 29)
  let centres = [-2.0, 0.5, 3]
  let y = (0..<rows).map { _ in centres[min(Int(noise.uniform() * 3), 2)] + noise.normal() }
  let grid = (0..<columns).map { -6 + 12 * Double($0) / Double(columns - 1) }
  let l = Matrix(
    rows: rows, columns: columns,
    elements: y.flatMap { v in grid.map { Kernel.exp(-0.5 * (v - $0) * (v - $0)) } })
  return searched("mixing law, \(rows) rows", size: columns) {
    try Problem(.maximize, logLikelihood(l * Unknown.simplex(columns)))
  }
}

private func widePoints(_ n: Int, dimension: Int) -> Workload {
  var noise = Noise(seed: 31)
  let x = Matrix(rows: n, columns: dimension, elements: noise.normals(n * dimension))
  return searched("D-optimal design, \(dimension) regressors", size: n) {
    try Problem(.maximize, logdet(informationMatrix(Unknown.simplex(n), x)))
  }
}

private func wideQuadratic(_ n: Int) -> Workload {
  var noise = Noise(seed: 37)
  let factors = Matrix(rows: n, columns: 40, elements: noise.normals(40 * n))
  var q = factors.times(factors.transposed())
  for i in 0..<n { q[i, i] += 1 + noise.uniform() }
  let returns = noise.normals(n)
  return searched("quadratic, fully corrective", size: n, goal: 1e-9) {
    let p = Unknown.simplex(n)
    return try Problem(.minimize, 0.5 * quadratic(p, q) - expect(p, returns))
  }
}
