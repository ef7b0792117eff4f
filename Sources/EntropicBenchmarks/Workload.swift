#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// Something to measure, with the check of its answer.
struct Workload {
  struct Row {
    var text: String
    var isRight: Bool
  }

  let name: String
  /// Items that one run treats, for the column 'per item'.
  let size: Int
  /// Does the work once; the text says what is wrong with the answer, nil when it is right.
  let work: () -> String?
  /// The same work done the plain way.
  var rival: (() -> Void)?
  /// How many times faster than the rival the work must be.
  var least: Double?
  /// Seconds of processor time that one run may take.
  var limit: Double?

  /// Measures and checks.
  func row() -> Row {
    var complaint: String?
    let own = Clock.median { complaint = work() ?? complaint }
    func measured(_ own: Double) -> Double? {
      rival.map { rival in Clock.median(of: rival) / max(own, 1e-12) }
    }
    var ratio = measured(own)
    // What else runs on the processor slows both, but not at the same moments: a miss is measured again.
    for _ in 0..<4 {
      guard let first = ratio, let least, first < least else { break }
      let again = measured(Clock.median { complaint = work() ?? complaint })
      ratio = max(first, again ?? first)
    }
    if let ratio, let least, ratio < least {
      complaint = complaint ?? "only \((ratio * 10).rounded() / 10)x, not \(least)x the plain loop"
    }
    if let limit, own > limit {
      // The same again for the work alone.
      let best = (0..<4).reduce(own) { least, _ in
        least <= limit ? least : min(least, Clock.median { complaint = work() ?? complaint })
      }
      if best > limit {
        complaint = complaint ?? "\(Workload.time(best)), not at most \(Workload.time(limit))"
      }
    }
    let columns = [
      Workload.padded(name, 32), Workload.padded("\(size)", 10, right: true),
      Workload.padded(Workload.time(own), 13, right: true),
      Workload.padded(Workload.time(own / Double(max(size, 1))), 13, right: true),
      Workload.padded(ratio.map { "\(($0 * 10).rounded() / 10)x" } ?? "", 9, right: true),
    ]
    return Row(text: columns.joined() + "  " + (complaint ?? "right"), isRight: complaint == nil)
  }

  private static func time(_ seconds: Double) -> String {
    let (value, unit) =
      seconds >= 1
      ? (seconds, "s ")
      : seconds >= 1e-3
        ? (seconds * 1e3, "ms")
        : seconds >= 1e-6 ? (seconds * 1e6, "us") : (seconds * 1e9, "ns")
    return "\((value * 100).rounded() / 100) \(unit)"
  }

  private static func padded(_ text: String, _ width: Int, right: Bool = false) -> String {
    let space = String(repeating: " ", count: max(0, width - text.count))
    return right ? space + text : text + space
  }
}

/// Processor time of the process: what other programs do at the same time does not count.
enum Clock {
  static func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }

  /// Wall-clock seconds from an arbitrary origin.
  static func wallSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }

  /// The median processor time of repeated runs: at least 3, or 0.3 s in all; short work is repeated inside
  /// a run.
  static func median(of body: () -> Void) -> Double {
    let start = seconds()
    body()
    let first = max(seconds() - start, 1e-9)
    let inner = max(1, Int(min(1e-3 / first, 10_000)))
    var times: [Double] = []
    let begin = seconds()
    while times.count < 3 || (seconds() - begin < 0.3 && times.count < 101) {
      let t = seconds()
      for _ in 0..<inner { body() }
      times.append((seconds() - t) / Double(inner))
      if times.count >= 1, first > 2 { break }
    }
    return times.sorted()[times.count / 2]
  }
}

/// Reproducible numbers (S. Vigna, splitmix64).
struct Noise {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func uniform() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Double((z ^ (z >> 31)) >> 11) * 0x1p-53
  }

  /// Nearly normal: the sum of twelve uniform numbers.
  mutating func normal() -> Double { (0..<12).reduce(-6.0) { sum, _ in sum + uniform() } }

  mutating func uniforms(_ n: Int) -> [Double] { (0..<n).map { _ in uniform() } }
  mutating func normals(_ n: Int) -> [Double] { (0..<n).map { _ in normal() } }
}
