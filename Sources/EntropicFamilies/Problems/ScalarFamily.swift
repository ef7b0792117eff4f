/// A family of laws on the line as a value: what its parameters are called, where they lie, and the law at
/// given ones. Names and order of the parameters are those of objective files.
public struct ScalarFamily: Sendable {
  public struct Parameter: Sendable {
    public enum Domain: Sendable { case real, positive, unit, fixed }
    public let name: String
    public let domain: Domain
    /// The value that may be left out.
    public let standard: Double?

    init(_ name: String, _ domain: Domain, standard: Double? = nil) {
      self.name = name
      self.domain = domain
      self.standard = standard
    }
  }

  public let name: String
  public let parameters: [Parameter]
  let make: @Sendable ([Double]) throws(FamilyError) -> any ScalarLaw
  let read: @Sendable (any ScalarLaw) -> [Double]?

  init<Law: ScalarLaw>(
    _ name: String, _ parameters: [Parameter], values: @escaping @Sendable (Law) -> [Double],
    _ make: @escaping @Sendable ([Double]) throws(FamilyError) -> Law
  ) {
    self.name = name
    self.parameters = parameters
    self.make = { (p: [Double]) throws(FamilyError) -> any ScalarLaw in try make(p) }
    read = { law in (law as? Law).map(values) }
  }

  /// The law at parameters in the order of `parameters`.
  /// - Throws: `FamilyError` for values outside of the domain.
  public func law(_ values: [Double]) throws(FamilyError) -> any ScalarLaw {
    guard values.count == parameters.count else {
      throw .shape(family: name, parameter: "parameters", expected: parameters.count, found: values.count)
    }
    return try make(values)
  }

  /// The parameters of a law of this family; nil for other laws.
  public func values(of law: any ScalarLaw) -> [Double]? { read(law) }

  public static func named(_ name: String) -> ScalarFamily? { all.first { $0.name == name } }

  /// Every family of one real variable.
  public static let all: [ScalarFamily] = [
    ScalarFamily("normal", [.init("mean", .real), .init("variance", .positive)]) {
      (law: Normal) in
      [law.mean, law.variance]
    } _: { p throws(FamilyError) in
      try Normal(mean: p[0], variance: p[1])
    },
    ScalarFamily("gamma", [.init("shape", .positive), .init("rate", .positive)]) {
      (law: Gamma) in
      [law.shape, law.rate]
    } _: { p throws(FamilyError) in
      try Gamma(shape: p[0], rate: p[1])
    },
    ScalarFamily("exponential", [.init("rate", .positive)]) {
      (law: Exponential) in
      [law.rate]
    } _: { p throws(FamilyError) in
      try Exponential(rate: p[0])
    },
    ScalarFamily("inverse_gamma", [.init("shape", .positive), .init("scale", .positive)]) {
      (law: InverseGamma) in
      [law.shape, law.scale]
    } _: { p throws(FamilyError) in
      try InverseGamma(shape: p[0], scale: p[1])
    },
    ScalarFamily("chi_squared_law", [.init("degrees", .positive)]) {
      (law: ChiSquared) in
      [law.degrees]
    } _: { p throws(FamilyError) in
      try ChiSquared(degrees: p[0])
    },
    ScalarFamily("beta", [.init("a", .positive), .init("b", .positive)]) {
      (law: Beta) in
      [law.a, law.b]
    } _: { p throws(FamilyError) in
      try Beta(a: p[0], b: p[1])
    },
    ScalarFamily("lognormal", [.init("mu", .real), .init("sigma", .positive)]) {
      (law: LogNormal) in
      [law.mu, law.sigma]
    } _: { p throws(FamilyError) in
      try LogNormal(mu: p[0], sigma: p[1])
    },
    ScalarFamily("laplace", [.init("location", .real), .init("scale", .positive)]) {
      (law: Laplace) in
      [law.location, law.scale]
    } _: { p throws(FamilyError) in
      try Laplace(location: p[0], scale: p[1])
    },
    ScalarFamily("logistic", [.init("location", .real), .init("scale", .positive)]) {
      (law: Logistic) in
      [law.location, law.scale]
    } _: { p throws(FamilyError) in
      try Logistic(location: p[0], scale: p[1])
    },
    ScalarFamily(
      "student",
      [
        .init("degrees", .positive), .init("location", .real, standard: 0),
        .init("scale", .positive, standard: 1),
      ]
    ) {
      (law: StudentT) in
      [law.degrees, law.location, law.scale]
    } _: { p throws(FamilyError) in
      try StudentT(degrees: p[0], location: p[1], scale: p[2])
    },
    ScalarFamily("cauchy", [.init("location", .real), .init("scale", .positive)]) {
      (law: Cauchy) in
      [law.location, law.scale]
    } _: { p throws(FamilyError) in
      try Cauchy(location: p[0], scale: p[1])
    },
    ScalarFamily("weibull", [.init("shape", .positive), .init("scale", .positive)]) {
      (law: Weibull) in
      [law.shape, law.scale]
    } _: { p throws(FamilyError) in
      try Weibull(shape: p[0], scale: p[1])
    },
    ScalarFamily("pareto", [.init("shape", .positive), .init("minimum", .fixed)]) {
      (law: Pareto) in
      [law.shape, law.minimum]
    } _: { p throws(FamilyError) in
      try Pareto(shape: p[0], minimum: p[1])
    },
    ScalarFamily("rayleigh", [.init("scale", .positive)]) {
      (law: Rayleigh) in
      [law.scale]
    } _: { p throws(FamilyError) in
      try Rayleigh(scale: p[0])
    },
    ScalarFamily("von_mises", [.init("location", .real), .init("concentration", .positive)]) {
      (law: VonMises) in
      [law.location, law.concentration]
    } _: { p throws(FamilyError) in
      try VonMises(location: p[0], concentration: p[1])
    },
    ScalarFamily("inverse_gaussian", [.init("mean", .positive), .init("shape", .positive)]) {
      (law: InverseGaussian) in
      [law.mean, law.shape]
    } _: { p throws(FamilyError) in
      try InverseGaussian(mean: p[0], shape: p[1])
    },
    ScalarFamily("uniform_law", [.init("lower", .fixed), .init("upper", .fixed)]) {
      (law: Uniform) in
      [law.lower, law.upper]
    } _: { p throws(FamilyError) in
      try Uniform(lower: p[0], upper: p[1])
    },
    ScalarFamily("bernoulli", [.init("probability", .unit)]) {
      (law: Bernoulli) in
      [law.probability]
    } _: { p throws(FamilyError) in
      try Bernoulli(probability: p[0])
    },
    ScalarFamily("binomial", [.init("trials", .fixed), .init("probability", .unit)]) {
      (law: Binomial) in
      [law.trials, law.probability]
    } _: { p throws(FamilyError) in
      try Binomial(trials: p[0], probability: p[1])
    },
    ScalarFamily("poisson", [.init("rate", .positive)]) {
      (law: Poisson) in
      [law.rate]
    } _: { p throws(FamilyError) in
      try Poisson(rate: p[0])
    },
    ScalarFamily("geometric", [.init("success", .unit)]) {
      (law: Geometric) in
      [law.success]
    } _: { p throws(FamilyError) in
      try Geometric(success: p[0])
    },
    ScalarFamily("negative_binomial", [.init("successes", .fixed), .init("probability", .unit)]) {
      (law: NegativeBinomial) in
      [law.successes, law.probability]
    } _: { p throws(FamilyError) in
      try NegativeBinomial(successes: p[0], probability: p[1])
    },
  ]
}
