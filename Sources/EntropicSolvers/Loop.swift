import EntropicModel
import EntropicNumerics

/// The one loop that runs every method: it keeps limits, observes, certifies what it is offered, and keeps the best.
///
/// Methods see the presolved program; certificates see the original one only. A method that meets its own bound while
/// the certificate does not gets a tighter goal and goes on.
struct Loop {
  /// How a method ended.
  enum End {
    case certified
    case converged
    case limit
    case stalled(StallReason)
    case infeasible(InfeasibilityProof)

    /// True when double precision leaves nothing to gain.
    var isExhausted: Bool {
      switch self {
      case .converged, .stalled(.precision): true
      default: false
      }
    }

    /// The reason of a stall in brackets, for a remark.
    var words: String {
      switch self {
      case .stalled(.progress): " (no more progress)"
      case .stalled(.precision): " (no more digits)"
      case .stalled(.notFinite): " (a value that is not a number)"
      default: ""
      }
    }
  }

  let original: Program
  let reduced: Program
  /// Brings a candidate of the reduced program back to the original.
  let restore: @Sendable (Candidate) -> Candidate
  let options: SolveOptions
  let budget: Budget
  let scale: Double
  /// Whether an interval is good enough in the units of the user, where they are not those of the program.
  var judge: (@Sendable (Certificate) -> Bool)?
  /// True for a problem of constraints alone.
  var isPhase = false
  /// Brings a point of the original program to the reduced one.
  var reduce: @Sendable ([Double]) -> Candidate

  /// The best point so far, in terms of the original program.
  private(set) var best: Answer?
  /// The same point in terms of the reduced program, for a method that takes over.
  private(set) var bestReduced: Candidate?
  private(set) var record = RunRecord()

  init(
    original: Program, reduced: Program, options: SolveOptions, budget: Budget,
    restore: @escaping @Sendable (Candidate) -> Candidate
  ) {
    self.original = original
    self.reduced = reduced
    self.restore = restore
    reduce = { Candidate(point: $0, evidence: .none(for: reduced)) }
    self.options = options
    self.budget = budget
    scale = original.objective.scale(in: original.layout)
  }

  /// Most iterations of one method in an automatic run, when the user sets no limit.
  private static func patience(_ method: some Method) -> Int { method.isSecondOrder ? 300 : 20_000 }

  /// Runs one method to its end; to the end of its patience where another method can follow.
  mutating func run<M: Method>(
    _ method: M, warm: Candidate?, asFinisher: Bool = false, hasSuccessor: Bool = false
  ) -> End {
    record.methods.append(method.name)
    record.steps.append(0)
    let context = StepContext(
      shouldStop: { [budget] in budget.shouldStop() }, tolerance: options.tolerance, scale: scale)
    let before = record
    var state = method.start(reduced, warm: warm)
    var goal = goalGap()
    var iterations = 0
    // A limit of the user is the budget's matter.
    let patience = options.iterations == nil ? Loop.patience(method) : Int.max
    var chance = Patience(isSecondOrder: method.isSecondOrder)
    var (finest, sinceFinest) = (Double.infinity, 0)
    while true {
      record.iterations = before.iterations + iterations
      record.evaluations = before.evaluations + method.evaluations(state)
      guard budget.allows(iterations: record.iterations, evaluations: record.evaluations) else {
        offer(method.finish(state))
        return isCertified ? .certified : .limit
      }
      let step = method.step(&state, context)
      iterations += 1
      record.steps[record.steps.count - 1] = iterations
      record.iterations = before.iterations + iterations
      record.evaluations = before.evaluations + method.evaluations(state)
      options.observer?(
        Progress(
          method: method.name, iteration: iterations, gap: method.bound(state), seconds: budget.seconds))
      switch step {
      case .progress: break
      case .converged:
        offer(method.finish(state), preferred: asFinisher)
        return isCertified ? .certified : .converged
      case .stalled(let reason):
        offer(method.finish(state), preferred: asFinisher)
        if isCertified { return .certified }
        return budget.shouldStop() ? .limit : .stalled(reason)
      case .infeasible(let evidence):
        if let proof = proof(evidence, method.finish(state).point) { return .infeasible(proof) }
      }
      if !method.isSecondOrder, method.bound(state) <= goal {
        offer(method.finish(state))
        if isCertified { return .certified }
        goal = min(goal, method.bound(state)) / 4
      }
      if asFinisher {
        // The answer is certified: a finisher that gives no more digits has done its work.
        sinceFinest += 1
        if method.bound(state) < finest { (finest, sinceFinest) = (method.bound(state), 0) }
        if sinceFinest >= 30 {
          offer(method.finish(state), preferred: true)
          return .certified
        }
      }
      let isOver = hasSuccessor && chance.isOver(after: iterations, bound: method.bound(state))
      if iterations >= patience || isOver {
        offer(method.finish(state))
        return isCertified ? .certified : .stalled(.progress)
      }
    }
  }

  /// The gap of the best point as a share of its value; +inf without one.
  var relativeGap: Double {
    guard let certificate = best?.certificate, certificate.isFeasible else { return .infinity }
    return certificate.gap / max(abs(certificate.value), 1e-3 * scale, 0x1p-1022)
  }

  var isCertified: Bool {
    guard let certificate = best?.certificate else { return false }
    return judge?(certificate) ?? certificate.satisfies(options.tolerance, scale: scale)
  }

  private func goalGap() -> Double {
    let value = reduced.objective.value(reduced.layout.centre())
    let size = value.isFinite ? abs(value) : 0
    return max(options.tolerance.relative * size, options.tolerance.absolute ?? 1e-12 * scale) / 2
  }

  private func proof(_ evidence: Evidence, _ point: [Double]) -> InfeasibilityProof? {
    let restored = restore(Candidate(point: point, evidence: evidence))
    return original.infeasibilityProof(restored.evidence, at: restored.point)
  }

  /// Certifies a candidate and keeps it when it is better than the best so far.
  ///
  /// A preferred candidate, of a finisher, also wins where both gaps are mere rounding: the gap is then second order in
  /// the distance to the solution and says nothing about it any more.
  mutating func offer(_ candidate: Candidate, preferred: Bool = false) {
    guard candidate.point.allSatisfy(\.isFinite) else { return }
    var repairedCandidate = candidate
    repairedCandidate.point = repaired(candidate.point, for: reduced)
    let restored = restore(repairedCandidate)
    let point = secured(original.normalised(restored.point), for: original)
    // Where nothing is minimised no multiplier can say more than none.
    let evidence =
      original.objective.isLinear && original.objective.linear.allSatisfy({ $0 == 0 })
      ? Evidence.none(for: original) : restored.evidence
    let certificate = Certificate(original, point: point, evidence: evidence)
    if certificate.isContradictory {
      // One of the two ends is wrong, and nothing tells which.
      note(
        "a point of \(record.methods.last ?? "the start") was dropped: its value is below its own lower bound"
      )
      return
    }
    if let old = best?.certificate, !Loop.isBetter(certificate, than: old) {
      let floor = 0x1p-46 * max(abs(old.lower), abs(old.upper), 1e-3 * scale)
      guard preferred, certificate.isFeasible, certificate.gap <= max(2 * old.gap, floor) else { return }
    }
    best = Answer(
      point: point, evidence: evidence, certificate: certificate, flags: restored.flags, run: record)
    bestReduced = repairedCandidate
  }

  /// Feasible before infeasible, then the smaller gap, then the smaller value.
  private static func isBetter(_ a: Certificate, than b: Certificate) -> Bool {
    if a.isFeasible != b.isFeasible { return a.isFeasible }
    if !a.isFeasible { return a.infeasibility < b.infeasibility }
    if a.gap != b.gap { return a.gap < b.gap || b.gap.isNaN }
    return a.value < b.value
  }

  /// The best answer with the record of the whole run.
  func answer() -> Answer? {
    guard var answer = best else { return nil }
    answer.run = record
    return answer
  }

  mutating func note(_ text: String) { record.notes.append(text) }
  mutating func explain(_ why: String) { record.why = why }
}
