import EntropicModel

/// A law as lines of text: one outcome a line with a bar, or the largest masses of a long one.
enum LawText {
  /// Laws with more outcomes show only the largest masses.
  private static let longest = 24

  static func lines(of law: Report.Law, width: Int) -> [String] {
    let name = Diagnostic.escaped(law.name)
    if law.kind == .channel, law.shape.count == 2, law.shape[1] > 0 {
      return channel(law, name, width)
    }
    var lines = [
      "\(name), \(size(law.shape))" + (law.mass == 1 ? "" : ", total mass \(NumberText.short(law.mass))")
    ]
    if law.shape.count == 2, law.shape[0] <= 12, law.shape[1] <= 8 {
      return lines + table(law)
    }
    lines += bars(law.masses, (0..<law.masses.count).map { label($0, law) }, scale: law.mass, width: width)
    return lines
  }

  /// Rows of bars; the largest masses where there are too many.
  private static func bars(_ masses: [Double], _ labels: [String], scale: Double, width: Int) -> [String] {
    var order = Array(masses.indices)
    var rest = ""
    if masses.count > longest {
      // Ties go to the earlier outcome, so that the text does not depend on the sort.
      order.sort { masses[$0] != masses[$1] ? masses[$0] > masses[$1] : $0 < $1 }
      let positive = masses.count { $0 > 0 }
      // What is too small to matter is summed up, unless there is nothing else.
      let visible = max(masses.count { $0 > 1e-9 * scale }, min(positive, 1))
      let shown = min(visible, 16)
      if positive > shown {
        let sum = order[shown..<positive].reduce(0) { $0 + masses[$1] }
        rest = "  ... and \(positive - shown) more with mass \(NumberText.short(sum, digits: 3)) together"
      }
      if masses.count > positive {
        rest += (rest.isEmpty ? "  ..." : ",") + " \(masses.count - positive) of mass 0"
      }
      order = Array(order[..<shown])
    }
    let labelWidth = min(24, order.map { labels[$0].unicodeScalars.count }.max() ?? 0)
    let room = max(10, min(40, width - labelWidth - 18))
    let top = order.map { masses[$0] }.max() ?? 0
    var lines = order.map { i in
      "  " + padded(labels[i], to: labelWidth, alignRight: true) + "  " + mass(masses[i]) + "  "
        + bar(top > 0 ? masses[i] / top : 0, room)
    }
    if !rest.isEmpty { lines.append(rest) }
    return lines.map { line in
      var line = line
      while line.last == " " { line.removeLast() }
      return line
    }
  }

  private static func table(_ law: Report.Law) -> [String] {
    let (rows, columns) = (law.shape[0], law.shape[1])
    let rowLabels = axisLabels(law, 0)
    let labelWidth = min(16, rowLabels.map(\.unicodeScalars.count).max() ?? 0)
    var lines: [String] = []
    if law.labels.count == 2, !law.labels[1].isEmpty {
      let head = law.labels[1].map { padded(Diagnostic.escaped($0), to: 10, alignRight: true) }
      lines.append("  " + padded("", to: labelWidth) + "  " + head.joined(separator: "  "))
    }
    for i in 0..<rows {
      let cells = (0..<columns).map { padded(mass(law.masses[i * columns + $0]), to: 10, alignRight: true) }
      lines.append(
        "  " + padded(rowLabels[i], to: labelWidth, alignRight: true) + "  " + cells.joined(separator: "  "))
    }
    return lines
  }

  private static func channel(_ law: Report.Law, _ name: String, _ width: Int) -> [String] {
    let (rows, columns) = (law.shape[0], law.shape[1])
    var lines = ["\(name), \(rows) laws on \(columns) outcomes"]
    if rows <= 12, columns <= 8 { return lines + table(law) }
    let names = axisLabels(law, 0)
    for i in 0..<min(rows, 8) {
      lines.append(" row \(names[i])")
      lines += bars(
        Array(law.masses[i * columns..<(i + 1) * columns]), axisLabels(law, 1), scale: law.mass, width: width)
    }
    if rows > 8 { lines.append("  ... and \(rows - 8) more rows") }
    return lines
  }

  private static func size(_ shape: [Int]) -> String {
    shape.map { "\($0)" }.joined(separator: " x ") + (shape == [1] ? " outcome" : " outcomes")
  }

  /// What an outcome is called: its label, its value, or its number.
  static func label(_ i: Int, _ law: Report.Law) -> String {
    if law.shape.count > 1 {
      var rest = i
      var parts: [String] = []
      for axis in law.shape.indices.reversed() {
        parts.insert(axisLabels(law, axis)[rest % law.shape[axis]], at: 0)
        rest /= law.shape[axis]
      }
      return parts.joined(separator: ", ")
    }
    if let labels = law.labels.first, i < labels.count { return Diagnostic.escaped(labels[i]) }
    if let outcomes = law.outcomes, outcomes.shape.count == 1, i < outcomes.count {
      return NumberText.short(outcomes.values[i])
    }
    return "\(i + 1)"
  }

  private static func axisLabels(_ law: Report.Law, _ axis: Int) -> [String] {
    if axis < law.labels.count, law.labels[axis].count == law.shape[axis] {
      return law.labels[axis].map { Diagnostic.escaped($0) }
    }
    return (1...max(law.shape[axis], 1)).map { "\($0)" }
  }

  private static func mass(_ p: Double) -> String {
    p == 0
      ? "0       "
      : p >= 1e-4 && p < 1e4 ? NumberText.fixed(p, places: 6) : padded(NumberText.short(p, digits: 3), to: 8)
  }

  /// A bar of at most `room` characters, in eighths.
  private static func bar(_ share: Double, _ room: Int) -> String {
    let eighths = Int((min(max(share, 0), 1) * Double(8 * room)).rounded())
    let parts = ["", "\u{258F}", "\u{258E}", "\u{258D}", "\u{258C}", "\u{258B}", "\u{258A}", "\u{2589}"]
    return String(repeating: "\u{2588}", count: eighths / 8) + parts[eighths % 8]
  }

  static func padded(_ text: String, to width: Int, alignRight: Bool = false) -> String {
    let count = text.unicodeScalars.count
    if count > width { return width > 3 ? String(text.unicodeScalars.prefix(width - 3)) + "..." : text }
    let space = String(repeating: " ", count: width - count)
    return alignRight ? space + text : text + space
  }
}
