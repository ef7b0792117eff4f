/// A place in a text: line and column from 1, the column in Unicode scalars.
package struct TextLocation: Hashable, Sendable, Comparable {
  package var line: Int
  package var column: Int

  package init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  package static func < (a: TextLocation, b: TextLocation) -> Bool {
    (a.line, a.column) < (b.line, b.column)
  }
}

/// A text of the user and where it stands.
package struct LocatedText: Hashable, Sendable {
  package var text: String
  package var location: TextLocation

  package init(_ text: String, at location: TextLocation) {
    self.text = text
    self.location = location
  }
}
