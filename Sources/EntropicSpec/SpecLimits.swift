/// The sizes beyond which an input is refused, with both numbers in the message.
///
/// They keep a hostile file from exhausting memory or the stack; a well-meant file is far below all of them.
package struct SpecLimits: Hashable, Sendable {
  /// Bytes of an objective file.
  package var fileBytes = 64 << 20
  /// Lists, mappings or brackets inside each other.
  package var nesting = 256
  /// Words and signs of all expressions, and nodes of the document.
  package var tokens = 10_000_000
  /// Bytes of a name.
  package var nameBytes = 256
  /// Digits of a number.
  package var numberDigits = 400
  /// Bytes of a data file.
  package var dataFileBytes = 2 << 30
  /// Bytes of a line of a table.
  package var lineBytes = 16 << 20
  /// Columns of a table.
  package var columns = 1_000_000
  /// Axes of an array.
  package var rank = 3
  /// Numbers of an array, and so the length of its sides: the largest that linear algebra can index.
  package var atoms = Int(Int32.max)
  /// Entries of data, parameters, unknowns, define, constraints and evaluate together.
  package var definitions = 100_000
  /// Bytes that data may take in memory; nil for the default.
  package var memoryBytes: Int?

  /// Bytes that data may take in memory: as set, or three quarters of what the machine or its control group
  /// has.
  package var memoryBudget: Int { memoryBytes ?? MachineMemory.budget }

  /// How many numbers a list that grows may have in so many bytes: a large one is there twice, the second time
  /// with room to grow, whenever it moves.
  static func growing(_ count: Int, in bytes: Int) -> Int { count > 1 << 17 ? bytes / 24 : bytes / 8 }

  package init() {}
}
