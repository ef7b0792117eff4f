import Entropic
import EntropicSpec

/// Every method on every objective file of a folder that it accepts, one run each, without another method's help.
///
///     entropic-bench matrix FOLDER [METHOD ...]
///
/// One line a run: status, iterations, evaluations, seconds of processor time and the relative gap; then, per method, how many
/// problems it accepted, certified, and brought to 1e-6 within 20,000 evaluations, with medians over the accepted ones. What
/// building the problem decides alone counts for no method. Intervals of one problem must overlap one another: the exit
/// status is 1 where they do not.
struct MethodMatrix {
  static let evaluationLimit = 20_000
  static let secondLimit = 20.0

  private struct Cell {
    let problem: String
    let method: String
    let status: String
    let iterations: Int
    let evaluations: Int
    let seconds: Double
    let lower: Double
    let upper: Double

    var gap: Double {
      let size = max(abs(lower), abs(upper))
      return size > 0 ? (upper - lower) / size : upper - lower
    }
  }

  let folder: String
  let methods: [String]

  /// 0, or 1 where two intervals of a problem exclude one another.
  func run() -> Int32 {
    print(
      "problem                       method                         status      iter   eval   seconds  gap")
    var cells: [Cell] = []
    var skipped: [String] = []
    for name in MethodMatrix.files(of: folder) {
      guard let problem = problem(name) else {
        skipped.append(name)
        continue
      }
      for method in methods {
        guard let cell = MethodMatrix.cell(String(name.dropLast(5)), problem, method) else { continue }
        print(MethodMatrix.line(cell))
        cells.append(cell)
      }
    }
    summary(cells)
    let contradictions = MethodMatrix.contradictions(cells)
    for text in contradictions { print("contradiction: \(text)") }
    if !skipped.isEmpty { print("not solved here: \(skipped.joined(separator: ", "))") }
    return contradictions.isEmpty ? 0 : 1
  }

  private static func files(of folder: String) -> [String] {
    FolderListing.names(of: folder).filter { $0.hasSuffix(".yaml") }.sorted()
  }

  private func problem(_ name: String) -> Problem? {
    guard let file = try? ObjectiveFile.read(path: "\(folder)/\(name)"),
      let problem = try? Elaboration(file, folder: folder).run().problem, problem.program.isConvex
    else { return nil }
    return problem
  }

  private static func cell(_ name: String, _ problem: Problem, _ method: String) -> Cell? {
    var options = Entropic.SolveOptions(
      method: method == "auto" ? nil : method, time: secondLimit, evaluations: evaluationLimit)
    options.finishes = false
    let start = Clock.seconds()
    let outcome = Solver.run(problem, options)
    let seconds = Clock.seconds() - start
    if case .stalled(.unsuitable, _, _) = outcome { return nil }
    let objective = outcome.answerIfAny?.certificate
    return Cell(
      problem: name, method: method, status: outcome.status, iterations: outcome.run.iterations,
      evaluations: outcome.run.evaluations, seconds: seconds, lower: objective?.lower ?? -.infinity,
      upper: objective?.upper ?? .infinity)
  }

  /// Pairs of intervals without a common point.
  private static func contradictions(_ cells: [Cell]) -> [String] {
    var texts: [String] = []
    for (name, group) in Dictionary(grouping: cells, by: \.problem).sorted(by: { $0.key < $1.key }) {
      let answered = group.filter { $0.lower.isFinite && $0.upper.isFinite }
      guard let low = answered.max(by: { $0.lower < $1.lower }),
        let high = answered.min(by: { $0.upper < $1.upper }), low.lower > high.upper
      else { continue }
      texts.append(
        "\(name): \(low.method) proves at least \(low.lower), \(high.method) attains \(high.upper)")
    }
    return texts
  }

  private func summary(_ cells: [Cell]) {
    print("")
    print("method                         accepted  certified  1e-6  evaluations  milliseconds  seconds")
    for method in methods {
      let own = cells.filter { $0.method == method && $0.status != "unbounded" }
      guard !own.isEmpty else { continue }
      let certified = own.filter { $0.status == "optimal" || $0.status == "infeasible" }.count
      let near = own.filter { $0.status == "optimal" || $0.status == "infeasible" || $0.gap <= 1e-6 }.count
      let seconds = own.reduce(0) { $0 + $1.seconds }
      print(
        MethodMatrix.padded(method, 31) + MethodMatrix.padded("\(own.count)", 10)
          + MethodMatrix.padded("\(certified)", 11) + MethodMatrix.padded("\(near)", 6)
          + MethodMatrix.padded("\(Int(MethodMatrix.median(own.map { Double($0.evaluations) })))", 13)
          + MethodMatrix.padded(MethodMatrix.rounded(1e3 * MethodMatrix.median(own.map(\.seconds))), 14)
          + MethodMatrix.rounded(seconds))
    }
  }

  /// The middle number; the lower one of two.
  private static func median(_ list: [Double]) -> Double {
    list.isEmpty ? 0 : list.sorted()[(list.count - 1) / 2]
  }

  private static func line(_ cell: Cell) -> String {
    padded(cell.problem, 30) + padded(cell.method, 31) + padded(cell.status, 12)
      + padded("\(cell.iterations)", 7) + padded("\(cell.evaluations)", 7)
      + padded(rounded(cell.seconds), 9) + (cell.gap.isFinite ? rounded(cell.gap) : "-")
  }

  private static func rounded(_ x: Double) -> String {
    if x == 0 { return "0" }
    if abs(x) >= 1e-2, abs(x) < 1e4 { return "\((x * 1e3).rounded() / 1e3)" }
    let text = "\(x)"
    guard let e = text.firstIndex(of: "e") else { return String(text.prefix(7)) }
    return String(text[..<e].prefix(4)) + text[e...]
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }
}
