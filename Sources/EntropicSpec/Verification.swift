import EntropicModel
import EntropicNumerics
import EntropicSolvers

/// An independent check of a report: everything is recomputed from the problem and the point.
///
/// Feasibility and value come from the point; the bound from the multipliers of the report where they
/// certify it, and from a run of our own where they do not. A claim is refused when it says more than
/// holds: a lower end above the recomputed bound, an upper end below what the point attains, a gap below
/// their difference, a status that does not follow, another file, a point outside the constraints, a
/// contradiction that is none, constraints, parameters or unknowns that are not those of the file, numbers
/// that do not follow from point and evidence. A report that claims less than holds is accepted.
package struct Verification: Sendable {
  /// One claim that does not hold.
  package struct Finding: Sendable, Equatable {
    /// What was checked: `digest`, `schema`, `parameter`, `status`, `flag`, `unknown`, `point`, `value`,
    /// `lower`, `upper`, `gap`, `uncertainty`, `evidence`, `constraint`, `boundary`.
    package var check: String
    package var message: String
    package var location: TextLocation?
  }

  /// Whose multipliers the recomputed bound comes from.
  package enum Source: String, Sendable {
    case report, own
  }

  package private(set) var findings: [Finding] = []
  package internal(set) var notes: [String] = []
  /// The claimed status; nil for a bare answer.
  package let status: String?
  package private(set) var recomputed: Report.Objective?
  package private(set) var isFeasible: Bool?
  package internal(set) var source: Source?
  package private(set) var isOptimal: Bool?

  package var isAccepted: Bool { findings.isEmpty }

  let claim: ReportClaim
  let problem: Problem
  var program: Program { problem.program }

  /// Checks a report.
  ///
  /// - Parameters:
  ///   - provenance: the digests of the files as they are now.
  ///   - options: the tolerance that `optimal` must meet, and the limits of a run of our own.
  ///   - isStrict: a bare answer must be optimal, too.
  package init(
    of claim: ReportClaim, for problem: Problem, provenance: Provenance,
    options: EntropicSolvers.SolveOptions,
    isStrict: Bool = false
  ) throws(SpecError) {
    self.claim = claim
    self.problem = problem
    status = claim.status
    checkDigests(provenance)
    if let sense = claim.sense, sense != problem.sense.rawValue {
      refuse(
        "status", "the report's sense is \(Diagnostic.quoted(sense)) (expected \(problem.sense.rawValue))",
        "objective")
    }
    try checkForm(provenance)
    let point = try claim.masses(of: problem)
    if let point { try checkSupport(point) }
    switch claim.status {
    case "infeasible":
      checkNoInterval()
      judgeInfeasible(options)
    case "unbounded":
      checkNoInterval()
      judgeUnbounded(point)
    case "optimal", "local", "estimated", "limit", "stalled", nil: judge(point, options, isStrict)
    case let other?:
      refuse("status", "\(Diagnostic.quoted(other)) is not a status that can be verified", "status")
    }
    checkExitCode()
  }

  mutating func refuse(_ check: String, _ message: String, _ place: String...) {
    var location: TextLocation?
    switch place.count {
    case 1: location = claim.location(of: place[0])
    case 2: location = claim.location(of: place[0], place[1])
    case 3...: location = claim.location(of: place[0], place[1], place[2])
    default: break
    }
    findings.append(Finding(check: check, message: message, location: location))
  }

  // MARK: files and exit status

  private mutating func checkDigests(_ provenance: Provenance) {
    if let digest = claim.fileDigest, digest != provenance.file.digest {
      refuse(
        "digest", "the report is about another objective file (its SHA-256 differs)", "provenance",
        "objective_file")
    }
    let known = Dictionary(provenance.data.map { ($0.name, $0.digest) }) { first, _ in first }
    for (name, digest) in claim.dataDigests where known[name] != digest {
      let fact =
        known[name] == nil ? "is not used by the objective file" : "has changed (its SHA-256 differs)"
      refuse("digest", "the data file \(Diagnostic.quoted(name)) \(fact)", "provenance", "data_files")
    }
    if claim.version == Provenance.version, let digest = claim.canonicalDigest,
      let canonical = provenance.canonical, digest != canonical
    {
      refuse(
        "digest", "the report is about another problem (the canonical program differs)", "provenance",
        "canonical_program")
    }
  }

  /// The exit status belongs to the status, or is the 0 of `--accept`.
  private mutating func checkExitCode() {
    guard let code = claim.exitCode, let status = claim.status else { return }
    let allowed: [Double]? =
      switch status {
      case "optimal": [0]
      case "infeasible": [0, 10]
      case "unbounded": [0, 11]
      case "local": [0, 12]
      case "estimated": [0, 13]
      case "limit": [0, 20, 21, 130, 143]
      case "stalled": [0, 22]
      default: nil
      }
    if let allowed, !allowed.contains(code) {
      refuse("status", "exit status \(NumberText.short(code)) does not belong to '\(status)'", "exit_code")
    }
  }

  // MARK: points

  /// Masses are numbers that are not negative and sum to the mass of their law, nearly.
  mutating func checkMasses(_ point: [Double]) -> Bool {
    if let i = point.firstIndex(where: { !($0 >= 0) || $0 == .infinity }) {
      refuse("point", "mass \(i + 1) is \(NumberText.short(point[i]))", "unknowns")
      return false
    }
    for slice in program.layout.simplices {
      let total = Kernel.compensatedSum(Array(point[slice.range]))
      guard abs(total - slice.mass) <= 0x1p-20 * slice.mass else {
        refuse(
          "point",
          "masses sum to \(NumberText.short(total, digits: 12)) (expected \(NumberText.short(slice.mass)))",
          "unknowns")
        return false
      }
    }
    return true
  }

  /// A listed support is that of the masses.
  private mutating func checkSupport(_ point: [Double]) throws(SpecError) {
    for (unknown, block) in zip(problem.unknowns, program.layout.blocks) {
      guard let claimed = try claim.support(of: unknown.name) else { continue }
      let places = block.range.filter { point[$0] > 0 }.map { Double?.some(Double($0 - block.first + 1)) }
      if claimed != places {
        refuse(
          "point", "'support' does not list the positive masses of \(Diagnostic.quoted(unknown.name))",
          "unknowns",
          unknown.name, "support")
      }
    }
  }

  /// True for masses that sum to their total up to the last bits, so that they can be judged as they stand.
  private func isNormalised(_ point: [Double]) -> Bool {
    program.layout.simplices.allSatisfy {
      abs(Kernel.compensatedSum(Array(point[$0.range])) - $0.mass) <= 0x1p-51 * $0.mass
    }
  }

  private mutating func judge(_ point: [Double]?, _ options: EntropicSolvers.SolveOptions, _ isStrict: Bool) {
    if problem.unbounded != nil {
      refuse("status", "the problem is unbounded: its objective is infinite at a feasible point", "status")
      return
    }
    guard let point else {
      judgeWithoutPoint(options)
      return
    }
    guard checkMasses(point) else { return }
    // A bare answer states a point and no interval: it is judged by the nearest one that holds for all data in the bands.
    let stated = isNormalised(point) ? point : program.normalised(point)
    let p = claim.isBare ? secured(stated, for: program) : stated
    var certificates: [Certificate] = []
    if let evidence = claim.evidence {
      certificates.append(Certificate(program, point: p, evidence: evidence))
    }
    let reported = certificates.first
    let plain = reported ?? Certificate(program, point: p, evidence: .none(for: program))
    isFeasible = plain.isFeasible
    checkFeasibility(plain)
    if plain.isFeasible, !claim.isStatistical { checkValue(plain, p) }

    source = reported == nil ? nil : .report
    if !holds(certificates, options) {
      // Multipliers of our own; their bound holds whatever the point is.
      let own = Solver.run(problem, options)
      if let answer = own.answerIfAny {
        certificates.append(Certificate(program, point: p, evidence: answer.evidence))
        var evidence = answer.evidence
        evidence.tangent = evidence.tangent ?? answer.point
        certificates.append(Certificate(program, point: p, evidence: evidence))
        source = .own
      } else if case .infeasible = own {
        refuse("status", "no point is feasible", "status")
      }
    }
    let best = combined(certificates + [plain])
    let (value, lower, upper) = problem.interval(of: best)
    recomputed = Report.Objective(
      sense: problem.sense, value: finite(value), lower: finite(lower), upper: finite(upper),
      dataUncertainty: finite(abs(problem.transform.derivative(best.value)) * best.dataUncertainty))
    if claim.isStatistical { checkEstimate(lower, upper) } else { checkEnds(lower, upper) }
    checkStatus(best, reported, options, p, isStrict)
    checkGap(lower, upper)
    checkFeasibleClaim(plain)
    checkUncertainty(reported)
    checkConstraints(p, plain)
    checkBoundary(p, plain)
  }

  private func finite(_ x: Double) -> Double? { x.isFinite ? x : nil }

  /// Whether the claims already follow from these certificates.
  private func holds(_ certificates: [Certificate], _ options: EntropicSolvers.SolveOptions) -> Bool {
    guard program.isConvex else { return true }
    guard !certificates.isEmpty else { return false }
    let best = combined(certificates)
    let (_, lower, upper) = problem.interval(of: best)
    if let claimed = claim.lower, claimed > lower { return false }
    if let claimed = claim.upper, claimed < upper { return false }
    if claim.status == "optimal" || claim.isBare {
      return problem.satisfies(best, goal(options))
    }
    return true
  }

  /// The best bounds of several certificates of one point.
  private func combined(_ certificates: [Certificate]) -> Certificate {
    var best = certificates[0]
    for other in certificates.dropFirst() {
      best = Certificate(
        value: best.value, lower: max(best.lower, other.lower), upper: min(best.upper, other.upper),
        dataUncertainty: min(best.dataUncertainty, other.dataUncertainty), infeasibility: best.infeasibility,
        level: best.level)
    }
    return best
  }

  /// The tolerance that `optimal` refers to: the one of the report, where it states one.
  private func goal(_ options: EntropicSolvers.SolveOptions) -> Tolerance {
    claim.tolerance ?? options.tolerance
  }

  private mutating func judgeWithoutPoint(_ options: EntropicSolvers.SolveOptions) {
    switch claim.status {
    case "limit", "stalled":
      notes.append("the report claims no point")
      guard claim.lower != nil || claim.upper != nil else { return }
      guard let answer = Solver.run(problem, options).answerIfAny else {
        refuse(
          "lower", "an interval is claimed without a point, and a run of our own found none", "objective")
        return
      }
      source = .own
      let (_, lower, upper) = problem.interval(of: answer.certificate)
      checkEnds(lower, upper)
    default: refuse("point", "the report holds no masses", "unknowns")
    }
  }

  // MARK: single claims

  private mutating func checkFeasibility(_ certificate: Certificate) {
    guard !certificate.isFeasible else { return }
    let claimsUpper = problem.sense == .minimize ? claim.upper : claim.lower
    let mayBeInfeasible = (claim.status == "limit" || claim.status == "stalled") && claimsUpper == nil
    if mayBeInfeasible {
      notes.append("the point is not feasible, and the report claims nothing that needs it")
      return
    }
    let size = NumberText.short(certificate.infeasibility, digits: 3)
    let fact =
      certificate.infeasibility == .infinity
      ? "a bound that allows for no rounding is violated"
      : "\(size) times the rounding of the constraint data"
    refuse("point", "the point is not feasible (\(fact))", "unknowns")
  }

  private mutating func checkValue(_ certificate: Certificate, _ p: [Double]) {
    guard let claimed = claim.value else { return }
    let value = problem.transform.value(certificate.value)
    let slope = abs(problem.transform.derivative(certificate.value))
    let magnitude = program.objective.evaluate(p).magnitude
    let noise = 0x1p-44 * (abs(value) + slope * magnitude)
    if !(abs(claimed - value) <= noise) {
      refuse(
        "value",
        "the value is \(NumberText.short(claimed, digits: 17)), but the point has "
          + NumberText.short(value, digits: 17),
        "objective", "value")
    }
  }

  private mutating func checkEnds(_ lower: Double, _ upper: Double) {
    if let low = claim.lower, let high = claim.upper, low > high {
      refuse(
        "lower",
        "the lower end \(NumberText.short(low, digits: 17)) is above the upper end "
          + NumberText.short(high, digits: 17), "objective", "lower")
    }
    if let claimed = claim.lower, claimed > lower {
      refuse(
        "lower",
        "the lower end \(NumberText.short(claimed, digits: 17)) is above what can be proved "
          + "(\(NumberText.short(lower, digits: 17)))",
        "objective", "lower")
    }
    if let claimed = claim.upper, claimed < upper {
      refuse(
        "upper",
        "the upper end \(NumberText.short(claimed, digits: 17)) is below what can be proved "
          + "(\(NumberText.short(upper, digits: 17)))",
        "objective", "upper")
    }
    if let low = claim.lower, let high = claim.upper, low > high {
      refuse("lower", "the lower end is above the upper end", "objective")
    }
  }

  /// Error bars may miss, but only by bad luck: an interval that excludes the optimum is refused, and so is one without its
  /// value inside.
  private mutating func checkEstimate(_ lower: Double, _ upper: Double) {
    guard let low = claim.lower, let high = claim.upper, let value = claim.value, claim.level == "statistical"
    else {
      refuse("status", "an estimate is claimed without a value and error bars", "objective")
      return
    }
    if !(low <= value && value <= high) {
      refuse("value", "the value is outside its own error bars", "objective", "value")
    }
    if low > upper {
      refuse(
        "lower",
        "the error bars begin at \(NumberText.short(low, digits: 17)), but the optimum is at most "
          + NumberText.short(upper, digits: 17), "objective", "lower")
    }
    if high < lower {
      refuse(
        "upper",
        "the error bars end at \(NumberText.short(high, digits: 17)), but the optimum is at least "
          + NumberText.short(lower, digits: 17), "objective", "upper")
    }
    notes.append("error bars are compared with what can be proved; they are no proof themselves")
  }

  private mutating func checkStatus(
    _ best: Certificate, _ reported: Certificate?, _ options: EntropicSolvers.SolveOptions, _ p: [Double],
    _ isStrict: Bool
  ) {
    let scale = program.objective.scale(in: program.layout)
    let isCertified = problem.satisfies(best, goal(options))
    isOptimal = isCertified
    switch claim.status {
    case "optimal":
      if let reason = claim.reason {
        refuse("status", "'optimal' has no reason (found \(Diagnostic.quoted(reason)))", "reason")
      }
      if claim.value == nil || claim.lower == nil || claim.upper == nil {
        refuse("status", "'optimal' is claimed without a value and both ends of its interval", "objective")
      }
      if best.isFeasible, !isCertified {
        refuse("status", "'optimal' is claimed, but \(gapText(best)) is not within the tolerance", "status")
      } else if let lower = claim.lower, let upper = claim.upper, !meets(lower, upper, goal(options), scale) {
        refuse(
          "status", "'optimal' is claimed with an interval that is wider than the tolerance", "objective")
      }
    case "limit", "stalled":
      if let reported, problem.satisfies(reported, goal(options)) {
        refuse(
          "status", "'\(claim.status ?? "")' is claimed, but the point is optimal within the tolerance",
          "status")
      }
    case "local":
      if program.isConvex {
        refuse("status", "'local' is claimed, but the problem is convex by the rules", "status")
      } else if best.isFeasible, let slope = descent(at: p), slope > 1e-4 {
        refuse("status", "'local' is claimed, but the point is not stationary", "status")
      }
    case nil where isStrict && best.isFeasible && !isCertified:
      refuse("status", "the point is not optimal: \(gapText(best)) is not within the tolerance")
    default: break
    }
  }

  private func gapText(_ certificate: Certificate) -> String {
    certificate.gap.isFinite
      ? "the gap \(NumberText.short(certificate.gap, digits: 3))" : "a gap without a bound"
  }

  /// The interval's own width, in the user's units where no transform stands between.
  private func meets(_ lower: Double, _ upper: Double, _ goal: Tolerance, _ scale: Double) -> Bool {
    let size = max(abs(lower), abs(upper))
    // A transform at the root changes what relative means; the certificate itself has been judged before.
    guard
      problem.transform.steps.allSatisfy({
        if case .affine(let s, let o) = $0 { abs(s) == 1 && o == 0 } else { false }
      })
    else { return true }
    return upper - lower <= max(goal.relative * size, goal.absolute ?? 1e-12 * scale) * (1 + 0x1p-30)
  }

  /// How much a step towards a vertex gains to first order, relative to the slopes; nil with constraints.
  private func descent(at p: [Double]) -> Double? {
    guard program.isUnconstrained, !program.layout.isBounded else { return nil }
    let g = program.objective.gradient(p)
    var worst = 0.0
    for slice in program.layout.simplices {
      let active = slice.range.filter { p[$0] > 0 }
      let mean = active.reduce(0) { $0 + p[$1] * g[$1] } / slice.mass
      let least = slice.range.map { g[$0] }.min() ?? 0
      let size = active.map { abs(g[$0]) }.max() ?? 0
      if size > 0, (mean - least).isFinite { worst = max(worst, (mean - least) / size) }
    }
    return worst
  }
}
