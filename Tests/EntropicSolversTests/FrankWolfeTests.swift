import EntropicModel
import EntropicNumerics
import EntropicSolvers
import Testing

@Suite("conditional gradients")
struct FrankWolfeTests {
  static let variants = FrankWolfe.Variant.allCases
  /// Those with a linear rate or finitely many steps.
  static let fast = variants.filter { $0 != .classic }

  static func run(_ variant: FrankWolfe.Variant, _ program: Program, limit: Int = 3000) -> Verdict {
    Verdict(FrankWolfe(variant), program, limit: limit)
  }

  @Test("names and aliases")
  func names() {
    for name in ["frank-wolfe", "conditional-gradient", "frank-wolfe(blended-pairwise)"] {
      #expect(Catalogue.named(name)?.name == "frank-wolfe")
    }
    #expect(Catalogue.named("conditional-gradient(away)")?.name == "frank-wolfe(away)")
    #expect(Catalogue.named("frank-wolfe(sideways)") == nil)
    for variant in Self.variants { #expect(FrankWolfe(variant).accepts(Build.entropy(3)).isAccepted) }
  }

  @Test("one outcome", arguments: variants)
  func single(variant: FrankWolfe.Variant) {
    let verdict = Self.run(variant, Build.simplex(1) { $0.linear = [2.5] }, limit: 5)
    #expect(verdict.certifies(2.5))
    #expect(verdict.end == .converged)
  }

  @Test("a vertex, with ties", arguments: variants)
  func vertex(variant: FrankWolfe.Variant) {
    let verdict = Self.run(variant, Build.simplex(5) { $0.linear = [3, 1, 2, 1, 7] }, limit: 50)
    #expect(verdict.certifies(1))
    #expect(abs(verdict.point[1] + verdict.point[3] - 1) < 1e-12)
  }

  // |p - y|^2 / 2 at p = (y - level)_+: level 0.05 on the first three, (1.15 - 1) / 3.
  @Test("projection on the simplex: exact support", arguments: fast)
  func projection(variant: FrankWolfe.Variant) {
    let y = [0.6, 0.35, 0.2, -0.1, -0.5, 0]
    let verdict = Self.run(variant, Build.projection(y))
    let optimum = 0.5 * (3 * 0.05 * 0.05 + 0.01 + 0.25)
    #expect(verdict.certifies(optimum, relative: 1e-9))
    #expect(distance(verdict.point, [0.55, 0.3, 0.15, 0, 0, 0]) < 1e-5)
    #expect(verdict.point[3] == 0 && verdict.point[4] == 0 && verdict.point[5] == 0)
  }

  @Test("classic steps come within O(1 / t)")
  func classic() {
    let verdict = Self.run(.classic, Build.projection([0.6, 0.35, 0.2, -0.1, -0.5, 0]), limit: 1000)
    #expect(verdict.certifies(0.5 * (3 * 0.0025 + 0.26), absolute: 8.0 / 1000))
  }

  @Test("closed forms of every smooth kind", arguments: SecondOrder.smooth)
  func closedForms(test: SecondOrderCase) throws {
    for variant in Self.variants {
      let method = FrankWolfe(variant)
      guard method.accepts(test.program).isAccepted else { continue }
      let verdict = Verdict(method, test.program, limit: variant == .fullyCorrective ? 100 : 400)
      let c = verdict.certificate
      let size = max(abs(test.optimum), 1e-3)
      #expect(c.isFeasible, "\(variant)")
      #expect(c.lower <= test.optimum + 1e-12 * size, "\(variant): lower \(c.lower)")
      #expect(test.optimum <= c.upper + 1e-12 * size, "\(variant): upper \(c.upper)")
      if variant == .fullyCorrective {
        #expect(c.gap <= 1e-9 * size, "gap \(c.gap), steps \(verdict.steps), \(verdict.end)")
      } else if variant != .classic {
        #expect(
          c.gap <= 1e-3 * max(size, 1), "\(variant): gap \(c.gap), steps \(verdict.steps), \(verdict.end)")
      }
    }
  }

  @Test("the objective never increases and stays in its domain", arguments: variants)
  func monotone(variant: FrankWolfe.Variant) {
    var last = Double.infinity
    for iterate in FrankWolfe(variant).iterates(of: SearchCases.mixture(40, 12, seed: 3)).prefix(40) {
      let value = iterate.certificate.value
      #expect(value <= last + 1e-12)
      last = value
    }
    #expect(last < .infinity)
  }

  @Test("permuted outcomes: the same optimum", arguments: fast)
  func permutation(variant: FrankWolfe.Variant) {
    let y = [0.4, -0.2, 0.3, 0.1, 0.25]
    let order = [3, 0, 4, 1, 2]
    let a = Self.run(variant, Build.projection(y))
    let b = Self.run(variant, Build.projection(order.map { y[$0] }))
    #expect(distance(order.map { a.point[$0] }, b.point) < 1e-5)
    #expect(abs(a.certificate.value - b.certificate.value) < 1e-10)
  }

  @Test("scales: mass and objective", arguments: fast)
  func scaling(variant: FrankWolfe.Variant) {
    for factor in [1e-6, 1e6] {
      let program = Build.simplex(4, mass: 2) {
        $0.linear = [-1.2, -0.6, -0.2, 0.9].map { $0 * factor }
        $0.powers = [.init(exponent: 2, weights: [Double](repeating: 0.5 * factor, count: 4))]
      }
      // Twice the projection of half the costs: p = (1.2, 0.6, 0.2, 0), level 0.
      let verdict = Self.run(variant, program)
      #expect(verdict.certifies(-0.5 * (1.44 + 0.36 + 0.04) * factor, relative: 1e-8), "factor \(factor)")
    }
  }

  @Test("products of simplices: block by block", arguments: fast)
  func product(variant: FrankWolfe.Variant) {
    var layout = Layout()
    layout.append(name: "w", kind: .channel, shape: [2, 3])
    var f = Functional(count: 6)
    f.linear = [-0.6, -0.4, 0.2, -1, 0, -0.5]
    f.powers = [.init(exponent: 2, weights: [Double](repeating: 0.5, count: 6))]
    // Projections of (0.6, 0.4, -0.2) and (1, 0, 0.5): (0.6, 0.4, 0), (0.75, 0, 0.25).
    let verdict = Self.run(variant, Program(layout: layout, objective: f))
    let optimum = 0.5 * 0.52 - 0.52 + 0.5 * 0.625 - 0.875
    #expect(verdict.certifies(optimum, relative: 1e-9))
  }

  @Test("an own oracle: a polygon of laws")
  func ownOracle() throws {
    /// The hull of three laws on four outcomes.
    struct Hull: LinearOracle {
      let laws: [[Double]]
      mutating func minimum(_ costs: [Double], stop: StopCheck?) -> LinearMinimum? {
        let values = laws.map { Kernel.dot($0, costs) }
        guard let k = values.indices.min(by: { values[$0] < values[$1] }) else { return nil }
        return LinearMinimum(vertex: Vertex(dense: laws[k]), lowerBound: values[k])
      }
    }
    let hull = Hull(laws: [[0.7, 0.1, 0.1, 0.1], [0.1, 0.7, 0.1, 0.1], [0.1, 0.1, 0.4, 0.4]])
    // Nearest law to the last outcome inside the hull: the third corner; towards (1, 1, 0, 0) / 2: the middle of two.
    var program = Build.projection([0.5, 0.5, 0, 0])
    program.start = hull.laws[2]
    for variant in [FrankWolfe.Variant.classic, .away, .pairwise, .blendedPairwise] {
      let method = FrankWolfe(variant, oracle: hull)
      var state = method.start(program, warm: nil)
      for _ in 0..<200 { guard case .progress = method.step(&state, StepContext()) else { break } }
      // The classic variant has no memory: its gap after t steps is at most 4 / t here.
      let isClassic = variant == .classic
      let d = distance(method.finish(state).point, [0.4, 0.4, 0.1, 0.1])
      #expect(d < (isClassic ? 2e-2 : 1e-6), "\(variant)")
      #expect(method.bound(state) < (isClassic ? 2e-2 : 1e-6))
    }
    #expect(!FrankWolfe(.fullyCorrective, oracle: hull).accepts(program).isAccepted)
  }

  @Test(
    "a function of the user: gradient only",
    arguments: [FrankWolfe.Variant.away, .pairwise, .blendedPairwise])
  func closure(variant: FrankWolfe.Variant) {
    let y = [0.6, 0.35, 0.2, -0.1]
    let program = Build.simplex(4) {
      $0.smooth = [
        SmoothFunction(name: "distance") { p in
          let d = zip(p, y).map { $0 - $1 }
          return (0.5 * Kernel.dot(d, d), d)
        }
      ]
    }
    let verdict = Self.run(variant, program, limit: 500)
    #expect(verdict.certifies(0.5 * (3 * 0.0025 + 0.01), absolute: 1e-7))
    #expect(!FrankWolfe(.fullyCorrective).accepts(program).isAccepted)
  }

  @Test("an oracle that says NaN stalls", arguments: [FrankWolfe.Variant.classic, .blendedPairwise])
  func notANumber(variant: FrankWolfe.Variant) {
    let program = Build.simplex(3) {
      $0.smooth = [SmoothFunction(name: "nothing") { p in (0, p.map { _ in .nan }) }]
    }
    let method = FrankWolfe(variant)
    var state = method.start(program, warm: nil)
    guard case .stalled(.notFinite) = method.step(&state, StepContext()) else {
      Issue.record("the step did not stall")
      return
    }
  }

  @Test("rows that cannot hold are proved to be so", arguments: variants)
  func infeasible(variant: FrankWolfe.Variant) {
    let program = Build.projection([0.5, 0.5, 0])
    var broken = program
    broken.equalities = [Build.row([1, 2, 3], 3.5)]
    #expect(Self.run(variant, broken, limit: 3).end == .infeasible(isProved: true))
  }

  @Test("equal columns, zero weights and subnormal data", arguments: variants)
  func hostile(variant: FrankWolfe.Variant) {
    let rows = [[0.5, 0.5, 0x1p-1040, 0], [0.25, 0.25, 1, 1]]
    let program = Build.simplex(4) {
      $0.composites = [Composite(outer: .log([1, 0]), map: SecondOrder.map(rows))]
    }
    let verdict = Self.run(variant, program, limit: 300)
    #expect(verdict.certificate.lower <= -Kernel.log(0.5) && verdict.certificate.upper >= -Kernel.log(0.5))
    #expect(verdict.certificate.gap < 1e-2)
  }

  @Test("linear rates on a strongly convex quadratic, O(1 / t) without memory")
  func rates() {
    let (program, solution, optimum) = SearchCases.quadratic(60, support: 8, seed: 5)
    for variant in [FrankWolfe.Variant.away, .pairwise, .blendedPairwise] {
      let method = FrankWolfe(variant)
      var state = method.start(program, warm: nil)
      for _ in 0..<800 { guard case .progress = method.step(&state, StepContext()) else { break } }
      let candidate = method.finish(state)
      #expect(method.bound(state) <= 1e-9, "\(variant)")
      #expect(abs(program.objective.value(candidate.point) - optimum) <= 1e-9, "\(variant)")
      #expect(distance(candidate.point, solution) < 1e-4, "\(variant)")
      #expect(method.atomCount(state) <= 16, "\(variant): \(method.atomCount(state)) atoms")
    }
    // Steps towards vertices zigzag inside a face: M. Canon, C. Cullum, SIAM J. Control 6 (1968).
    let classic = Self.run(.classic, program, limit: 800)
    #expect(classic.certificate.gap > 1e-6 && classic.certificate.gap < 1)
    #expect(classic.certificate.lower <= optimum && optimum <= classic.certificate.upper)
  }

  @Test("fully corrective: exact supports within few pricings")
  func supports() {
    func check(_ program: Program, _ support: [Int], _ optimum: Double, _ name: String) {
      let verdict = Self.run(.fullyCorrective, program, limit: 30)
      #expect(verdict.end == .converged, "\(name)")
      #expect(verdict.certifies(optimum, relative: 1e-11, absolute: 1e-13), "\(name): \(verdict.certificate)")
      let held = verdict.point.indices.filter { verdict.point[$0] > 0 }
      #expect(held == support, "\(name)")
    }
    let (program, solution, optimum) = SearchCases.quadratic(400, support: 12, seed: 7)
    check(program, solution.indices.filter { solution[$0] > 0 }, optimum, "quadratic")
    // A third of the effort at -1, 0 and 1: the determinant is 4 / 27.
    let grid = (0..<201).map { -1 + Double($0) / 100 }
    let design = SecondOrder.design(.negativeLogDeterminant, grid.map { [1, $0, $0 * $0] })
    check(
      Program(layout: SecondOrder.simplex(201), objective: design), [0, 100, 200],
      -Kernel.log(4.0 / 27), "design")
    // Two observations so far apart that each atom explains one of them: half the mass at each.
    let places = (0...120).map { Double($0) - 60 }
    let rows = [-40.0, 40].map { y in places.map { Kernel.exp(-0.5 * (y - $0) * (y - $0)) } }
    let mixture = Build.simplex(121) {
      $0.composites = [Composite(outer: .log([0.5, 0.5]), map: SecondOrder.map(rows))]
    }
    check(mixture, [20, 100], Kernel.log(2), "mixing law")
    // Three horses at 3 to 1 and two assets that pay a tenth of the stake whatever wins.
    let wins = [0.5, 0.3, 0.2]
    let pays = (0..<3).map { s in (0..<5).map { $0 == s ? 3 : $0 > 2 ? 0.1 : 0 } }
    let race = Build.simplex(5) {
      $0.composites = [Composite(outer: .log(wins), map: SecondOrder.map(pays))]
    }
    check(race, [0, 1, 2], -wins.reduce(0) { $0 + $1 * Kernel.log(3 * $1) }, "portfolio")
  }

  @Test(
    "100,000 outcomes, 10 in the support", arguments: [FrankWolfe.Variant.blendedPairwise, .fullyCorrective])
  func large(variant: FrankWolfe.Variant) {
    let n = 100_000
    var y = [Double](repeating: -0.5, count: n)
    for k in 0..<10 { y[9_973 * k + 11] = 0.1 + 0.01 * Double(k) }
    let program = Build.projection(y)
    let method = FrankWolfe(variant)
    var state = method.start(program, warm: nil)
    for _ in 0..<150 { guard case .progress = method.step(&state, StepContext()) else { break } }
    let point = method.finish(state).point
    // The level is 0.045: p = 0.055 + 0.01 k.
    for k in 0..<10 { #expect(abs(point[9_973 * k + 11] - 0.055 - 0.01 * Double(k)) < 1e-5) }
    #expect(method.atomCount(state) <= 12)
    #expect(method.bound(state) < 1e-5)
  }

  @Test("capped and bounded simplices", arguments: fast)
  func bounded(variant: FrankWolfe.Variant) {
    var program = Build.projection([0.9, 0.5, 0.1, -0.4])
    program.layout.upper = [0.5, 1, 1, 1]
    program.layout.lower = [0, 0, 0, 0.1]
    // p = (1/2, 0.4, 0, 0.1): the second entry takes what the others leave.
    let optimum = 0.5 * (0.16 + 0.01 + 0.01 + 0.25)
    let verdict = Self.run(variant, program)
    #expect(verdict.certifies(optimum, relative: 1e-8))
    #expect(distance(verdict.point, [0.5, 0.4, 0, 0.1]) < 1e-4)
  }

  @Test("a function as an oracle, and hostile ones")
  func functions() {
    let program = Build.projection([0.6, 0.3, 0.3])
    func end(_ oracle: FunctionOracle) -> (Step, Double) {
      let method = FrankWolfe(.pairwise, oracle: oracle)
      var state = method.start(program, warm: nil)
      var last = Step.progress
      for _ in 0..<300 {
        last = method.step(&state, StepContext())
        guard case .progress = last else { break }
      }
      return (last, method.bound(state))
    }
    let corners = end(
      FunctionOracle { costs in
        let best = costs.indices.min { costs[$0] < costs[$1] } ?? 0
        return costs.indices.map { $0 == best ? 1 : 0 }
      })
    #expect(corners.1 < 1e-9)
    for answer: [Double]? in [nil, [], [.nan, 0, 0], [-1, 2, 0]] {
      guard case .stalled(.progress) = end(FunctionOracle { _ in answer }).0 else {
        Issue.record("an oracle without a vertex must stall")
        return
      }
    }
  }

  @Test("an oracle that names an outcome that is not there stalls")
  func strayVertex() {
    struct Stray: LinearOracle {
      mutating func minimum(_ costs: [Double], stop: StopCheck?) -> LinearMinimum? {
        LinearMinimum(vertex: Vertex(indices: [costs.count], masses: [1]), lowerBound: 0)
      }
    }
    let method = FrankWolfe(.away, oracle: Stray())
    var state = method.start(Build.projection([0.6, 0.3]), warm: nil)
    guard case .stalled(.progress) = method.step(&state, StepContext()) else {
      Issue.record("the step did not stall")
      return
    }
  }

  @Test("a stop is heard before the first point is found", arguments: variants)
  func stopped(variant: FrankWolfe.Variant) {
    let method = FrankWolfe(variant)
    let program = Build.entropy(6, equal: [([1, 2, 3, 4, 5, 6], 4.5)])
    var state = method.start(program, warm: nil)
    let step = method.step(&state, StepContext(shouldStop: { true }))
    guard case .progress = step else {
      Issue.record("\(step)")
      return
    }
    let isFinite = method.finish(state).point.allSatisfy { $0.isFinite }
    #expect(isFinite)
  }
}
