import EntropicModel

extension Solver {
  /// What an automatic run would begin with, and why, without solving: the same reductions, the same choice.
  public static func plan(for program: Program) -> Catalogue.Choice {
    switch form(program) {
    case .decided(let choice): return choice
    case .open(let reduced):
      var choice = Catalogue.choice(for: reduced)
      choice.others = Catalogue.others(for: reduced, beside: choice.methods)
      return choice
    }
  }

  /// Whether a method would run on a problem, after the same reductions; what presolve decides suits every method.
  public static func acceptance(of method: any Method, for program: Program) -> Acceptance {
    switch form(program) {
    case .decided(let choice): return .accepts(choice.why)
    case .open(let reduced):
      // The channel of a rate-distortion problem is eliminated before the interior point runs.
      if method is InteriorPoint, OutputMarginal().accepts(reduced).isAccepted {
        return OutputMarginal().accepts(reduced)
      }
      return method.accepts(reduced)
    }
  }

  private enum Form {
    case decided(Catalogue.Choice)
    case open(Program)
  }

  private static func form(_ program: Program) -> Form {
    if program.domainProof() != nil {
      return .decided(
        Catalogue.Choice(methods: [], why: "the objective is infinite on the whole feasible set"))
    }
    if program.contradictionOfBounds() != nil {
      return .decided(Catalogue.Choice(methods: [], why: "the bounds of the masses contradict one another"))
    }
    let lowering = EpigraphLowering.isNeeded(program) ? EpigraphLowering(program) : nil
    switch Presolve.run(lowering?.program ?? program) {
    case .infeasible:
      return .decided(
        Catalogue.Choice(methods: ["presolve"], why: "the constraints contradict one another"))
    case .solved:
      return .decided(
        Catalogue.Choice(methods: ["presolve"], why: "presolve: the constraints leave one point"))
    case .reduced(let reduced, _): return .open(reduced)
    }
  }
}
