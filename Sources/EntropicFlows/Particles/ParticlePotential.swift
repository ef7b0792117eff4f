/// The potential V of particles: the target density is proportional to exp(-V / T).
///
/// Values may be +inf or NaN and gradients not finite: a particle does not go there.
public struct ParticlePotential: Sendable {
  /// Many particles at once: coordinate k of particle i has index k * count + i, in points and gradients.
  public struct Batch {
    public let points: UnsafeBufferPointer<Double>
    public let count: Int
    public let values: UnsafeMutableBufferPointer<Double>
    public let gradients: UnsafeMutableBufferPointer<Double>
  }

  public let dimension: Int
  let evaluate: @Sendable (Batch) -> Void

  /// `evaluate` fills all values and gradients of a batch.
  public init(dimension: Int, batch evaluate: @escaping @Sendable (Batch) -> Void) {
    precondition(dimension >= 1, "a potential of dimension \(dimension)")
    self.dimension = dimension
    self.evaluate = evaluate
  }

  /// Point by point.
  public init(
    dimension: Int, value: @escaping @Sendable ([Double]) -> Double,
    gradient: @escaping @Sendable ([Double]) -> [Double]
  ) {
    self.init(dimension: dimension) { batch in
      for i in 0..<batch.count {
        let x = (0..<dimension).map { batch.points[$0 * batch.count + i] }
        batch.values[i] = value(x)
        let slope = gradient(x)
        for k in 0..<dimension {
          batch.gradients[k * batch.count + i] = k < slope.count ? slope[k] : .nan
        }
      }
    }
  }

  /// From values alone: the gradient is a central difference, with about ten correct digits, at 2 d values
  /// a point.
  public init(dimension: Int, value: @escaping @Sendable ([Double]) -> Double) {
    self.init(
      dimension: dimension, value: value,
      gradient: { point in
        var x = point
        return x.indices.map { k in
          let centre = x[k]
          let h = 6e-6 * max(1, abs(centre))
          x[k] = centre + h
          let (above, right) = (value(x), x[k])
          x[k] = centre - h
          let (below, left) = (value(x), x[k])
          x[k] = centre
          return (above - below) / (right - left)
        }
      })
  }

  /// Values and gradients at the particles of a cloud.
  public func evaluated(at cloud: Cloud) -> (values: [Double], gradients: [Double]) {
    precondition(cloud.dimension == dimension, "\(cloud.dimension) coordinates, expected \(dimension)")
    var values = [Double](repeating: .nan, count: cloud.count)
    var gradients = [Double](repeating: .nan, count: cloud.coordinates.count)
    cloud.coordinates.withUnsafeBufferPointer { points in
      values.withUnsafeMutableBufferPointer { v in
        gradients.withUnsafeMutableBufferPointer { g in
          evaluate(Batch(points: points, count: cloud.count, values: v, gradients: g))
        }
      }
    }
    return (values, gradients)
  }

  /// The checks of everything that moves particles: a particle at which V or its gradient is not finite is
  /// named.
  func check(_ cloud: Cloud) throws(FlowError) {
    guard cloud.dimension == dimension else {
      throw .count(what: "coordinates of a particle", found: cloud.dimension, expected: dimension)
    }
    let (values, gradients) = evaluated(at: cloud)
    for i in 0..<cloud.count where !values[i].isFinite {
      throw .value(of: "the potential at a particle of the start", index: i, value: values[i])
    }
    for (i, g) in gradients.enumerated() where !g.isFinite {
      throw .value(of: "the gradient at a particle of the start", index: i % cloud.count, value: g)
    }
  }
}

extension ParticlePotential {
  /// The potential with all values multiplied by a number.
  public func times(_ factor: Double) -> ParticlePotential {
    if factor == 1 { return self }
    return ParticlePotential(dimension: dimension) { batch in
      evaluate(batch)
      for i in 0..<batch.values.count { batch.values[i] *= factor }
      for i in 0..<batch.gradients.count { batch.gradients[i] *= factor }
    }
  }

  /// The sum with another potential, multiplied by a number.
  ///
  /// - Precondition: both have one dimension.
  public func adding(_ other: ParticlePotential, times factor: Double) -> ParticlePotential {
    precondition(other.dimension == dimension, "potentials of different dimensions")
    return ParticlePotential(dimension: dimension) { batch in
      evaluate(batch)
      var values = [Double](repeating: .nan, count: batch.values.count)
      var gradients = [Double](repeating: .nan, count: batch.gradients.count)
      values.withUnsafeMutableBufferPointer { v in
        gradients.withUnsafeMutableBufferPointer { g in
          other.evaluate(Batch(points: batch.points, count: batch.count, values: v, gradients: g))
        }
      }
      for i in 0..<batch.values.count { batch.values[i] += factor * values[i] }
      for i in 0..<batch.gradients.count { batch.gradients[i] += factor * gradients[i] }
    }
  }
}
