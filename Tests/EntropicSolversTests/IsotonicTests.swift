import Entropic
import EntropicModel
import EntropicNumerics
import EntropicSolvers
import Testing

@Suite("Isotonic")
struct IsotonicTests {
  /// Weighted isotonic regression by pooling adjacent violators, rising: an independent implementation.
  static func pooled(_ y: [Double]) -> [Double] {
    var blocks: [(sum: Double, count: Double)] = []
    for v in y {
      blocks.append((v, 1))
      while blocks.count > 1 {
        let (a, b) = (blocks[blocks.count - 2], blocks[blocks.count - 1])
        guard a.sum / a.count >= b.sum / b.count else { break }
        blocks.removeLast(2)
        blocks.append((a.sum + b.sum, a.count + b.count))
      }
    }
    return blocks.flatMap { [Double](repeating: $0.sum / $0.count, count: Int($0.count)) }
  }

  /// A noisy rising law.
  static func noisy(_ n: Int, _ seed: UInt64) -> [Double] {
    var dice = Dice(seed)
    let w = (0..<n).map { (Double($0) / Double(n) + 0.2) * (0.05 + dice.uniform()) }
    let total = Kernel.compensatedSum(w)
    return w.map { $0 / total }
  }

  private static func certified(_ problem: Problem, _ optimum: Double, method: String = "isotonic") throws
    -> Answer
  {
    let outcome = Solver.run(problem)
    let answer = try #require(outcome.answerIfAny)
    #expect(outcome.status == "optimal")
    #expect(answer.run.methods.first == method)
    let (value, lower, upper) = answer.objective
    #expect(lower <= optimum + 1e-13 * abs(optimum) && optimum - 1e-13 * abs(optimum) <= upper)
    #expect(upper - lower <= 1e-9 * max(abs(optimum), 1e-3))
    #expect(abs(value - optimum) <= 1e-9 * max(abs(optimum), 1e-3))
    return answer
  }

  @Test("the Grenander estimate: likelihood of a rising law", arguments: [10, 1000, 10_000])
  func likelihood(n: Int) throws {
    let w = Self.noisy(n, 7)
    let p = Unknown.simplex(n)
    let exact = Self.pooled(w)
    let optimum = Kernel.compensatedSum(zip(w, exact).map { $0 * Kernel.log($0 / $1) })
    let answer = try Self.certified(
      Problem(.minimize, kl(w, p), subjectTo: [monotone(p)]), optimum)
    #expect(distance(answer.point, exact) <= 1e-12)
  }

  @Test("the nearest rising law in squares", arguments: [10, 1000, 10_000])
  func squares(n: Int) throws {
    let y = Self.noisy(n, 11)
    let p = Unknown.simplex(n)
    let exact = Self.pooled(y)
    let optimum = Kernel.compensatedSum(zip(exact, y).map { ($0 - $1) * ($0 - $1) })
    let answer = try Self.certified(
      Problem(.minimize, sumSquares(Expression(p) - Expression(y)), subjectTo: [monotone(p)]), optimum)
    #expect(distance(answer.point, exact) <= 1e-12)
  }

  @Test("the nearest falling law in relative entropy pools geometric means", arguments: [10, 1000, 10_000])
  func projection(n: Int) throws {
    let q = Array(Self.noisy(n, 5).reversed())
    let p = Unknown.simplex(n)
    // log p is the isotonic regression of log q, shifted.
    let shape = Self.pooled(q.reversed().map { Kernel.log($0) }).reversed().map { Kernel.exp($0) }
    let optimum = -Kernel.log(Kernel.compensatedSum(shape))
    _ = try Self.certified(
      Problem(.minimize, kl(p, q), subjectTo: [monotone(p, .decreasing)]), optimum)
  }

  @Test("a known mode")
  func mode() throws {
    // Two pools of two and the mode on its own; then the mode pooled with both sides.
    for (y, exact) in [
      ([0.2, 0.1, 0.4, 0.05, 0.25], [0.15, 0.15, 0.4, 0.15, 0.15]),
      ([0.1, 0.4, 0.2, 0.3, 0], [0.1, 0.3, 0.3, 0.3, 0]),
    ] {
      let p = Unknown.simplex(5)
      let optimum = zip(exact, y).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      let answer = try Self.certified(
        Problem(.minimize, sumSquares(Expression(p) - Expression(y)), subjectTo: [unimodal(p, at: 2)]),
        optimum)
      #expect(distance(answer.point, exact) <= 1e-12)
    }
  }

  @Test("a known mode among ten thousand: both halves are what they are alone")
  func wideMode() throws {
    // A reflected law is pooled like its half: by symmetry, and because the mode is the larger end of both.
    let half = Self.noisy(5000, 3)
    let y = (half + half.reversed()).map { $0 / 2 }
    let exact = (Self.pooled(half) + Self.pooled(half).reversed()).map { $0 / 2 }
    let optimum = Kernel.compensatedSum(zip(y, exact).map { $0 > 0 ? $0 * Kernel.log($0 / $1) : 0 })
    let p = Unknown.simplex(10_000)
    _ = try Self.certified(Problem(.minimize, kl(y, p), subjectTo: [unimodal(p, at: 5000)]), optimum)
  }

  @Test("a moment beside the order: what is in order already is left alone")
  func moment() throws {
    let p = Unknown.simplex(6)
    let faces = [1.0, 2, 3, 4, 5, 6]
    // The Gibbs law of the die with mean 4.5 rises (E. T. Jaynes, 1963).
    _ = try Self.certified(
      Problem(.maximize, entropy(p), subjectTo: [monotone(p), expect(p, faces) == 4.5]),
      1.61358109815382904114158)
  }

  @Test("moments beside the order agree with the interior point", arguments: [1, 2, 3, 4, 5] as [UInt64])
  func moments(seed: UInt64) throws {
    let n = 12
    let q = Self.noisy(n, seed)
    let x = (0..<n).map { Double($0) }
    let square = x.map { $0 * $0 }
    let p = Unknown.simplex(n)
    let problem = try Problem(
      .minimize, kl(p, q),
      subjectTo: [monotone(p), expect(p, x) == 7, expect(p, square) <= 58, expect(p, x) <= 100])
    let fast = Solver.run(problem, SolveOptions(method: "isotonic"))
    let other = Solver.run(problem, SolveOptions(method: "interior-point"))
    #expect(fast.status == "optimal" && other.status == "optimal", "\(fast.status) \(other.status)")
    let (a, b) = (try fast.answer.objective, try other.answer.objective)
    #expect(a.lower <= b.upper && b.lower <= a.upper)
    #expect(abs(a.value - b.value) <= 2e-9 * abs(b.value))
  }

  @Test("laws: reversal, scaling, a trough as the mirror image of a mode")
  func laws() throws {
    let y = Self.noisy(40, 9)
    let p = Unknown.simplex(40)
    let rising = try Solver.run(Problem(.minimize, kl(y, p), subjectTo: [monotone(p)])).answer
    let falling = try Solver.run(
      Problem(.minimize, kl(Array(y.reversed()), p), subjectTo: [monotone(p, .decreasing)])
    ).answer
    #expect(distance(rising.point, falling.point.reversed()) <= 1e-14)
    let scaled = try Solver.run(Problem(.minimize, 1e6 * kl(y, p), subjectTo: [monotone(p)])).answer
    #expect(distance(rising.point, scaled.point) <= 1e-13)
    // p_i >= p_20 going outwards: rows written by hand, in a tree with its least mass as the root.
    var program = Build.projection(y)
    for i in 1..<40 {
      var row = [Double](repeating: 0, count: 40)
      row[i - 1] = i <= 20 ? -1 : 1
      row[i] = i <= 20 ? 1 : -1
      program.inequalities.append(Build.row(row, 0))
    }
    let fast = Solver.run(program, SolveOptions(method: "isotonic"))
    let other = Solver.run(program, SolveOptions(method: "interior-point"))
    #expect(fast.status == "optimal")
    #expect(distance(fast.answerIfAny?.point ?? [], other.answerIfAny?.point ?? []) <= 1e-6)
  }

  @Test("linear costs: the even law on the set of least mean cost", arguments: [6, 2000])
  func linear(n: Int) throws {
    var dice = Dice(21)
    let cost = (0..<n).map { _ in dice.normal() }
    let p = Unknown.simplex(n)
    // Falling laws are mixtures of even laws on the first k outcomes.
    var sum = 0.0
    var optimum = Double.infinity
    for (k, c) in cost.enumerated() {
      sum += c
      optimum = min(optimum, sum / Double(k + 1))
    }
    let problem = try Problem(.minimize, expect(p, cost), subjectTo: [monotone(p, .decreasing)])
    let answer = try Solver.run(problem).answer
    #expect(abs(answer.objective.value - optimum) <= 1e-11)
    #expect(answer.objective.lower <= optimum + 1e-12 && optimum - 1e-12 <= answer.objective.upper)
    #expect(answer.run.methods.first == "isotonic")
  }

  @Test("what it leaves to others")
  func refusals() {
    #expect(!Isotonic().accepts(Build.entropy(3)).isAccepted)
    // Two masses above one and two below one: no forest either way.
    let rows: [([Double], Double)] = [([1, -1, 0], 0), ([1, 0, -1], 0), ([0, 1, -1], 0)]
    #expect(!Isotonic().accepts(Build.entropy(3, atMost: rows)).isAccepted)
    #expect(Isotonic().accepts(Build.entropy(3, atMost: [rows[0], rows[1]])).isAccepted)
    var bounded = Build.entropy(3, atMost: [rows[0]])
    bounded.layout.upper[0] = 0.1
    #expect(!Isotonic().accepts(bounded).isAccepted)
  }

  @Test("contradictions end in a proof or honestly, by the automatic choice")
  func contradictions() throws {
    let p = Unknown.simplex(6)
    // Falling laws on 1...6 have means of at most 3.5.
    let problem = try Problem(
      .maximize, entropy(p),
      subjectTo: [monotone(p, .decreasing), expect(p, [1.0, 2, 3, 4, 5, 6]) == 4])
    #expect(Solver.run(problem).status == "infeasible")
  }
}
