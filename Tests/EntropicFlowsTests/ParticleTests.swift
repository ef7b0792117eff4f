import EntropicFlows
import EntropicNumerics
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("Particles")
struct ParticleTests {
  /// Independent normal coordinates with precisions 1 and 4 around (1, -1).
  static let normal = ParticlePotential(
    dimension: 2, value: { 0.5 * ($0[0] - 1) * ($0[0] - 1) + 2 * ($0[1] + 1) * ($0[1] + 1) },
    gradient: { [$0[0] - 1, 4 * ($0[1] + 1)] })

  static let standard = ParticlePotential(
    dimension: 1, value: { 0.5 * $0[0] * $0[0] }, gradient: { [$0[0]] })

  @Test("normal variates: distribution, independence of neighbours, reproducibility, short fills")
  func normals() {
    var generator = NormalGenerator(seed: 7)
    var z = [Double](repeating: 0, count: 400_000)
    generator.fill(&z)
    let n = Double(z.count)
    let moments = (1...6).map { k in z.reduce(0) { $0 + pow($1, Double(k)) } / n }
    // Five standard errors of each moment: sqrt((E z^2k - (E z^k)^2) / n).
    for (found, (exact, variance)) in zip(
      moments, [(0.0, 1.0), (1, 2), (0, 15), (3, 96), (0, 945), (15, 10170)])
    {
      #expect(abs(found - exact) < 5 * (variance / n).squareRoot(), "\(found) \(exact)")
    }
    let sorted = z.sorted()
    var distance = 0.0
    for (i, x) in sorted.enumerated() {
      distance = max(distance, abs(0.5 * erfc(-x / 2.0.squareRoot()) - (Double(i) + 0.5) / n))
    }
    // 1.95 / sqrt(n) is exceeded once in a thousand.
    #expect(distance < 1.95 / n.squareRoot(), "\(distance)")
    for lag in [1, 8, 16] {
      let sum = (0..<(z.count - lag)).reduce(0) { $0 + z[$1] * z[$1 + lag] }
      #expect(abs(sum / n) < 5 / n.squareRoot())
    }
    var again = NormalGenerator(seed: 7)
    var other = NormalGenerator(seed: 7, stream: 1)
    for count in [1, 5, 16, 23] {
      var (a, b) = ([Double](repeating: .nan, count: count), [Double](repeating: .nan, count: count))
      again.fill(&a)
      other.fill(&b)
      #expect(a.allSatisfy { $0.isFinite } && a != b)
      if count == 1 { #expect(a[0] == z[0]) }
    }
  }

  @Test("sums over pairs agree with double loops", arguments: [1, 2, 3, 5])
  func pairs(dimension d: Int) throws {
    for n in [1, 2, 7, 8, 9, 30] {
      let cloud = try Cloud(count: n, mean: [Double](repeating: 0.3, count: d), seed: UInt64(n))
      let potential = ParticlePotential(
        dimension: d, value: { $0.reduce(0) { $0 + 0.25 * $1 * $1 * $1 * $1 } },
        gradient: { $0.map { $0 * $0 * $0 } })
      func square(_ i: Int, _ j: Int) -> Double {
        zip(cloud.point(i), cloud.point(j)).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      }
      let score = (0..<n).map { cloud.point($0).map { -$0 * $0 * $0 } }
      // One step of Stein's descent, written out.
      let h = 0.7
      let stein = try SteinVariational(potential, bandwidth: .fixed(h), step: .fixed(0.1))
      let moved = try stein.run(from: cloud, steps: 1).cloud
      for i in 0..<n {
        for k in 0..<d {
          var sum = 0.0
          for j in 0..<n {
            let kernel = exp(-square(i, j) / h)
            sum += kernel * score[j][k] + 2 / h * (cloud.point(i)[k] - cloud.point(j)[k]) * kernel
          }
          #expect(abs(moved.point(i)[k] - cloud.point(i)[k] - 0.1 * sum / Double(n)) < 1e-14)
        }
      }
      // The Stein kernel, written out.
      guard n > 1 else { continue }
      var (total, own) = (0.0, 0.0)
      for i in 0..<n {
        for j in 0..<n {
          let q = 1 + square(i, j)
          let z = zip(cloud.point(i), cloud.point(j)).map { $0 - $1 }
          let dot = zip(score[i], score[j]).reduce(0) { $0 + $1.0 * $1.1 }
          let cross = (0..<d).reduce(0) { $0 + (score[i][$1] - score[j][$1]) * z[$1] }
          let value = dot / sqrt(q) + (cross + Double(d)) / pow(q, 1.5) - 3 * square(i, j) / pow(q, 2.5)
          if i == j { own += value } else { total += value }
        }
      }
      let found = try #require(SteinDiscrepancy(of: cloud, under: potential))
      let scale = max(1, abs(own))
      #expect(abs(found.squared - total / Double(n * (n - 1))) < 1e-13 * scale)
      #expect(abs(found.distance * found.distance - max(0, (total + own) / Double(n * n))) < 1e-13 * scale)
    }
  }

  @Test("Langevin and its adjusted form: moments inside their own 95 % intervals in 181 to 198 of 200 seeds")
  func coverage() throws {
    let observe: @Sendable ([Double]) -> [Double] = { [$0[0], $0[0] * $0[0]] }
    var plain = [0, 0]
    var adjusted = [0, 0]
    for seed in 0..<200 as Range<UInt64> {
      let start = try Cloud(count: 64, mean: [0], seed: seed &+ 1000)
      let estimates = try LangevinEstimate.estimates(
        Self.standard, from: start, step: 0.1, burnIn: 30, steps: 60, every: 3, seed: seed, observe: observe)
      for (o, exact) in [0.0, 1].enumerated() where estimates[o].interval.contains(exact) { plain[o] += 1 }
      let result = try Langevin(Self.standard, step: 0.5, seed: seed)
        .run(from: start, burnIn: 50, steps: 60, observe: observe)
      for (o, exact) in [0.0, 1].enumerated() {
        let summary = try #require(ChainSummary(result.draws[o]))
        if summary.interval.contains(exact) { adjusted[o] += 1 }
      }
    }
    for count in plain + adjusted { #expect((181...198).contains(count), "\(plain) \(adjusted)") }
  }

  @Test("the adjusted form reaches its acceptance and the law; bytes do not depend on threads")
  func adjusted() throws {
    let start = try Cloud(count: 600, mean: [3, 3], seed: 1)
    let dynamics = try Langevin(Self.normal, step: 1e-4, seed: 5)
    let one = try dynamics.run(from: start, burnIn: 300, steps: 200, every: 200) { $0 }
    #expect(abs(one.acceptance - 0.574) < 0.06, "\(one.acceptance)")
    let s = one.cloud.covariance
    #expect(abs(one.cloud.mean[0] - 1) < 0.2 && abs(s[0, 0] - 1) < 0.3 && abs(s[1, 1] - 0.25) < 0.08)
    let three = try Parallel.$threads.withValue(3) {
      try dynamics.run(from: start, burnIn: 300, steps: 200, every: 200) { $0 }
    }
    #expect(three.cloud == one.cloud && three.draws == one.draws)
    // At another temperature the spread is another.
    let warm = try Langevin(Self.normal, temperature: 4, step: 0.1, seed: 5)
      .run(from: start, burnIn: 200, steps: 1).cloud.covariance
    #expect(abs(warm[0, 0] - 4) < 1 && abs(warm[1, 1] - 1) < 0.3)
  }

  @Test("the bias of the unadjusted form: variance 1 / (1 - h / 2) of a standard normal target")
  func bias() throws {
    let start = try Cloud(count: 20_000, mean: [0], seed: 2)
    let end = try Langevin(Self.standard, step: 0.5, isAdjusted: false, seed: 3)
      .run(from: start, steps: 60).cloud
    // Five standard errors: 5 sqrt(2 / n) 4/3.
    #expect(abs(end.covariance[0, 0] - 1 / 0.75) < 0.067)
  }

  @Test("places without potential are not entered; wild drifts are tamed")
  func walls() throws {
    let half = ParticlePotential(
      dimension: 1, value: { $0[0] > 0 ? $0[0] : .infinity }, gradient: { [$0[0] > 0 ? 1 : .nan] })
    let start = try Cloud(Matrix(rows: 500, columns: 1, repeating: 1))
    let end = try Langevin(half, step: 0.2, seed: 1).run(from: start, burnIn: 200, steps: 400) { $0 }
    #expect(end.draws[0].allSatisfy { $0.allSatisfy { $0 > 0 } })
    let summary = try #require(ChainSummary(end.draws[0]))
    #expect(abs(summary.mean - 1) < 5 * summary.standardError)

    // x^6: without taming the first step from 30 explodes.
    let steep = ParticlePotential(
      dimension: 1, value: { pow($0[0], 6) / 6 }, gradient: { [pow($0[0], 5)] })
    let far = try Cloud(Matrix(rows: 300, columns: 1, repeating: 30))
    let tamed = try Langevin(steep, step: 0.02, isAdjusted: false, isTamed: true, seed: 1)
      .run(from: far, steps: 3000).cloud
    #expect(tamed.coordinates.allSatisfy { abs($0) < 3 })
    let wild = try Langevin(steep, step: 0.02, isAdjusted: false, seed: 1).run(from: far, steps: 3000)
    #expect(wild.cloud.coordinates.allSatisfy { $0.isFinite })
  }

  @Test("Stein descent: one particle climbs to the mode, many take the moments, the discrepancy falls")
  func stein() throws {
    let alone = try SteinVariational(Self.normal, bandwidth: .fixed(1), step: .fixed(0.2))
      .run(from: Cloud(Matrix(rows: 1, columns: 2, elements: [4, 4])), steps: 300).cloud
    #expect(abs(alone.mean[0] - 1) < 1e-9 && abs(alone.mean[1] + 1) < 1e-9)

    let start = try Cloud(count: 150, mean: [0, 0], seed: 4)
    let before = try #require(SteinDiscrepancy(of: start, under: Self.normal))
    let result = try SteinVariational(Self.normal).run(from: start, steps: 200)
    let after = try #require(result.discrepancy)
    #expect(before.isFar && after.distance < 0.1 * before.distance, "\(before) \(after)")
    let cloud = result.cloud
    #expect(abs(cloud.mean[0] - 1) < 0.05 && abs(cloud.mean[1] + 1) < 0.05, "\(cloud.mean)")
    #expect(abs(cloud.covariance[0, 0] - 1) < 0.15 && abs(cloud.covariance[1, 1] - 0.25) < 0.06)
    #expect(try SteinVariational(Self.normal).run(from: start, steps: 200).cloud == cloud)
  }

  @Test("blob flow: the energy never rises, and the particles take the law up to the blur")
  func blob() throws {
    let start = try Cloud(count: 120, mean: [-1, 1], deviation: 0.3, seed: 6)
    let flow = try BlobFlow(Self.normal, bandwidth: 0.1)
    let result = try flow.run(from: start, step: 0.05, steps: 100)
    #expect(result.isComplete)
    for (a, b) in zip(result.energies, result.energies.dropFirst()) { #expect(b <= a) }
    #expect(abs(result.cloud.mean[0] - 1) < 0.05 && abs(result.cloud.mean[1] + 1) < 0.05)
    let s = result.cloud.covariance
    #expect(abs(s[0, 0] - 1) < 0.15 && abs(s[1, 1] - 0.25) < 0.1, "\(s)")
    let score = try BlobFlow(Self.normal, bandwidth: 0.1, form: .score).run(
      from: start, step: 0.02, steps: 250)
    #expect(abs(score.cloud.mean[0] - 1) < 0.1 && abs(score.cloud.covariance[0, 0] - 1) < 0.3)
    // Without temperature everything slides to the mode.
    let cold = try BlobFlow(Self.normal, temperature: 0, bandwidth: 0.1).run(
      from: start, step: 0.1, steps: 150)
    #expect(abs(cold.cloud.covariance[0, 0]) < 1e-8)
  }

  @Test("birth and death: the occupation of two wells that noise cannot exchange")
  func wells() throws {
    // Two wells at -2 and 2, the second with three quarters of the mass; the barrier is about 16 high.
    let v: @Sendable (Double) -> Double = { x in
      -log(0.25 * exp(-8 * (x + 2) * (x + 2)) + 0.75 * exp(-8 * (x - 2) * (x - 2)) + 1e-300)
    }
    let potential = ParticlePotential(dimension: 1, value: { v($0[0]) })
    let start = try Cloud(Matrix(rows: 400, columns: 1, elements: (0..<400).map { $0 % 10 == 0 ? 2 : -2 }))
    func right(_ cloud: Cloud) -> Double { cloud.coordinates.reduce(0) { $0 + ($1 > 0 ? 1 : 0) } / 400 }
    let (end, replaced) = try BirthDeath(
      potential, step: 0.01, rate: 5, bandwidth: .fixed(0.05), seed: 2
    ).run(from: start, steps: 300)
    #expect(replaced > 100 && abs(right(end) - 0.75) < 0.1, "\(right(end))")
    let without = try BirthDeath(potential, step: 0.01, rate: 0, seed: 2).run(from: start, steps: 300)
    #expect(without.replaced == 0 && abs(right(without.cloud) - 0.1) < 0.02)
  }
}
