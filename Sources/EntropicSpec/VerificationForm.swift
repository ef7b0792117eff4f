import EntropicModel
import EntropicNumerics
import EntropicSolvers

// What a report says about itself: which files, which parameters, which words and which unknowns.
extension Verification {
  /// Checks everything that needs neither the point nor the evidence.
  mutating func checkForm(_ provenance: Provenance) throws(SpecError) {
    guard !claim.isBare else { return }
    if let node = try claim.mapping("provenance") { try checkProvenance(node, provenance) }
    checkReason()
    checkFlags()
    checkLevel()
    if let holder = try claim.mapping("unknowns") { try checkUnknowns(holder) }
  }

  private mutating func checkProvenance(_ node: Int, _ provenance: Provenance) throws(SpecError) {
    if claim.member("schema", of: node) != nil,
      try claim.number("schema", in: node) != Double(Provenance.schema)
    {
      refuse("schema", "the version of the report is not \(Provenance.schema)", "provenance", "schema")
    }
    if let file = claim.member("objective_file", of: node) {
      let digest = claim.isMapping(file) ? try claim.text("sha256", in: file) : nil
      if digest == nil {
        refuse("digest", "the objective file has no digest", "provenance", "objective_file")
      }
    }
    if let key = claim.member("canonical_program", of: node), claim.isNull(key) {
      refuse("digest", "the canonical program has no digest", "provenance", "canonical_program")
    }
    if let files = claim.member("data_files", of: node) { try checkDataFiles(files, provenance) }
    if let list = claim.member("parameters", of: node) { try checkParameters(list, provenance) }
  }

  /// Every file has a name and a digest, and none that the objective file uses is missing.
  private mutating func checkDataFiles(_ node: Int, _ provenance: Provenance) throws(SpecError) {
    var names: Set<String> = []
    for file in claim.tree.items(of: node) {
      guard claim.isMapping(file), let name = try claim.text("name", in: file),
        try claim.text("sha256", in: file) != nil
      else {
        refuse("digest", "a data file has no name or no digest", "provenance", "data_files")
        continue
      }
      names.insert(name)
    }
    for file in provenance.data where !names.contains(file.name) {
      refuse(
        "digest", "the data file \(Diagnostic.quoted(file.name)) is not named", "provenance", "data_files")
    }
  }

  /// Parameters are those of the file, with the values that were used here.
  private mutating func checkParameters(_ node: Int, _ provenance: Provenance) throws(SpecError) {
    let used = Dictionary(provenance.parameters.map { ($0.name, $0.value) }) { first, _ in first }
    for (key, value) in claim.tree.entries(of: node) {
      let name = claim.tree.text(of: key) ?? ""
      guard let own = used[name] else {
        refuse(
          "parameter", "the file has no parameter \(Diagnostic.quoted(name))", "provenance", "parameters",
          name)
        continue
      }
      let claimed = try claim.number(value)
      if claimed != own {
        let text = claimed.map { NumberText.short($0, digits: 17) } ?? "null"
        refuse(
          "parameter",
          "the parameter \(Diagnostic.quoted(name)) is \(text) (expected \(NumberText.short(own, digits: 17)))",
          "provenance", "parameters", name)
      }
    }
  }

  // MARK: words

  private mutating func checkReason() {
    guard let reason = claim.reason, let status = claim.status else { return }
    let known: [String]
    switch status {
    case "infeasible": known = ["multipliers", "domain"]
    case "unbounded": known = ["infinite-value"]
    case "limit":
      known = ["time", "iterations", "evaluations", "memory", "interrupted"]
    case "stalled":
      known = ["precision", "progress", "not-finite", "unsuitable"]
    case "local": known = []
    default: return
    }
    if !known.contains(reason) {
      refuse("status", "\(Diagnostic.quoted(reason)) is not a reason of '\(status)'", "reason")
    }
  }

  private mutating func checkFlags() {
    for flag in claim.flags where AnswerFlag(rawValue: flag) == nil {
      refuse("flag", "unknown flag \(Diagnostic.quoted(flag))", "flags")
    }
    if !claim.flags.isEmpty { notes.append("flags are remarks, and are not checked") }
  }

  /// The level of what stands behind an interval.
  private mutating func checkLevel() {
    guard let level = claim.level, ["optimal", "local", "limit", "stalled"].contains(claim.status),
      !claim.isStatistical
    else {
      return
    }
    let own: Certificate.Level = program.isConvex ? .rigorous : .stationarity
    if level != own.rawValue {
      refuse(
        "evidence",
        "the level is \(Diagnostic.quoted(level)) (expected \(Diagnostic.quoted(own.rawValue)))",
        "certificate",
        "level")
    }
  }

  // MARK: unknowns

  /// Unknowns are those of the file, of their kind, shape, mass and labels.
  private mutating func checkUnknowns(_ holder: Int) throws(SpecError) {
    let blocks = Dictionary(
      zip(problem.unknowns.map(\.name), program.layout.blocks).map { ($0, $1) }
    ) { first, _ in first }
    for (key, node) in claim.tree.entries(of: holder) {
      let name = claim.tree.text(of: key) ?? ""
      guard let block = blocks[name] else {
        refuse("unknown", "the file has no unknown \(Diagnostic.quoted(name))", "unknowns", name)
        continue
      }
      guard claim.isMapping(node) else { continue }
      if let kind = try claim.text("kind", in: node), kind != block.kind.rawValue {
        refuseUnknown(
          name, "kind", "is of the kind \(Diagnostic.quoted(kind)) (expected \(block.kind.rawValue))")
      }
      if let shape = claim.member("shape", of: node), !claim.isNull(shape),
        try !claim.isShape(shape, block.shape)
      {
        refuseUnknown(name, "shape", "has another shape (expected \(block.shape))")
      }
      if let total = try claim.number("total", in: node), total != block.mass {
        refuseUnknown(name, "total", "has the mass \(NumberText.short(total, digits: 17))")
      }
      if let labels = claim.member("labels", of: node), !claim.isNull(labels),
        try labelLists(labels) != block.labels
      {
        refuseUnknown(name, "labels", "has other labels")
      }
      try checkNesting(name, node, block)
      try checkLogarithms(name, node)
    }
  }

  private mutating func refuseUnknown(_ name: String, _ key: String, _ message: String) {
    refuse("unknown", "\(Diagnostic.quoted(name)) \(message)", "unknowns", name, key)
  }

  private func labelLists(_ node: Int) throws(SpecError) -> [[String]] {
    let items = claim.tree.items(of: node)
    guard let first = items.first, !claim.tree.isScalar(first) else { return [try claim.texts(node)] }
    var lists: [[String]] = []
    for item in items { lists.append(try claim.texts(item)) }
    return lists
  }

  /// Masses are nested as their shape says, or one list of the positive ones beside their places.
  private mutating func checkNesting(_ name: String, _ node: Int, _ block: Block) throws(SpecError) {
    for key in ["probabilities", "log_probabilities"] {
      guard let list = claim.member(key, of: node), !claim.isNull(list) else { continue }
      var lengths: [Int] = []
      var open: Int? = list
      while let top = open, claim.tree.kind(of: top) == .sequence {
        let items = claim.tree.items(of: top)
        lengths.append(items.count)
        open = items.first
      }
      let isCompact = lengths.count == 1 && claim.member("support", of: node) != nil
      if lengths != block.shape, !isCompact {
        refuseUnknown(name, key, "has '\(key)' of the shape \(lengths) (expected \(block.shape))")
      }
    }
  }

  /// Logarithms are those of the masses; a mass that is 0 may have one that no double can show.
  private mutating func checkLogarithms(_ name: String, _ node: Int) throws(SpecError) {
    guard let list = claim.member("log_probabilities", of: node), !claim.isNull(list),
      let masses = claim.member("probabilities", of: node)
    else { return }
    let logs = try claim.numbers(list)
    let values = try claim.numbers(masses)
    guard logs.count == values.count else {
      refuseUnknown(name, "log_probabilities", "has \(logs.count) logarithms of \(values.count) masses")
      return
    }
    for (k, (log, mass)) in zip(logs, values).enumerated() {
      guard let log, let mass else { continue }
      let isRight = mass > 0 ? abs(log - Kernel.log(mass)) <= 0x1p-40 * max(1, abs(log)) : log <= -744
      if !isRight {
        refuseUnknown(
          name, "log_probabilities",
          "has the logarithm \(NumberText.short(log, digits: 9)) at outcome \(k + 1)")
        return
      }
    }
  }
}
