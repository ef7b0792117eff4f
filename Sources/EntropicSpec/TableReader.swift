/// Tables of numbers as text: comma or tab separated values (RFC 4180), to an array.
///
/// Rows have equal length. Cells may stand in double quotes, where `""` is a quote and line ends are allowed;
/// spaces around a number do not count. The first row is a header if `header:` says so, otherwise iff it has
/// a cell that is neither a number nor missing (the label column, and columns that are not asked for by
/// number, do not count); words for infinite values are no names, and an error there as everywhere. Missing
/// are empty cells, `NA`, `NaN` and `null`. Labels of rows are all different. Empty lines at the end are
/// ignored. The whole file must be text in UTF-8, also where no number or name is taken from it.
///
/// Cost: one pass, about 25 ns a cell, no allocation for each cell.
package struct TableReader {
  /// The bytes of a cell without its quotes.
  struct Cell {
    var start: Int
    var end: Int
    /// Whether quotes inside are doubled.
    var hasDoubledQuotes: Bool
  }

  let bytes: UnsafeBufferPointer<UInt8>
  let file: DataFile
  let delimiter: UInt8
  let limits: SpecLimits
  private var position = 0
  private var cells: [Cell] = []
  private var recordStart = 0
  private var recordCount = 0
  private(set) var underflows: [Int] = []

  package init(bytes: UnsafeBufferPointer<UInt8>, file: DataFile, delimiter: UInt8, limits: SpecLimits) {
    self.bytes = bytes
    self.file = file
    self.delimiter = delimiter
    self.limits = limits
  }

  package mutating func read() throws(DataFault) -> LoadedData.Content {
    try checkEncoding()
    guard try nextRecord() else { throw DataFault(.emptyData, "the file is empty") }
    let width = cells.count
    let hasHeader = file.header ?? hasHeaderByRule()
    var names: [String]?
    if hasHeader { names = try headerNames() }
    let selection = try select(names: names, width: width)
    var labels: [String] = []
    var labelRows: [String: Int] = [:]
    var starts: [Int] = []
    var values: [Double] = []
    var rows = 0
    var isOpen = !hasHeader
    if !isOpen { isOpen = try nextRecord() }
    while isOpen {
      if cells.count != width {
        throw DataFault(
          .raggedTable, at: recordStart,
          "row \(recordCount) has \(cells.count) cell\(cells.count == 1 ? "" : "s") (expected \(width), as in the first row)"
        )
      }
      let before = values.count
      if try append(selection.columns, to: &values) {
        rows += 1
        if file.sparse != nil { starts.append(recordStart) }
        if let column = selection.labels {
          let label = text(cells[column])
          if let earlier = labelRows.updateValue(recordCount, forKey: label) {
            throw DataFault(
              .duplicateLabel, at: cells[column].start,
              "the label \(Diagnostic.quoted(label)) is given twice (first in row \(earlier))")
          }
          labels.append(label)
        }
      } else {
        values.removeSubrange(before...)
      }
      try checkSize(values.count)
      isOpen = try nextRecord()
    }
    if rows == 0 {
      throw DataFault(.emptyData, hasHeader ? "the table has a header but no rows" : "the table has no rows")
    }
    if file.sparse != nil { return .sparse(try sparse(values, starts)) }
    let isVector = selection.columns.count == 1 && file.columns == nil
    return .dense(
      DataArray(
        shape: isVector ? [rows] : [rows, selection.columns.count], values: values,
        columnNames: names.map { names in selection.columns.map { names[$0] } },
        rowLabels: selection.labels == nil ? nil : labels))
  }

  // MARK: Records

  private mutating func checkEncoding() throws(DataFault) {
    let head = Array(bytes.prefix(3))
    if head.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    if head.starts(with: [0xFF, 0xFE]) || head.starts(with: [0xFE, 0xFF]) {
      throw DataFault(
        .malformedTable, "the file is encoded in UTF-16 (expected UTF-8)", hint: "save the file as UTF-8")
    }
    let text = UnsafeBufferPointer(rebasing: bytes[position...])
    if text.starts(with: [0xEF, 0xBB, 0xBF]) {
      throw DataFault(
        .malformedTable, at: position, "a second byte order mark (expected at most one)",
        hint: "the file was saved with a mark twice; take one away")
    }
    if let (offset, reason) = SourceFile.firstInvalidByte(of: text, allowsLineSeparators: true) {
      throw DataFault(
        .malformedTable, at: position + offset, "\(reason) (expected text in UTF-8)",
        hint: reason.hasPrefix("control") ? nil : "save the file as UTF-8")
    }
  }

  /// Cuts the next row into `cells`; false at the end of the file.
  private mutating func nextRecord() throws(DataFault) -> Bool {
    cells.removeAll(keepingCapacity: true)
    guard position < bytes.count, !isOnlyLineEnds(from: position) else { return false }
    recordStart = position
    recordCount += 1
    while true {
      cells.append(position < bytes.count && bytes[position] == 0x22 ? try quotedCell() : try plainCell())
      guard position < bytes.count, bytes[position] == delimiter else { break }
      position += 1
      if cells.count >= limits.columns {
        throw DataFault(.oversizedData, at: position, "a row of more than \(limits.columns) cells")
      }
    }
    if position - recordStart > limits.lineBytes {
      throw DataFault(
        .oversizedData, at: recordStart,
        "a row of \(position - recordStart) bytes (expected at most \(limits.lineBytes))")
    }
    if position < bytes.count, bytes[position] == 0x0D { position += 1 }
    if position < bytes.count, bytes[position] == 0x0A { position += 1 }
    return true
  }

  private func isOnlyLineEnds(from start: Int) -> Bool {
    var i = start
    while i < bytes.count {
      guard bytes[i] == 0x0A || bytes[i] == 0x0D else { return false }
      i += 1
    }
    return true
  }

  private mutating func plainCell() throws(DataFault) -> Cell {
    let start = position
    var i = position
    let count = bytes.count
    while i < count {
      let byte = bytes[i]
      if byte == delimiter || byte == 0x0A || byte == 0x0D { break }
      if byte == 0x22 {
        throw DataFault(
          .malformedTable, at: i, "a quote inside a cell without quotes",
          hint: "a cell with quotes begins with one")
      }
      i += 1
    }
    position = i
    var first = start
    var last = i
    while first < last, bytes[first] == 0x20 || bytes[first] == 0x09 { first += 1 }
    while last > first, bytes[last - 1] == 0x20 || bytes[last - 1] == 0x09 { last -= 1 }
    return Cell(start: first, end: last, hasDoubledQuotes: false)
  }

  private mutating func quotedCell() throws(DataFault) -> Cell {
    let start = position + 1
    var i = start
    var hasDoubledQuotes = false
    while true {
      while i < bytes.count, bytes[i] != 0x22 { i += 1 }
      guard i < bytes.count else {
        throw DataFault(.malformedTable, at: position, "a cell in quotes does not end")
      }
      guard i + 1 < bytes.count, bytes[i + 1] == 0x22 else { break }
      hasDoubledQuotes = true
      i += 2
    }
    let end = i
    i += 1
    guard i == bytes.count || bytes[i] == delimiter || bytes[i] == 0x0A || bytes[i] == 0x0D else {
      throw DataFault(.malformedTable, at: i, "text after the closing quote of a cell")
    }
    position = i
    return Cell(start: start, end: end, hasDoubledQuotes: hasDoubledQuotes)
  }

  // MARK: Cells

  private func slice(_ cell: Cell) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(rebasing: bytes[cell.start..<cell.end])
  }

  private func isMissing(_ cell: Cell) -> Bool {
    guard cell.end - cell.start <= 4 else { return false }
    let text = String(decoding: slice(cell), as: UTF8.self).lowercased()
    return ["", "na", "nan", "null"].contains(text)
  }

  private func text(_ cell: Cell) -> String {
    let text = String(decoding: slice(cell), as: UTF8.self)
    return cell.hasDoubledQuotes ? text.undoublingQuotes : text
  }

  /// Appends the numbers of a row; false if the row is to be dropped.
  private mutating func append(_ columns: [Int], to values: inout [Double]) throws(DataFault) -> Bool {
    for column in columns {
      let cell = cells[column]
      if cell.end - cell.start > limits.numberDigits {
        throw DataFault(
          .oversizedToken, at: cell.start,
          "a cell of \(cell.end - cell.start) bytes (expected a number of at most \(limits.numberDigits) digits)"
        )
      }
      switch DecimalNumber.parse(slice(cell)) {
      case .value(let value): values.append(value)
      case .underflow:
        values.append(0)
        if underflows.count < DiagnosticCollector.limit { underflows.append(cell.start) }
      case .overflow:
        throw DataFault(
          .numberOverflow, at: cell.start,
          "the number \(quoted(cell)) is beyond the largest double (expected at most 1.79e308)")
      case .malformed:
        if isMissing(cell) {
          if file.missing == .drop { return false }
          let isTrailing = column == cells.count - 1 && column > 0 && cell.start == cell.end
          throw DataFault(
            .missingCell, at: cell.start, "a missing cell (expected a number)",
            hint: isTrailing
              ? "the row ends with a delimiter, after which another column begins"
              : "leave such rows out with 'missing: drop'")
        }
        throw malformed(cell)
      }
    }
    return true
  }

  /// Whether a cell has one of the words by which programs write values that are not finite.
  private func isInfinite(_ cell: Cell) -> Bool {
    guard cell.end - cell.start <= 10 else { return false }
    var word = String(decoding: slice(cell), as: UTF8.self).lowercased()[...]
    let isSigned = word.hasPrefix("+") || word.hasPrefix("-")
    if isSigned { word = word.dropFirst() }
    if isSigned, word == "nan" { return true }
    return ["inf", "infinity", ".inf", ".nan", "1.#inf", "1.#ind", "1.#qnan"].contains(word)
  }

  private func malformed(_ cell: Cell) -> DataFault {
    if isInfinite(cell) {
      return DataFault(.nonFiniteValue, at: cell.start, "the value \(quoted(cell)) is not finite")
    }
    let hasComma = slice(cell).contains(UInt8(ascii: ","))
    return DataFault(
      .nonNumericCell, at: cell.start, "the cell \(quoted(cell)) is not a number",
      hint: hasComma
        ? "decimals are written with a point"
        : "name the columns of numbers with 'columns:', the column of labels with 'label_column:'")
  }

  private func quoted(_ cell: Cell) -> String {
    Diagnostic.quoted(String(decoding: slice(cell), as: UTF8.self))
  }

  private func checkSize(_ count: Int) throws(DataFault) {
    if count > limits.atoms {
      throw DataFault(.oversizedData, at: recordStart, "more than \(limits.atoms) numbers")
    }
    let budget = limits.memoryBudget
    if count > SpecLimits.growing(count, in: budget) {
      throw DataFault(
        .excessiveMemory, at: recordStart,
        "the table takes more than \(count * 8) bytes (expected at most \(budget))")
    }
  }

  // MARK: Header and columns

  private func hasHeaderByRule() -> Bool {
    func position(_ name: LocatedText?) -> Int? {
      name.flatMap { number($0.text) }.flatMap { $0 <= cells.count ? $0 - 1 : nil }
    }
    let asked = file.columns ?? file.sparse ?? file.column.map { [$0] }
    let numbers = asked?.map { position($0) }
    let considered: [Int] =
      if let numbers, numbers.allSatisfy({ $0 != nil }) { numbers.compactMap { $0 } } else {
        Array(cells.indices)
      }
    let labels = position(file.labelColumn)
    return considered.contains { column in
      guard column != labels, !isMissing(cells[column]), !isInfinite(cells[column]) else { return false }
      if case .malformed = DecimalNumber.parse(slice(cells[column])) { return true }
      return false
    }
  }

  private func number(_ text: String) -> Int? {
    guard !text.isEmpty, text.utf8.allSatisfy(ExpressionLexer.isDigit), let number = Int(text), number > 0
    else { return nil }
    return number
  }

  private func headerNames() throws(DataFault) -> [String] {
    var names: [String] = []
    var seen: Set<String> = []
    for cell in cells {
      let name = text(cell)
      if file.header == nil, isInfinite(cell) { throw malformed(cell) }
      if name.utf8.count > limits.nameBytes {
        throw DataFault(
          .oversizedToken, at: cell.start,
          "a name of \(name.utf8.count) bytes (expected at most \(limits.nameBytes))")
      }
      if !name.isEmpty, !seen.insert(name).inserted {
        throw DataFault(
          .duplicateColumn, at: cell.start, "two columns have the name \(Diagnostic.quoted(name))")
      }
      names.append(name)
    }
    return names
  }

  /// The columns of numbers and the column of labels, from 0.
  private func select(names: [String]?, width: Int) throws(DataFault) -> (columns: [Int], labels: Int?) {
    func find(_ column: LocatedText) throws(DataFault) -> Int {
      if let index = names?.firstIndex(of: column.text) { return index }
      if let number = number(column.text), number <= width { return number - 1 }
      let known = names ?? []
      throw DataFault(
        .unknownColumn, location: column.location,
        "there is no column \(Diagnostic.quoted(column.text)) (expected "
          + (names == nil ? "a number from 1 to \(width), there is no header)" : "a name of the header)"),
        hint: Suggestion.hint(for: column.text, among: known)
          ?? (known.isEmpty || known.count > 12 ? nil : "the columns are " + known.joined(separator: ", ")))
    }
    let labels: Int? = if let column = file.labelColumn { try find(column) } else { nil }
    var columns: [Int] = []
    if let asked = file.columns ?? file.sparse ?? file.column.map({ [$0] }) {
      for column in asked { columns.append(try find(column)) }
    } else {
      columns = (0..<width).filter { $0 != labels }
    }
    if columns.isEmpty { throw DataFault(.emptyData, "the table has no columns of numbers") }
    return (columns, labels)
  }

  // MARK: Sparse triples

  /// `starts` are the places of the triples in the file.
  private func sparse(_ values: [Double], _ starts: [Int]) throws(DataFault) -> SparseData {
    var rows: [Int] = []
    var columns: [Int] = []
    var entries: [Double] = []
    for start in stride(from: 0, to: values.count - 2, by: 3) {
      func index(_ value: Double) throws(DataFault) -> Int {
        guard let index = Int(exactly: value), index >= 1, index <= Int(Int32.max) else {
          throw DataFault(
            .malformedSparseData, at: starts[start / 3],
            "triple \(start / 3 + 1) has the index \(value) (expected an integer from 1)")
        }
        return index - 1
      }
      rows.append(try index(values[start]))
      columns.append(try index(values[start + 1]))
      entries.append(values[start + 2])
    }
    let rowCount = (rows.max() ?? 0) + 1
    let columnCount = (columns.max() ?? 0) + 1
    // Both counts are below 2^31, so the place of an entry is below 2^62.
    let places = zip(rows, columns).map { $0 * columnCount + $1 }
    let order = places.indices.sorted { (places[$0], $0) < (places[$1], $1) }
    if let twice = zip(order, order.dropFirst()).first(where: { places[$0] == places[$1] }) {
      throw DataFault(
        .malformedSparseData, at: starts[twice.1],
        "the entry in row \(rows[twice.1] + 1) and column \(columns[twice.1] + 1) is given twice "
          + "(first as triple \(twice.0 + 1))")
    }
    return SparseData(
      rowCount: rowCount, columnCount: columnCount, rows: rows, columns: columns, values: entries)
  }
}

extension String {
  fileprivate var undoublingQuotes: String {
    var result = ""
    var isSecond = false
    for character in unicodeScalars {
      isSecond = character == "\"" && !isSecond
      if isSecond || character != "\"" { result.unicodeScalars.append(character) }
    }
    return result
  }
}
