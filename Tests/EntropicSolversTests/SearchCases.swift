import EntropicModel
import EntropicNumerics
import EntropicSolvers

/// The three problems on which the variants are measured.
enum SearchCases {
  /// -1/N sum log(L p): the mixing law of a Gaussian location mixture on a grid.
  static func mixture(_ observations: Int, _ atoms: Int, seed: UInt64) -> Program {
    var dice = Dice(seed)
    let centres = [-2.0, 0.5, 2.5]
    let x = (0..<observations).map { _ in
      centres[min(Int(dice.uniform() * 3), 2)] + dice.normal()
    }
    let low = x.min() ?? 0
    let high = x.max() ?? 1
    let grid = (0..<atoms).map { low + (high - low) * Double($0) / Double(max(atoms - 1, 1)) }
    let rows = x.map { x in grid.map { Kernel.exp(-0.5 * (x - $0) * (x - $0)) } }
    return Build.simplex(atoms) {
      $0.composites = [
        Composite(
          outer: .log([Double](repeating: 1 / Double(observations), count: observations)),
          map: SecondOrder.map(rows))
      ]
    }
  }

  /// Capacity of a channel with random rows.
  static func capacity(_ inputs: Int, _ outputs: Int, seed: UInt64) -> Program {
    var dice = Dice(seed)
    return Program(
      layout: SecondOrder.simplex(inputs),
      objective: SecondOrder.capacity((0..<inputs).map { _ in dice.law(outputs, 1) }))
  }

  /// D-optimal design for random regressors.
  static func design(_ points: Int, _ dimension: Int, seed: UInt64) -> Program {
    var dice = Dice(seed)
    let rows = (0..<points).map { _ in (0..<dimension).map { _ in dice.normal() } }
    return Program(
      layout: SecondOrder.simplex(points), objective: SecondOrder.design(.negativeLogDeterminant, rows))
  }

  /// p' Q p + c . p, strongly convex, with a known solution: 2 Q p* + c is 0 on its support and at least 0.1 elsewhere,
  /// so that the optimum is -p*' Q p*.
  static func quadratic(_ n: Int, support k: Int, seed: UInt64) -> (Program, [Double], Double) {
    var dice = Dice(seed)
    let m = 6
    let factors = Matrix(rows: n, columns: m, elements: (0..<n * m).map { _ in dice.normal() / 3 })
    var q = factors.times(factors.transposed())
    for i in 0..<n { q[i, i] += 1 + dice.uniform() }
    let law = dice.law(k, 2)
    var solution = [Double](repeating: 0, count: n)
    for (j, mass) in law.enumerated() { solution[j * (n / k) + 1] = mass }
    let image = q.times(solution)
    var f = SecondOrder.composite(n, .quadratic(q, slack: 0), SecondOrder.identity(n))
    for i in 0..<n { f.linear[i] = (solution[i] > 0 ? 0 : 0.1 + dice.uniform()) - 2 * image[i] }
    return (
      Program(layout: SecondOrder.simplex(n), objective: f), solution,
      -Kernel.compensatedDot(solution, image)
    )
  }
}
