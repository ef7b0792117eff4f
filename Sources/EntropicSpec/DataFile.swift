/// A file named in the section `data`, with its options: `{file: returns.csv, columns: [a, b]}`.
package struct DataFile: Sendable {
  package enum Missing: String, CaseIterable, Sendable {
    /// A missing cell is an error.
    case error
    /// Rows with a missing cell are left out.
    case drop
  }

  package var path: LocatedText
  /// Whether the first row is a header; nil for the rule: a header iff it has a cell that is not a number.
  package var header: Bool?
  /// The columns of a matrix, by name or by number from 1.
  package var columns: [LocatedText]?
  /// The column that is the vector.
  package var column: LocatedText?
  /// The column with the labels of the rows.
  package var labelColumn: LocatedText?
  package var missing: Missing = .error
  /// The separator; nil for the rule: tab for `.tsv`, comma otherwise.
  package var delimiter: UInt8?
  /// The columns of row numbers, column numbers and values.
  package var sparse: [LocatedText]?
  /// Whether the file should be mapped into memory instead of read.
  package var map = false

  package init(path: LocatedText) {
    self.path = path
  }
}
