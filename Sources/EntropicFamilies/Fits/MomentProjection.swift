import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The member of an exponential family nearest to a law, and how far it is.
public struct Projection<Law: Sendable>: Sendable {
  public let law: Law
  /// `KL(p || law)`, the minimum over the family.
  public let divergence: Estimate
}

/// An exponential family of scalar laws whose sufficient statistics are named.
public protocol MomentFamily: ScalarLaw, ExponentialFamily {
  /// The statistics T_1 ... T_k.
  var statistics: [Statistic] { get }
}

extension MomentFamily {
  /// The moment projection `argmin over q in the family of KL(p || q)`: the law with the means of p.
  ///
  /// This law fixes what the family fixes (trials, a shape, a centre). The divergence is convex in the
  /// natural parameters, so that matching means is the minimum. Source: I. Csiszar, Ann. Probab. 3 (1975),
  /// doi:10.1214/aop/1176996454.
  public func projecting(_ p: some ScalarLaw) throws(FamilyError) -> Projection<Self> {
    var means: [Double] = []
    for statistic in statistics {
      let mean = Expectation.value(of: statistic, under: p)
      if !mean.value.isFinite {
        throw .unreachableMoments(
          family: "\(Self.self)", reason: "the law has no finite mean of \(statistic)")
      }
      means.append(mean.value)
    }
    let law = try with(means: means, of: p)
    return Projection(law: law, divergence: KullbackLeibler.divergence(from: p, to: law))
  }

  /// As `with(mean:)`; a variance known to p replaces the difference of moments.
  private func with(means: [Double], of p: some ScalarLaw) throws(FamilyError) -> Self {
    if Self.self == Normal.self, let law = try Normal(mean: p.mean, variance: p.variance) as? Self {
      return law
    }
    return try with(mean: means)
  }
}

extension Normal: MomentFamily {
  public var statistics: [Statistic] { [.power(1), .power(2)] }
}
extension LogNormal: MomentFamily {
  public var statistics: [Statistic] { [.log, .logSquaredDeviation(0)] }
}
extension Gamma: MomentFamily {
  public var statistics: [Statistic] { [.log, .power(1)] }
}
extension Exponential: MomentFamily {
  public var statistics: [Statistic] { [.power(1)] }
}
extension InverseGamma: MomentFamily {
  public var statistics: [Statistic] { [.log, .power(-1)] }
}
extension ChiSquared: MomentFamily {
  public var statistics: [Statistic] { [.log] }
}
extension Beta: MomentFamily {
  public var statistics: [Statistic] { [.log, .logComplement] }
}
extension Laplace: MomentFamily {
  public var statistics: [Statistic] { [.absoluteDeviation(location)] }
}
extension Weibull: MomentFamily {
  public var statistics: [Statistic] { [.power(shape)] }
}
extension Rayleigh: MomentFamily {
  public var statistics: [Statistic] { [.power(2)] }
}
extension InverseGaussian: MomentFamily {
  public var statistics: [Statistic] { [.power(1), .power(-1)] }
}
extension VonMises: MomentFamily {
  public var statistics: [Statistic] { [.cosine(0), .cosine(.pi / 2)] }
}
extension Bernoulli: MomentFamily {
  public var statistics: [Statistic] { [.power(1)] }
}
extension Binomial: MomentFamily {
  public var statistics: [Statistic] { [.power(1)] }
}
extension Poisson: MomentFamily {
  public var statistics: [Statistic] { [.power(1)] }
}
extension Geometric: MomentFamily {
  public var statistics: [Statistic] { [.power(1)] }
}
extension NegativeBinomial: MomentFamily {
  public var statistics: [Statistic] { [.power(1)] }
}
