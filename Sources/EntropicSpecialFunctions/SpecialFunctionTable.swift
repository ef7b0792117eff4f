// The rows of the table, one list a subject. An argument not named in the domain may be any finite number.
extension SpecialFunction {
  static let gammaFamily: [SpecialFunction] = [
    SpecialFunction("lgamma", "x", "x > 0", "logarithm of the gamma function", one: Special.logGamma),
    SpecialFunction("gamma", "x", "0 < x < 171.6", "gamma function", one: Special.gamma),
    SpecialFunction("digamma", "x", "x > 0", "derivative of lgamma", one: Special.digamma),
    SpecialFunction("trigamma", "x", "x > 0", "second derivative of lgamma", one: Special.trigamma),
    SpecialFunction("beta", ["a", "b"], "a, b > 0", "beta function", two: Special.beta),
    SpecialFunction(
      "lbeta", ["a", "b"], "a, b > 0", "logarithm of the beta function", two: Special.logBeta),
    SpecialFunction(
      "gamma_inc_p", ["a", "x"], "0 < a <= 1e9, x >= 0", "regularized lower incomplete gamma function",
      two: Special.lowerGamma),
    SpecialFunction(
      "gamma_inc_q", ["a", "x"], "0 < a <= 1e9, x >= 0", "regularized upper incomplete gamma function",
      two: Special.upperGamma),
    SpecialFunction(
      "beta_inc", ["x", "a", "b"], "0 <= x <= 1, 0 < a, b <= 1e9", "regularized incomplete beta function",
      three: Special.incompleteBeta),
  ]

  static let errorFunctions: [SpecialFunction] = [
    SpecialFunction("erf", "x", "every x", "error function", one: Special.errorFunction),
    SpecialFunction(
      "erfc", "x", "every x", "complementary error function", one: Special.complementaryErrorFunction),
    SpecialFunction(
      "log_erfc", "x", "abs(x) <= 1e150", "logarithm of the complementary error function",
      one: Special.logComplementaryErrorFunction),
  ]

  static let bessel: [SpecialFunction] = [
    SpecialFunction(
      "bessel_i0", "x", "abs(x) <= 713", "modified Bessel function I0", one: Special.besselI0),
    SpecialFunction(
      "bessel_i1", "x", "abs(x) <= 713", "modified Bessel function I1", one: Special.besselI1),
    SpecialFunction(
      "bessel_i0_scaled", "x", "every x", "exp(-abs(x)) bessel_i0(x)", one: Special.scaledBesselI0),
    SpecialFunction(
      "bessel_i1_scaled", "x", "every x", "exp(-abs(x)) bessel_i1(x)", one: Special.scaledBesselI1),
    SpecialFunction("bessel_k0", "x", "x > 0", "modified Bessel function K0", one: Special.besselK0),
    SpecialFunction("bessel_k1", "x", "x > 0", "modified Bessel function K1", one: Special.besselK1),
    SpecialFunction("bessel_k0_scaled", "x", "x > 0", "exp(x) bessel_k0(x)", one: Special.scaledBesselK0),
    SpecialFunction("bessel_k1_scaled", "x", "x > 0", "exp(x) bessel_k1(x)", one: Special.scaledBesselK1),
    SpecialFunction("bessel_j0", "x", "abs(x) <= 1e9", "Bessel function J0", one: Special.besselJ0),
    SpecialFunction("bessel_j1", "x", "abs(x) <= 1e9", "Bessel function J1", one: Special.besselJ1),
    SpecialFunction("bessel_y0", "x", "0 < x <= 1e9", "Bessel function Y0", one: Special.besselY0),
    SpecialFunction("bessel_y1", "x", "0 < x <= 1e9", "Bessel function Y1", one: Special.besselY1),
  ]

  static let otherFunctions: [SpecialFunction] = [
    SpecialFunction(
      "lambert_w", "x", "x >= -1/e", "principal branch of w exp(w) = x", one: Special.lambertW),
    SpecialFunction("zeta", "s", "s >= -170, s != 1", "Riemann zeta function", one: Special.zeta),
  ]

  static let continuousDensities: [SpecialFunction] = [
    density(
      "normal_pdf", ["x", "mean", "sd"], "sd > 0", "normal density; sd is the standard deviation"
    ) { (v) throws(SpecialFunctionError) in
      try Special.normalDensity(v[0], mean: v[1], deviation: v[2])
    },
    density(
      "lognormal_pdf", ["x", "mean", "sd"], "sd > 0", "density of exp of a normal variable"
    ) { (v) throws(SpecialFunctionError) in
      try Special.lognormalDensity(v[0], mean: v[1], deviation: v[2])
    },
    density(
      "gamma_pdf", ["x", "shape", "rate"], "shape, rate > 0", "gamma density"
    ) { (v) throws(SpecialFunctionError) in
      try Special.gammaDensity(v[0], shape: v[1], rate: v[2])
    },
    density(
      "chi_squared_pdf", ["x", "dof"], "dof > 0", "chi-squared density"
    ) { (v) throws(SpecialFunctionError) in
      try Special.chiSquaredDensity(v[0], degreesOfFreedom: v[1])
    },
    density(
      "exponential_pdf", ["x", "rate"], "rate > 0", "exponential density"
    ) { (v) throws(SpecialFunctionError) in
      try Special.exponentialDensity(v[0], rate: v[1])
    },
    density("beta_pdf", ["x", "a", "b"], "a, b > 0", "beta density") { (v) throws(SpecialFunctionError) in
      try Special.betaDensity(v[0], v[1], v[2])
    },
    density(
      "student_pdf", ["x", "dof"], "dof > 0", "Student's t density"
    ) { (v) throws(SpecialFunctionError) in
      try Special.studentDensity(v[0], degreesOfFreedom: v[1])
    },
    density(
      "cauchy_pdf", ["x", "location", "scale"], "scale > 0", "Cauchy density"
    ) { (v) throws(SpecialFunctionError) in
      try Special.cauchyDensity(v[0], location: v[1], scale: v[2])
    },
    density(
      "laplace_pdf", ["x", "location", "scale"], "scale > 0", "Laplace density"
    ) { (v) throws(SpecialFunctionError) in
      try Special.laplaceDensity(v[0], location: v[1], scale: v[2])
    },
    density(
      "logistic_pdf", ["x", "location", "scale"], "scale > 0", "logistic density"
    ) { (v) throws(SpecialFunctionError) in
      try Special.logisticDensity(v[0], location: v[1], scale: v[2])
    },
    density(
      "weibull_pdf", ["x", "shape", "scale"], "shape, scale > 0", "Weibull density"
    ) { (v) throws(SpecialFunctionError) in
      try Special.weibullDensity(v[0], shape: v[1], scale: v[2])
    },
    density(
      "uniform_pdf", ["x", "a", "b"], "a < b", "uniform density on [a, b]"
    ) { (v) throws(SpecialFunctionError) in
      try Special.uniformDensity(v[0], from: v[1], to: v[2])
    },
  ].flatMap { $0 }

  static let masses: [SpecialFunction] = [
    density(
      "poisson_pmf", ["k", "rate"], "k integer, rate >= 0", "Poisson mass"
    ) { (v) throws(SpecialFunctionError) in
      try Special.poissonMass(v[0], rate: v[1])
    },
    density(
      "binomial_pmf", ["k", "n", "p"], "k, n integer, n >= 0, 0 <= p <= 1", "mass of k successes in n trials"
    ) { (v) throws(SpecialFunctionError) in
      try Special.binomialMass(v[0], trials: v[1], probability: v[2])
    },
    density(
      "negative_binomial_pmf", ["k", "r", "p"], "k integer, r > 0, 0 < p <= 1",
      "mass of k failures before success r"
    ) { (v) throws(SpecialFunctionError) in
      try Special.negativeBinomialMass(v[0], successes: v[1], probability: v[2])
    },
    density(
      "geometric_pmf", ["k", "p"], "k integer, 0 < p <= 1", "mass of the first success at trial k >= 1"
    ) { (v) throws(SpecialFunctionError) in
      try Special.geometricMass(v[0], probability: v[1])
    },
  ].flatMap { $0 }

  static let distributions: [SpecialFunction] = [
    SpecialFunction(
      "normal_cdf", ["x", "mean", "sd"], "sd > 0", "normal distribution function",
      three: Special.normalCumulative),
    SpecialFunction(
      "normal_quantile", ["p", "mean", "sd"], "0 < p < 1, sd > 0", "inverse of normal_cdf",
      three: Special.normalQuantile),
    SpecialFunction(
      "gamma_cdf", ["x", "shape", "rate"], "0 < shape <= 1e9, rate > 0", "gamma distribution function",
      three: Special.gammaCumulative),
    SpecialFunction(
      "gamma_quantile", ["p", "shape", "rate"], "0 <= p < 1, 0 < shape <= 1e9, rate > 0",
      "inverse of gamma_cdf", three: Special.gammaQuantile),
    SpecialFunction(
      "beta_cdf", ["x", "a", "b"], "0 < a, b <= 1e9", "beta distribution function",
      three: Special.betaCumulative),
    SpecialFunction(
      "beta_quantile", ["p", "a", "b"], "0 <= p <= 1, 0 < a, b <= 1e9", "inverse of beta_cdf",
      three: Special.betaQuantile),
    SpecialFunction(
      "student_cdf", ["x", "dof"], "1e-6 <= dof <= 1e9", "Student's t distribution function",
      two: Special.studentCumulative),
    SpecialFunction(
      "student_quantile", ["p", "dof"], "0 < p < 1, 1e-6 <= dof <= 1e9", "inverse of student_cdf",
      two: Special.studentQuantile),
  ]
}
