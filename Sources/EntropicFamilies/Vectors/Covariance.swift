import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A covariance in the least room: full, diagonal, or a multiple of the identity.
public enum Covariance: Sendable, Equatable {
  case full(Matrix)
  case diagonal([Double])
  case isotropic(Double, dimension: Int)

  public var dimension: Int {
    switch self {
    case .full(let s): return s.rows
    case .diagonal(let v): return v.count
    case .isotropic(_, let d): return d
    }
  }

  /// The covariance as a matrix.
  public var matrix: Matrix {
    switch self {
    case .full(let s): return s
    case .diagonal(let v): return .diagonal(v)
    case .isotropic(let v, let d): return .diagonal([Double](repeating: v, count: d))
    }
  }

  /// The diagonal.
  public var variances: [Double] {
    switch self {
    case .full(let s): return (0..<s.rows).map { s[$0, $0] }
    case .diagonal(let v): return v
    case .isotropic(let v, let d): return [Double](repeating: v, count: d)
    }
  }
}

/// The lower factor L of a covariance `L L'`, by its structure.
struct CovarianceRoot: Sendable {
  private let cholesky: Cholesky?
  private let deviations: [Double]
  let logDeterminant: Double

  /// nil unless the covariance is positive definite.
  init?(_ covariance: Covariance) {
    switch covariance {
    case .full(let s):
      guard let factor = Cholesky(s) else { return nil }
      cholesky = factor
      deviations = []
      logDeterminant = factor.logDeterminant
    case .diagonal, .isotropic:
      let v = covariance.variances
      guard v.allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
      cholesky = nil
      deviations = v.map { $0.squareRoot() }
      logDeterminant = v.reduce(0) { $0 + log($1) }
    }
  }

  /// `L^(-1) x`
  func whitened(_ x: [Double]) -> [Double] {
    if let cholesky { return cholesky.solveLower(x) }
    return zip(x, deviations).map { $0 / $1 }
  }

  /// `L z`
  func coloured(_ z: [Double]) -> [Double] {
    if let cholesky {
      let l = cholesky.factor
      return (0..<l.rows).map { i in (0...i).reduce(0) { $0 + l[i, $1] * z[$1] } }
    }
    return zip(z, deviations).map { $0 * $1 }
  }

  /// `Sigma^(-1)`
  func precision() -> Matrix {
    if let cholesky { return symmetric(cholesky.solve(columnsOf: .identity(cholesky.order))) }
    return .diagonal(deviations.map { 1 / ($0 * $0) })
  }

  /// `L^(-1) D L^(-T)` for a symmetric D.
  func whitened(_ d: Matrix) -> Matrix {
    if let cholesky {
      let half = cholesky.solveLower(columnsOf: d)
      return symmetric(cholesky.solveLower(columnsOf: half.transposed()))
    }
    var out = d
    for i in 0..<d.rows { for j in 0..<d.rows { out[i, j] = d[i, j] / deviations[i] / deviations[j] } }
    return out
  }
}

/// The symmetric part.
func symmetric(_ a: Matrix) -> Matrix {
  var s = a
  for i in 0..<a.rows { for j in 0..<i { s[i, j] = (a[i, j] + a[j, i]) / 2; s[j, i] = s[i, j] } }
  return s
}
