import Entropic
import EntropicSpec

/// Whole problems through the public interface: built, solved, certified. An answer is right when it is
/// certified at 1e-9 and, where the optimum is known, when the interval holds it.
func solverWorkloads() -> [Workload] {
  [
    maximumEntropy(outcomes: 1_000, moments: 5), maximumEntropy(outcomes: 100_000, moments: 50), die(),
    capacity(size: 30), design(points: 201), simplexQuadratic(assets: 200), divergenceBall(outcomes: 100_000),
    mixture(rows: 400, columns: 60), peerMaximumEntropy(),
  ] + closedForms() + [nyse()].compactMap { $0 }
}

/// Nil for a certified answer whose interval holds the optimum.
func verdict(_ build: () throws -> Outcome, optimum: Double? = nil) -> String? {
  guard let outcome = try? build() else { return "the problem cannot be built" }
  guard case .optimal(let answer) = outcome else { return "\(outcome.status): \(outcome.run.why)" }
  guard let optimum else { return nil }
  let (_, lower, upper) = answer.objective
  let slack = 1e-12 * abs(optimum)
  return lower - slack <= optimum && optimum <= upper + slack
    ? nil : "[\(lower), \(upper)] does not hold \(optimum)"
}

private func maximumEntropy(outcomes n: Int, moments k: Int) -> Workload {
  var noise = Noise(seed: 11)
  let a = Matrix(rows: k, columns: n, elements: noise.normals(k * n))
  // Moments of a law in the family, so that the answer is inside.
  let (law, _) = Kernel.softmax(noise.normals(n).map { 0.5 * $0 })
  let b = a.times(law)
  return Workload(name: "maximum entropy, \(k) moments", size: n) {
    verdict {
      let p = Unknown.simplex(n)
      return try maximize(entropy(p)) { a * p == b }
    }
  }
}

private func die() -> Workload {
  let faces = [1.0, 2, 3, 4, 5, 6]
  return Workload(name: "loaded die", size: 6) {
    verdict(
      {
        let p = Unknown.simplex(over: faces)
        return try maximize(entropy(p)) { expect(p, faces) == 4.5 }
      }, optimum: 1.613581098153829)
  }
}

private func capacity(size n: Int) -> Workload {
  var noise = Noise(seed: 13)
  var rows: [Double] = []
  for _ in 0..<n {
    let row = noise.uniforms(n).map { $0 * $0 * $0 }
    let total = Kernel.compensatedSum(row)
    rows += row.map { $0 / total }
  }
  let channel = Matrix(rows: n, columns: n, elements: rows)
  return Workload(name: "channel capacity", size: n) {
    verdict { try maximize(mutualInformation(Unknown.simplex(n), channel)) }
  }
}

private func design(points n: Int) -> Workload {
  let t = (0..<n).map { -1 + 2 * Double($0) / Double(n - 1) }
  let x = Matrix(rows: n, columns: 3, elements: t.flatMap { [1, $0, $0 * $0] })
  // A third of the effort at -1, 0 and 1: the determinant is 4 / 27.
  return Workload(name: "D-optimal design", size: n) {
    verdict({ try maximize(logdet(informationMatrix(Unknown.simplex(n), x))) }, optimum: -1.909542504884438)
  }
}

private func simplexQuadratic(assets n: Int) -> Workload {
  var noise = Noise(seed: 17)
  let factors = Matrix(rows: n, columns: 20, elements: noise.normals(20 * n))
  var q = factors.times(factors.transposed())
  for i in 0..<n { q[i, i] += 1 + noise.uniform() }
  let returns = noise.normals(n)
  return Workload(name: "quadratic on the simplex", size: n) {
    verdict {
      let p = Unknown.simplex(n)
      return try minimize(0.5 * quadratic(p, q) - expect(p, returns))
    }
  }
}

private func divergenceBall(outcomes n: Int) -> Workload {
  var noise = Noise(seed: 19)
  let loss = noise.normals(n)
  let q = [Double](repeating: 1 / Double(n), count: n)
  return Workload(name: "divergence ball", size: n) {
    verdict {
      let p = Unknown.simplex(n)
      return try maximize(expect(p, loss)) { kl(p, q) <= 0.1 }
    }
  }
}

private func mixture(rows: Int, columns: Int) -> Workload {
  var noise = Noise(seed: 23)
  let y = (0..<rows).map { _ in noise.normal() + (noise.uniform() < 0.4 ? 3 : 0) }
  let grid = (0..<columns).map { -4 + 11 * Double($0) / Double(columns - 1) }
  let l = Matrix(
    rows: rows, columns: columns,
    elements: y.flatMap { v in grid.map { Kernel.exp(-0.5 * (v - $0) * (v - $0)) } })
  return Workload(name: "mixture likelihood, \(rows) rows", size: columns) {
    verdict { try maximize(logLikelihood(l * Unknown.simplex(columns))) }
  }
}

/// The file of the gallery, where the program runs in the repository; read once, then solved.
private func nyse() -> Workload? {
  let path = "Notebooks/nyse-portfolio/portfolio.yaml"
  guard let file = try? ObjectiveFile.read(path: path),
    let problem = try? Elaboration(file, folder: "Notebooks/nyse-portfolio").run().problem
  else { return nil }
  var workload = Workload(name: "log-optimal portfolio, NYSE", size: problem.program.count) {
    verdict({ Solver.run(problem) }, optimum: 5.5238463700998)
  }
  workload.limit = 0.15
  return workload
}

/// Problems with a formula, built, solved and certified: 20 ms of processor time each.
private func closedForms() -> [Workload] {
  let n = 1000
  var noise = Noise(seed: 29)
  let scores = noise.normals(n)
  let uniform = [Double](repeating: 1 / Double(n), count: n)
  let p = Unknown.simplex(n)
  func workload(_ name: String, _ optimum: Double? = nil, _ build: @escaping () throws -> Problem) -> Workload
  {
    var workload = Workload(name: name, size: n) {
      verdict(
        {
          let outcome = Solver.run(try build())
          return outcome
        }, optimum: optimum)
    }
    workload.limit = 0.02
    return workload
  }
  return [
    workload("closed form: vertex", scores.min()) { try Problem(.minimize, expect(p, scores)) },
    workload("closed form: softmax", Kernel.logSumExp(scores)) {
      try Problem(.maximize, expect(p, scores) + entropy(p))
    },
    workload("closed form: sparsemax") { try Problem(.minimize, sumSquares(p - scores)) },
    workload("closed form: divergence ball") {
      try Problem(.maximize, expect(p, scores), subjectTo: [kl(p, uniform) <= 0.1])
    },
    workload("closed form: KL to a law", 0) { try Problem(.minimize, kl(p, uniform)) },
  ]
}
