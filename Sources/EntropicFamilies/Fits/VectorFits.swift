import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

// Maximum likelihood for laws on vectors and matrices: exponential families match the means of their
// statistics.
extension Dirichlet {
  public static func fit(
    _ values: [[Double]], weights: [Double]? = nil
  ) throws(FamilyError) -> Fit<Dirichlet> {
    let sample = try VectorSample(values, weights, family: "dirichlet")
    let logs = try sample.means("dirichlet", "positive numbers") {
      $0 > 0
    } of: {
      log($0)
    }
    return try fit(meanLogs: logs, total: sample.total)
  }

  /// From the means of the logarithms alone. The log-likelihood is the sum over `total` observations.
  public static func fit(meanLogs: [Double], total: Double = 1) throws(FamilyError) -> Fit<Dirichlet> {
    let found = try DirichletMoments(meanLogs: meanLogs, family: "dirichlet").solve()
    let law = try Dirichlet(concentration: found.concentration)
    let value = zip(law.concentration, meanLogs).reduce(-law.logPartition) { $0 + ($1.0 - 1) * $1.1 }
    return Fit(
      law: law, logLikelihood: total * value,
      standardErrors: standardErrors(law.fisherInformation, total), proof: found.proof, status: .maximum)
  }
}

extension MultivariateNormal {
  /// Mean and covariance of the sample; unbounded when the covariance is singular.
  public static func fit(
    _ values: [[Double]], weights: [Double]? = nil
  ) throws(FamilyError) -> Fit<MultivariateNormal> {
    let sample = try VectorSample(values, weights, family: "multivariate normal")
    let m = try sample.means("multivariate normal", "finite numbers") {
      $0.isFinite
    } of: {
      $0
    }
    let d = m.count
    var s = Matrix(rows: d, columns: d)
    for (x, w) in zip(sample.values, sample.weights) where w > 0 {
      for i in 0..<d { for j in 0..<d { s[i, j] += w / sample.total * (x[i] - m[i]) * (x[j] - m[j]) } }
    }
    // A factor at rounding size is a singular covariance.
    let size = (0..<d).map { s[$0, $0] }
    guard size.allSatisfy({ $0 > 0 }), let factor = Cholesky(s),
      (0..<d).allSatisfy({ factor.factor[$0, $0] * factor.factor[$0, $0] > 1e-13 * size[$0] })
    else { return .unbounded("the observations lie on an affine subspace") }
    let law = try MultivariateNormal(mean: m, covariance: .full(s))
    let value = -0.5 * (Double(d) * (log(2 * .pi) + 1) + law.root.logDeterminant)
    return Fit(
      law: law, logLikelihood: sample.total * value,
      standardErrors: size.map { ($0 / sample.total).squareRoot() }, proof: .closedForm, status: .maximum)
  }
}

extension VonMisesFisher {
  public static func fit(
    _ values: [[Double]], weights: [Double]? = nil
  ) throws(FamilyError) -> Fit<VonMisesFisher> {
    let sample = try VectorSample(values, weights, family: "von mises-fisher")
    let m = try sample.means("von mises-fisher", "finite numbers") {
      $0.isFinite
    } of: {
      $0
    }
    let r = Kernel.dot(m, m).squareRoot()
    let u = m.map { r > 0 ? $0 / r : 1 / Double(m.count).squareRoot() }
    var complement = 0.0
    for (x, w) in zip(sample.values, sample.weights) {
      complement += w / sample.total * zip(x, u).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / 2
    }
    if complement <= 0 { return .unbounded("the concentration goes to infinity at the only direction") }
    let order = Double(m.count) / 2 - 1
    let k = try ResultantLength(order: order, family: "von mises-fisher").concentration(r, complement)
    let law = try VonMisesFisher(direction: u, concentration: k)
    let value = sample.total * (-law.logPartition + k * (1 - complement))
    return Fit(law: law, logLikelihood: value, proof: .none, status: r == 0 ? .boundary : .maximum)
  }
}

extension Multinomial {
  /// Shares of the counts, for observations of the same number of trials.
  public static func fit(
    _ values: [[Double]], weights: [Double]? = nil
  ) throws(FamilyError) -> Fit<Multinomial> {
    let sample = try VectorSample(values, weights, family: "multinomial")
    let m = try sample.means("multinomial", "whole numbers >= 0") {
      $0 >= 0 && $0.rounded() == $0
    } of: {
      $0
    }
    let trials = sample.values[0].reduce(0, +)
    for (i, x) in sample.values.enumerated() where x.reduce(0, +) != trials {
      throw .observation(
        family: "multinomial", index: i, value: x.reduce(0, +), domain: "counts that sum to \(trials)")
    }
    try Check("multinomial").count(trials, "trials", from: 1)
    let law = try Multinomial(trials: trials, probabilities: m.map { $0 / trials })
    var value = CompensatedTotal()
    for (x, w) in zip(sample.values, sample.weights) where w > 0 { value.add(w * law.logDensity(x)) }
    return Fit(
      law: law, logLikelihood: value.value,
      standardErrors: law.probabilities.map { ($0 * (1 - $0) / trials / sample.total).squareRoot() },
      proof: .closedForm, status: law.probabilities.contains(0) ? .boundary : .maximum)
  }
}

extension Wishart {
  /// The means of X and of log det X: the scale in closed form, the degrees as the root of a monotone function.
  public static func fit(_ values: [Matrix], weights: [Double]? = nil) throws(FamilyError) -> Fit<Wishart> {
    guard let first = values.first, first.rows > 0 else {
      throw .shape(family: "wishart", parameter: "observations", expected: 1, found: 0)
    }
    let family = try Wishart(degrees: Double(first.rows), scale: .identity(first.rows))
    var rows: [[Double]] = []
    for (i, x) in values.enumerated() {
      guard x.rows == first.rows, x.columns == first.rows, Cholesky(x) != nil else {
        throw .observation(
          family: "wishart", index: i, value: x.elements.first ?? .nan,
          domain: "a positive definite matrix of order \(first.rows)")
      }
      rows.append(family.sufficientStatistics(x))
    }
    let sample = try VectorSample(rows, weights, family: "wishart")
    let means = try sample.means("wishart", "finite numbers") {
      $0.isFinite
    } of: {
      $0
    }
    if zip(rows, sample.weights).allSatisfy({ $1 == 0 || $0 == means }) {
      return .unbounded("the degrees go to infinity at the only observed matrix")
    }
    let law = try family.with(mean: means)
    var value = CompensatedTotal()
    for (x, w) in zip(values, sample.weights) where w > 0 { value.add(w * law.logDensity(x)) }
    return Fit(law: law, logLikelihood: value.value, proof: .none, status: .maximum)
  }
}

/// Vectors of one length with weights, checked once.
struct VectorSample {
  let values: [[Double]]
  let weights: [Double]
  let total: Double

  init(_ values: [[Double]], _ weights: [Double]?, family: String) throws(FamilyError) {
    let check = Check(family)
    guard let first = values.first else {
      throw .shape(family: family, parameter: "observations", expected: 1, found: 0)
    }
    for x in values { try check.length(x.count, first.count, "observation") }
    if let weights { try check.length(weights.count, values.count, "weights") }
    self.values = values
    self.weights = weights ?? [Double](repeating: 1, count: values.count)
    for w in self.weights { try check.require(w >= 0 && w.isFinite, w, "weights", "nonnegative numbers") }
    total = self.weights.reduce(0, +)
    try check.require(total > 0, total, "sum of weights", "a positive number")
  }

  /// Weighted means of a function of every coordinate.
  func means(
    _ family: String, _ domain: String, _ claim: (Double) -> Bool, of f: (Double) -> Double
  ) throws(FamilyError) -> [Double] {
    var sums = [CompensatedTotal](repeating: CompensatedTotal(), count: values[0].count)
    for (i, x) in values.enumerated() where weights[i] > 0 {
      for (j, v) in x.enumerated() {
        if !claim(v) { throw .observation(family: family, index: i, value: v, domain: domain) }
        sums[j].add(weights[i] * f(v))
      }
    }
    return sums.map { $0.value / total }
  }
}
