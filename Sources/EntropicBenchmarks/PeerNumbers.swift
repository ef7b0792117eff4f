import Entropic

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// The random numbers of the peer suite, so that one of its problems can be built here without its files.
///
/// PCG64 of NumPy: a linear congruential generator of 128 bits whose output folds both halves (XSL-RR), and uniform
/// numbers of 53 bits; normal numbers by the method of Box and Muller, in pairs.
/// - Source: M. O'Neill, PCG: a family of simple fast space-efficient statistically good algorithms for random number
///   generation, Harvey Mudd College HMC-CS-2014-0905 (2014).
struct PeerNumbers {
  private var high: UInt64
  private var low: UInt64
  private let increment: (high: UInt64, low: UInt64)

  /// The generator's own state, which follows from a seed by a hash that is not repeated here.
  init(state: (high: UInt64, low: UInt64), increment: (high: UInt64, low: UInt64)) {
    (high, low) = state
    self.increment = increment
  }

  private mutating func next() -> UInt64 {
    let (a, b): (UInt64, UInt64) = (0x2360_ED05_1FC6_5DA4, 0x4385_DF64_9FCC_F645)
    let product = low.multipliedFullWidth(by: b)
    let upper = product.high &+ high &* b &+ low &* a
    let (sum, carry) = product.low.addingReportingOverflow(increment.low)
    low = sum
    high = upper &+ increment.high &+ (carry ? 1 : 0)
    let turn = high >> 58
    let folded = high ^ low
    return (folded >> turn) | (folded << ((64 &- turn) & 63))
  }

  mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  mutating func normals(_ count: Int) -> [Double] {
    var list: [Double] = []
    list.reserveCapacity(count + 1)
    while list.count < count {
      let (u, v) = (uniform(), uniform())
      let radius = (-2 * log1p(-u)).squareRoot()
      list.append(radius * cos(2 * Double.pi * v))
      list.append(radius * sin(2 * Double.pi * v))
    }
    if list.count > count { list.removeLast() }
    return list
  }
}

/// The problem maxent-k50-1e5 of the peer suite: maximum entropy of 100,000 outcomes under 50 random moments of a law in
/// the family, so that the optimum is the entropy of that law. The dual Newton method has at most twelve steps.
func peerMaximumEntropy() -> Workload {
  var numbers = PeerNumbers(
    state: (0x6C69_DD46_9922_26AB, 0x9DF8_582E_A1AA_C6DE),
    increment: (0x0B32_4A2A_F800_8678, 0x759D_13C9_BF7B_21A3))
  let (n, k) = (100_000, 50)
  let a = Matrix(rows: k, columns: n, elements: numbers.normals(k * n))
  let theta = numbers.normals(k).map { $0 / Double(k).squareRoot() * 1.5 }
  let (law, _) = Kernel.softmax(a.transposed().times(theta))
  let b = a.times(law)
  return Workload(name: "peer suite, maxent-k50-1e5", size: n) {
    let p = Unknown.simplex(n)
    guard let problem = try? Problem(.maximize, entropy(p), subjectTo: [a * p == b]) else {
      return "the problem cannot be built"
    }
    let outcome = Solver.run(problem)
    guard outcome.run.methods.first == "dual-newton", let steps = outcome.run.steps.first, steps <= 12 else {
      return "\(outcome.run.methods) took \(outcome.run.steps) steps (at most 12 of dual-newton)"
    }
    return verdict({ outcome }, optimum: 10.290088342856185)
  }
}
