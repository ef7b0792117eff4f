import EntropicModel

/// The methods of one run in order, and why: what the user asked for, or the automatic choice.
///
/// The first is expected to solve the problem; each of the others takes over from the best point so far when the one
/// before it ends without a certificate. Face Newton behind another method is a finisher: it polishes what is certified.
struct MethodPlan {
  static let finisher = "face-newton"

  let methods: [any Method]
  let why: String
  /// True when the first method is the user's: it is not replaced when it declines.
  let isAsked: Bool

  init(for program: Program, _ options: SolveOptions) {
    if !options.chain.isEmpty {
      methods = options.chain
      why = "asked for: \(options.chain.map(\.name).joined(separator: ", then "))"
      isAsked = true
    } else if let wanted = options.method {
      isAsked = true
      if wanted == "interior-point", OutputMarginal().accepts(program).isAccepted {
        // The channel is eliminated in closed form; the interior point runs on the output law.
        methods = [OutputMarginal(), InteriorPoint()]
        why = "interior-point: asked for; it runs on the output law, the channel being closed form"
        return
      }
      var list = [Catalogue.named(wanted)].compactMap { $0 }
      // Second-order finish of the method's own point, where second derivatives are known.
      if options.finishes, wanted != MethodPlan.finisher, program.objective.hasHessian {
        list.append(FaceNewton())
      }
      methods = list
      why = "\(wanted): asked for"
    } else {
      let choice = Catalogue.choice(for: program)
      methods = choice.methods.compactMap { name in
        // Behind another method it is the last resort of its kind and does not give up.
        name == SupportNewton().name && name == choice.methods.first
          ? SupportNewton.guarded(for: program) : Catalogue.named(name)
      }
      why = choice.why
      isAsked = false
    }
  }

  /// An interior point gains nothing from a point on the boundary that is far from optimal.
  func startsAfresh(_ method: any Method, _ loop: Loop) -> Bool {
    method is InteriorPoint && !isAsked && loop.relativeGap > 1e-3
  }
}
