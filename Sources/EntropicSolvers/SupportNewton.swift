import EntropicModel

/// Newton's method on the outcomes that carry mass, and prices that say which others to let in.
///
///     master     min F(p),  p_i = 0 off S         Newton steps with all bounds, on the columns of S only
///     prices     r = grad F(p)                    one pass over the data; outcome i enters when r_i < <r, p>
///
/// The pricing pass is the certificate: F(p) - F* <= <r, p> - min r. Optimal supports of likelihoods of mixtures,
/// portfolios, designs, capacities and quadratics on a simplex are small, so that a handful of passes over the data
/// are all the work at full size. It is the fully corrective variant of `FrankWolfe` under the name of what it does.
///
/// - Accepts smooth convex programs with second derivatives, linear rows and bounds. The automatic choice begins with
///   it where `reason(for:)` has a reason.
/// - Rate: quadratic on a support; 5 to 20 supports in practice.
/// - Complexity: O(N n) a pass over a map of N rows, O(N k^2 + k^3) a Newton step with k outcomes held.
/// - Sources: M. Jaggi, ICML 2013 (the fully corrective search); Y. Kim, P. Carbonetto, M. Stephens, M. Anitescu, J.
///   Comput. Graph. Stat. 29 (2020), arXiv:1806.01412 (Newton's method on active sets of a mixture).
public struct SupportNewton: Method {
  /// The search gives up when it would hold more outcomes than this: the support is dense then, and methods that work
  /// at full size are faster.
  public let mostHeld: Int
  private let search: FrankWolfe

  public init(mostHeld: Int = .max) {
    self.mostHeld = mostHeld
    var search = FrankWolfe(.fullyCorrective)
    search.mostHeld = mostHeld
    self.search = search
  }

  public typealias State = FrankWolfe.State

  public var name: String { "support-newton" }
  public var isSecondOrder: Bool { true }

  public func accepts(_ program: Program) -> Acceptance {
    search.accepts(program)
  }

  /// Why the automatic choice begins with this method; nil where it does not: for other structures than smooth functions
  /// of images on simplices with bounds, and for so few outcomes that the interior point is as fast.
  static func reason(for program: Program) -> String? {
    guard SupportMaster.suits(program), let structure = Structure(program.objective),
      program.count >= structure.fewest
    else { return nil }
    let n = program.count
    return
      "\(structure.words) of \(n) outcomes, few of which are expected to carry mass; the others enter by prices"
  }

  /// The same method as it begins an automatic run: it gives up a dense support.
  static func guarded(for program: Program) -> SupportNewton {
    let share = Structure(program.objective)?.largestShare ?? 0.5
    return SupportNewton(mostHeld: min(max(128, Int(share * Double(program.count))), 2000))
  }

  /// What the objective is, with what was measured for it against the interior point: from how many outcomes on this
  /// method is faster, and up to which share of them in the support.
  private enum Structure {
    case mixture, quadratic, information, design, other(sums: Int)

    init?(_ f: Functional) {
      guard !f.composites.isEmpty || !f.information.isEmpty else { return nil }
      self = .other(sums: f.composites.reduce(0) { $0 + $1.map.rows })
      if !f.information.isEmpty {
        self = .design
      } else if f.composites.count == 1 {
        switch f.composites[0].outer {
        case .log: self = .mixture
        case .quadratic: self = .quadratic
        case .entropy: self = .information
        default: break
        }
      }
    }

    var words: String {
      switch self {
      case .mixture: "a log-mixture"
      case .quadratic: "a quadratic form"
      case .information: "the entropy of a mixture"
      case .design: "an optimal design"
      case .other(let sums): "a smooth function of \(sums) sums"
      }
    }

    var fewest: Int {
      switch self {
      case .mixture, .design: 64
      case .information: 100
      case .quadratic, .other: 200
      }
    }

    /// A quadratic form is free to evaluate: there the interior point is soon as fast.
    var largestShare: Double {
      switch self {
      case .mixture, .design: 1
      case .information: 0.5
      case .quadratic, .other: 0.25
      }
    }
  }

  public func start(_ program: Program, warm: Candidate?) -> State { search.start(program, warm: warm) }
  public func step(_ state: inout State, _ context: StepContext) -> Step { search.step(&state, context) }
  public func bound(_ state: State) -> Double { search.bound(state) }
  public func finish(_ state: State) -> Candidate { search.finish(state) }
  public func evaluations(_ state: State) -> Int { search.evaluations(state) }
}

extension Method where Self == SupportNewton {
  /// Newton's method on the support, with prices.
  public static var supportNewton: SupportNewton { SupportNewton() }
}
