import EntropicFlows
import EntropicModel
import EntropicNumerics

/// The terms of the energy of a flow, of a minimisation: entropy and a power of the density apart, for they
/// decide how mass spreads; all others as they are.
struct EnergyTerms {
  /// The weight of sum m log(m / h).
  var temperature = 0.0
  var power: FreeEnergy.PowerTerm?
  /// Other terms and their factors.
  var rest: [(factor: Double, expression: Expression)] = []
  /// Of particles: the sum of all expect(q, f).
  var potential: ParticlePotential?
}

extension Elaboration {
  /// Takes the objective apart, through definitions, sums and products with numbers. `dimension` is that of
  /// particles; nil for masses.
  func energyTerms(
    of objective: ObjectiveFile.Objective, _ name: String, _ scope: ElaborationScope, dimension: Int? = nil
  ) throws(SpecError) -> EnergyTerms {
    var terms = EnergyTerms()
    let sign = objective.sense == .minimize ? 1.0 : -1
    try collect(
      objective.expression, objective.expression.root, sign, name, scope, dimension, depth: 0, into: &terms)
    guard terms.temperature >= 0 else {
      let syntax = objective.expression
      throw SpecError(
        syntax.diagnostic(
          .unsupportedForm, at: syntax.root,
          "the entropy has the wrong sign: mass would gather without limit, and no flow exists",
          hint: "minimize ... - entropy(\(name)), or maximize ... + entropy(\(name))"))
    }
    return terms
  }

  private func collect(
    _ syntax: Syntax, _ node: Int, _ factor: Double, _ name: String, _ scope: ElaborationScope,
    _ dimension: Int?, depth: Int, into terms: inout EnergyTerms
  ) throws(SpecError) {
    let evaluator = ExpressionEvaluator(syntax, in: scope)
    func again(_ node: Int, _ factor: Double) throws(SpecError) {
      // Expressions are at most 1024 deep; recursion stops early, a deep rest is one term.
      try collect(syntax, node, factor, name, scope, dimension, depth: depth + 1, into: &terms)
    }
    let isDeep = depth > 200
    switch syntax.kind(of: node) {
    case .sum where !isDeep:
      for child in syntax.children(of: node) {
        try again(child.node, child.operation == .minus ? -factor : factor)
      }
      return
    case .negation where !isDeep: return try again(syntax.child(0, of: node), -factor)
    case .product where !isDeep:
      var weight = factor
      var others: [Syntax.Child] = []
      for child in syntax.children(of: node) {
        guard case .array(.constant(let number))? = try? evaluator.value(of: child.node), number.isScalar
        else {
          others.append(child)
          continue
        }
        if child.operation == .divide { weight /= number.values[0] } else { weight *= number.values[0] }
      }
      if others.count == 1, others[0].operation != .divide, weight.isFinite {
        return try again(others[0].node, weight)
      }
    case .name where !isDeep:
      if let definition = file.definitions.first(where: { $0.name.text == syntax.name(of: node) }) {
        return try collect(
          definition.expression, definition.expression.root, factor, name, scope, dimension, depth: depth + 1,
          into: &terms)
      }
    case .call:
      if try known(syntax, node, factor, name, evaluator, dimension, into: &terms) { return }
    default: break
    }
    if dimension != nil {
      guard case .array(.constant)? = try? evaluator.value(of: node) else {
        throw evaluator.failure(
          .unsupportedForm, at: node,
          "\(Diagnostic.quoted(syntax.shortText(of: node))) is no energy of particles",
          hint: "sums of expect(\(name), x -> ...) and entropy(\(name)) are")
      }
      return
    }
    terms.rest.append((factor, try evaluator.array(of: node).expression))
  }

  /// Terms with a meaning of their own: entropy(p), kl(p, q), internal_energy(p, m), and of particles
  /// expect(q, f).
  private func known(
    _ syntax: Syntax, _ node: Int, _ factor: Double, _ name: String, _ evaluator: ExpressionEvaluator,
    _ dimension: Int?, into terms: inout EnergyTerms
  ) throws(SpecError) -> Bool {
    let arguments = syntax.children(of: node).map(\.node)
    guard let first = arguments.first, syntax.kind(of: first) == .name, syntax.name(of: first) == name else {
      return false
    }
    switch (syntax.name(of: node), arguments.count) {
    case ("entropy", 1):
      terms.temperature -= factor
      return true
    case ("kl", 2) where dimension == nil:
      // sum p log p - sum p log q: the second part is linear where q is data.
      guard case .constant(let q) = try evaluator.array(of: arguments[1]), q.values.allSatisfy({ $0 > 0 }),
        let unknown = try evaluator.array(of: first).expression.unknown, q.shape == unknown.shape
      else { return false }
      terms.temperature += factor
      let logs = Tensor(shape: q.shape, values: q.values.map { -Kernel.log($0) })
      terms.rest.append((factor, EntropicModel.expect(Expression(unknown), Expression(logs))))
      return true
    case ("internal_energy", 2) where dimension == nil:
      guard case .constant(let exponent) = try evaluator.array(of: arguments[1]), exponent.isScalar else {
        return false
      }
      guard terms.power == nil else {
        throw evaluator.failure(.unsupportedForm, at: node, "a flow takes one power of the density")
      }
      do throws(FlowError) {
        terms.power = try FreeEnergy.PowerTerm(exponent: exponent.values[0], weight: factor)
      } catch {
        throw FlowProblem.failure(error, syntax, node)
      }
      return true
    case ("expect", 2):
      guard let dimension else { return false }
      guard case .function(let function) = try evaluator.value(of: arguments[1]) else {
        throw evaluator.failure(
          .invalidArgument, at: arguments[1], "expected a function of a point, as x -> x^2 / 2")
      }
      let own = try evaluator.particlePotential(function, dimension: dimension, at: arguments[1])
      terms.potential = terms.potential.map { $0.adding(own, times: factor) } ?? own.times(factor)
      return true
    default: return false
    }
  }
}
