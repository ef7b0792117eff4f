import EntropicFlows

extension FlowProblem {
  /// The flow with another method of particles, and another seed.
  ///
  /// - Throws: for a method that does not move what the file declares.
  package func with(method: String?, seed: UInt64?) throws(SpecError) -> FlowProblem {
    func refusal(_ message: String, _ hint: String) -> SpecError {
      SpecError(Diagnostic(.wrongUsage, file: "--method", message, hint: hint))
    }
    guard case .cloud(let flow) = course else {
      guard let method, method != "auto" else { return self }
      throw refusal(
        "\(Diagnostic.quoted(method)) does not follow this flow", "\(self.method) does: leave the option out")
    }
    var chosen = flow.method
    if let method, method != "auto" {
      let known = CloudFlow.Method.allCases.map(\.rawValue).joined(separator: ", ")
      guard let named = CloudFlow.Method(rawValue: method) else {
        throw refusal("\(Diagnostic.quoted(method)) does not move particles", "the methods are \(known)")
      }
      guard flow.temperature > 0 || named == .blob else {
        throw refusal("\(method) needs an entropy in the energy", "'blob' works without")
      }
      chosen = named
    }
    let other = CloudFlow(
      method: chosen, potential: flow.potential, temperature: flow.temperature, start: flow.start,
      time: flow.time, step: flow.step, saves: flow.saves, seed: seed ?? flow.seed)
    return FlowProblem(
      name: name, sense: sense, course: .cloud(other), time: time, step: step, saves: saves, grid: grid,
      unknown: unknown, objective: objective, evaluations: evaluations)
  }
}
