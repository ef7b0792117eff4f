import EntropicModel
import EntropicNumerics

/// An information matrix that follows small changes of the masses.
///
///     (M + c x x')^-1 = M^-1 - c z z' / (1 + c x . z),  z = M^-1 x,   d_i <- d_i - c (x_i . z)^2 / (1 + c x . z)
///
/// with d_i = x_i' M^-1 x_i, so that a change of two masses costs O(n m) for -log det M. After 50 such steps, and for
/// other changes and functions, everything is computed anew.
/// - Source: J. Sherman, W. Morrison, Ann. Math. Stat. 21 (1950), doi:10.1214/aoms/1177729893.
struct DesignImage: Sendable {
  let term: InformationTerm
  private(set) var inverse: Matrix
  /// d_i, or |M^-1 x_i|^2 for the trace.
  private(set) var leverages: [Double]
  private var factor: Cholesky
  private var age = 0

  /// nil where M is singular.
  init?(_ term: InformationTerm, _ p: [Double]) {
    guard let factor = Cholesky(term.matrix(p)) else { return nil }
    self.term = term
    self.factor = factor
    inverse = factor.solve(columnsOf: .identity(term.regressors.columns))
    leverages = []
    leverages = measured()
  }

  private func measured() -> [Double] {
    let image = term.regressors.times(inverse)
    let x = term.regressors
    let m = x.columns
    return (0..<x.rows).map { i in
      var sum = 0.0
      for j in 0..<m {
        let z = image.elements[i * m + j]
        sum += term.kind == .traceInverse ? z * z : z * x.elements[i * m + j]
      }
      return sum
    }
  }

  /// out += the gradient
  func addGradient(to out: inout [Double]) {
    for (i, d) in leverages.enumerated() { out[term.first + i] -= term.weight * term.scale[i] * d }
  }

  /// The function without its weight; M is given by the masses.
  static func value(_ term: InformationTerm, _ p: [Double]) -> Double {
    var alone = Functional(count: p.count)
    alone.information = [term]
    return alone.value(p)
  }

  /// The regressors' outcomes among the changes, with s_i times the change.
  private func own(_ direction: Vertex) -> [(row: Int, change: Double)] {
    zip(direction.indices, direction.masses).compactMap { i, change in
      let k = i - term.first
      guard k >= 0, k < term.regressors.rows, change != 0 else { return nil }
      return (k, change * term.scale[k])
    }
  }

  private func times(_ k: Int) -> [Double] { inverse.times(Array(term.regressors.row(k))) }

  func line(_ direction: Vertex) -> DesignLine? {
    let changes = own(direction)
    let x = term.regressors
    if term.kind == .negativeLogDeterminant, changes.count <= 2 {
      guard let (a, ca) = changes.first else {
        return DesignLine(weight: term.weight, lambda: [], share: nil)
      }
      let za = times(a)
      let aa = Kernel.dot(Array(x.row(a)), za)
      guard changes.count == 2 else {
        return DesignLine(weight: term.weight, lambda: [ca * aa], share: nil)
      }
      let (b, cb) = changes[1]
      let ab = Kernel.dot(Array(x.row(b)), za)
      let bb = Kernel.dot(Array(x.row(b)), times(b))
      let trace = ca * aa + cb * bb
      let determinant = ca * cb * (aa * bb - ab * ab)
      let root = max(trace * trace - 4 * determinant, 0).squareRoot()
      // The larger root first, the other one from the product: no cancellation.
      let large = 0.5 * (trace + (trace < 0 ? -root : root))
      return DesignLine(
        weight: term.weight, lambda: [large, large == 0 ? 0 : determinant / large], share: nil)
    }
    let m = x.columns
    var weights = [Double](repeating: 0, count: x.rows)
    for (k, change) in changes { weights[k] = change }
    let change = x.gram(weights: weights)
    // L^-1 D L^-T
    let half = factor.solveLower(columnsOf: change).transposed()
    let full = factor.solveLower(columnsOf: half)
    guard let eigen = SymmetricEigen(full) else { return nil }
    var share: [Double]?
    if term.kind == .traceInverse {
      share = (0..<m).map { j in
        let back = factor.solveUpper(eigen.vectors.column(j))
        return Kernel.dot(back, back)
      }
    }
    return DesignLine(weight: term.weight, lambda: eigen.values, share: share)
  }

  /// Moves by t times the direction; `p` holds the new masses. False where M has become singular.
  mutating func move(_ direction: Vertex, _ t: Double, to p: [Double]) -> Bool {
    let changes = own(direction)
    let isCheap = term.kind == .negativeLogDeterminant && changes.count <= 2 && age < 50
    if isCheap {
      age += 1
      var isSafe = true
      for (k, change) in changes where isSafe {
        let z = times(k)
        let c = t * change
        let head = 1 + c * Kernel.dot(Array(term.regressors.row(k)), z)
        guard head > 1e-6 else {
          isSafe = false
          continue
        }
        let along = term.regressors.times(z)
        let factor = c / head
        for i in leverages.indices { leverages[i] -= factor * along[i] * along[i] }
        let m = z.count
        for i in 0..<m { for j in 0..<m { inverse.elements[i * m + j] -= factor * z[i] * z[j] } }
      }
      if isSafe { return true }
    }
    guard let fresh = DesignImage(term, p) else { return false }
    self = fresh
    return true
  }
}
