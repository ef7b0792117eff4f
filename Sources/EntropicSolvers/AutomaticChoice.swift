import EntropicModel

extension Catalogue {
  /// The methods of an automatic run in order, with the reason.
  public struct Choice: Sendable, Equatable {
    /// The first is expected to solve the problem; each of the others takes over when the one before it stalls.
    public let methods: [String]
    /// One sentence that begins with the name of the first method.
    public let why: String
    /// Methods that accept the problem as well, and run when they are asked for.
    public var others: [String] = []

    public init(methods: [String], why: String, others: [String] = []) {
      self.methods = methods
      self.why = why
      self.others = others
    }
  }

  /// Reads the structure of a presolved program and picks.
  ///
  ///     structure                                                 first             hands over to
  ///     sums over single masses, balls under linear costs         closed-form       the next that accepts
  ///     masses in an order                                        isotonic          the next that accept
  ///     (relative) entropy with linear rows                       dual-newton       interior-point, ...
  ///     conditional entropy of a channel                          output-marginal   interior-point, ...
  ///     smooth images of many outcomes (`SupportNewton.reason`)   support-newton    interior-point, ...
  ///     anything convex with second derivatives                   interior-point    support-newton, mirror-descent
  ///     smooth functions with a gradient only                     mirror-descent
  ///     the same under convex constraints                         augmented-lagrangian
  ///     not convex                                                mirror-descent, from several starts
  public static func choice(for program: Program) -> Choice {
    guard program.isConvex else {
      return Choice(
        methods: ["mirror-descent"],
        why: "mirror-descent: the problem is not convex; several starts, first-order points only")
    }
    var names: [String] = []
    var why = ""
    var later: [String] = []
    for method in entries.filter(\.isAutomatic).map(\.method) {
      guard case .accepts(var reason) = method.accepts(program) else { continue }
      if method is SupportNewton {
        guard SupportMaster.suits(program) else { continue }
        guard let structure = SupportNewton.reason(for: program) else {
          // Small, or expected to be dense: it comes behind the interior point.
          later = [method.name]
          continue
        }
        reason = structure
      }
      if names.isEmpty { why = "\(method.name): \(reason)" }
      names.append(method.name)
    }
    if names.first == "closed-form" { names = ["closed-form"] + names.dropFirst().prefix(1) }
    if program.objective.hasHessian, let k = names.firstIndex(of: "interior-point") {
      names.insert(contentsOf: [MethodPlan.finisher] + (k == 0 ? later : []), at: k + 1)
    }
    // Constraints on functions of the user: nobody else takes them.
    let last = AugmentedLagrangian()
    if names.isEmpty, case .accepts(let reason) = last.accepts(program) {
      return Choice(methods: [last.name], why: "\(last.name): \(reason)")
    }
    if names.isEmpty { why = "no method of this version accepts the problem" }
    return Choice(methods: names, why: why)
  }

  /// Methods that accept a program beside those of a choice, in the order of the catalogue.
  static func others(for program: Program, beside chosen: [String]) -> [String] {
    entries.map(\.method).filter { !chosen.contains($0.name) && $0.accepts(program).isAccepted }.map(\.name)
  }
}
