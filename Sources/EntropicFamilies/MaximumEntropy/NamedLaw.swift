import EntropicNumerics

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Finds the family that a Gibbs law belongs to, and its parameters there.
///
/// A member of a family is fitted to the moments of the law, and is its name if both log densities agree to 1e-8
/// wherever the law has mass. So the name does not depend on how the moments were written.
enum NamedLaw {
  static func name(of law: GibbsLaw) -> (family: ScalarFamily, parameters: [Double])? {
    let heavy = law.masses.indices.filter { law.masses[$0] > 1e-12 }
    let stride = max(1, heavy.count / 400)
    let points = heavy.enumerated().filter { $0.offset % stride == 0 }.map { law.nodes[$0.element] }
    let own = law.logDensities(points)
    for (name, parameters) in candidates(law) {
      guard let family = ScalarFamily.named(name), parameters.allSatisfy(\.isFinite),
        let member = try? family.law(parameters), member.support.lower <= law.from,
        member.support.upper >= law.to
      else { continue }
      let agrees = zip(points, own).allSatisfy { point, value in
        abs(member.logDensity(point) - value) <= 1e-8 * max(1, abs(value))
      }
      if agrees { return (family, parameters) }
    }
    return nil
  }

  private static func candidates(_ law: GibbsLaw) -> [(String, [Double])] {
    func mean(_ f: @escaping @Sendable (Double) -> Double) -> Double {
      law.expectation(PointFunction("f", pointwise: f))
    }
    let first = mean { $0 }
    let variance = mean { ($0 - first) * ($0 - first) }
    var list: [(String, [Double])] = []
    switch (law.from, law.to) {
    case (-.infinity, .infinity):
      list.append(("normal", [first, variance]))
      list.append(("laplace", [first, mean { abs($0 - first) }]))
    case (0, .infinity):
      list.append(("exponential", [1 / first]))
      let logarithm = mean { Kernel.log($0) }
      let spread = mean { (Kernel.log($0) - logarithm) * (Kernel.log($0) - logarithm) }
      list.append(("lognormal", [logarithm, spread.squareRoot()]))
      if let gamma = try? Gamma.matching(mean: first, logGap: Kernel.log(first) - logarithm) {
        list.append(("gamma", [gamma.shape, gamma.rate]))
      }
    case (0, 1):
      list.append(("uniform_law", [0, 1]))
      let target = [mean { Kernel.log($0) }, mean { Kernel.log(1 - $0) }]
      if let start = try? Beta(a: 1, b: 1), let beta = try? start.with(mean: target) {
        list.append(("beta", [beta.a, beta.b]))
      }
    default: break
    }
    if law.from.isFinite, law.to.isFinite { list.append(("uniform_law", [law.from, law.to])) }
    if law.from > 0, law.to == .infinity {
      list.append(("pareto", [1 / (mean { Kernel.log($0) } - Kernel.log(law.from)), law.from]))
    }
    if abs(law.to - law.from - 2 * .pi) < 1e-12 {
      let target = [mean { cos($0) }, mean { sin($0) }]
      if let start = try? VonMises(location: 0, concentration: 1), let member = try? start.with(mean: target)
      {
        list.append(("von_mises", [member.location, member.concentration]))
      }
    }
    return list
  }
}
