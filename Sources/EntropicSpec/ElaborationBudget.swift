/// How large arrays may become while a file is elaborated.
///
/// Sizes are checked before memory is asked for: an allocation that fails ends the process.
struct ElaborationBudget: Sendable {
  /// Why an array is too large, with both numbers, and what can be done about it.
  struct Refusal {
    var message: String
    var hint: String?
  }

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
    bytes = limits.memoryBudget
  }

  mutating func keep(entries: Int) { used += 8 * entries }

  /// Why an array of this shape is too large beside `held` bytes of unnamed ones, or nil.
  func refusal(of shape: [Int], bytesPerEntry: Int = 8, held: Int = 0) -> Refusal? {
    var count = 1
    for length in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
      if overflow { return Refusal(message: "more than \(Int.max) numbers (expected at most \(atoms))") }
      count = product
    }
    if count > atoms { return Refusal(message: "\(count) numbers (expected at most \(atoms))") }
    let (size, overflow) = count.multipliedReportingOverflow(by: bytesPerEntry)
    let free = max(bytes - used - held, 0)
    guard overflow || size > free else { return nil }
    return Refusal(
      message: "\(count) numbers need \(overflow ? Int.max : size) bytes (expected at most \(free))",
      hint:
        "--memory, or 'memory' under 'solve', sets the limit, which is three quarters of what there is otherwise"
    )
  }
}
