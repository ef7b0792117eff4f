#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How large arrays may become while a file is elaborated.
///
/// Sizes are checked before memory is asked for: an allocation that fails ends the process.
struct ElaborationBudget: Sendable {
  /// The most numbers of one array.
  let atoms: Int
  /// The most bytes that all constants may take together.
  let bytes: Int
  /// Bytes that named constants take already.
  private(set) var used = 0

  /// Bytes for each mass of an unknown: its block, its bounds, and the vectors of a method.
  static let bytesPerMass = 256

  init(_ limits: SpecLimits) {
    atoms = limits.atoms
    bytes = limits.memoryBytes ?? Self.machineBytes
  }

  /// Three quarters of the memory of the machine.
  private static let machineBytes: Int = {
    let pages = Int(sysconf(Int32(_SC_PHYS_PAGES)))
    let (total, overflow) = pages.multipliedReportingOverflow(by: Int(sysconf(Int32(_SC_PAGESIZE))))
    return overflow || total <= 0 ? 1 << 30 : total / 4 * 3
  }()

  mutating func keep(entries: Int) { used += 8 * entries }

  /// Why an array of this shape is too large, with both numbers, or nil.
  func refusal(of shape: [Int], bytesPerEntry: Int = 8) -> String? {
    var count = 1
    for length in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
      if overflow { return "more than \(Int.max) numbers (expected at most \(atoms))" }
      count = product
    }
    if count > atoms { return "\(count) numbers (expected at most \(atoms))" }
    let (size, overflow) = count.multipliedReportingOverflow(by: bytesPerEntry)
    let free = bytes - used
    if overflow || size > free {
      return "\(count) numbers need \(overflow ? Int.max : size) bytes (expected at most \(max(free, 0)))"
    }
    return nil
  }
}
