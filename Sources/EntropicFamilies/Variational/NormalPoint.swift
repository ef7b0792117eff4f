import EntropicNumerics

/// Which covariances a variational normal law may have.
public enum NormalStructure: Sendable, Equatable {
  case full
  /// Independent coordinates: the mean field among normal laws.
  case diagonal
  case isotropic
}

/// A normal law N(m, L L') on its way, with steps in its own units:
///
///     m+ = m + L u,     L+ = L (I + T),     T lower triangular, diagonal or a multiple of I
///
/// In (u, T) the expectation of a convex potential is convex, `-log det L` is `-sum log(1 + T_ii)`, and at
/// the best law the curvature is near to the identity, whatever the scales of the coordinates are.
///
/// - Source: E. Challis, D. Barber, JMLR 14 (2013).
struct NormalPoint: Sendable {
  let structure: NormalStructure
  var mean: [Double]
  /// L, lower triangular with a positive diagonal.
  var root: Matrix

  var dimension: Int { mean.count }

  init(structure: NormalStructure, mean: [Double], root: Matrix) {
    self.structure = structure
    self.mean = mean
    self.root = root
  }

  /// Nil when the covariance has no factor, or is not of the structure's form: then its diagonal is taken.
  init?(structure: NormalStructure, mean: [Double], covariance: Matrix) {
    self.structure = structure
    self.mean = mean
    let d = mean.count
    switch structure {
    case .full:
      guard let factor = Cholesky(covariance) else { return nil }
      root = factor.factor
    case .diagonal:
      root = .diagonal((0..<d).map { covariance[$0, $0].squareRoot() })
    case .isotropic:
      let trace = (0..<d).reduce(0) { $0 + covariance[$1, $1] }
      root = .diagonal([Double](repeating: (trace / Double(d)).squareRoot(), count: d))
    }
    for i in 0..<d where !(root[i, i] > 0 && root[i, i].isFinite) { return nil }
  }

  var logDeterminant: Double {
    let d = dimension
    return Kernel.sum(Kernel.log((0..<d).map { root.elements[$0 * d + $0] }))
  }

  /// `log det L + d log(2 pi e) / 2`
  var entropy: Double { logDeterminant + Double(dimension) * 1.4189385332046727 }

  /// The largest and the smallest entry of the diagonal of L.
  var extremes: (largest: Double, smallest: Double) {
    let d = dimension
    let diagonal = (0..<d).map { root.elements[$0 * d + $0] }
    return (diagonal.max() ?? 0, diagonal.min() ?? 0)
  }

  /// The law after the step `length * (u, T)`; nil when L would lose its positive diagonal.
  func moved(_ step: NormalStep, by length: Double) -> NormalPoint? {
    let d = dimension
    var factor = step.stretch
    for i in 0..<d {
      for j in 0...i {
        factor.elements[i * d + j] = length * factor.elements[i * d + j] + (i == j ? 1 : 0)
      }
    }
    return moved(shift: step.shift.map { length * $0 }, factor: factor)
  }

  /// The law with mean `m + L u` and root `L K`, K lower triangular.
  func moved(shift: [Double], factor: Matrix) -> NormalPoint? {
    let d = dimension
    var next = self
    let move = root.times(shift)
    for i in 0..<d { next.mean[i] += move[i] }
    if structure == .full {
      next.root = root.times(factor)
      for i in 0..<d { for j in (i + 1)..<max(d, i + 1) { next.root.elements[i * d + j] = 0 } }
    } else {
      for i in 0..<d { next.root.elements[i * d + i] *= factor.elements[i * d + i] }
    }
    for i in 0..<d {
      let r = next.root.elements[i * d + i]
      guard r > 0, r.isFinite, next.mean[i].isFinite else { return nil }
    }
    return next
  }

  func law() throws(FamilyError) -> MultivariateNormal {
    let d = dimension
    let covariance: Covariance
    switch structure {
    case .full: covariance = .full(symmetric(root.rowGram()))
    case .diagonal: covariance = .diagonal((0..<d).map { root[$0, $0] * root[$0, $0] })
    case .isotropic: covariance = .isotropic(root[0, 0] * root[0, 0], dimension: d)
    }
    return try MultivariateNormal(mean: mean, covariance: covariance)
  }
}

/// A direction (u, T) of normal laws, or a gradient in it.
struct NormalStep: Sendable {
  var shift: [Double]
  var stretch: Matrix

  /// The nearest direction of the structure.
  func projected(_ structure: NormalStructure) -> NormalStep {
    var out = self
    let d = shift.count
    let trace = structure == .isotropic ? (0..<d).reduce(0) { $0 + stretch[$1, $1] } / Double(d) : 0
    for i in 0..<d {
      for j in 0..<d {
        switch structure {
        case .full: if j > i { out.stretch.elements[i * d + j] = 0 }
        case .diagonal: if j != i { out.stretch.elements[i * d + j] = 0 }
        case .isotropic: out.stretch.elements[i * d + j] = i == j ? trace : 0
        }
      }
    }
    return out
  }

  func dot(_ other: NormalStep) -> Double {
    Kernel.dot(shift, other.shift) + Kernel.dot(stretch.elements, other.stretch.elements)
  }

  mutating func add(_ other: NormalStep, times factor: Double) {
    Kernel.axpy(factor, other.shift, into: &shift)
    Kernel.axpy(factor, other.stretch.elements, into: &stretch.elements)
  }

  var norm: Double { dot(self).squareRoot() }
}

/// The expectation of a potential under normal laws, with its derivatives.
protocol NormalEnergy: Sendable {
  var dimension: Int { get }
  /// Nil where the expectation is not finite.
  func evaluation(at point: NormalPoint) -> EnergyEvaluation?
}

/// `E U(m + L z)` and its derivatives in the units of the law.
struct EnergyEvaluation {
  var value: Double
  /// The sum of the magnitudes that were added up, the scale of the rounding.
  var size: Double
  /// `L' E grad U`
  var slope: [Double]
  /// `E[L' grad U z']`, which is `L' E[Hess U] L` for exact expectations (Stein, Price).
  var tilt: Matrix
  /// The second derivative in a direction (u, T), without the entropy; not projected.
  var product: (NormalStep) -> NormalStep
}
