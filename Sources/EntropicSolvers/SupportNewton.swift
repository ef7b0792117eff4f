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
/// - Accepts smooth convex programs with second derivatives, linear rows and bounds. The automatic choice begins with it
///   where `isRecommended` says so.
/// - Rate: quadratic on a support; 5 to 20 supports in practice.
/// - Complexity: O(N n) a pass over a map of N rows, O(N k^2 + k^3) a Newton step with k outcomes held.
/// - Sources: M. Jaggi, ICML 2013 (the fully corrective search); Y. Kim, P. Carbonetto, M. Stephens, M. Anitescu, J.
///   Comput. Graph. Stat. 29 (2020), arXiv:1806.01412 (Newton's method on active sets of a mixture).
public struct SupportNewton: Method {
  private let search = FrankWolfe(.fullyCorrective)

  public init() {}

  public typealias State = FrankWolfe.State

  public var name: String { "support-newton" }
  public var isSecondOrder: Bool { true }

  public func accepts(_ program: Program) -> Acceptance {
    guard case .declines(let reason) = search.accepts(program) else {
      return .accepts("few outcomes are expected to carry mass; the others enter by their prices")
    }
    return .declines(reason)
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
