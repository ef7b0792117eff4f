import EntropicModel
import EntropicNumerics
import EntropicSolvers
import Testing

/// Rate-distortion with several rows, built backwards from its solution.
///
/// Any channel Q with output law v is optimal for distortions with sum_c y_c d_c(i, j) = -log(Q_ij / v_j) where v_j > 0,
/// and = -log t_ij with sum_i p_i t_ij < 1 on outputs that are not used: then exp(-sum y d) is the tilt of Blahut's
/// bound, and the rate is the mutual information of p and Q.
@Suite("conditional entropies in the interior point")
struct ConditionalTangentTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let inputs: Int
    let outputs: Int
    let rows: Int
    let seed: UInt64
    var testDescription: String { "\(inputs) x \(outputs), \(rows) rows, seed \(seed)" }
  }

  static let cases: [Case] = [(2, 2), (2, 4), (4, 5), (8, 8), (20, 20)].flatMap { shape in
    (1...3).flatMap { rows in
      (1...4).map { Case(inputs: shape.0, outputs: shape.1, rows: rows, seed: UInt64($0)) }
    }
  }

  static func build(_ row: Case) -> (program: Program, rate: Double) {
    var dice = Dice(row.seed)
    let (k, m) = (row.inputs, row.outputs)
    let p = dice.law(k, 2)
    // The last third of the outputs is not used.
    let used = m - m / 3
    let channel = (0..<k).map { _ in dice.law(used, 0.7) }
    let v = (0..<used).map { j in (0..<k).reduce(0) { $0 + p[$1] * channel[$1][j] } }
    let y = (0..<row.rows).map { _ in 0.5 + 2 * dice.uniform() }
    var distortion = (0..<row.rows).map { _ in (0..<k * m).map { _ in dice.uniform() } }
    let tilt = (used..<m).map { _ -> [Double] in
      let t = (0..<k).map { _ in 0.1 + dice.uniform() }
      let total = zip(p, t).reduce(0) { $0 + $1.0 * $1.1 }
      return t.map { 0.8 * $0 / total }
    }
    for i in 0..<k {
      for j in 0..<m {
        let logarithm = j < used ? Kernel.log(channel[i][j] / v[j]) : Kernel.log(tilt[j - used][i])
        let others = (1..<row.rows).reduce(0.0) { $0 + y[$1] * distortion[$1][i * m + j] }
        distortion[0][i * m + j] = (-logarithm - others) / y[0]
      }
    }
    var program = SecondOrder.rate(p, [[Double]](repeating: [Double](repeating: 0, count: m), count: k), 1)
    program.inequalities = distortion.map { d in
      let costs = d.indices.map { p[$0 / m] * d[$0] }
      var bound = 0.0
      for i in 0..<k { for j in 0..<used { bound += costs[i * m + j] * channel[i][j] } }
      return SecondOrder.row(costs, bound)
    }
    var rate = 0.0
    for i in 0..<k { for j in 0..<used { rate += p[i] * channel[i][j] * Kernel.log(channel[i][j] / v[j]) } }
    return (program, rate)
  }

  @Test("the interval holds the rate and is narrow", arguments: cases)
  func rates(row: Case) {
    let (program, rate) = Self.build(row)
    let run = InteriorPointTests.run(program)
    #expect(run.isConverged)
    #expect(run.certificate.isFeasible)
    #expect(run.certificate.lower <= rate && rate <= run.certificate.upper)
    #expect(run.certificate.gap <= 1e-9 * rate)
  }
}
