import EntropicModel
import EntropicNumerics
import EntropicSolvers
import Testing

/// Certified gaps of all variants after given numbers of steps.
@Suite("conditional gradients, measured", .serialized)
struct SearchBenchmarkTests {
  struct Measure {
    var steps = 0
    var gap = Double.infinity
    var atoms = 0
  }

  /// Runs a variant until its certified gap is at most `goal`, or `limit` steps are over.
  static func measure(_ variant: FrankWolfe.Variant, _ program: Program, goal: Double, limit: Int) -> Measure
  {
    let method = FrankWolfe(variant)
    var out = Measure()
    var state = method.start(program, warm: nil)
    var last = Step.progress
    while case .progress = last, out.steps < limit, method.bound(state) > goal {
      last = method.step(&state, StepContext())
      out.steps += 1
    }
    out.atoms = method.atomCount(state)
    let end = method.finish(state)
    out.gap = Certificate(program, point: program.normalised(end.point), evidence: end.evidence).gap
    return out
  }

  // Published experience with 3000 steps: classic 4e-4, away and pairwise variants 5e-5 to 1e-4.
  @Test("mixture, 1000 observations and 200 atoms", arguments: [1, 2])
  func mixture(seed: UInt64) {
    let program = SearchCases.mixture(1000, 200, seed: seed)
    let bounds: [FrankWolfe.Variant: (limit: Int, gap: Double)] = [
      .classic: (3000, 4e-4), .away: (3000, 1e-4), .pairwise: (3000, 1e-4), .blendedPairwise: (3000, 1e-4),
      .fullyCorrective: (38, 1e-12),
    ]
    for variant in FrankWolfe.Variant.allCases {
      guard let bound = bounds[variant] else { continue }
      let m = Self.measure(variant, program, goal: 0, limit: bound.limit)
      #expect(m.gap <= bound.gap, "\(variant)")
      if variant == .fullyCorrective { #expect(m.atoms <= 20) }
    }
  }

  // Steps to a gap of 1e-8: pairwise 300, away 540.
  @Test("capacity, 50 inputs and 40 outputs")
  func capacity() {
    let program = SearchCases.capacity(50, 40, seed: 2)
    let bounds: [FrankWolfe.Variant: (limit: Int, gap: Double)] = [
      .classic: (3000, 1e-3), .away: (540, 1e-8), .pairwise: (300, 1e-8), .blendedPairwise: (540, 1e-8),
      .fullyCorrective: (40, 1e-12),
    ]
    for variant in FrankWolfe.Variant.allCases {
      guard let bound = bounds[variant] else { continue }
      let m = Self.measure(
        variant, program, goal: variant == .fullyCorrective ? 0 : bound.gap * 0.99, limit: bound.limit)
      #expect(m.gap <= bound.gap, "\(variant)")
    }
  }

  // Multiplicative updates reach 6e-4 in 1000 steps.
  @Test("D-optimal design, 500 points of 5 regressors")
  func design() {
    let program = SearchCases.design(500, 5, seed: 3)
    let bounds: [FrankWolfe.Variant: (limit: Int, gap: Double)] = [
      .classic: (1000, 2e-2), .away: (1000, 6e-4), .pairwise: (1000, 6e-4), .blendedPairwise: (1000, 6e-4),
      .fullyCorrective: (40, 1e-12),
    ]
    for variant in FrankWolfe.Variant.allCases {
      guard let bound = bounds[variant] else { continue }
      let m = Self.measure(variant, program, goal: 0, limit: bound.limit)
      #expect(m.gap <= bound.gap, "\(variant)")
    }
  }
}
