import EntropicModel

/// The methods by name, and the automatic choice among them.
public enum Catalogue {
  /// In the order in which the automatic choice considers them.
  public static let methods: [any Method] = [
    ClosedForm(), DualNewton(), OutputMarginal(), InteriorPoint(), MirrorDescent(), FaceNewton(),
  ]

  public static func named(_ name: String) -> (any Method)? { methods.first { $0.name == name } }

  /// One sentence about a method.
  public static func summary(of name: String) -> String {
    switch name {
    case "closed-form": "a vertex, a softmax, a sparse projection or one scalar root; no iteration"
    case "dual-newton":
      "entropy or relative entropy with linear rows: Newton's method on the dual, one variable a row"
    case "output-marginal": "rate-distortion: the channel in closed form, the output law as a log-mixture"
    case "interior-point": "primal-dual interior point for every convex problem with second derivatives"
    case "mirror-descent":
      "entropic mirror descent with backtracking, for anything with a value and a gradient"
    case "face-newton":
      "Newton's method on the face that carries the answer, from the point of another method"
    default: ""
    }
  }

  /// The methods of an automatic run in order, with the reason.
  public struct Choice: Sendable, Equatable {
    public let methods: [String]
    public let why: String
  }

  /// Reads the structure of a presolved program and picks. The first method is expected to solve it; the others take
  /// over from its point when it stalls.
  public static func choice(for program: Program) -> Choice {
    guard program.isConvex else {
      return Choice(
        methods: ["mirror-descent"],
        why: "not convex: mirror descent from several starts, first-order point only")
    }
    var names: [String] = []
    var why = ""
    for method in methods where method.name != "face-newton" {
      if case .accepts(let reason) = method.accepts(program) {
        if names.isEmpty { why = "\(method.name): \(reason)" }
        names.append(method.name)
      }
    }
    if names.first == "closed-form" { names = ["closed-form"] + names.dropFirst().prefix(1) }
    if program.objective.hasHessian, let k = names.firstIndex(of: "interior-point") {
      names.insert("face-newton", at: k + 1)
    }
    if names.isEmpty { why = "no method of this version accepts the problem" }
    return Choice(methods: names, why: why)
  }
}
