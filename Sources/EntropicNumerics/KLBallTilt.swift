internal import CEntropicKernels

extension Kernel {
  /// The law that a ball of relative entropy holds against a function.
  public struct KLBallTilt: Sendable {
    /// p_i proportional to q_i exp(tilt f_i); empty for invalid data.
    public let probabilities: [Double]
    /// t >= 0: 1 / t is the multiplier of the radius. +inf where the ball reaches the largest f.
    public let tilt: Double
    /// sum p f, which the maximum is not below.
    public let value: Double
    /// (radius + log sum q exp(t f)) / t, which the maximum is not above but for the error of the logarithm, some
    /// 2^-50 / t: weak duality holds for every t > 0.
    public let bound: Double
    /// KL(p | q), the radius up to rounding.
    public let divergence: Double
  }

  /// The maximum of sum p f over {p : sum p log(p / q) <= radius, sum p = 1}.
  ///
  /// p is proportional to q exp(t f), and t solves t A'(t) - A(t) = radius with A(t) = log sum q exp(t f). The root
  /// of sqrt(2 (t A' - A)) = sqrt(2 radius), nearly a straight line in t, is found by Halley's method, safeguarded
  /// by a bracket; one pass gives A and three derivatives. Large problems are solved on a sample first, which
  /// leaves two passes, and one that writes p.
  ///
  /// - Parameters:
  ///   - f: finite.
  ///   - q: not negative, with a finite positive sum, normalised here; nil is the uniform law.
  ///   - radius: >= 0, in nats.
  /// - Returns: for invalid data all numbers are NaN and there are no probabilities.
  /// - Complexity: O(n) a pass, one exponential an element.
  /// - Source: A. Ben-Tal, D. den Hertog, A. De Waegenaere, B. Melenberg, G. Rennen, Management Science 59 (2013),
  ///   doi:10.1287/mnsc.1120.1641.
  public static func klBallTilt(_ f: [Double], prior q: [Double]? = nil, radius: Double) -> KLBallTilt {
    guard var search = TiltSearch(f, q), radius >= 0 else {
      return KLBallTilt(probabilities: [], tilt: .nan, value: .nan, bound: .nan, divergence: .nan)
    }
    let tilt = search.tilt(radius)
    return search.result(radius, tilt)
  }
}

private struct TiltSearch {
  private let f: [Double]
  private let q: [Double]?
  /// log sum q.
  private let logMass: Double
  private let top: Double
  private let bottom: Double
  /// Near the mean of the answer, so that its moments do not cancel.
  private var centre: Double

  init?(_ f: [Double], _ q: [Double]?) {
    guard !f.isEmpty else { return nil }
    (top, bottom) = (Kernel.maximum(f), Kernel.minimum(f))
    var mass = Double(f.count)
    if let q {
      precondition(q.count == f.count, "KL ball: \(f.count) values, \(q.count) probabilities")
      mass = Kernel.sum(q)
      guard Kernel.minimum(q) >= 0 else { return nil }
    }
    guard top.isFinite, bottom.isFinite, (top - bottom).isFinite, mass > 0, mass < .infinity else {
      return nil
    }
    (self.f, self.q, centre, logMass) = (f, q, 0.5 * top + 0.5 * bottom, Kernel.log(mass))
  }

  /// At a tilt: A(t) - t centre, the mean less the centre, variance and third central moment.
  private struct Moments {
    var log: Double
    var mean: Double
    var variance: Double
    var third: Double
    func divergence(_ t: Double) -> Double { t * mean - log }
  }

  private func moments(_ t: Double) -> Moments {
    var raw = [0.0, 0, 0, 0]
    let shift = t * (top - centre)
    with(f, q) { f, q, n in
      raw.withUnsafeMutableBufferPointer { ek_tilt_moments(f, q, n, centre, t, shift, $0.baseAddress) }
    }
    let m = (raw[1] / raw[0], raw[2] / raw[0], raw[3] / raw[0])
    return Moments(
      log: Kernel.log(raw[0]) + shift - logMass, mean: m.0, variance: max(m.1 - m.0 * m.0, 0),
      third: m.2 - 3 * m.0 * m.1 + 2 * m.0 * m.0 * m.0)
  }

  /// The tilt at which the divergence is the radius; +inf where it stays below.
  mutating func tilt(_ radius: Double) -> Double {
    if radius == 0 || top == bottom { return 0 }
    let goal = (2 * radius).squareRoot()
    var (low, high) = (0.0, Double.infinity)
    var t: Double
    if let (sampled, mean) = sample?.start(radius), sampled.isFinite, sampled > 0 {
      t = sampled
      centre = mean
    } else {
      let start = moments(0)
      centre += start.mean
      guard start.variance > 0 else { return .infinity }
      t = goal / start.variance.squareRoot()
    }
    for _ in 0..<200 {
      let m = moments(t)
      let divergence = m.divergence(t)
      if divergence < radius { low = t } else { high = t }
      let root = max(2 * divergence, 0).squareRoot()
      let slope = t * m.variance / root
      let bend = (m.variance + t * m.third - slope * slope) / root
      let error = root - goal
      // Far from the root, where the divergence levels off, the second order means nothing.
      let newton = -error / slope
      let order = 1 - error * bend / (2 * slope * slope)
      let step = order >= 0.5 && order <= 2 ? newton / order : newton
      // The error after a step is of third order.
      if abs(step) <= 1e-6 * t { return t + step }
      var next = t + step
      if !(next > low && next < high) {
        next = high < .infinity ? 0.5 * (low + high) : 4 * t
      }
      if next > 4 * t { next = 4 * t }
      // Beyond this only the largest values have mass.
      if next * (top - bottom) > 0x1p1000 || (m.variance == 0 && divergence < radius) { return .infinity }
      if next == low || next == high { return next }
      t = next
    }
    return t
  }

  private func start(_ radius: Double) -> (tilt: Double, mean: Double)? {
    var search = self
    let t = search.tilt(radius)
    return t.isFinite ? (t, search.centre + search.moments(t).mean) : nil
  }

  /// Lines of eight elements at equal distances, for large problems.
  private var sample: TiltSearch? {
    guard f.count >= 1 << 16 else { return nil }
    let lines = f.count / 1024
    let stride = f.count / lines
    var (values, masses) = ([Double](), [Double]())
    for line in 0..<lines {
      values += f[(line * stride)..<(line * stride + 8)]
      if let q { masses += q[(line * stride)..<(line * stride + 8)] }
    }
    return TiltSearch(values, q == nil ? nil : masses)
  }

  func result(_ radius: Double, _ t: Double) -> Kernel.KLBallTilt {
    var sums = [0.0, 0]
    let isFace = t == .infinity
    let m = isFace ? Moments(log: 0, mean: top - centre, variance: 0, third: 0) : moments(t)
    let shift = isFace ? 0 : t * (top - centre)
    let factor = isFace ? 1 : Kernel.exp(shift - m.log - logMass)
    var p = [Double].written(count: f.count) { p in
      if isFace {
        for i in f.indices { p[i] = f[i] == top ? q?[i] ?? 1 : 0 }
      } else {
        with(f, q) { f, q, n in
          sums.withUnsafeMutableBufferPointer {
            ek_tilt(f, q, n, centre, t, shift, factor, p.baseAddress, $0.baseAddress)
          }
        }
      }
    }
    if isFace {
      let mass = Kernel.sum(p)
      Kernel.scale(1 / mass, &p)
      return Kernel.KLBallTilt(
        probabilities: p, tilt: t, value: top, bound: top, divergence: logMass - Kernel.log(mass))
    }
    let mean = sums[1] / sums[0]
    let value = centre + mean
    let bound = t > 0 ? min(centre + (radius + m.log) / t, top) : value
    return Kernel.KLBallTilt(
      probabilities: p, tilt: t, value: value, bound: max(bound, value), divergence: max(t * mean - m.log, 0))
  }

  private func with(
    _ f: [Double], _ q: [Double]?,
    _ body: (UnsafePointer<Double>?, UnsafePointer<Double>?, Int) -> Void
  ) {
    f.withUnsafeBufferPointer { f in
      if let q {
        q.withUnsafeBufferPointer { body(f.baseAddress, $0.baseAddress, f.count) }
      } else {
        body(f.baseAddress, nil, f.count)
      }
    }
  }
}
