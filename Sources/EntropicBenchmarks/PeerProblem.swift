import Entropic
import EntropicFamilies
import EntropicSpec

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// Why a problem of the peer suite was not answered.
struct PeerError: Error {
  var message: String
  var exitCode: Int32 = 65
}

/// One problem folder of the peer suite, `problem.json` and `.npy` files, answered through the public
/// interface.
///
/// The time of an answer holds building, solving and certifying, and leaves out reading. Short work is
/// repeated, and the median is written.
struct PeerProblem {
  private let folder: String
  private let kind: String
  private let tree: DocumentTree

  init(folder: String) throws(PeerError) {
    self.folder = folder
    let bytes: [UInt8]
    do throws(FileAccess.Failure) {
      bytes = try FileAccess.read(folder + "/problem.json", limit: 1 << 26)
    } catch {
      throw PeerError(message: "cannot read \(folder)/problem.json", exitCode: 66)
    }
    do throws(SpecError) {
      tree = try DocumentTree(reading: SourceFile(name: "problem.json", contents: bytes))
    } catch {
      throw PeerError(message: error.text)
    }
    kind = PeerProblem.text(tree, "kind") ?? ""
  }

  /// `method` is the automatic choice where it is nil.
  func solve(tolerance: String, method: String? = nil, answer path: String) throws(PeerError) {
    if let method, Catalogue.named(method) == nil {
      throw PeerError(message: "there is no method '\(method)'", exitCode: 64)
    }
    let relative: Double
    if case .value(let value) = DecimalNumber.parse(tolerance), value > 0 {
      relative = value
    } else {
      relative = 1e-9
    }
    var options = Entropic.SolveOptions(tolerance: Tolerance(relative: relative))
    options.method = method
    switch kind {
    case "simplex_projection":
      let y = try vector("y")
      try write(path, measured { .masses(SimplexProjection.euclidean(y)) })
    case "softmax":
      let x = try vector("x")
      try write(
        path,
        measured {
          let (p, total) = Kernel.softmax(x)
          return .massesAndTotal(p, total)
        })
    case "cvar":
      let f = try vector("f")
      let level = try number("alpha")
      try write(path, measured { .value(Kernel.conditionalValueAtRisk(f, level: level).value) })
    case "gaussian_vi":
      let (x, y) = (try matrix("X"), try vector("y"))
      let variance = try number("prior_var")
      try write(path, measured { LogisticPosterior(design: x, signs: y, priorVariance: variance).result })
    case "svgd", "langevin":
      let particles = BananaParticles(
        start: try matrix("x0"), deviation: try number("s1"), curvature: try number("curv"),
        step: try number("step"), steps: Int(exactly: try number("steps", in: "sizes")) ?? 0,
        bandwidth: kind == "svgd" ? try number("h") : nil)
      try write(path, measured { particles.result })
    default:
      let build = try builder()
      try write(
        path,
        measured {
          guard let problem = try? build() else { return .failure("the problem cannot be built") }
          let outcome = Solver.run(problem, options)
          guard let answer = outcome.answerIfAny else { return .failure("no answer") }
          return .answer(answer.point, outcome)
        })
    }
  }

  /// The problem of every kind that is a program on a simplex.
  private func builder() throws(PeerError) -> () throws(ProblemError) -> Problem {
    switch kind {
    case "max_entropy":
      let (a, b) = (try matrix("A"), try vector("b"))
      return { () throws(ProblemError) in
        let p = Unknown.simplex(a.columns)
        return try Problem(.maximize, entropy(p), subjectTo: [a * p == b])
      }
    case "kl_projection":
      let (a, b, q) = (try matrix("A"), try vector("b"), try vector("q"))
      return { () throws(ProblemError) in
        let p = Unknown.simplex(a.columns)
        return try Problem(.minimize, kl(p, q), subjectTo: [a * p <= b])
      }
    case "log_mixture", "rate_distortion", "log_optimal_portfolio":
      let (l, w) = (try matrix("L"), try vector("w"))
      return { () throws(ProblemError) in
        try Problem(.minimize, -logLikelihood(l * Unknown.simplex(l.columns), w))
      }
    case "channel_capacity":
      let w = try matrix("W")
      return { () throws(ProblemError) in
        try Problem(.maximize, mutualInformation(Unknown.simplex(w.rows), w))
      }
    case "d_optimal":
      let x = try matrix("X")
      return { () throws(ProblemError) in
        try Problem(.maximize, logdet(informationMatrix(Unknown.simplex(x.rows), x)))
      }
    case "simplex_qp":
      let (s, c) = (try matrix("S"), try vector("c"))
      return { () throws(ProblemError) in
        let p = Unknown.simplex(c.count)
        return try Problem(.minimize, 0.5 * quadratic(p, s) - expect(p, c))
      }
    case "kl_ball":
      let (f, radius) = (try vector("f"), try number("rho"))
      let q = [Double](repeating: 1 / Double(f.count), count: f.count)
      return { () throws(ProblemError) in
        let p = Unknown.simplex(f.count)
        return try Problem(.maximize, expect(p, f), subjectTo: [kl(p, q) <= radius])
      }
    default:
      throw PeerError(message: "problems of the kind '\(kind)' are not solved in this version", exitCode: 69)
    }
  }

  // MARK: measuring

  enum Result {
    case masses([Double])
    case answer([Double], Outcome)
    case massesAndTotal([Double], Double)
    case value(Double)
    case particles(Matrix)
    case normal(VariationalAnswer<MultivariateNormal>, status: String)
    case failure(String)
  }

  private struct Measured {
    let result: Result
    let seconds: Double
    let processorSeconds: Double
  }

  /// The result with the median wall-clock time and processor time of at most 9 runs in a second.
  private func measured(_ body: () -> Result) -> Measured {
    var times: [Double] = []
    var cpu: [Double] = []
    var result = Result.failure("")
    let begin = Clock.wallSeconds()
    repeat {
      let (start, busy) = (Clock.wallSeconds(), Clock.seconds())
      result = body()
      times.append(Clock.wallSeconds() - start)
      cpu.append(Clock.seconds() - busy)
    } while times.count < 9 && Clock.wallSeconds() - begin < 1
    return Measured(
      result: result, seconds: times.sorted()[times.count / 2],
      processorSeconds: cpu.sorted()[cpu.count / 2])
  }

  // MARK: reading

  private static func member(_ tree: DocumentTree, _ key: String, of node: Int? = nil) -> Int? {
    tree.entries(of: node ?? tree.root).first { tree.text(of: $0.key) == key }?.value
  }

  private static func text(_ tree: DocumentTree, _ key: String) -> String? {
    member(tree, key).flatMap { tree.text(of: $0) }
  }

  private func number(_ name: String, in section: String = "params") throws(PeerError) -> Double {
    if let node = PeerProblem.member(tree, section), let item = PeerProblem.member(tree, name, of: node),
      case .value(let value)? = tree.text(of: item).map({ DecimalNumber.parse($0) })
    {
      return value
    }
    throw PeerError(message: "problem.json has no parameter '\(name)'")
  }

  private func array(_ name: String) throws(PeerError) -> DataArray {
    let source: SourceFile
    do throws(SpecError) { source = try SourceFile(name: "problem.json", text: "{}") } catch {
      throw PeerError(message: error.text)
    }
    do throws(SpecError) {
      let path = LocatedText(name + ".npy", at: TextLocation(line: 1, column: 1))
      let (loaded, _) = try DataLoader(folder: folder).load(DataFile(path: path), for: source)
      if case .dense(let array) = loaded.content { return array }
    } catch {
      throw PeerError(message: error.text, exitCode: error.exitCode)
    }
    throw PeerError(message: "\(name).npy is not an array")
  }

  private func vector(_ name: String) throws(PeerError) -> [Double] { try array(name).values }

  private func matrix(_ name: String) throws(PeerError) -> Matrix {
    let array = try array(name)
    guard array.shape.count == 2 else { throw PeerError(message: "\(name).npy is not a matrix") }
    return Matrix(rows: array.shape[0], columns: array.shape[1], elements: array.values)
  }

  // MARK: writing

  private func write(_ path: String, _ answer: Measured) throws(PeerError) {
    var members: [DocumentValue.Member] = [
      .init(key: "seconds", value: .number(answer.seconds)),
      .init(key: "cpu_seconds", value: .number(answer.processorSeconds)),
    ]
    let base = path.hasSuffix(".json") ? String(path.dropLast(5)) : path
    func add(_ numbers: [Double], as key: String = "p", shape: [Int]? = nil) throws(PeerError) {
      let file = "\(base).\(key).npy"
      try PeerProblem.store(PeerProblem.npy(numbers, shape: shape ?? [numbers.count]), at: file)
      let name = file.split(separator: "/").last.map(String.init) ?? ""
      members.append(.init(key: key, value: .text(name)))
    }
    switch answer.result {
    case .masses(let masses): try add(masses)
    case .answer(let masses, let outcome):
      try add(masses)
      members.append(.init(key: "status", value: .text(outcome.status)))
      members.append(.init(key: "why", value: .text(outcome.run.why)))
      let steps = zip(outcome.run.methods, outcome.run.steps).map { "\($0) \($1)" }
      members.append(.init(key: "methods", value: .text(steps.joined(separator: ", "))))
    case .massesAndTotal(let masses, let total):
      try add(masses)
      members.append(.init(key: "lse", value: .number(total)))
    case .normal(let answer, let status):
      let d = answer.law.dimension
      try add(answer.law.mean, as: "mean")
      try add(answer.law.covariance.matrix.elements, as: "cov", shape: [d, d])
      members.append(.init(key: "status", value: .text(status)))
      members.append(.init(key: "elbo", value: .number(answer.elbo)))
      members.append(.init(key: "error", value: .number(answer.error)))
      // The largest ELBO of all normal laws lies between these.
      if let lower = answer.lower { members.append(.init(key: "elbo_at_most", value: .number(-lower))) }
      if let upper = answer.upper { members.append(.init(key: "elbo_at_least", value: .number(-upper))) }
      members.append(.init(key: "methods", value: .text("\(answer.method) \(answer.iterations)")))
    case .particles(let points): try add(points.elements, as: "x", shape: [points.rows, points.columns])
    case .value(let value): members.append(.init(key: "value", value: .number(value)))
    case .failure(let message): throw PeerError(message: message, exitCode: 22)
    }
    try PeerProblem.store(JSONWriter.bytes(of: .object(members)), at: path)
  }

  /// NPY, version 1.0, little-endian doubles.
  private static func npy(_ values: [Double], shape: [Int]) -> [UInt8] {
    let sizes = shape.map { "\($0)," }.joined(separator: " ")
    var header = "{'descr': '<f8', 'fortran_order': False, 'shape': (\(sizes)), }"
    while (10 + header.utf8.count + 1) % 64 != 0 { header += " " }
    header += "\n"
    let length = header.utf8.count
    var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)]
    bytes += Array(header.utf8)
    bytes.reserveCapacity(bytes.count + 8 * values.count)
    for value in values {
      withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
    }
    return bytes
  }

  private static func store(_ bytes: [UInt8], at path: String) throws(PeerError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw PeerError(message: "cannot create \(path)", exitCode: 73) }
    defer { _ = close(descriptor) }
    var done = 0
    while done < bytes.count {
      let written = bytes[done...].withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw PeerError(message: "cannot write \(path)", exitCode: 74) }
      done += written
    }
  }
}

private func systemWrite(_ descriptor: Int32, _ buffer: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, buffer, count)
}
