import EntropicModel
import Entropic
import Testing

import EntropicSpec

@Suite("elaboration of problems")
struct ElaborationProblemTests {
  private func file(_ unknowns: String, _ rest: String) -> String {
    "entropic: 1\ndata:\n  x: [1, 2, 3]\n  q: [0.2, 0.3, 0.5]\n  Q: [[2, 0, 0], [0, 3, 1], [0, 1, 2]]\n"
      + "unknowns:\n" + unknowns + "\n" + rest
  }

  private func bytes(_ objective: String, _ constraint: String? = nil) throws(SpecError) -> [UInt8] {
    let text = file(
      "  p: simplex(x)", objective + (constraint.map { "\nsubject to:\n  - \($0)" } ?? "") + "\n")
    return try elaborated(text).problem?.program.canonicalBytes ?? []
  }

  @Test(
    "all spellings of one problem give the same program",
    arguments: [
      [
        "minimize: sum(p * log(p / q))", "minimize: kl(p, q)", "minimize: -entropy(p) - expect(p, log(q))",
        "minimize: sum(p * log(p)) - sum(p * log(q))", "minimize: cross_entropy(p, q) - entropy(p)",
        "minimize: sum(p * (log(p) - log(q)))", "maximize: entropy(p) + log(q) @ p", "maximize: -kl(p, q)",
        "minimize: renyi_divergence(p, q, 1)", "minimize: alpha_divergence(p, q, 1)",
        "minimize: log(2) * bits(kl(p, q))",
      ],
      [
        "minimize: expect(p, x)", "minimize: sum(x * p)", "minimize: x @ p", "minimize: p @ x",
        "minimize: expect(p, o -> o)",
        "minimize: p[1] + 2 * p[2] + 3 * p[3]", "maximize: -expect(p, x)", "minimize: sum(diag(x) @ p)",
        "minimize: p[1] + [2, 3] @ p[2:3]", "minimize: sum(p) * 0 + x' @ p",
        "minimize: probability(p, x > 0) * 0 + x @ p",
      ],
      [
        "maximize: entropy(p)", "minimize: sum(p * log(p))", "minimize: p @ log(p)",
        "minimize: expect(p, log(p))",
        "maximize: tsallis(p, 1)", "maximize: renyi(p, 1)", "maximize: -sum(p * log(p))",
        "maximize: cross_entropy(p, p)",
      ],
      [
        "minimize: sum_squares(p)", "minimize: sum(p^2)", "minimize: p @ p", "minimize: sum(p * p)",
        "minimize: quadratic(p, identity(3))",
        "minimize: 1 - tsallis(p, 2)",
      ],
      [
        "minimize: quadratic(p, Q)", "minimize: p @ Q @ p", "minimize: p' @ Q @ p", "minimize: p @ (Q @ p)",
        "minimize: sum(p * (Q @ p))",
        "minimize: (Q @ p) @ p",
      ],
    ])
  func spellings(_ objectives: [String]) throws {
    let reference = try bytes(objectives[0], "p[1] <= 0.3")
    #expect(!reference.isEmpty)
    for objective in objectives.dropFirst() {
      #expect(try bytes(objective, "p[1] <= 0.3") == reference, "\(objective)")
    }
  }

  @Test("constraints, too, have one meaning")
  func constraintSpellings() throws {
    let reference = try bytes("maximize: entropy(p)", "expect(p, x) == 2.5")
    for constraint in [
      "2.5 == x @ p", "sum(x * p) == 5 / 2", "mean: expect(p, x) - 2.5 == 0", "expect(p, o -> 1 * o) == 2.5",
    ] {
      #expect(try bytes("maximize: entropy(p)", constraint) == reference, "\(constraint)")
    }
    #expect(try bytes("maximize: entropy(p)", "expect(p, x) == 2.25") != reference)
    #expect(
      try bytes("maximize: entropy(p)", "0.1 <= p <= 0.5") == bytes("maximize: entropy(p)", "0.5 >= p >= 0.1")
    )
  }

  // MARK: constraints

  @Test("names of constraints: given, from the text, of chains and couplings, always different")
  func names() throws {
    let text = file(
      "  p: simplex(x)\n  P: coupling(q, q)",
      """
      maximize: entropy(p) + entropy(P)
      subject to:
        - box: 0.1 <= p <= 0.5
        - roof: 0.4 >= p[1] >= 0.1
        - p[1] <= p[2] <= p[3] <= 0.6
        - expect(p, x) <= 3
        - expect(p, x) <= 3
        - P.rows: P[1, 1] <= 0.1

      """)
    let found = try elaborated(text)
    #expect(
      found.constraints.map { $0.name ?? "" } == [
        "P.rows (2)", "P.columns", "box.lower", "box.upper", "roof.upper", "roof.lower",
        "p[1] <= p[2] <= p[3] <= 0.6.1", "p[1] <= p[2] <= p[3] <= 0.6.2", "p[1] <= p[2] <= p[3] <= 0.6.3",
        "expect(p, x) <= 3", "expect(p, x) <= 3 (2)", "P.rows",
      ])
    #expect(found.problem?.constraints.count == 12)
    #expect(found.sourceTexts.first?.name == "maximize")
    #expect(found.sourceTexts.first?.text == "entropy(p) + entropy(P)")
  }

  @Test(
    "faults of constraints and objectives",
    arguments: [
      ("p[1] < 0.5", "E0314 10:10"), ("p[1] != 0.5", "E0313 10:10"), ("p[1] == 0.5 == p[2]", "E0313 10:17"),
      ("0.1 <= p >= 0.5", "E0313 10:14"), ("p[1] + 1", "E0313 10:5"), ("p <= 1 and p >= 0", "E0313 10:5"),
      ("soft(p <= 1)", "E0319 10:5"), ("soft(p, weight=1)", "E0313 10:10"),
      ("soft(p <= 1, weight=-1)", "E0609 10:25"), ("soft(p <= 1, weight=p)", "E0323 10:25"),
      ("soft(p <= 1, weight=[1, 2])", "E0601 10:25"), ("soft(soft(p <= 1, 1), 1)", "E0313 10:10"),
      ("soft(variance(p, x) == 1, weight=1)", "E0402 10:5"),
      ("soft(p[1] <= p[2] / p[3], weight=1)", "E0404 10:18"),
      ("monotone(p) <= 1", "E0313 10:5"),
      ("p[1] / p[2] + p[2] / p[3] <= 1", "E0404 10:5"), ("p[1] / (p[2] - p[3]) <= 1", "E0404 10:5"),
      ("entropy(p)", "E0313 10:5"), ("p <= [1, 2]", "E0601 10:7"),
      ("p <= log([0, 1, 1])", "E0604 10:10"),
      ("variance(p, x) <= 0.1", "E0402 10:5"), ("1 - variance(p, x) >= 0.1", "E0402 10:9"),
      ("entropy(p) == 1", "E0402 10:5"),
      ("kl(p, q) >= 0.1", "E0402 10:5"), ("p[1] * p[2] >= 0.1", "E0402 10:5"),
      ("p[nothing] <= 1", "E0317 10:7"),
      ("1 <= (2 <= p[1])", "E0313 10:13"),
    ])
  func refused(_ constraint: String, _ expected: String) {
    let text = file("  p: simplex(x)", "maximize: entropy(p)\nsubject to:\n  - '\(constraint)'\n")
    // The quote moves all columns by one.
    let parts = expected.split(separator: ":")
    let moved = "\(parts[0]):\((Int(parts[1]) ?? 0) + 1)"
    #expect(faults(text) == moved, "\(fault(text)?.text ?? "accepted")")
  }

  @Test(
    "what is not convex is named, with its place",
    arguments: [
      ("maximize: sum_squares(p)", "E0401 8:11", "sum_squares(p)"),
      ("minimize: x @ p + entropy(p)", "E0401 8:19", "entropy(p)"),
      ("minimize: x @ p - kl(p, q) + sum(p^2)", "E0401 8:19", "kl(p, q)"),
      ("minimize: p[1] * p[2]", "E0401 8:11", "p[1] * p[2]"),
      ("maximize: norm2(p - q)", "E0401 8:11", "norm2(p - q)"),
      ("minimize: variance(p, x)", "E0401 8:11", "variance(p, x)"),
      ("maximize: x @ p - quadratic(p, -Q)", "E0401 8:19", "quadratic(p, -Q)"),
    ])
  func curvature(_ objective: String, _ place: String, _ subject: String) {
    let text = file("  p: simplex(x)", objective + "\n")
    let found = fault(text)
    #expect(faults(text) == place, "\(found?.text ?? "accepted")")
    #expect(found?.message.contains(subject) == true, "\(found?.text ?? "")")
    #expect(found?.hint?.contains("convexity") == true)
    #expect(faults(text + "solve: {convexity: unchecked}\n") == "")
  }

  @Test(
    "the message shows the smallest guilty part as it is written",
    arguments: [
      ("minimize: p[1] * p[2] + p[3]^2", "p[1] * p[2]"),
      ("minimize: 3 * (p[1]*(p[2] + p[3]))", "p[1]*(p[2] + p[3])"),
      ("minimize: 2 * entropy(p) + x @ p", "entropy(p)"),
      ("minimize: kl(p, q) + sum(exp(p) * p)", "exp(p) * p"),
      ("minimize: p[1] / p[2]", "p[1] / p[2]"), ("minimize: x @ p + sqrt(p[1] * p[2])", "sqrt(p[1] * p[2])"),
      ("minimize: x @ p + max(p[1] * p[2], p[3])", "p[1] * p[2]"),
      ("minimize: x @ p\nsubject to: ['p[1] * p[2] >= 0.1']", "p[1] * p[2]"),
      ("minimize: x @ p\nsubject to: ['0.1 <= x @ p + variance(p, x) * -1']", "variance(p, x)"),
      ("minimize: x @ p\nsubject to: ['entropy(p) == p[1]']", "entropy(p) == p[1]"),
    ])
  func smallest(_ rest: String, _ subject: String) {
    let message = fault(file("  p: simplex(x)", rest + "\n"))?.message
    #expect(message?.hasSuffix(": " + subject) == true, "\(message ?? "accepted")")
  }

  @Test("a covariance under logdet gives the program that Swift code gives")
  func covariance() throws {
    let text = """
      entropic: 1
      data:
        X: [[1, 0], [0, 1], [1, 1], [2, 3]]
      unknowns:
        p: simplex(4)
      maximize: logdet(covariance(p, X))
      """
    let p = Unknown.simplex(4, name: "p")
    let x = Matrix(rows: 4, columns: 2, elements: [1, 0, 0, 1, 1, 1, 2, 3])
    let swift = try Problem(.maximize, logdet(EntropicModel.covariance(p, x)))
    #expect(try elaborated(text).problem?.digest == swift.digest)
  }

  @Test("a guilty part of a definition is shown where it stands")
  func definition() {
    let text = file("  p: simplex(x)", "define:\n  h: 2 * entropy(p)\nminimize: h + x @ p\n")
    #expect(faults(text) == "E0401 9:10")
  }

  @Test("several errors in one run, each a cause")
  func several() {
    let text = file(
      "  p: simplex(x)",
      "define:\n  a: nothing + 1\n  b: a + 1\nmaximize: b + entrpy(p)\n"
        + "subject to:\n  - kl(p) <= 1\n  - b <= a\n  - p[9] <= 1\n"
    )
    #expect(faults(text) == "E0317 9:6, E0319 13:5, E0607 15:7")
    let curved = file(
      "  p: simplex(x)",
      "minimize: entropy(p)\nsubject to:\n  - kl(p, q) >= 1\n  - x @ p <= 2\n  - entropy(p) <= 1\n")
    #expect(faults(curved) == "E0402 10:5, E0402 12:5, E0401 8:11")
  }

  // MARK: unknowns

  @Test("forms of unknowns")
  func unknowns() throws {
    let text = file(
      """
        a: simplex(3)
        b: simplex(x, total=2)
        c: simplex(Q)
        d: simplex(columns(Q))
        e: simplex(2, 3)
        f: simplex(2, 2, 2, total=4)
        g: coupling(q, b / 2)
        h: channel(2, 3, total=0.5)
        i: coupling(q, a)
        j: {in: simplex(2), labels: [rain, sun], start: [0.25, 0.75]}
        k: {in: "simplex(2, 2)", labels: [[a, b], [c, d]]}
      """.replacingOccurrence(of: "b / 2", with: "q"), "maximize: entropy(a)\n")
    let found = try elaborated(text)
    let all = found.unknowns.map(\.unknown)
    #expect(found.unknowns.map(\.name).joined() == "abcdefghijk")
    #expect(
      all.map(\.shape) == [[3], [3], [3], [3], [2, 3], [2, 2, 2], [3, 3], [2, 3], [3, 3], [2], [2, 2]])
    #expect(all.map(\.mass) == [1, 2, 1, 1, 1, 4, 1, 0.5, 1, 1, 1])
    #expect(all[1].outcomes == Tensor([1, 2, 3]))
    #expect(all[3].outcomes?.shape == [3, 3])
    #expect(all[4].kind == .joint && all[7].kind == .channel)
    #expect(all[9].labels == [["rain", "sun"]])
    #expect(all[10].labels == [["a", "b"], ["c", "d"]])
    #expect(found.start[all[9]] == [0.25, 0.75])
    #expect(found.problem?.program.equalities.count == 12)
    // Unknowns that no formula mentions belong to the problem all the same.
    #expect(found.problem?.unknowns.count == 11)
  }

  @Test(
    "faults of unknowns",
    arguments: [
      ("simplex(0)", "E0608 7:14"), ("simplex(2.5)", "E0608 7:14"), ("simplex(x, 2)", "E0322 7:14"),
      ("simplex()", "E0319 7:6"),
      ("simplex(2, 2, 2, 2)", "E0319 7:6"), ("simplex(3, totl=1)", "E0320 7:17"),
      ("simplex(3, total=0)", "E0609 7:23"),
      ("simplex(3, total=-1)", "E0609 7:23"), ("entropy(3)", "E0318 7:6"), ("simplx(3)", "E0318 7:6"),
      ("3", "E0322 7:6"), ("x", "E0322 7:6"),
      ("coupling(q, x)", "E0606 7:18"), ("coupling(q)", "E0319 7:6"), ("coupling(q, -q)", "E0605 7:18"),
      ("coupling(Q, q)", "E0601 7:15"),
      ("simplex(nothing)", "E0317 7:14"), ("dirichlet(3)", "E0403 7:6"), ("wishart(2)", "E0403 7:6"),
      ("density(0, 1, points=0)", "E0608 7:27"), ("density(1, 0, points=9)", "E0609 7:17"),
      ("density([0, 0], [1, 1], points=9)", "E0601 7:37"), ("density(0, 1)", "E0319 7:6"),
      ("density(0, 1, points=9, ends=\"open\")", "E0322 7:35"), ("particles(0)", "E0608 7:16"),
      ("density(0, 1, points=1e9)", "E0611 7:27"),
      ("measure(3, bound=2)", "E0403 7:6"), ("simplex(2147483647)", "E0611 7:14"),
      ("channel(3)", "E0319 7:6"), ("simplex(p)", "E0212 7:3"),
      ("simplex(log(q - q))", "E0604 7:14"),
    ])
  func refusedUnknowns(_ form: String, _ expected: String) {
    let text = file("  p: " + form, "maximize: entropy(p)\n")
    #expect(faults(text) == expected, "\(fault(text)?.text ?? "accepted")")
  }

  @Test("faults of labels and starts")
  func details() {
    func text(_ details: String) -> String {
      file("  p: {in: simplex(x), \(details)}", "maximize: entropy(p)\n")
    }
    #expect(faults(text("labels: [a, b]")) == "E0601 7:31")
    #expect(faults(text("labels: [[a, b, c], [d, e, f]]")) == "E0601 7:33")
    #expect(faults(text("labels: q")) == "E0322 7:31")
    #expect(faults(text("start: [0.5, 0.5]")) == "E0601 7:30")
    #expect(faults(text("start: [0.5, 0.7, -0.2]")) == "E0605 7:30")
    #expect(faults(text("start: [0.5, 0.5, 0.5]")) == "E0606 7:30")
    #expect(faults(text("start: q")) == "")
  }

  // MARK: data and parameters

  @Test("data, parameters and definitions in any order, one graph")
  func graph() throws {
    let text = """
      entropic: 1
      data:
        c: 2 * b
        b: [a, k + 1]
      parameters:
        a: k + 0.5
        k: 2
      unknowns: {p: simplex(c)}
      define:
        m: n + 1
        n: expect(p, c)
        s: sum(c)
      minimize: m
      """
    let found = try elaborated(text)
    #expect(found.constants.map(\.name) == ["c", "b", "a", "k", "s"])
    #expect(found.constants.map(\.value.values) == [[5, 6], [2.5, 3], [2.5], [2], [11]])
    #expect(found.definitions.map(\.name) == ["m", "n"])
    #expect(found.parameters.map(\.name) == ["a", "k"])
    let changed = try elaborated(text, set: ["k": "1 + 2"])
    #expect(changed.constants[0].value.values == [7, 8])
    #expect(faults(text, set: ["kk": "1"]) == "E0214 1:1")
    #expect(faults(text, set: ["c": "1"]) == "E0214 1:1")
    #expect(faults(text, set: ["k": "[1, 2]"]) == "E0601 1:1")
    #expect(faults(text, set: ["k": "a"]) == "E0212 1:1")
    #expect(faults(text, set: ["k": "p[1]"]).hasPrefix("E0212"))
  }

  @Test("cycles are named once, and consequences are silent")
  func cycles() {
    let text =
      "entropic: 1\ndata:\n  a: b\n  b: c + a\n  c: 1\n  d: a + 1\n  e: e\n"
      + "unknowns: {p: simplex(d)}\nmaximize: entropy(p)\n"
    #expect(faults(text) == "E0212 3:3, E0212 7:3")
    #expect(fault(text)?.message.contains("a -> b -> a") == true)
  }

  @Test("constants cannot hold unknowns")
  func constants() {
    #expect(
      faults("entropic: 1\ndata: {a: 2 * p}\nunknowns: {p: simplex(2)}\nminimize: a[1]\n") == "E0323 2:15")
    #expect(
      faults("entropic: 1\nparameters: {a: 'p[1]'}\nunknowns: {p: simplex(2)}\nminimize: a\n") == "E0323 2:18"
    )
  }

  @Test("warnings: sums of laws, constraints that hold no unknown")
  func warnings() throws {
    let text = file(
      "  p: simplex(x)", "minimize: kl(p, 2 * q)\nsubject to:\n  - 1 <= 2\n  - zero: 0 * p <= 1\n")
    let found = try elaborated(text).warnings
    #expect(found.map { "\($0.code.rawValue) \($0.line ?? 0):\($0.column ?? 0)" }.first == "E0606 8:17")
    #expect(Set(found.dropFirst().map { "\($0.code.rawValue) \($0.line ?? 0)" }) == ["E0612 10", "E0612 11"])
    let half = file("  p: simplex(x, total=2)", "minimize: kl(p, 2 * q)\n")
    #expect(try elaborated(half).warnings.isEmpty)
  }

  @Test("log(0) forces a mass to 0 and stands nowhere else")
  func logarithmOfZero() throws {
    let found = try elaborated(file("  p: simplex(x)", "maximize: entropy(p) + expect(p, log([0, 1, 1]))\n"))
    #expect(found.problem?.program.layout.upper == [0, .infinity, .infinity])
    #expect(
      faults(file("  p: simplex(x)", "maximize: entropy(p) + sum(log([0, 1, 1]))\n")).hasPrefix("E0604 8:"))
  }

  @Test("files that only evaluate")
  func evaluations() throws {
    let found = try elaborated(
      "entropic: 1\ndata: {q: [0.5, 0.25, 0.25]}\nunknowns: {p: simplex(3)}\n"
        + "evaluate:\n  h: bits(entropy(q))\n  d: p @ [1, 2, 3]\n"
    )
    #expect(found.problem == nil)
    #expect(found.evaluations.map(\.name) == ["h", "d"])
    #expect(found.value(of: found.evaluations[0].expression, at: [:])?.values == [1.5])
    #expect(found.value(of: found.evaluations[1].expression, at: ["p": [0.5, 0, 0.5]])?.values == [2])
    #expect(found.value(of: found.evaluations[1].expression, at: [:]) == nil)
    #expect(found.value(of: found.evaluations[1].expression, at: ["p": [1]]) == nil)
  }

  @Test("data files bring labels, and their digests are kept")
  func files() throws {
    let folder = try TemporaryFolder()
    try folder.write("name,rain,sun\nmon,1,2\ntue,3,4\n", to: "t.csv")
    try folder.write("row,column,value\n1,2,5\n2,1,7\n", to: "s.csv")
    try folder.write(
      """
      entropic: 1
      data:
        X: {file: t.csv, label_column: name}
        S: {file: s.csv, sparse: [row, column, value]}
      unknowns:
        p: simplex(columns(X))
        r: simplex(X)
        u: {in: simplex(2), labels: X}
      define:
        a: X["tue", "rain"]
      maximize: entropy(p) + entropy(r) + entropy(u) + S[1, 2] * p["sun"]
      subject to:
        - r["mon"] <= 0.5
        - u["tue"] <= 0.25

      """, to: "file.yaml")
    let found = try elaborated(path: folder.path + "/file.yaml")
    #expect(
      found.unknowns.map(\.unknown.labels) == [[["rain", "sun"]], [["mon", "tue"]], [["mon", "tue"]]])
    #expect(found.constants.first { $0.name == "a" }?.value.values == [3])
    #expect(found.dataDigests.map(\.path) == ["t.csv", "s.csv"])
    #expect(found.dataDigests.allSatisfy { $0.digest.count == 64 })
    #expect(found.digest.count == 64)
  }

  // MARK: sizes

  @Test("a sum of 1e5 terms is linear time")
  func manyTerms() throws {
    let clock = ContinuousClock()
    var text = "entropic: 1\nunknowns:\n  p: simplex(1000)\n  r: simplex(1000)\nminimize: sum_squares(p)"
    for i in 0..<100_000 { text += " + \(i % 7) * \(i % 2 == 0 ? "p" : "r")[\(i % 1000 + 1)]" }
    var found: ElaboratedFile?
    let time = try clock.measure { found = try elaborated(text + "\n") }
    #expect(found?.problem?.program.count == 2000)
    // Generous for a build without optimisation on a busy machine; a quadratic sum takes minutes.
    #expect(time < .seconds(40))
  }

  @Test("long chains of definitions and deep formulas need no stack")
  func longChains() throws {
    var text = "entropic: 1\nparameters:\n  a0: 1\n"
    for i in 1...20_000 { text += "  a\(i): a\(i - 1) + 1\n" }
    text += "unknowns: {p: simplex(2)}\nminimize: a20000 * p[1]"
    let found = try elaborated(text + "\n")
    #expect(found.parameters.last?.value == 20_001)
    let deep = String(repeating: "-(", count: 120) + "p[1]" + String(repeating: ")", count: 120)
    #expect(faults("entropic: 1\nunknowns: {p: simplex(2)}\nminimize: \(deep)\n") == "")
    let nested = (0..<20).reduce("1") { "sum(outer([1], [1], (a\($1), b\($1)) -> \($0)))" }
    #expect(
      faults("entropic: 1\ndata: {c: '\(nested)'}\nunknowns: {p: simplex(2)}\nminimize: c * p[1]\n")
        .hasPrefix("E0308"))
  }

  @Test("the memory limit is checked before anything is allocated")
  func memory() {
    var limits = SpecLimits()
    limits.memoryBytes = 1 << 20
    func text(_ data: String) -> String {
      "entropic: 1\ndata: {c: '\(data)'}\nunknowns: {p: simplex(2)}\nminimize: p[1]\n"
    }
    for data in [
      "identity(1000)", "range(0, 1, points=200000)", "uniform(1000, 1000)",
      "outer(uniform(500), uniform(500))", "diag(uniform(1000))",
      "powers(uniform(1000), 1000)", "reshape(uniform(1000), 1000, 1) @ reshape(uniform(1000), 1, 1000)",
      "concatenate(uniform(100000), uniform(100000))",
    ] { #expect(faults(text(data), limits: limits).hasPrefix("E0611"), "\(data)") }
    for data in [
      "range(0, 1, points=1e9)", "range(0, 1, points=4e18)", "uniform(3e9, 3e9)",
      "uniform(1e6) * uniform(1e6)",
      "exp(uniform(60000)) + uniform(60000)",
    ] {
      do throws(SpecError) {
        _ = try elaborated(text(data), limits: limits)
        Issue.record("\(data) was taken")
      } catch {
        let first = error.diagnostics[0]
        #expect(first.code == .excessiveMemory && first.line == 2 && (first.column ?? 0) > 7, "\(data)")
        #expect(first.message.contains("expected at most"))
        #expect(first.message.contains("numbers (") || first.hint?.contains("memory") == true, "\(data)")
      }
    }
    #expect(faults(text("sum(exp(uniform(40000)) + 2 * uniform(40000))"), limits: limits) == "")
    // Two that fit one by one.
    let both =
      "entropic: 1\ndata: {c: 'uniform(100000)', d: 'uniform(100000)'}\n"
      + "unknowns: {p: simplex(2)}\nminimize: p[1]\n"
    #expect(faults(both, limits: limits).hasPrefix("E0611"))
    #expect(
      faults("entropic: 1\nunknowns: {p: simplex(100000)}\nminimize: p[1]\n", limits: limits).hasPrefix(
        "E0611"))
    #expect(
      faults("entropic: 1\nunknowns: {p: simplex(3000)}\nminimize: sum(cdf(p))\n", limits: limits).hasPrefix(
        "E0611"))
  }

  @Test("the table of words: unique, described, suggested")
  func table() {
    #expect(Set(Builtin.all.map(\.signature)).count == Builtin.all.count)
    #expect(Builtin.functions.allSatisfy { !$0.summary.isEmpty })
    #expect(Builtin.functions.allSatisfy { $0.availability == .planned || $0.isImplemented })
    #expect(Builtin.named("log_likelihood")?.signature == "log_likelihood(u, [weights], [counts], [log=])")
    #expect(Builtin.named("max")?.signature == "max(x, [others...], [axis=])")
    #expect(Builtin.all.contains { $0.name == "simplex" && $0.group == .unknowns })
  }
}

extension String {
  fileprivate func replacingOccurrence(of word: String, with other: String) -> String {
    var result = self
    if let range = result.firstRange(of: word) { result.replaceSubrange(range, with: other) }
    return result
  }
}
