import EntropicFlows
import EntropicNumerics
import Testing

@Suite("Diagnostics of particles")
struct DiagnosticTests {
  @Test("the Stein discrepancy of draws from the target falls like n^(-1/2), and is covered by its interval")
  func rate() throws {
    var points: [(Double, Double)] = []
    for n in [100, 400, 1600, 6400] {
      var sum = 0.0
      for seed in 0..<5 as Range<UInt64> {
        let cloud = try Cloud(count: n, mean: [0], seed: seed &+ UInt64(n))
        sum += try #require(SteinDiscrepancy(of: cloud, under: ParticleTests.standard)).distance
      }
      points.append((Kernel.log(Double(n)), Kernel.log(sum / 5)))
    }
    let x = points.map(\.0).reduce(0, +) / 4
    let y = points.map(\.1).reduce(0, +) / 4
    let slope =
      points.reduce(0) { $0 + ($1.0 - x) * ($1.1 - y) } / points.reduce(0) { $0 + ($1.0 - x) * ($1.0 - x) }
    #expect(abs(slope + 0.5) < 0.1, "\(points)")

    var inside = 0
    for seed in 0..<200 as Range<UInt64> {
      let cloud = try Cloud(count: 60, mean: [0], seed: seed)
      let found = try #require(SteinDiscrepancy(of: cloud, under: ParticleTests.standard))
      if found.interval.contains(0) { inside += 1 }
    }
    #expect(inside >= 190, "\(inside)")
    for (mean, deviation) in [(0.5, 1.0), (0, 1.5), (0, 0.6)] {
      let cloud = try Cloud(count: 1000, mean: [mean], deviation: deviation, seed: 1)
      #expect(try #require(SteinDiscrepancy(of: cloud, under: ParticleTests.standard)).isFar)
    }
  }

  @Test("effective sample size of autoregressive chains, and R-hat of chains that disagree")
  func chains() throws {
    var noise = NormalGenerator(seed: 3)
    for (correlation, share) in [(0.0, 1.0), (0.5, 1 / 3.0), (0.9, 1 / 19.0), (-0.5, 2)] {
      let chains = (0..<8).map { _ -> [Double] in
        var z = [Double](repeating: 0, count: 4000)
        noise.fill(&z)
        for i in 1..<z.count {
          z[i] = correlation * z[i - 1] + (1 - correlation * correlation).squareRoot() * z[i]
        }
        return z
      }
      let summary = try #require(ChainSummary(chains))
      #expect(abs(summary.effectiveSampleSize / 32_000 / share - 1) < 0.15, "\(correlation) \(summary)")
      #expect(
        abs(summary.splitRHat - 1) < 0.01
          && summary.interval.contains(0) == (abs(summary.mean) < 2 * summary.standardError))
    }
    let apart = try #require(ChainSummary([[0, 1, 0, 1, 0, 1], [5, 6, 5, 6, 5, 6]]))
    #expect(apart.splitRHat > 3)
    // A chain that drifts disagrees with itself.
    #expect(try #require(ChainSummary([(0..<100).map(Double.init)])).splitRHat > 1.5)
    #expect(try #require(ChainSummary([[2, 2, 2, 2]])).splitRHat == 1)
    #expect(try #require(ChainSummary([[2, 2, 2, 2], [3, 3, 3, 3]])).splitRHat == .infinity)
  }

  @Test("one particle, no particle, NaN, other dimensions: documented answers")
  func hostile() throws {
    #expect(ChainSummary([]) == nil && ChainSummary([[1, 2, 3]]) == nil)
    #expect(ChainSummary([[1, 2, 3, .nan]]) == nil && ChainSummary([[1, 2, 3, 4], [1, 2, 3]]) == nil)
    let one = try Cloud(Matrix(rows: 1, columns: 1, elements: [0.5]))
    #expect(SteinDiscrepancy(of: one, under: ParticleTests.standard) == nil)
    #expect(SteinDiscrepancy(of: one, under: ParticleTests.normal) == nil)
    #expect(throws: FlowError.self) { try Cloud(Matrix(rows: 0, columns: 1)) }
    #expect(throws: FlowError.self) { try Cloud(Matrix(rows: 1, columns: 1, elements: [.nan])) }
    #expect(throws: FlowError.self) { try Cloud(count: 0, mean: [0], seed: 1) }
    let nan = ParticlePotential(dimension: 1, value: { _ in .nan })
    let empty = ParticlePotential(dimension: 1, value: { _ in 0 }, gradient: { _ in [] })
    for potential in [nan, empty, ParticleTests.normal] {
      #expect(throws: FlowError.self) { try Langevin(potential, step: 0.1).run(from: one, steps: 1) }
      #expect(throws: FlowError.self) { try SteinVariational(potential).run(from: one, steps: 1) }
      #expect(throws: FlowError.self) {
        try BlobFlow(potential, bandwidth: 1).run(from: one, step: 0.1, steps: 1)
      }
      #expect(throws: FlowError.self) { try BirthDeath(potential, step: 0.1).run(from: one, steps: 1) }
    }
    for step in [0, -1, Double.nan, .infinity] {
      #expect(throws: FlowError.self) { try Langevin(ParticleTests.standard, step: step) }
      #expect(throws: FlowError.self) { try SteinVariational(ParticleTests.standard, step: .fixed(step)) }
      #expect(throws: FlowError.self) { try BirthDeath(ParticleTests.standard, step: step) }
      #expect(throws: FlowError.self) { try BlobFlow(ParticleTests.standard, bandwidth: step) }
    }
    let nothing = try Langevin(ParticleTests.standard, step: 0.1).run(from: one, steps: 0)
    #expect(nothing.cloud == one && nothing.isComplete)
    // Particles at one place: kernels of width 1, and they stay together.
    let same = try Cloud(Matrix(rows: 9, columns: 1, repeating: 0.5))
    let moved = try SteinVariational(ParticleTests.standard, step: .fixed(0.1)).run(from: same, steps: 50)
    #expect(moved.end == .steps && moved.cloud.covariance[0, 0] < 1e-18)
    // A step far too long ends at the last good place.
    let wild = ParticlePotential(
      dimension: 1, value: { $0[0] * $0[0] * $0[0] * $0[0] }, gradient: { [4 * $0[0] * $0[0] * $0[0]] })
    let thrown = try SteinVariational(wild, step: .fixed(10)).run(from: same, steps: 500)
    #expect(thrown.end == .notFinite && thrown.cloud.coordinates.allSatisfy { $0.isFinite })
  }
}
