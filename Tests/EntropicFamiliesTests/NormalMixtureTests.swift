import EntropicFamilies
import Foundation
import Testing

/// References: 4000 and 40,000 plain steps of expectation-maximisation with 64-bit mantissas.
@Suite("mixtures of normal laws") struct NormalMixtureTests {
  /// The durations of 272 eruptions of Old Faithful, from the gallery.
  static func eruptions() throws -> [Double] {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try String(
      contentsOf: root.appending(path: "Notebooks/gamma-fit/faithful.csv"), encoding: .utf8)
    return text.split(separator: "\n").dropFirst().compactMap { line in
      line.split(separator: ",").first.flatMap { Double($0) }
    }
  }

  @Test func oldFaithful() throws {
    let y = try Self.eruptions()
    #expect(y.count == 272)
    let fit = try ScalarMixture.fitNormals(y, components: 2)
    let law = try #require(fit.law)
    #expect(fit.status == .stationary)
    #expect(abs(fit.logLikelihood + 276.36004049573407859) < 1e-10)
    #expect(agree(law.weights[0], 0.34840463401475239, 1e-9))
    let parts = law.components.compactMap { $0 as? Normal }
    #expect(agree(parts[0].mean, 2.01860781706288483, 1e-10))
    #expect(agree(parts[1].mean, 4.27334342119189274, 1e-10))
    #expect(agree(parts[0].variance, 0.05551761918440802, 1e-9))
    #expect(agree(parts[1].variance, 0.19102419378622687, 1e-9))
    // One component is the normal fit; moved and stretched data have the moved and stretched mixture.
    let one = try ScalarMixture.fitNormals(y, components: 1)
    #expect(abs(one.logLikelihood + 421.41702611759247607) < 1e-10)
    let far = try ScalarMixture.fitNormals(y.map { 1e5 + 1e3 * $0 }, components: 2)
    let moved = try #require(far.law?.components[0] as? Normal)
    #expect(agree(moved.mean, 1e5 + 2018.60781706288483, 1e-11))
  }

  @Test func weightsAreRepetitions() throws {
    let y = [-2.5, -2, -1.75, -2.25, -1, 0.25, 0.5, -0.5, 0, 1, 5, 5.5, 6, 5.25, 6.5]
    let weights = y.indices.map { $0 % 3 == 0 ? 2.0 : 1.0 }
    let repeated = zip(y, weights).flatMap { [Double](repeating: $0, count: Int($1)) }
    let a = try ScalarMixture.fitNormals(y, components: 2, weights: weights)
    let b = try ScalarMixture.fitNormals(repeated, components: 2)
    #expect(abs(a.logLikelihood - b.logLikelihood) < 1e-9)
  }

  @Test func withoutASensibleMixture() throws {
    if case .unbounded = try ScalarMixture.fitNormals([3, 3, 3], components: 2).status {
    } else {
      Issue.record("equal values have no best mixture")
    }
    // Either of two values may be a component of its own: every start runs into one.
    if case .unbounded = try ScalarMixture.fitNormals([0, 0, 1, 1], components: 2).status {
    } else {
      Issue.record("two values have no best mixture of two")
    }
    #expect(throws: FamilyError.self) { try ScalarMixture.fitNormals([], components: 2) }
    #expect(throws: FamilyError.self) { try ScalarMixture.fitNormals([1, 2], components: 0) }
  }
}
