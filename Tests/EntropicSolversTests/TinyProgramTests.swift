import EntropicModel
import EntropicNumerics
import EntropicSolvers
import EntropicTestSupport
import Testing

/// Two to four atoms, one or two rows, hundredths as coefficients: small enough to enumerate, and full of faces with
/// more rows than masses. No status may contradict the enumeration.
@Suite("tiny programs against enumeration")
struct TinyProgramTests {
  struct Row {
    var values: [Int]
    var bound: Int
    var isEquality: Bool
  }
  struct Instance {
    var count: Int
    var rows: [Row]
    var cost: [Int]
    /// Weights of p_i^2, in hundredths; empty for a linear objective.
    var squares: [Int]

    var program: Program {
      var f = Functional(count: count)
      f.linear = cost.map { Double($0) / 100 }
      if !squares.isEmpty {
        f.powers = [Functional.PowerTerm(exponent: 2, weights: squares.map { Double($0) / 100 })]
      }
      func row(_ r: Row) -> ConstraintRow {
        let kept = r.values.indices.filter { r.values[$0] != 0 }
        return ConstraintRow(
          name: "row", columns: kept, values: kept.map { Double(r.values[$0]) / 100 },
          bound: Double(r.bound) / 100)
      }
      var layout = Layout()
      layout.append(name: "p", kind: .simplex, shape: [count])
      return Program(
        layout: layout, objective: f, equalities: rows.filter(\.isEquality).map(row),
        inequalities: rows.filter { !$0.isEquality }.map(row))
    }

    func value(_ p: [Double]) -> Double {
      var total = 0.0
      for i in 0..<count {
        total += Double(cost[i]) / 100 * p[i]
        if !squares.isEmpty { total += Double(squares[i]) / 100 * p[i] * p[i] }
      }
      return total
    }

    /// The least value over the solutions of the optimality conditions on every face, nil when no point is feasible.
    var optimum: Double? {
      var best: Double?
      for mask in 1..<(1 << count) {
        let support = (0..<count).filter { mask >> $0 & 1 == 1 }
        for held in 0..<(1 << rows.count) {
          let active = rows.indices.filter { rows[$0].isEquality || held >> $0 & 1 == 1 }
          guard let p = stationary(support, active), isFeasible(p) else { continue }
          let value = value(p)
          best = min(best ?? value, value)
        }
      }
      return best
    }

    private func isFeasible(_ p: [Double]) -> Bool {
      p.allSatisfy { $0 >= -1e-12 }
        && rows.allSatisfy { row in
          let excess = zip(row.values, p).reduce(-Double(row.bound)) { $0 + Double($1.0) * $1.1 }
          return row.isEquality ? abs(excess) < 1e-9 : excess < 1e-9
        }
    }

    /// Stationarity of the masses of the face, its sum and its rows, by elimination with pivots; nil when singular.
    private func stationary(_ support: [Int], _ active: [Int]) -> [Double]? {
      let (s, k) = (support.count, active.count + 1)
      let n = s + k
      var a = [[Double]](repeating: [Double](repeating: 0, count: n + 1), count: n)
      for (i, member) in support.enumerated() {
        if !squares.isEmpty { a[i][i] = 2 * Double(squares[member]) }
        a[i][n] = -Double(cost[member])
        a[i][s] = 1
        a[s][i] = 1
        for (j, row) in active.enumerated() {
          a[i][s + 1 + j] = Double(rows[row].values[member])
          a[s + 1 + j][i] = Double(rows[row].values[member])
        }
      }
      a[s][n] = 1
      for (j, row) in active.enumerated() { a[s + 1 + j][n] = Double(rows[row].bound) }
      for c in 0..<n {
        guard let pivot = (c..<n).max(by: { abs(a[$0][c]) < abs(a[$1][c]) }), abs(a[pivot][c]) > 1e-9 else {
          return nil
        }
        a.swapAt(c, pivot)
        for r in 0..<n where r != c && a[r][c] != 0 {
          let factor = a[r][c] / a[c][c]
          for j in c...n { a[r][j] -= factor * a[c][j] }
        }
      }
      var p = [Double](repeating: 0, count: count)
      for (i, member) in support.enumerated() { p[member] = a[i][n] / a[i][i] }
      return p
    }
  }

  static func instance(_ random: inout Generator, isSquare: Bool) -> Instance {
    let n = Int.random(in: 2...4, using: &random)
    let rows = (0..<Int.random(in: 1...2, using: &random)).map { _ in
      var values = (0..<n).map { _ in Int.random(in: 0...100, using: &random) }
      // A row parallel to the sum would make the systems of the enumeration singular.
      if Set(values).count == 1 { values[0] = (values[0] + 1) % 100 }
      // Half the bounds are met by the uniform law, exactly or nearly; the others anywhere.
      let mean = values.reduce(0, +) / n
      let bound = Bool.random(using: &random) ? mean : Int.random(in: 0...100, using: &random)
      return Row(values: values, bound: bound, isEquality: Int.random(in: 0..<4, using: &random) == 0)
    }
    let costs = Bool.random(using: &random) ? 1 : 100
    return Instance(
      count: n, rows: rows,
      cost: (0..<n).map { _ in Int.random(in: -costs...costs, using: &random) * 100 / costs },
      squares: isSquare ? (0..<n).map { _ in Int.random(in: 1...100, using: &random) } : [])
  }

  @Test("linear", arguments: 0..<10) func linear(block: Int) {
    run(seed: 31 + UInt64(block), isSquare: false)
  }

  @Test("with squares", arguments: 0..<10) func squares(block: Int) {
    run(seed: 61 + UInt64(block), isSquare: true)
  }

  private func run(seed: UInt64, isSquare: Bool) {
    var random = Generator(seed: seed)
    var solved = 0
    for _ in 0..<100 {
      let instance = Self.instance(&random, isSquare: isSquare)
      let optimum = instance.optimum
      let program = instance.program
      let outcome = Solver.run(program)
      switch outcome {
      case .infeasible:
        #expect(optimum == nil, "infeasible, but \(optimum ?? 0) is attained: \(instance)")
        solved += 1
      case .optimal(let answer):
        solved += 1
        let total = answer.point.reduce(0, +)
        #expect(abs(total - 1) <= 1e-14, "masses sum to \(total): \(instance)")
        fallthrough
      default:
        guard let answer = outcome.answerIfAny, let optimum else { continue }
        let c = answer.certificate
        #expect(c.lower <= optimum + 1e-12, "lower \(c.lower) above \(optimum): \(instance)")
        if answer.certificate.isFeasible {
          #expect(c.upper >= optimum - 1e-12, "upper \(c.upper) below \(optimum): \(instance)")
          #expect(c.lower <= c.upper, "crossed ends: \(instance)")
        }
        if case .optimal = outcome {
          #expect(abs(c.value - optimum) <= 2e-9, "\(c.value), not \(optimum): \(instance)")
        }
      }
    }
    #expect(solved >= 90, "\(solved) of 100 reached a verdict")
  }

  @Test("a point without mass is not feasible") func withoutMass() {
    var layout = Layout()
    layout.append(name: "p", kind: .simplex, shape: [2])
    let program = Program(layout: layout, objective: Functional(count: 2))
    #expect(program.infeasibility([0, 0]) > 1)
    #expect(program.infeasibility([0.5, 0.25]) > 1)
    #expect(program.infeasibility([.nan, 1]) == .infinity)
    #expect(program.infeasibility([.infinity, 0]) == .infinity)
    #expect(program.infeasibility([0.25, 0.75]) == 0)
    let certificate = Certificate(program, point: [0, 0], evidence: .none(for: program))
    #expect(!certificate.isFeasible)
    #expect(certificate.upper == .infinity)
  }

  @Test("ends that exclude each other are never good enough", arguments: [0.5, 1e-9, 0])
  func crossed(distance: Double) {
    let certificate = Certificate(
      value: 1, lower: 1 + distance, upper: 1, dataUncertainty: 0, infeasibility: 0, level: .rigorous)
    #expect(certificate.satisfies(Tolerance(), scale: 1) == (distance == 0))
    #expect(certificate.isContradictory == (distance > 0))
    for bad in [Double.infinity, -.infinity, .nan] {
      let odd = Certificate(
        value: bad, lower: bad, upper: bad, dataUncertainty: 0, infeasibility: 0, level: .rigorous)
      #expect(!odd.satisfies(Tolerance(), scale: 1))
    }
  }
}
