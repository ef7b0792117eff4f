import EntropicFlows
import EntropicNumerics

/// Particles of the peer suite on a banana, moved by Stein variational descent or unadjusted Langevin dynamics.
///
///     V(x, y) = x^2 / (2 s^2) + (y - c (x^2 - s^2))^2 / 2
///
/// The number of steps and their length belong to the problem: everybody does the same work.
struct BananaParticles {
  let start: Matrix
  let deviation: Double
  let curvature: Double
  let step: Double
  let steps: Int
  /// h of the kernel of Stein variational descent; nil for Langevin dynamics.
  let bandwidth: Double?

  var potential: ParticlePotential {
    let (s2, c) = (deviation * deviation, curvature)
    return ParticlePotential(dimension: 2) { batch in
      let n = batch.count
      guard let points = batch.points.baseAddress, let values = batch.values.baseAddress,
        let slopes = batch.gradients.baseAddress
      else { return }
      // Four particles at a time: the compiler cannot know that the arrays are apart.
      var i = 0
      while i + 4 <= n {
        let x = UnsafeRawPointer(points + i).loadUnaligned(as: SIMD4<Double>.self)
        let y = UnsafeRawPointer(points + n + i).loadUnaligned(as: SIMD4<Double>.self)
        let r = y - c * (x * x - s2)
        UnsafeMutableRawPointer(values + i).storeBytes(
          of: 0.5 * (x * x / s2 + r * r), as: SIMD4<Double>.self)
        UnsafeMutableRawPointer(slopes + i).storeBytes(
          of: x / s2 - 2 * c * x * r, as: SIMD4<Double>.self)
        UnsafeMutableRawPointer(slopes + n + i).storeBytes(of: r, as: SIMD4<Double>.self)
        i += 4
      }
      while i < n {
        let (x, y) = (points[i], points[n + i])
        let r = y - c * (x * x - s2)
        values[i] = 0.5 * (x * x / s2 + r * r)
        slopes[i] = x / s2 - 2 * c * x * r
        slopes[n + i] = r
        i += 1
      }
    }
  }

  var result: PeerProblem.Result {
    do throws(FlowError) {
      let cloud = try Cloud(start)
      if let bandwidth {
        let flow = try SteinVariational(potential, bandwidth: .fixed(bandwidth), step: .fixed(step))
        return .particles(try flow.run(from: cloud, steps: steps).cloud.points)
      }
      let dynamics = try Langevin(potential, step: step, isAdjusted: false, seed: 1)
      return .particles(try dynamics.run(from: cloud, steps: steps).cloud.points)
    } catch {
      return .failure(error.message)
    }
  }
}
