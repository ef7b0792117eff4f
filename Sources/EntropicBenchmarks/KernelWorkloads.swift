import Entropic
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// Kernels against plain loops over the C library's functions.
func kernelWorkloads() -> [Workload] {
  [10_000, 1_000_000].flatMap { n -> [Workload] in
    var noise = Noise(seed: 7)
    let x = noise.normals(n).map { 3 * $0 }
    let positive = noise.uniforms(n).map { $0 + 1e-3 }
    // In cache the kernels are worth their code only if they are several times faster.
    let least = n == 10_000 ? 3.0 : nil
    let (logSum, sum) = (plainLogSumExp(x), positive.reduce(0, +))
    return [
      Workload(
        name: "exp", size: n,
        work: {
          let y = Kernel.exp(x)
          return near(y[n / 3], scalarExp(x[n / 3]), 1e-15)
        }, rival: { keep(x.map { scalarExp($0) }) }, least: least),
      Workload(
        name: "log", size: n,
        work: {
          let y = Kernel.log(positive)
          return near(y[n / 3], scalarLog(positive[n / 3]), 1e-15)
        }, rival: { keep(positive.map { scalarLog($0) }) }, least: least),
      Workload(
        name: "log-sum-exp", size: n, work: { near(Kernel.logSumExp(x), logSum, 1e-13) },
        rival: { keep([plainLogSumExp(x)]) }),
      Workload(
        name: "softmax", size: n,
        work: {
          let (p, _) = Kernel.softmax(x)
          return near(Kernel.compensatedSum(p), 1, 1e-15)
        },
        rival: {
          let total = plainLogSumExp(x)
          keep(x.map { scalarExp($0 - total) })
        }),
      Workload(
        name: "sum, compensated", size: n,
        work: { near(Kernel.compensatedSum(positive), sum, 1e-12) },
        rival: { keep([positive.reduce(0, +)]) }),
      Workload(
        name: "projection on the simplex", size: n,
        work: { near(Kernel.compensatedSum(SimplexProjection.euclidean(x)), 1, 1e-14) },
        rival: { keep(sortedProjection(x)) }),
    ]
  }
}

private func scalarExp(_ x: Double) -> Double { exp(x) }
private func scalarLog(_ x: Double) -> Double { log(x) }

private func plainLogSumExp(_ x: [Double]) -> Double {
  let top = x.max() ?? 0
  var sum = 0.0
  for value in x { sum += scalarExp(value - top) }
  return top + scalarLog(sum)
}

/// The textbook projection: sort, then find the threshold.
private func sortedProjection(_ y: [Double]) -> [Double] {
  var sum = 0.0
  var threshold = 0.0
  for (k, value) in y.sorted(by: >).enumerated() {
    sum += value
    let t = (sum - 1) / Double(k + 1)
    if value <= t { break }
    threshold = t
  }
  return y.map { max($0 - threshold, 0) }
}

/// Nil when two numbers agree, what is wrong otherwise.
func near(_ found: Double, _ expected: Double, _ relative: Double) -> String? {
  abs(found - expected) <= relative * max(abs(expected), 1e-300) ? nil : "\(found), not \(expected)"
}

/// Keeps the optimiser from leaving work out: the result is seen elsewhere.
func keep(_ values: [Double]) {
  sink.store((values.last ?? 0).bitPattern, ordering: .relaxed)
}

private let sink = Atomic<UInt64>(0)
