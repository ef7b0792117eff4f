/// An expression as it was written: a flat tree of nodes, with the place of every node in the file.
///
/// Nodes name their children by index; long sums, products and comparison chains are one node with many
/// children, so that 1e5 terms are one level deep. No meaning is judged here: a strict comparison, an unknown
/// word or a wrong number of arguments are syntax like any other.
///
///     2 * x - y     sum [ (+) product [ 2, (*) x ], (-) y ]
///     a <= b <= c   comparison [ a, (<=) b, (<=) c ]
package struct Syntax: Sendable {
  /// What a node is. In brackets: its children.
  package enum Kind: UInt8, Hashable, Sendable {
    /// A number; see `number(of:)`.
    case number
    /// A name that stands for a value; see `name(of:)`.
    case name
    /// A text in double quotes; see `name(of:)` for its contents.
    case string
    /// `:` alone, inside an index: all positions.
    case all
    /// `from:to` inside an index [from, to].
    case range
    /// `[a, b]` [elements].
    case list
    /// `f(a, k=b)` [arguments]; the function is `name(of:)`.
    case call
    /// `k=b` inside a call [b]; the argument's name is `name(of:)`.
    case namedArgument
    /// `x[i, j]` [x, indices].
    case index
    /// `x'` [x].
    case transpose
    /// `x^y` [x, y].
    case power
    /// `-x` [x].
    case negation
    /// `x @ y @ z` [factors], from the left.
    case matrixProduct
    /// `x * y / z` [factors], operators `.times` and `.divide`.
    case product
    /// `x + y - z` [terms], operators `.plus` and `.minus`.
    case sum
    /// `x <= y <= z` [sides], with the comparison signs as operators.
    case comparison
    /// `not x` [x].
    case not
    /// `x and y` [operands].
    case and
    /// `x or y` [operands].
    case or
    /// `x -> y` and `(a, b) -> y` [arguments (names), body last].
    case lambda
  }

  /// The sign before a child. The first child of a sum has `.plus`, of a product `.times`, of a comparison
  /// `.none`.
  package enum Operator: UInt8, Hashable, Sendable {
    case none, plus, minus, times, divide, matrixTimes, lessOrEqual, greaterOrEqual, equal, less, greater,
      notEqual

    /// As it is written.
    package var text: String {
      switch self {
      case .none: ""
      case .plus: "+"
      case .minus: "-"
      case .times: "*"
      case .divide: "/"
      case .matrixTimes: "@"
      case .lessOrEqual: "<="
      case .greaterOrEqual: ">="
      case .equal: "=="
      case .less: "<"
      case .greater: ">"
      case .notEqual: "!="
      }
    }
  }

  /// A child: its node, the operator before it, and the byte where that operator stands.
  package struct Child: Sendable {
    package var nodeIndex: Int32
    package var operation: Operator
    var offset: Int32

    package var node: Int { Int(nodeIndex) }
  }

  /// One node, 24 bytes. `start..<end` are bytes of the text, parentheses around the whole not included.
  struct Node: Sendable {
    var kind: Kind
    var start: Int32
    var end: Int32
    var first: Int32 = 0
    var count: Int32 = 0
    /// The index in `numbers` or `names`, -1 for the nodes that have neither.
    var payload: Int32 = -1
  }

  package let source: SourceFile
  /// The whole text, in UTF-8.
  package let bytes: [UInt8]
  package let origin: TextOrigin
  var nodes: [Node] = []
  var links: [Child] = []
  var numbers: [Double] = []
  var names: [String] = []
  /// The node that holds all others.
  package internal(set) var root = 0
  /// The most nodes on a way from the root to a leaf: at most 1024.
  package internal(set) var depth = 0

  init(source: SourceFile, bytes: [UInt8], origin: TextOrigin) {
    self.source = source
    self.bytes = bytes
    self.origin = origin
  }

  package var count: Int { nodes.count }

  /// The whole expression as it was written.
  package var text: String { String(decoding: bytes, as: UTF8.self) }

  package func kind(of node: Int) -> Kind { nodes[node].kind }

  package func children(of node: Int) -> ArraySlice<Child> {
    let first = Int(nodes[node].first)
    return links[first..<first + Int(nodes[node].count)]
  }

  package func childCount(of node: Int) -> Int { Int(nodes[node].count) }

  /// The child with the given position, from 0.
  package func child(_ position: Int, of node: Int) -> Int {
    precondition(
      position >= 0 && position < Int(nodes[node].count),
      "child \(position) of a node with \(nodes[node].count)")
    return links[Int(nodes[node].first) + position].node
  }

  /// The value of a number; 0 for other nodes.
  package func number(of node: Int) -> Double {
    nodes[node].kind == .number ? numbers[Int(nodes[node].payload)] : 0
  }

  /// The word of a name, call or named argument, the contents of a string; empty for other nodes.
  package func name(of node: Int) -> String {
    let payload = Int(nodes[node].payload)
    return nodes[node].kind == .number || payload < 0 ? "" : names[payload]
  }

  /// The node as it was written.
  package func text(of node: Int) -> String {
    String(decoding: bytes[Int(nodes[node].start)..<Int(nodes[node].end)], as: UTF8.self)
  }

  /// Where a node begins. Exact for expressions on one line.
  package func location(of node: Int) -> TextLocation {
    origin.location(of: Int(nodes[node].start), in: bytes)
  }

  /// Where the operator before a child stands.
  package func location(ofOperator child: Child) -> TextLocation {
    origin.location(of: Int(child.offset), in: bytes)
  }

  /// A message about a node.
  package func diagnostic(
    _ code: DiagnosticCode, severity: Diagnostic.Severity = .error, at node: Int, _ message: String,
    hint: String? = nil
  ) -> Diagnostic {
    source.diagnostic(code, severity: severity, at: location(of: node), message, hint: hint)
  }

  /// A message about the operator before a child.
  package func diagnostic(
    _ code: DiagnosticCode, severity: Diagnostic.Severity = .error, atOperator child: Child,
    _ message: String,
    hint: String? = nil
  ) -> Diagnostic {
    source.diagnostic(code, severity: severity, at: location(ofOperator: child), message, hint: hint)
  }

  /// The tree with all its brackets, as in `(+ (* 2 x) (- y))`: for tests and for `entropic explain`.
  package var outline: String { outline(of: root) }

  private func outline(of node: Int) -> String {
    func inner(_ head: String) -> String {
      let parts = children(of: node).map { child -> String in
        let text = outline(of: child.node)
        return child.operation == .none ? text : child.operation.text + text
      }
      return "(" + ([head] + parts).filter { !$0.isEmpty }.joined(separator: " ") + ")"
    }
    switch kind(of: node) {
    case .number: return "\(number(of: node))"
    case .name: return name(of: node)
    case .string: return "\"\(name(of: node))\""
    case .all: return ":"
    case .range: return inner("range")
    case .list: return inner("list")
    case .call: return inner(name(of: node))
    case .namedArgument: return inner(name(of: node) + "=")
    case .index: return inner("index")
    case .transpose: return inner("'")
    case .power: return inner("^")
    case .negation: return inner("neg")
    case .matrixProduct, .product, .sum, .comparison: return inner("")
    case .not: return inner("not")
    case .and: return inner("and")
    case .or: return inner("or")
    case .lambda: return inner("->")
    }
  }
}
