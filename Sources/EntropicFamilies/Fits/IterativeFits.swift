import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

// Maximum likelihood where the score is solved by iteration.
extension Logistic {
  /// Newton's method in `(1 / s, m / s)`, where the log-likelihood is concave.
  public static func fit(_ values: [Double], weights: [Double]? = nil) throws(FamilyError) -> Fit<Logistic> {
    let sample = try WeightedSample(values, weights, family: "logistic")
    if sample.isConstant { return .unbounded("the scale goes to 0 around the only observed value") }
    let center = sample.mean
    let spread = sample.mean { ($0 - center) * ($0 - center) }.squareRoot()
    // Standardised data; a = 1 / s, b = m / s.
    var (a, b) = (Double.pi / 3.0.squareRoot(), 0.0)
    func value(_ a: Double, _ b: Double) -> Double {
      -log(a)
        + sample.mean { x in
          let z = abs(a * ((x - center) / spread) - b)
          return z + 2 * log1p(exp(-z))
        }
    }
    var decrement = Double.infinity
    for _ in 0..<100 {
      // Gradient and Hessian of the mean negative log-likelihood.
      func average(_ f: (Double, Double, Double) -> Double) -> Double {
        sample.mean { x in
          let u = (x - center) / spread
          let t = tanh((a * u - b) / 2)
          return f(u, t, (1 - t * t) / 2)
        }
      }
      let g = (average { u, t, _ in u * t } - 1 / a, -average { _, t, _ in t })
      let h11 = average { u, _, c in u * u * c } + 1 / (a * a)
      let h12 = -average { u, _, c in u * c }
      let h22 = average { _, _, c in c }
      let det = h11 * h22 - h12 * h12
      let step = (-(h22 * g.0 - h12 * g.1) / det, -(h11 * g.1 - h12 * g.0) / det)
      decrement = max(0, -(g.0 * step.0 + g.1 * step.1)).squareRoot()
      var length = 1.0
      while length > 1e-12 {
        let next = a + length * step.0
        if next > 0 && value(next, b + length * step.1) <= value(a, b) + 1e-14 { break }
        length /= 2
      }
      a += length * step.0
      b += length * step.1
      if decrement < 1e-15 { break }
    }
    let law = try Logistic(location: center + spread * b / a, scale: spread / a)
    let s = law.scale / sample.total.squareRoot()
    return Fit(
      law: law, logLikelihood: sample.logLikelihood(law),
      standardErrors: [s * 3.0.squareRoot(), s * (9 / (3 + Double.pi * .pi)).squareRoot()],
      proof: .none, status: decrement < 1e-7 ? .maximum : .stationary)
  }
}

extension StudentT {
  /// The EM algorithm for known degrees of freedom, accelerated by its usual rescaling of weights.
  ///
  /// The likelihood may have several maxima: the answer is stationary, and no other claim is made. Source:
  /// J. Kent, D. Tyler, Y. Vardi, Comm. Statist. Simulation 23 (1994), doi:10.1080/03610919408813180.
  public static func fit(
    _ values: [Double], weights: [Double]? = nil, degrees: Double
  ) throws(FamilyError) -> Fit<StudentT> {
    let sample = try WeightedSample(values, weights, family: "student t")
    let empirical = try EmpiricalLaw(values: values, weights: weights)
    let heaviest = empirical.masses.max() ?? 1
    // A point with too much of the mass draws the scale to 0.
    if heaviest * (degrees + 1) >= degrees || heaviest >= 0.5 && degrees <= 1 {
      if heaviest > degrees / (degrees + 1) || sample.isConstant {
        return .unbounded("the scale goes to 0 around a value that holds much of the mass")
      }
    }
    var location = empirical.quantile(0.5)
    var square = max(
      pow((empirical.quantile(0.75) - empirical.quantile(0.25)) / 2, 2),
      1e-4 * sample.mean { ($0 - location) * ($0 - location) })
    for _ in 0..<5000 {
      func weight(_ x: Double) -> Double {
        (degrees + 1) / (degrees + (x - location) * (x - location) / square)
      }
      let mass = sample.mean(weight)
      let center = location
      let next = center + sample.mean { weight($0) * ($0 - center) } / mass
      // Dividing by the mean weight instead of 1 keeps the fixed points and hastens the steps.
      let spread = sample.mean { weight($0) * ($0 - next) * ($0 - next) } / mass
      let change = abs(next - location) / square.squareRoot() + abs(spread - square) / square
      location = next
      square = spread
      if change < 1e-15 || !(square > 0) { break }
    }
    let law = try StudentT(degrees: degrees, location: location, scale: square.squareRoot())
    let root = (sample.total * degrees / (degrees + 3)).squareRoot()
    let location1 = law.scale / (sample.total * (degrees + 1) / (degrees + 3)).squareRoot()
    return Fit(
      law: law, logLikelihood: sample.logLikelihood(law),
      standardErrors: [0, location1, law.scale / (root * 2.0.squareRoot())], proof: .none,
      status: .stationary)
  }

  /// Degrees, location and scale: a golden-section search of the profile over log degrees in [log 0.2, log
  /// 1e4].
  public static func fit(_ values: [Double], weights: [Double]? = nil) throws(FamilyError) -> Fit<StudentT> {
    func profile(_ t: Double) throws(FamilyError) -> Fit<StudentT> {
      try fit(values, weights: weights, degrees: exp(t))
    }
    let golden = (5.0.squareRoot() - 1) / 2
    var (low, high) = (log(0.2), log(1e4))
    var best = try profile(0.5 * (low + high))
    var (x, y) = (high - golden * (high - low), low + golden * (high - low))
    var (fx, fy) = (try profile(x), try profile(y))
    for _ in 0..<60 where high - low > 1e-8 {
      if fx.logLikelihood > fy.logLikelihood && fx.law != nil {
        (high, y, fy) = (y, x, fx)
        x = high - golden * (high - low)
        fx = try profile(x)
      } else {
        (low, x, fx) = (x, y, fy)
        y = low + golden * (high - low)
        fy = try profile(y)
      }
      for f in [fx, fy] where f.law != nil && f.logLikelihood >= best.logLikelihood { best = f }
    }
    best.standardErrors = []
    if let law = best.law, law.degrees > 9.9e3 {
      best.status = .unattained(reason: "the degrees go to infinity: the limit is a normal law")
    }
    return best
  }
}

extension Cauchy {
  /// The EM algorithm; for samples without a point of half the mass the stationary point is the only one.
  ///
  /// Source: J. Copas, Biometrika 62 (1975), doi:10.1093/biomet/62.3.701.
  public static func fit(_ values: [Double], weights: [Double]? = nil) throws(FamilyError) -> Fit<Cauchy> {
    let sample = try WeightedSample(values, weights, family: "cauchy")
    let heaviest = try EmpiricalLaw(values: values, weights: weights).masses.max() ?? 1
    if heaviest > 0.5 { return .unbounded("the scale goes to 0 around a value that holds half of the mass") }
    let inner = try StudentT.fit(values, weights: weights, degrees: 1)
    guard let t = inner.law else { return .unbounded("the scale goes to 0") }
    let law = try Cauchy(location: t.location, scale: t.scale)
    let error = law.scale * (2 / sample.total).squareRoot()
    return Fit(
      law: law, logLikelihood: sample.logLikelihood(law), standardErrors: [error, error], proof: .none,
      status: heaviest < 0.5 ? .maximum : .stationary)
  }
}

extension VonMises {
  /// The mean direction; the concentration from the mean resultant length, an increasing function of it.
  public static func fit(_ values: [Double], weights: [Double]? = nil) throws(FamilyError) -> Fit<VonMises> {
    let sample = try WeightedSample(values, weights, family: "von mises")
    let (c, s) = (sample.mean { cos($0) }, sample.mean { sin($0) })
    let direction = atan2(s, c)
    // 1 - R as a mean of squares.
    let complement = 2 * sample.mean { pow(sin(($0 - direction) / 2), 2) }
    if complement == 0 { return .unbounded("the concentration goes to infinity at the only observed angle") }
    let length = complement < 0.5 ? 1 - complement : hypot(c, s)
    let law = try VonMises.matching(direction: direction, length: length, complement: complement)
    let k = law.concentration
    let (low, high) = (VonMises.ratio(k * (1 - 1e-12)), VonMises.ratio(k * (1 + 1e-12)))
    let proved =
      length < 0.5
      ? low.value <= length && high.value >= length
      : low.complement >= complement && high.complement <= complement
    let n = sample.total
    let total = n * sample.mean { law.logDensity(remainder($0, 2 * .pi)) }
    return Fit(
      law: law, logLikelihood: total,
      standardErrors: [1 / (n * k * law.ratio.value).squareRoot(), 1 / (n * law.ratio.slope).squareRoot()],
      proof: proved ? .bracket(lower: k * (1 - 1e-12), upper: k * (1 + 1e-12)) : .none,
      status: k == 0 ? .boundary : .maximum)
  }
}
