import EntropicSpecialFunctions
import Testing

/// One line of a reference table.
struct ReferenceRow: CustomTestStringConvertible {
  let name: String
  let arguments: [Double]
  let value: Double

  /// Nil unless the line is a name and at least two numbers.
  init?(_ line: Substring) {
    let words = line.split(separator: " ")
    let numbers = words.dropFirst().compactMap { Double($0) }
    guard words.count >= 3, numbers.count == words.count - 1, let value = numbers.last else { return nil }
    name = String(words[0])
    arguments = Array(numbers.dropLast())
    self.value = value
  }

  var testDescription: String { "\(name)\(arguments)" }

  static let lines: [Substring] =
    [referenceGamma, referenceFunctions, referenceDensities, referenceMasses, referenceDistributions]
    .flatMap { $0.split(separator: "\n") }

  static let all: [ReferenceRow] = lines.compactMap { ReferenceRow($0) }
}

@Suite("Values against 20 digits of mpmath")
struct ReferenceValueTests {
  @Test("every line of the tables is a row")
  func tablesAreRead() {
    #expect(ReferenceRow.all.count == ReferenceRow.lines.count)
    #expect(ReferenceRow.all.count > 300)
  }

  @Test("relative error below 1e-12", arguments: ReferenceRow.all)
  func value(row: ReferenceRow) throws {
    let function = try #require(SpecialFunction.named(row.name))
    let found = try function.evaluate(row.arguments)
    #expect(abs(found - row.value) <= 1e-12 * abs(row.value), "\(found) instead of \(row.value)")
  }

  @Test("every function has a row", arguments: SpecialFunction.all.map { $0.name })
  func covered(name: String) {
    #expect(ReferenceRow.all.contains { $0.name == name })
  }
}
