import Entropic
import EntropicModel
import EntropicNumerics
import EntropicSolvers
import Testing

@Suite("Faces and directions of recession")
struct ExposedFaceTests {
  private let faces = [1.0, 2, 3, 4, 5, 6]
  private var squares: [Double] { faces.map { $0 * $0 } }

  /// The answer, and the direction in the user's words by name.
  private func solved(
    _ sense: Sense = .maximize, _ objective: (Unknown) -> Expression = { entropy($0) },
    by method: String? = nil,
    _ constraints: (Unknown) -> [Constraint]
  ) throws -> (answer: Answer, direction: [String: Double]) {
    let p = Unknown.simplex(over: faces)
    let problem = try Problem(sense, objective(p), subjectTo: constraints(p))
    let answer = try Solver.run(problem, SolveOptions(method: method)).answer
    let found = answer.face.map { problem.direction(of: $0, at: answer) } ?? []
    return (answer, Dictionary(uniqueKeysWithValues: found.map { ($0.name, $0.values[0]) }))
  }

  @Test("a mean at the end of its range: one outcome is left, and the optimum falls infinitely fast")
  func end() throws {
    let (answer, direction) = try solved { [(expect($0, faces) == 6).named("mean")] }
    #expect(answer.flags.contains(.boundary))
    #expect(answer.face?.kept == [5])
    #expect(direction == ["mean": -1])
    let (least, up) = try solved { [(expect($0, faces) <= 1).named("mean")] }
    #expect(least.face?.kept == [0])
    #expect(up == ["mean": 1])
  }

  @Test(
    "two moments on an edge of the moment polytope: (x - 3)(x - 4) exposes the outcomes 3 and 4",
    arguments: [nil, "dual-newton", "interior-point", "kl-proximal"])
  func edge(method: String?) throws {
    let (answer, direction) = try solved(by: method) {
      [(expect($0, faces) == 3.25).named("mean"), (expect($0, squares) == 10.75).named("square")]
    }
    // -0.75 log 0.75 - 0.25 log 0.25
    #expect(abs(answer.objective.value - 0.5623351446188083) <= 1e-9)
    #expect(answer.flags.contains(.boundary))
    #expect(answer.face?.kept == [2, 3])
    #expect(abs(try #require(direction["mean"]) + 1) <= 1e-9)
    #expect(abs(try #require(direction["square"]) - 1 / 7.0) <= 1e-9)
  }

  @Test("two moments on a vertex: the direction is that of some parabola with its zero there alone")
  func vertex() throws {
    let (answer, direction) = try solved {
      [(expect($0, faces) == 3).named("mean"), (expect($0, squares) == 9).named("square")]
    }
    #expect(answer.face?.kept == [2])
    let (a, b) = (try #require(direction["square"]), direction["mean"] ?? 0)
    // a x^2 + b x has its minimum over the outcomes at 3, and only there.
    let values = faces.map { a * $0 * $0 + b * $0 }
    #expect(values.indices.allSatisfy { $0 == 2 || values[$0] > values[2] })
  }

  @Test("a face of a face: first one row empties outcomes, then another one")
  func twoSteps() throws {
    let first = [0.0, 0, 0, 0, 1, 1]
    let second = [0.0, 1, 2, 2, 5, 9]
    let (answer, _) = try solved { p in
      [(expect(p, first) == 0).named("first"), (expect(p, second) == 2).named("second")]
    }
    #expect(answer.face?.kept == [2, 3])
    #expect(abs(answer.objective.value - 0.6931471805599453) <= 1e-9)
  }

  @Test("relative entropy to a law, with an inequality that just touches")
  func inequality() throws {
    let q = [0.1, 0.2, 0.3, 0.2, 0.1, 0.1]
    let (answer, direction) = try solved(.minimize, { kl($0, q) }) { p in
      [(expect(p, squares) >= 36).named("square"), (expect(p, faces) <= 7).named("mean")]
    }
    #expect(answer.face?.kept == [5])
    #expect(direction == ["square": 1])
  }

  @Test("targets inside have no face, however small the masses become")
  func inside() throws {
    let (answer, _) = try solved { [expect($0, faces) == 5.999] }
    #expect(answer.face == nil)
    #expect(!answer.flags.contains(.boundary))
    // Costs that push masses down to e^-200, and a row that stays inside.
    let (steep, _) = try solved(.minimize, { expect($0, faces.map { 200 * $0 }) - entropy($0) }) {
      [expect($0, squares) <= 30]
    }
    #expect(steep.face == nil)
  }

  @Test("objectives without infinite slopes keep finite multipliers: no face is reported")
  func finiteSlopes() throws {
    let (answer, _) = try solved(.minimize, { sumSquares($0) }) { [expect($0, faces) == 6] }
    #expect(answer.face == nil)
  }

  @Test("targets at vertices of random moment polytopes", arguments: 1...30)
  func random(seed: Int) throws {
    var dice = Dice(UInt64(seed))
    let (n, k) = (25, 1 + seed % 4)
    let rows = (0..<k).map { _ in (0..<n).map { _ in (dice.normal() * 64).rounded() } }
    let weights = (0..<k).map { _ in dice.normal() }
    let heights = (0..<n).map { i in (0..<k).reduce(0) { $0 + weights[$1] * rows[$1][i] } }
    let at = try #require(heights.indices.max { heights[$0] < heights[$1] })
    let twins = (0..<n).filter { i in rows.allSatisfy { $0[i] == $0[at] } }
    let p = Unknown.simplex(n)
    let problem = try Problem(.maximize, entropy(p), subjectTo: rows.map { expect(p, $0) == $0[at] })
    let answer = try Solver.run(problem).answer
    let face = try #require(answer.face)
    #expect(face.kept == twins)
    // The exposing functional by plain loops.
    let tilt = (0..<n).map { i in (0..<k).reduce(0) { $0 + face.equality[$1] * rows[$1][i] } }
    let least = try #require(tilt.min())
    for i in 0..<n { #expect((tilt[i] - least <= 1e-9) == twins.contains(i)) }
  }

  @Test(
    "an empty row of a coupling: its cells, and a direction without rounding's share of the other margins")
  func coupling() throws {
    let joint = Unknown(name: "P", kind: .joint, shape: [3, 3])
    let problem = try Problem(
      .maximize, entropy(joint),
      subjectTo: [
        (marginal(joint, 0) == [0, 0.5, 0.5]).named("rows"),
        (marginal(joint, 1) == [0.2, 0.3, 0.5]).named("columns"),
      ])
    let answer = try Solver.run(problem).answer
    let face = try #require(answer.face)
    #expect(face.kept == [3, 4, 5, 6, 7, 8])
    let direction = problem.direction(of: face, at: answer)
    #expect(direction.map(\.name) == ["rows"])
    // More mass in the empty row raises the entropy infinitely fast.
    #expect(direction.first?.values == [1, 0, 0])
  }

  @Test("directions that expose nothing are no faces")
  func rejected() throws {
    let p = Unknown.simplex(over: faces)
    let program = try Problem(
      .maximize, entropy(p), subjectTo: [expect(p, faces) == 6, expect(p, squares) <= 36]
    ).program
    #expect(ExposedFace(program, equality: [-1], inequality: [0])?.kept == [5])
    #expect(ExposedFace(program, equality: [1], inequality: [0]) == nil)
    #expect(ExposedFace(program, equality: [0], inequality: [1]) == nil)
    #expect(ExposedFace(program, equality: [0], inequality: [0]) == nil)
    #expect(ExposedFace(program, equality: [0], inequality: [-1]) == nil)
    #expect(ExposedFace(program, equality: [.nan], inequality: [0]) == nil)
    #expect(ExposedFace(program, equality: [-1, 0], inequality: [0]) == nil)
  }

  @Test("a capacity at the least cost of an input: outputs that never come have infinite slopes")
  func capacity() throws {
    let channel = Matrix(rows: 3, columns: 3, elements: [0.9, 0.1, 0, 0.1, 0.8, 0.1, 0, 0.2, 0.8])
    let p = Unknown.simplex(3)
    func solved(_ cost: Double) throws -> Answer {
      let problem = try Problem(
        .maximize, mutualInformation(p, channel), subjectTo: [(expect(p, [1, 2, 3]) <= cost).named("cost")])
      let answer = try Solver.run(problem).answer
      #expect((answer.face == nil) == problem.direction(of: answer).isEmpty)
      return answer
    }
    let edge = try solved(1)
    #expect(edge.face?.kept == [0])
    #expect(edge.flags.contains(.boundary))
    #expect(abs(edge.objective.value) <= 1e-12)
    #expect(try solved(1.1).face == nil)
  }

  @Test("labels that a threshold separates: likelihoods of every slope have no best one")
  func separation() throws {
    // The dual of logistic regression of y on x at x = 0, 1, 2, 3: entropy under the moments of the sample.
    let law = Unknown.simplex(8, name: "law")
    let inputs = (0..<8).map { $0 / 2 }
    func problem(_ labels: [Int]) throws -> Problem {
      let moment = (0..<8).map { $0 % 2 == 1 ? Double(inputs[$0]) : 0 }
      let label = (0..<8).map { Double($0 % 2) }
      let counts = (0..<3).map { k in expect(law, inputs.map { $0 == k ? 1.0 : 0 }) == 0.25 }
      let sum = Double(labels.reduce(0, +)) / 4
      let product = Double(zip(0..<4, labels).reduce(0) { $0 + $1.0 * $1.1 }) / 4
      return try Problem(
        .maximize, entropy(law),
        subjectTo: counts + [expect(law, label) == sum, expect(law, moment) == product])
    }
    // Separated by 3/2: only the pairs that occur keep mass.
    let separated = try Solver.run(try problem([0, 0, 1, 1])).answer
    #expect(separated.flags.contains(.boundary))
    #expect(separated.face?.kept == [0, 2, 5, 7])
    // log 4
    #expect(abs(separated.objective.value - 1.386294361119890618834464) <= 1e-9)
    // Labels that overlap have a finite slope.
    let mixed = try Solver.run(try problem([0, 1, 0, 1])).answer
    #expect(mixed.face == nil && !mixed.flags.contains(.boundary))
  }

  @Test("roots, quotients of two unknowns, and constraints that bind")
  func composites() throws {
    let x = [1.0, 2, 3, 4]
    let p = Unknown.simplex(4, name: "p")
    let q = Unknown.simplex(4, name: "q")
    let quarter = [Double](repeating: 0.25, count: 4)
    let root = try Problem(.minimize, hellinger(p, quarter), subjectTo: [expect(p, x) >= 4])
    let a = try Solver.run(root).answer
    #expect(abs(a.objective.value - 0.5) <= 1e-12)
    #expect(a.face?.kept == [3])
    let image = try Problem(
      .maximize, entropy(Matrix(rows: 2, columns: 4, elements: [1, 0.5, 0, 0, 0, 0.5, 1, 1]) * p),
      subjectTo: [expect(p, x) <= 1])
    #expect(try Solver.run(image).answer.face?.kept == [0])
    // KL(p, q) with p on its last outcome and q_4 <= 1/2: log 2
    let two = try Problem(.minimize, kl(p, q), subjectTo: [expect(p, x) == 4, q.expression[3] <= 0.5])
    let b = try Solver.run(two).answer
    #expect(abs(b.objective.value - 0.6931471805599453094) <= 1e-9)
    #expect(b.face?.kept == [3, 4, 5, 6, 7])
    // A linear objective reaches its multipliers: the end of a range alone is nothing to report.
    let plain = try Problem(.minimize, expect(p, [1, 3, 2, 5]), subjectTo: [expect(p, x) >= 4])
    let c = try Solver.run(plain).answer
    #expect(c.face == nil && !c.flags.contains(.boundary))
  }
}

extension Problem {
  fileprivate func direction(of answer: Answer) -> [(name: String, values: [Double])] {
    answer.face.map { direction(of: $0, at: answer) } ?? []
  }
}
