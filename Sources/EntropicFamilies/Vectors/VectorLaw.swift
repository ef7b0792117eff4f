import EntropicNumerics
import EntropicSpecialFunctions

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A law on vectors with a mean and a covariance.
public protocol VectorLaw: Distribution where Value == [Double] {
  var mean: [Double] { get }
  var covarianceMatrix: Matrix { get }
}

extension VectorLaw {
  /// The variances of the coordinates.
  public var variances: [Double] {
    let c = covarianceMatrix
    return (0..<c.rows).map { c[$0, $0] }
  }
}

extension Dirichlet: VectorLaw {
  public var covarianceMatrix: Matrix { covariance }
}

extension Multinomial: VectorLaw {
  public var covarianceMatrix: Matrix { covariance }
}

extension MultivariateNormal: VectorLaw {
  public var covarianceMatrix: Matrix { covariance.matrix }
}

extension VonMisesFisher: VectorLaw {
  /// The sufficient statistic is x itself.
  public var covarianceMatrix: Matrix { fisherInformation }
}

extension ProductLaw: VectorLaw {
  public var covarianceMatrix: Matrix { .diagonal(variance) }
}

extension Mixture: VectorLaw where Component: VectorLaw {
  public var mean: [Double] {
    var m = [Double](repeating: 0, count: components.first?.mean.count ?? 0)
    for (w, law) in zip(weights, components) where w > 0 { Kernel.axpy(w, law.mean, into: &m) }
    return m
  }

  /// The mean of the covariances plus the covariance of the means.
  public var covarianceMatrix: Matrix {
    let m = mean
    var c = Matrix(rows: m.count, columns: m.count)
    for (w, law) in zip(weights, components) where w > 0 {
      let (s, n) = (law.covarianceMatrix, law.mean)
      for i in m.indices { for j in m.indices { c[i, j] += w * (s[i, j] + (n[i] - m[i]) * (n[j] - m[j])) } }
    }
    return c
  }
}
