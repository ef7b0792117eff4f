import Entropic
import EntropicModel
import EntropicNumerics
import EntropicSolvers
import Testing

/// Convex constraints whose least left side is known in closed form: a bound below it by a margin has to be proved
/// impossible, whatever the objective, and a bound above it must never be called so.
@Suite("constraints out of reach")
struct UnreachableConstraintTests {
  /// Left sides with their least value over the simplex, and over an event of at most probability a where it has one.
  enum Kind: String, CaseIterable, Sendable {
    case sumSquares, entropy, maximum, norm, reciprocals, logSumExp, weightedMaximum, cvar
    case kl, chiSquared, hellinger, totalVariation, renyiHalf, renyi2
    case logdet, traceInverse, lambdaMin
    case twoBalls, twoRelativeEntropies, twoVariations, largerOfTwo
  }

  struct Instance {
    var constraints: [Constraint]
    var objective: Expression
    var sense: Sense
  }

  /// A random instance whose convex bounds are `factor` times the least attainable ones (towards the hard side).
  static func instance(_ kind: Kind, seed: UInt64, factor: Double) -> Instance {
    var random = SeededGenerator(seed: seed, stream: 7)
    let n = 3 + Int(random.next() % 7)
    let p = Unknown.simplex(n, name: "p")
    let x = p.expression
    func law() -> [Double] {
      let raw = (0..<n).map { _ in 0.1 - Kernel.log(1 - random.uniform()) }
      let total = Kernel.sum(raw)
      return raw.map { $0 / total }
    }
    let (q, r, g) = (law(), law(), law())
    let d = (0..<n).map { _ in 0.5 + 2 * random.uniform() }
    let size = Double(n)
    // An event of probability Q under q, and less under p.
    let event = 1 + Int(random.next() % UInt64(n - 1))
    let whole = Kernel.sum(Array(q.prefix(event)))
    let a = whole * (0.3 + 0.6 * random.uniform())
    let row = probability(p, of: Array(0..<event)) <= a
    func binary(_ f: (Double, Double) -> Double) -> Double { f(a, whole) + f(1 - a, 1 - whole) }
    func renyi(_ o: Double) -> Double {
      Kernel.log(binary { Kernel.exp(o * Kernel.log($0) + (1 - o) * Kernel.log($1)) }) / (o - 1)
    }
    // Orthogonal directions of lengths d_1, d_2, d_3, repeated.
    var directions = Matrix(rows: n, columns: 3, repeating: 0)
    for i in 0..<n { directions[i, i % 3] = d[i % 3] }
    let matrix = informationMatrix(p, directions)
    let s = Array(d.prefix(3))
    let share = 0.2 + 0.6 * random.uniform()
    var constraints: [Constraint]
    switch kind {
    case .sumSquares: constraints = [sumSquares(x) <= factor / size]
    case .entropy: constraints = [entropy(p) >= Kernel.log(size) * (2 - factor)]
    case .maximum: constraints = [max(x) <= factor / size]
    case .norm: constraints = [norm2(x) <= factor / size.squareRoot()]
    case .reciprocals:
      let root = Kernel.sum(r.map { $0.squareRoot() })
      constraints = [sum(Expression(r) * x.power(-1)) <= factor * root * root]
    case .logSumExp: constraints = [logSumExp(2 * x) <= factor * (2 / size + Kernel.log(size))]
    case .weightedMaximum: constraints = [max(Expression(d) * x) <= factor / Kernel.sum(d.map { 1 / $0 })]
    case .cvar:
      let uniform = Expression([Double](repeating: 1 / size, count: n))
      constraints = [
        EntropicModel.cvar(uniform, Expression(d) * x, level: 1 - 1 / size)
          <= factor / Kernel.sum(d.map { 1 / $0 })
      ]
    case .kl: constraints = [row, EntropicModel.kl(p, q) <= factor * binary { $0 * Kernel.log($0 / $1) }]
    case .chiSquared:
      constraints = [row, EntropicModel.chiSquared(p, q) <= factor * (binary { $0 * $0 / $1 } - 1)]
    case .hellinger:
      constraints = [row, EntropicModel.hellinger(p, q) <= factor * (1 - binary { ($0 * $1).squareRoot() })]
    case .totalVariation: constraints = [row, EntropicModel.totalVariation(p, q) <= factor * (whole - a)]
    case .renyiHalf: constraints = [row, renyiDivergence(p, q, order: 0.5) <= factor * renyi(0.5)]
    case .renyi2: constraints = [row, renyiDivergence(p, q, order: 2) <= factor * renyi(2)]
    case .logdet:
      let best = Kernel.sum(s.map { 2 * Kernel.log($0) }) - 3 * Kernel.log(3)
      constraints = [EntropicModel.logdet(matrix) >= best + (1 - factor) * abs(best)]
    case .traceInverse:
      let root = Kernel.sum(s.map { 1 / $0 })
      constraints = [EntropicModel.traceInverse(matrix) <= factor * root * root]
    case .lambdaMin:
      constraints = [EntropicModel.lambdaMin(matrix) >= (2 - factor) / Kernel.sum(s.map { 1 / $0 / $0 })]
    case .twoBalls:
      let length = Kernel.sum(zip(q, r).map { ($0 - $1) * ($0 - $1) }).squareRoot() * factor
      constraints = [
        EntropicModel.sumSquares(x - Expression(q)) <= share * share * length * length,
        EntropicModel.sumSquares(x - Expression(r)) <= (1 - share) * (1 - share) * length * length,
      ]
    case .twoVariations:
      let length = Kernel.sum(zip(q, r).map { abs($0 - $1) }) / 2 * factor
      constraints = [
        EntropicModel.totalVariation(p, q) <= share * length,
        EntropicModel.totalVariation(p, r) <= (1 - share) * length,
      ]
    case .twoRelativeEntropies, .largerOfTwo:
      // The path q^(1 - l) r^l holds the nearest laws; at the chosen l the radii are its divergences.
      func path(_ l: Double) -> (Double, Double) {
        let z = zip(q, r).map { Kernel.exp((1 - l) * Kernel.log($0) + l * Kernel.log($1)) }
        let total = Kernel.sum(z)
        func divergence(_ to: [Double]) -> Double {
          Kernel.sum(zip(z, to).map { $0 / total * Kernel.log($0 / total / $1) })
        }
        return (divergence(q), divergence(r))
      }
      if kind == .twoRelativeEntropies {
        let (b, c) = path(share)
        constraints = [EntropicModel.kl(p, q) <= factor * b, EntropicModel.kl(p, r) <= factor * c]
      } else {
        var (low, high) = (0.0, 1.0)
        for _ in 0..<100 {
          let middle = 0.5 * (low + high)
          let (b, c) = path(middle)
          if b < c { low = middle } else { high = middle }
        }
        constraints = [
          maximum(of: [EntropicModel.kl(p, q), EntropicModel.kl(p, r)]) <= factor * path(low).0
        ]
      }
    }
    switch random.next() % 6 {
    case 0: return Instance(constraints: constraints, objective: expect(p, d), sense: .minimize)
    case 1: return Instance(constraints: constraints, objective: 0 * expect(p, d), sense: .minimize)
    case 2: return Instance(constraints: constraints, objective: EntropicModel.entropy(p), sense: .maximize)
    case 3: return Instance(constraints: constraints, objective: EntropicModel.kl(p, g), sense: .minimize)
    case 4: return Instance(constraints: constraints, objective: sum(log(x)), sense: .maximize)
    default:
      return Instance(
        constraints: constraints, objective: EntropicModel.sumSquares(x - Expression(g)), sense: .minimize)
    }
  }

  private static let margins = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6]

  @Test("a bound below the least value is proved impossible", arguments: Kind.allCases)
  func unreachable(kind: Kind) throws {
    for (k, margin) in Self.margins.enumerated() {
      for seed in 0..<3 {
        let item = Self.instance(kind, seed: UInt64(100 * k + seed), factor: 1 - margin)
        let problem = try Problem(item.sense, item.objective, subjectTo: item.constraints)
        let outcome = Solver.run(problem)
        guard case .infeasible(.multipliers(let evidence, let bound), _) = outcome else {
          Issue.record("\(kind), margin \(margin), seed \(seed): \(outcome.status)")
          continue
        }
        #expect(bound > 0)
        // The checker needs the evidence and nothing else.
        let checked = problem.program.infeasibilityProof(evidence, at: problem.program.layout.centre())
        #expect(checked == .multipliers(evidence, bound: bound))
        #expect(problem.contradiction(of: evidence).isEmpty == false)
        // Without the multipliers of the convex constraints nothing is left to prove.
        var broken = evidence
        broken.convex = broken.convex.map { _ in 0 }
        #expect(problem.program.infeasibilityProof(broken, at: problem.program.layout.centre()) == nil)
      }
    }
  }

  @Test("a bound above the least value is never called impossible", arguments: Kind.allCases)
  func reachable(kind: Kind) throws {
    var solved = 0
    for (k, margin) in Self.margins.enumerated() {
      for seed in 0..<3 {
        let item = Self.instance(kind, seed: UInt64(100 * k + seed), factor: 1 + margin)
        let problem = try Problem(item.sense, item.objective, subjectTo: item.constraints)
        let outcome = Solver.run(problem)
        if case .infeasible = outcome {
          Issue.record("\(kind), margin \(margin), seed \(seed): called infeasible")
        }
        if case .optimal = outcome { solved += 1 }
      }
    }
    // Balls that barely meet may leave the iterations short of the tolerance.
    #expect(solved >= 9, "\(kind): \(solved) of 18")
  }

  @Test("multipliers of a proof are refused where the bound can be met", arguments: Kind.allCases)
  func borrowed(kind: Kind) throws {
    let item = Self.instance(kind, seed: 3, factor: 0.9)
    let problem = try Problem(item.sense, item.objective, subjectTo: item.constraints)
    guard case .infeasible(.multipliers(let evidence, _), _) = Solver.run(problem) else {
      Issue.record("\(kind): no proof")
      return
    }
    let twin = Self.instance(kind, seed: 3, factor: 1.1)
    let reachable = try Problem(twin.sense, twin.objective, subjectTo: twin.constraints)
    let centre = reachable.program.layout.centre()
    #expect(reachable.program.infeasibilityProof(evidence, at: centre) == nil)
    for factor in [1e-6, 1e6] {
      var scaled = evidence
      scaled.convex = scaled.convex.map { factor * $0 }
      #expect(reachable.program.infeasibilityProof(scaled, at: centre) == nil)
    }
  }
}
