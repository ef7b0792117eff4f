/// Numbers in a box of up to three axes, by rows, with the names of rows and columns where the source has
/// them.
///
/// `shape` is empty for a single number; `values.count` is the product of `shape`. All values are finite.
package struct DataArray: Hashable, Sendable {
  package var shape: [Int]
  /// By rows: the last axis runs fastest.
  package var values: [Double]
  /// The header, for a table.
  package var columnNames: [String]?
  /// The labels of the rows.
  package var rowLabels: [String]?

  package init(shape: [Int], values: [Double], columnNames: [String]? = nil, rowLabels: [String]? = nil) {
    precondition(
      shape.reduce(1, *) == values.count, "\(values.count) values for the shape \(shape)")
    self.shape = shape
    self.values = values
    self.columnNames = columnNames
    self.rowLabels = rowLabels
  }

  package var rank: Int { shape.count }
}

/// A matrix by its entries other than 0, in the order of the file, rows and columns counted from 0.
package struct SparseData: Hashable, Sendable {
  package var rowCount: Int
  package var columnCount: Int
  package var rows: [Int]
  package var columns: [Int]
  package var values: [Double]

  package init(rowCount: Int, columnCount: Int, rows: [Int], columns: [Int], values: [Double]) {
    precondition(rows.count == values.count && columns.count == values.count, "triples of different length")
    self.rowCount = rowCount
    self.columnCount = columnCount
    self.rows = rows
    self.columns = columns
    self.values = values
  }
}

/// What a data file held, with its digest for the report.
package struct LoadedData: Hashable, Sendable {
  package enum Content: Hashable, Sendable {
    case dense(DataArray)
    case sparse(SparseData)
  }

  package var content: Content
  /// The path as it stands in the objective file.
  package var path: String
  /// SHA-256 of the bytes that were read, in hexadecimal.
  package var digest: String
  package var byteCount: Int

  package init(content: Content, path: String, digest: String, byteCount: Int) {
    self.content = content
    self.path = path
    self.digest = digest
    self.byteCount = byteCount
  }
}
