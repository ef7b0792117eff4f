extension ObjectiveFileReader {
  static let solveKeys = [
    "method", "tolerance", "time", "iterations", "evaluations", "memory", "seed", "threads", "convexity",
    "trace",
  ]

  mutating func readSolve(_ node: Int) {
    let entries = mapping(at: node, for: "solve", example: "tolerance: 1e-8")
    checkKeys(of: node, known: Self.solveKeys, in: "'solve'")
    for (key, value) in entries {
      let name = tree.text(of: key) ?? ""
      switch name {
      case "method": readMethod(value)
      case "tolerance": readTolerance(value)
      case "time": file.solve.time = number(at: value, for: name, from: 0)
      case "iterations": file.solve.iterations = integer(at: value, for: name, from: 0)
      case "evaluations": file.solve.evaluations = integer(at: value, for: name, from: 0)
      case "memory": file.solve.memory = memory(at: value)
      case "seed": readSeed(value)
      case "threads": file.solve.threads = integer(at: value, for: name, from: 1)
      case "convexity": file.solve.convexity = choice(at: value, for: name)
      case "trace": file.solve.trace = boolean(at: value, for: name)
      default: break
      }
    }
  }

  private mutating func readMethod(_ node: Int) {
    guard let text = tree.text(of: node), SolveOptions.parts(ofMethod: text) != nil else {
      collector.add(
        tree.diagnostic(
          .unknownMethod, at: node, "'method' wants the name of a method, found \(tree.describe(node))",
          hint: "as in mirror-descent(entropy)"))
      return
    }
    file.solve.method = located(node)
  }

  private mutating func readTolerance(_ node: Int) {
    if tree.isScalar(node) {
      if let relative = number(at: node, for: "tolerance", from: 0) {
        file.solve.tolerance = SolveOptions.Tolerance(relative: relative)
      }
      return
    }
    var tolerance = SolveOptions.Tolerance()
    let entries = mapping(at: node, for: "tolerance", example: "relative: 1e-8")
    checkKeys(of: node, known: ["relative", "absolute"], in: "'tolerance'")
    for (key, value) in entries {
      switch tree.text(of: key) {
      case "relative": tolerance.relative = number(at: value, for: "relative", from: 0)
      case "absolute": tolerance.absolute = number(at: value, for: "absolute", from: 0)
      default: break
      }
    }
    file.solve.tolerance = tolerance
  }

  private mutating func readSeed(_ node: Int) {
    if let text = tree.text(of: node), let seed = digits(text) {
      file.solve.seed = seed
    } else {
      refuse(node, "'seed' wants an integer from 0 to \(UInt64.max)")
    }
  }

  private mutating func number(at node: Int, for name: String, from least: Double) -> Double? {
    if let text = tree.text(of: node), text.utf8.count <= limits.numberDigits,
      case .value(let value) = DecimalNumber.parse(text), value >= least
    {
      return value
    }
    refuse(node, "'\(name)' wants a number of at least 0")
    return nil
  }

  private mutating func integer(at node: Int, for name: String, from least: Int) -> Int? {
    if let text = tree.text(of: node), text.utf8.count <= limits.numberDigits {
      // 1e6 is an integer, too.
      if let value = digits(text).flatMap({ Int(exactly: $0) }), value >= least { return value }
      if case .value(let number) = DecimalNumber.parse(text), let value = Int(exactly: number), value >= least
      {
        return value
      }
    }
    refuse(node, "'\(name)' wants an integer of at least \(least)")
    return nil
  }

  /// Bytes, or a number with a unit: `2 GB`, `512 MiB`.
  private mutating func memory(at node: Int) -> Int? {
    if let bytes = MemorySize.bytes(tree.text(of: node) ?? "", limits: limits) { return bytes }
    refuse(node, "'memory' wants a number of bytes", hint: "as in 2 GB")
    return nil
  }

  private func digits(_ text: String) -> UInt64? {
    guard !text.isEmpty, text.utf8.allSatisfy(ExpressionLexer.isDigit) else { return nil }
    return UInt64(text)
  }

  private mutating func refuse(_ node: Int, _ message: String, hint: String? = nil) {
    collector.add(
      tree.diagnostic(.invalidOption, at: node, "\(message), found \(tree.describe(node))", hint: hint))
  }
}
