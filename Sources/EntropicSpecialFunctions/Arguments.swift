/// The checks every function makes before it computes, with the names a reader of the error knows.
struct Arguments {
  /// Name of the function, as objective files spell it.
  let function: String

  /// Largest shape, count or order accepted: sums and products of two of them stay finite.
  static let largest = 1e300

  init(_ function: String) { self.function = function }

  /// Throws unless `x` is a finite number.
  func finite(_ x: Double, _ argument: String) throws(SpecialFunctionError) {
    if !x.isFinite { throw .domain(function: function, argument: argument, value: x) }
  }

  /// Throws unless `claim` holds of the argument.
  func require(
    _ claim: Bool, _ x: Double, _ argument: String
  ) throws(SpecialFunctionError) {
    if !claim { throw .domain(function: function, argument: argument, value: x) }
  }

  /// Throws unless 0 < x < infinity.
  func positive(_ x: Double, _ argument: String) throws(SpecialFunctionError) {
    try require(x > 0 && x.isFinite, x, argument)
  }

  /// Throws unless 0 < x, and x <= `limit`, the supported range.
  func positive(_ x: Double, _ argument: String, upTo limit: Double) throws(SpecialFunctionError) {
    try positive(x, argument)
    try supported(x, argument, in: 0...limit)
  }

  /// Throws unless 0 <= x < infinity.
  func nonnegative(_ x: Double, _ argument: String) throws(SpecialFunctionError) {
    try require(x >= 0 && x.isFinite, x, argument)
  }

  /// Throws unless 0 <= x <= 1.
  func probability(_ x: Double, _ argument: String) throws(SpecialFunctionError) {
    try require(x >= 0 && x <= 1, x, argument)
  }

  /// Throws unless `x` is an integer of magnitude at most `largest`. Negative integers pass: mass there is
  /// zero.
  func integer(_ x: Double, _ argument: String) throws(SpecialFunctionError) {
    try require(x.isFinite && x.rounded(.towardZero) == x, x, argument)
    try supported(x, argument, in: -Self.largest...Self.largest)
  }

  /// Throws unless `x` lies in the interval the implementation supports.
  func supported(
    _ x: Double, _ argument: String, in interval: ClosedRange<Double>
  ) throws(SpecialFunctionError) {
    if !interval.contains(x) {
      throw .range(function: function, argument: argument, value: x, supported: interval)
    }
  }

  /// `x` itself, or the error that says why it is no value.
  func checked(_ x: Double) throws(SpecialFunctionError) -> Double {
    if x.isFinite { return x }
    if x.isNaN { throw .failed(function: function, message: "not a number") }
    throw .overflow(function: function)
  }
}
