import EntropicModel
import EntropicNumerics

/// Stationary points of a problem that is not convex: one first-order run from each of several starts.
///
///     starts:   the user's, the uniform law, every vertex mixed with it half and half, laws drawn with the seed
///     residual: max_q <grad F(p) + rows' multipliers, p - q> over the simplices, 0 at a stationary point
///
/// The best stationary point is reported with its residual, never as an optimum. Ties are broken by the order of the
/// starts, so that a run repeats itself.
/// - Source of the mixed vertices: T. Motzkin, E. Straus, Canad. J. Math. 17 (1965), doi:10.4153/CJM-1965-053-6, whose
///   local maxima are cliques; a clique is found from a vertex of it.
struct LocalSearch {
  /// Most vertices that are tried.
  static let largestVertexCount = 256
  static let drawCount = 8

  let program: Program
  let seed: UInt64

  /// The starting points of a presolved program.
  func starts(_ user: [Double]?) -> [[Double]] {
    var list = user.map { [$0] } ?? []
    let layout = program.layout
    let centre = layout.centre()
    list.append(centre)
    let width = layout.simplices.map(\.count).max() ?? 0
    for j in 0..<min(width, LocalSearch.largestVertexCount) {
      var p = centre.map { 0.5 * $0 }
      for slice in layout.simplices where slice.count > 0 {
        p[slice.first + min(j, slice.count - 1)] += 0.5 * slice.mass
      }
      list.append(p)
    }
    var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678_9ABC_DEF1
    func uniform() -> Double {
      // splitmix64
      state = state &+ 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return (Double((z ^ (z >> 31)) >> 11) + 0.5) * 0x1p-53
    }
    for _ in 0..<LocalSearch.drawCount {
      list.append(program.normalised(centre.map { $0 > 0 ? -Kernel.log(uniform()) : 0 }))
    }
    return list
  }

  /// Lower beyond the rounding of the values: equal values keep the earlier start.
  static func isLower(_ a: Answer, than b: Answer) -> Bool {
    a.certificate.value < b.certificate.value - 1e-12 * max(abs(b.certificate.value), 1e-3)
  }

  /// The first-order residual of a candidate of a method.
  func residual(_ candidate: Candidate) -> Double {
    let proximal = ProximalStep(program, .entropy)
    let p = program.normalised(candidate.point)
    let trial = ProximalStep.Trial(
      p: p, logp: Kernel.log(p), multipliers: candidate.evidence.equality + candidate.evidence.inequality)
    return proximal.gap(at: trial, gradient: proximal.rest.gradient(p))
  }
}
