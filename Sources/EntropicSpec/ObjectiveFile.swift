/// An objective file, version 1, as located syntax: what was written, section by section, before any meaning.
///
/// Names are checked for their form and for being unique; expressions are parsed; numbers in lists are read.
/// What the names stand for, shapes and convexity are the elaboration's business.
package struct ObjectiveFile: Sendable {
  /// `name: expression`.
  package struct Definition: Sendable {
    package var name: LocatedText
    package var expression: Syntax
  }

  /// A value of the section `data`, or the start of an unknown.
  package enum DataValue: Sendable {
    /// A constant expression.
    case expression(Syntax)
    /// A list, or lists of lists, of numbers only.
    case array(DataArray)
    /// A list, or lists of lists, with expressions in it: the shape, and the items by rows.
    case list(shape: [Int], items: [Syntax])
    /// A file, not read yet.
    case file(DataFile)
  }

  package struct DataEntry: Sendable {
    package var name: LocatedText
    package var value: DataValue
    /// Where the value begins.
    package var location: TextLocation
  }

  /// The labels of the outcomes of an unknown.
  package enum Labels: Sendable {
    /// One list for each axis.
    case lists([[LocatedText]])
    /// The name of data that bring labels, such as a file with `label_column`.
    case expression(Syntax)
  }

  /// `p: simplex(n)`, or a mapping with `in`, `labels`, `start`.
  package struct UnknownEntry: Sendable {
    package var name: LocatedText
    package var domain: Syntax
    package var labels: Labels?
    package var start: DataEntry?
  }

  package enum Sense: String, Hashable, Sendable {
    case minimize, maximize
  }

  package struct Objective: Sendable {
    package var sense: Sense
    package var keyword: LocatedText
    package var expression: Syntax
  }

  /// One item of `subject to`.
  package struct Constraint: Sendable {
    /// The name given in the file, or nil.
    package var name: LocatedText?
    package var expression: Syntax
    /// The item as it was written.
    package var text: String { expression.text }
  }

  /// `flow: {time: t, step: h, save: k}`.
  package struct Flow: Sendable {
    package var location: TextLocation
    package var time: Syntax?
    package var step: Syntax?
    package var save: Syntax?
  }

  package let source: SourceFile
  package internal(set) var title: String?
  package internal(set) var description: String?
  package internal(set) var data: [DataEntry] = []
  package internal(set) var parameters: [Definition] = []
  package internal(set) var unknowns: [UnknownEntry] = []
  package internal(set) var definitions: [Definition] = []
  /// Nil only for a file that has `evaluate`.
  package internal(set) var objective: Objective?
  package internal(set) var constraints: [Constraint] = []
  package internal(set) var flow: Flow?
  package internal(set) var evaluations: [Definition] = []
  package internal(set) var solve = SolveOptions()
  /// Warnings found while reading.
  package internal(set) var warnings: [Diagnostic] = []
  /// What is left of the limit on tokens, for values given on the command line.
  package internal(set) var remainingTokens: Int

  init(source: SourceFile, limits: SpecLimits) {
    self.source = source
    remainingTokens = limits.tokens
  }
}
