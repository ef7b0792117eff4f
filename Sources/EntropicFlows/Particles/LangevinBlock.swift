import EntropicNumerics

/// A block of particles under Langevin dynamics.
struct LangevinBlock {
  let count: Int
  private(set) var x: [Double]
  /// draws[i * width + o]: observable o along particle i.
  private(set) var draws: [[Double]] = []
  private(set) var moves = 0.0
  private(set) var step: Double
  private let dynamics: Langevin
  private let d: Int
  private var values: [Double]
  private var slopes: [Double]
  private var noise: [Double]
  private var trial: [Double]
  private var trialValues: [Double]
  private var trialSlopes: [Double]
  private var normal: NormalGenerator
  private var uniform: SeededGenerator

  init(_ dynamics: Langevin, _ start: Cloud, _ range: Range<Int>, stream: UInt64) {
    self.dynamics = dynamics
    count = range.count
    d = start.dimension
    step = dynamics.step
    x = []
    for k in 0..<d {
      x += start.coordinates[(k * start.count + range.lowerBound)..<(k * start.count + range.upperBound)]
    }
    let zeros = [Double](repeating: 0, count: x.count)
    (slopes, noise, trial, trialSlopes) = (zeros, zeros, zeros, zeros)
    values = [Double](repeating: 0, count: count)
    trialValues = values
    normal = NormalGenerator(seed: dynamics.seed, stream: stream)
    uniform = SeededGenerator(seed: dynamics.seed, stream: stream)
  }

  mutating func run(
    burnIn: Int, steps: Int, every: Int, width: Int, observe: (@Sendable ([Double]) -> [Double])?
  ) {
    draws = [[Double]](repeating: [], count: count * width)
    evaluate(x, &values, &slopes)
    for k in 0..<(burnIn + steps) {
      let taken: Double
      if dynamics.isAdjusted {
        taken = adjustedMove()
        if k < burnIn {
          // Robbins and Monro on the logarithm of the step.
          let gain = 1 / (1 + 0.02 * Double(k))
          step *= Kernel.exp(max(-1, min(1, gain * (taken / Double(count) - 0.574))))
          step = min(max(step, 1e-12 * dynamics.step), 1e12 * dynamics.step)
        }
      } else {
        taken = plainMove()
      }
      if k < burnIn { continue }
      moves += taken
      guard let observe, (k - burnIn + 1) % every == 0 else { continue }
      for i in 0..<count {
        let seen = observe((0..<d).map { x[$0 * count + i] })
        for o in 0..<width { draws[i * width + o].append(o < seen.count ? seen[o] : .nan) }
      }
    }
  }

  private func evaluate(_ points: [Double], _ values: inout [Double], _ slopes: inout [Double]) {
    points.withUnsafeBufferPointer { p in
      values.withUnsafeMutableBufferPointer { v in
        slopes.withUnsafeMutableBufferPointer { g in
          dynamics.potential.evaluate(.init(points: p, count: count, values: v, gradients: g))
        }
      }
    }
  }

  /// Every particle moves, but for one that would lose a coordinate; the number of moves.
  private mutating func plainMove() -> Double {
    normal.fill(&noise)
    if dynamics.isTamed { tame() }
    swap(&trial, &x)
    let spread = (2 * step * dynamics.temperature).squareRoot()
    x.withUnsafeMutableBufferPointer { x in
      trial.withUnsafeBufferPointer { old in
        slopes.withUnsafeBufferPointer { g in
          noise.withUnsafeBufferPointer { xi in
            for i in 0..<x.count { x[i] = (old[i] - step * g[i]) + spread * xi[i] }
          }
        }
      }
    }
    var taken = Double(count)
    // The next gradients decide too: a particle at which there is none could never move again.
    evaluate(x, &values, &slopes)
    if !(Kernel.absoluteSum(x) + Kernel.absoluteSum(slopes)).isFinite {
      for i in 0..<count {
        let isLost = (0..<d).contains { !x[$0 * count + i].isFinite || !slopes[$0 * count + i].isFinite }
        guard isLost else { continue }
        for k in 0..<d { x[k * count + i] = trial[k * count + i] }
        taken -= 1
      }
      evaluate(x, &values, &slopes)
    }
    return taken
  }

  private mutating func tame() {
    for i in 0..<count {
      var square = 0.0
      for k in 0..<d { square += slopes[k * count + i] * slopes[k * count + i] }
      let factor = 1 / (1 + step * square.squareRoot())
      for k in 0..<d { slopes[k * count + i] *= factor }
    }
  }

  /// The step of Metropolis: log of the ratio = -(V(y) - V(x)) / T - (|x - y + h g(y)|^2 - |y - x + h
  /// g(x)|^2) / (4 h T).
  private mutating func adjustedMove() -> Double {
    normal.fill(&noise)
    let spread = (2 * step * dynamics.temperature).squareRoot()
    for i in 0..<x.count { trial[i] = (x[i] - step * slopes[i]) + spread * noise[i] }
    evaluate(trial, &trialValues, &trialSlopes)
    var taken = 0.0
    for i in 0..<count {
      var (back, forth) = (0.0, 0.0)
      for k in 0..<d {
        let j = k * count + i
        let b = x[j] - trial[j] + step * trialSlopes[j]
        back += b * b
        forth += noise[j] * noise[j]
      }
      let level =
        -(trialValues[i] - values[i]) / dynamics.temperature
        - (back / (4 * step * dynamics.temperature) - 0.5 * forth)
      // Drawn for every particle: one that goes astray does not change the numbers of the others.
      let u = uniform.uniform()
      // NaN fails the comparison, and so does a place of infinite potential.
      guard level >= 0 || Kernel.log(u) < level, trialValues[i].isFinite else { continue }
      taken += 1
      values[i] = trialValues[i]
      for k in 0..<d {
        x[k * count + i] = trial[k * count + i]
        slopes[k * count + i] = trialSlopes[k * count + i]
      }
    }
    return taken
  }
}
