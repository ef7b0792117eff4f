import EntropicModel
import Testing

import EntropicSpec

@Suite("elaboration of expressions")
struct ElaborationTests {
  struct Value: CustomTestStringConvertible, Sendable {
    let expression: String
    let shape: [Int]
    let values: [Double]
    var testDescription: String { expression }
    init(_ expression: String, _ shape: [Int] = [], _ values: Double...) {
      self.expression = expression
      self.shape = shape
      self.values = values
    }
  }

  static let arithmetic: [Value] = [
    Value("-1^2 + 2^3^0", [], 1), Value("2^-1", [], 0.5), Value("6 / 3 / 2", [], 1),
    Value("2 * v", [3], 2, 4, 8),
    Value("v - q * 4", [3], -1, 1, 3), Value("v @ q", [], 2), Value("M @ [1, 1]", [2], 3, 7),
    Value("[1, 1] @ M", [2], 4, 6), Value("M' @ [1, 1]", [2], 4, 6), Value("M @ M", [2, 2], 7, 10, 15, 22),
    Value("2 * M @ [1, 0]", [2], 2, 6), Value("diag([2, 3]) @ M", [2, 2], 2, 4, 9, 12),
    Value("v^2", [3], 1, 4, 16),
    Value("[1, 2] * [[1, 2], [3, 4]]'[1, :]", [2], 1, 6), Value("v'", [3], 1, 2, 4),
    Value("0 * log(0)", [], 0),
    Value("2^v", [3], 2, 4, 16), Value("exp(log([0, 1]))", [2], 0, 1), Value("pi - pi", [], 0),
  ]

  static let indexing: [Value] = [
    Value("v[2]", [], 2), Value("v[2:3]", [2], 2, 4), Value("v[:]", [3], 1, 2, 4), Value("L[2, 3]", [], 6),
    Value("L[1, :]", [3], 1, 2, 3), Value("L[:, 2]", [2], 2, 5), Value("L[1:2, 2:2]", [2, 1], 2, 5),
    Value("v[[3, 1]]", [2], 4, 1), Value("t[\"sun\"]", [], 0.625), Value("p[2]", [], 0.2),
    Value("p[3:4]", [2], 0.3, 0.4), Value("P[2, :]", [3], 0.25, 0.15, 0.25), Value("P[1, 3]", [], 0.05),
    Value("v[1 + 1]", [], 2),
  ]

  static let construction: [Value] = [
    Value("range(0, 1, points=5)", [5], 0, 0.25, 0.5, 0.75, 1), Value("range(3, 3, points=1)", [1], 3),
    Value("range(0, 99999, points=100000)[30001]", [], 30000),
    Value("uniform(4)", [4], 0.25, 0.25, 0.25, 0.25),
    Value("outer([1, 2], [3, 4], (a, b) -> a - b)", [2, 2], -2, -3, -1, -2),
    Value("outer([1, 2], [3, 4])", [2, 2], 3, 4, 6, 8),
    Value("outer(rows(X), [10], (a, b) -> a[1] * b + a[2])", [4, 1], 10, 1, 11, 23),
    Value("outer([1, 2], [3], (a, b) -> sum([a, b]))", [2, 1], 4, 5),
    Value("powers([2, 3], 3)", [2, 3], 2, 4, 8, 3, 9, 27),
    Value("powers([2, 3], 1, from=0)", [2, 2], 1, 2, 1, 3),
    Value("diag([1, 2])", [2, 2], 1, 0, 0, 2), Value("diag(M)", [2], 1, 4),
    Value("identity(2)", [2, 2], 1, 0, 0, 1),
    Value("rows(M)", [2, 2], 1, 2, 3, 4), Value("columns(M)", [2, 2], 1, 3, 2, 4),
    Value("concatenate(v, 9, [7])", [5], 1, 2, 4, 9, 7), Value("concatenate(M, M)[3, :]", [2], 1, 2),
    Value("reshape(v, 3, 1)", [3, 1], 1, 2, 4), Value("reshape(p, 2, 2)[2, 1]", [], 0.3),
    Value("diag(t) @ [1, 1]", [2], 0.375, 0.625), Value("concatenate(t, p)[3]", [], 0.1),
    Value("[t[1], t[2]]", [2], 0.375, 0.625), Value("[[1, 2], [t[1], 0]][2, 1]", [], 0.375),
    Value("columns(P)[3, 2]", [], 0.25),
  ]

  static let reductions: [Value] = [
    Value("sum(v)", [], 7), Value("prod(v)", [], 8), Value("mean([1, 3])", [], 2), Value("min(v)", [], 1),
    Value("max(v)", [], 4),
    Value("max(v, 2)", [3], 2, 2, 4), Value("min(v, [2, 1, 9], 3)", [3], 1, 1, 3),
    Value("norm1([1, -2])", [], 3),
    Value("norm2([3, 4])", [], 5), Value("norminf([1, -2])", [], 2),
    Value("sum(L, axis=\"rows\")", [2], 6, 15),
    Value("sum(L, axis=\"columns\")", [3], 5, 7, 9), Value("max(L, axis=\"rows\")", [2], 3, 6),
    Value("mean(L, axis=2)", [3], 2.5, 3.5, 4.5), Value("log_sum_exp([0, 0, 0, 0]) - log(4)", [], 0),
    Value("max(P, axis=\"rows\")", [2], 0.2, 0.25), Value("max(p[1], 0.15, p[2])", [], 0.2),
    Value("min(p)", [], 0.1), Value("abs(-v)", [3], 1, 2, 4), Value("floor(2.7) + ceil(2.2)", [], 5),
  ]

  static let moments: [Value] = [
    Value("expect(p, [1, 2, 3, 4])", [], 3), Value("expect(p, x -> x^2)", [], 10),
    Value("expect(p, X)", [2], 1.2, 1.7),
    Value("variance(p, x -> x)", [], 1), Value("expect(r, x -> x[1] * x[2])", [], 2.7),
    Value("expect(r, (a, b) -> a + b)", [], 2.9),
    Value("expect(r, x -> sum(x))", [], 2.9), Value("covariance(r, X)", [2, 2], 0.56, 0.66, 0.66, 1.21),
    Value("covariance(p, x -> x, x -> x)", [], 1),
    Value("probability(p, x -> x > 2 and not x == 3)", [], 0.4),
    Value("probability(p, x -> x < 2 or x >= 4)", [], 0.5),
    Value("probability(p, [1, 2, 3, 4] != 2)", [], 0.8),
    Value("probability(p, x -> 1 < x <= 3)", [], 0.5), Value("cdf(p)", [4], 0.1, 0.3, 0.6, 1),
    Value("marginal(P, \"rows\")", [2], 0.35, 0.65), Value("marginal(P, \"columns\")", [3], 0.35, 0.35, 0.3),
    Value("marginal(P, 2)", [3], 0.35, 0.35, 0.3), Value("marginal(P, [1, 2])[2, 1]", [], 0.25),
    Value("expect(P, L)", [], 3.9), Value("expect([0.5, 0.5], [2, 4])", [], 3),
    Value("cvar(p, [1, 2, 3, 4], 0.5)", [], 3.8), Value("cvar(uniform(2), t, 0.5)", [], 0.625),
    Value("information_matrix(r, X)", [2, 2], 2, 2.7, 2.7, 4.1), Value("quadratic(t, M)", [], 2.875),
    Value("sum_squares(p - 0.1)", [], 0.14), Value("trace_inverse(diag([2, 4]))", [], 0.75),
    Value("lambda_min(diag([2, 4]))", [], 2),
  ]

  // mpmath, 20 digits.
  static let information: [Value] = [
    Value("entropy(p)", [], 1.2798542258336675), Value("bits(entropy([0.5, 0.25, 0.25]))", [], 1.5),
    Value("kl(p, uniform(4))", [], 0.10644013528622315),
    Value("cross_entropy(p, uniform(4))", [], 1.3862943611198906),
    Value("mutual_information(P)", [], 0.06386608372473594),
    Value("mutual_information(t, W)", [], 0.21970347311676462),
    Value("jensen_shannon([1, 0], [0, 1])", [], 0.69314718055994531),
    Value("renyi(p, 2)", [], 1.2039728043259360),
    Value("renyi_divergence(p, uniform(4), 2)", [], 0.18232155679395463), Value("tsallis(p, 2)", [], 0.7),
    Value("chi_squared(p, uniform(4))", [], 0.2), Value("total_variation(p, uniform(4))", [], 0.2),
    Value("alpha_divergence(p, uniform(4), 2)", [], 0.1), Value("hellinger([1, 0], [0.25, 0.75])", [], 0.5),
    Value("log_likelihood([1, 2] * t, [1, 0])", [], -0.98082925301172624),
    Value("log_likelihood(log=log(M), t)", [], 1.7733621040883389),
    Value("logdet(diag([2, 4]))", [], 2.0794415416798359),
    Value("normal_pdf([0, 1], 0, 1)", [2], 0.39894228040143268, 0.24197072451914335),
    Value("lgamma(5)", [], 3.1780538303479458),
    Value("beta(2, 3)", [], 0.083333333333333333),
  ]

  @Test(
    "values", arguments: arithmetic + indexing + construction + reductions + moments + information)
  func values(_ row: Value) throws {
    let found = try #require(try value(of: row.expression))
    #expect(found.shape == row.shape)
    #expect(found.values.count == row.values.count)
    for (a, b) in zip(found.values, row.values) {
      #expect(abs(a - b) <= 4e-15 * max(1, abs(b)), "\(a) for \(b)")
    }
  }

  /// What is refused: the code, and the column of the caret.
  static let refused: [(String, String)] = [
    // Arithmetic
    ("v + [1, 2]", "E0601 3"), ("v * M", "E0610 3"), ("M - v", "E0610 3"), ("1 / 0", "E0604 3"),
    ("v / [1, 0, 1]", "E0604 1"),
    ("log(-1)", "E0604 1"), ("sqrt([1, -4])", "E0604 1"), ("exp(1000)", "E0604 1"), ("10^400", "E0604 1"),
    ("(-8)^(1/3)", "E0604 1"), ("log(0) - log(0)", "E0604 1"), ("1 + inf", "E0604 5"),
    ("v @ [1, 2]", "E0601 3"),
    ("3 @ v", "E0601 3"), ("M @ v", "E0601 3"), ("p^v", "E0404 3"), ("(-2)^p", "E0404 2"), ("p^p", "E0404 1"),
    ("[1, v]", "E0603 5"), ("[[[[1]]]]", "E0602 1"), ("1 + \"a\"", "E0322 5"), ("1 + (2 <= 3)", "E0313 8"),
    ("1 + (p[1] <= 3)", "E0313 11"), ("p <= 0.5", "E0313 3"), ("(x -> x)", "E0316 2"),
    // Names and calls
    ("w + 1", "E0317 1"), ("entropy", "E0317 1"), ("entrpy(p)", "E0318 1"), ("v(1)", "E0318 1"),
    ("simplex(3)", "E0318 1"),
    ("kl(p)", "E0319 1"), ("entropy(p, p)", "E0319 1"), ("sum(L, axes=1)", "E0320 8"),
    ("sum(L, axis=1, axis=2)", "E0321 16"),
    ("sum(L, axis=\"row\")", "E0322 13"), ("sum(v, axis=2)", "E0601 13"), ("sum(L, axis=0)", "E0608 13"),
    ("transport(p, p, v)", "E0403 1"), ("dirichlet(2)", "E0403 1"), ("soft(p)", "E0319 1"),
    ("soft(p <= 1, weight=1)", "E0313 1"),
    ("1 + monotone(p)", "E0313 5"), ("unimodal(p, at=9)", "E0607 16"), ("monotone(P)", "E0601 10"),
    ("monotone(p, \"down\")", "E0322 13"), ("monotone(p^2)", "E0404 10"),
    ("unimodal(p, at=\"a\")", "E0607 16"),
    ("conditional(p, 1)", "E0601 13"), ("conditional(P, 3)", "E0322 16"),
    ("expect(p, x -> x, given=p)", "E0322 25"),
    ("expect(p, x -> x, given=x -> x > 9)", "E0609 25"),
    ("particles(2)", "E0318 1"),
    // Indices
    ("v[0]", "E0607 3"), ("v[4]", "E0607 3"), ("v[1.5]", "E0607 3"), ("v[1, 2]", "E0601 1"),
    ("L[1]", "E0601 1"),
    ("v[3:2]", "E0315 3"), ("t[\"snow\"]", "E0607 3"), ("v[\"a\"]", "E0607 3"), ("v[p[1]]", "E0323 3"),
    ("v[v[1:2] > 1]", "E0322 3"),
    // Functions of outcomes
    ("expect(P, x -> x)", "E0324 11"), ("expect(t, x -> x)", "E0324 11"), ("expect(p, v -> v)", "E0208 11"),
    ("expect(p, x -> p)", "E0323 16"), ("expect(p, x -> x > 1)", "E0313 18"),
    ("expect(p, (a, b) -> a)", "E0601 11"),
    ("expect(r, x -> x)", "E0601 16"), ("expect(r, x -> x[3])", "E0607 18"),
    ("expect(p, x -> [x, x])", "E0601 16"),
    ("probability(p, x -> x)", "E0322 16"), ("probability(p, v > 1)", "E0601 16"),
    ("expect(p, x -> y)", "E0317 16"),
    // Atoms
    ("expect(p, v)", "E0601 11"), ("expect(p, M)", "E0601 11"), ("entropy([2, -1])", "E0605 9"),
    ("kl(p, q)", "E0601 7"),
    ("kl(p, [0.5, 0.5, 0.5, -0.5])", "E0605 7"), ("renyi(p, 0)", "E0609 10"), ("tsallis(p, -1)", "E0609 12"),
    ("cvar(p, v, 0.5)", "E0601 9"), ("cvar(t, t, 0.5)", "E0404 9"), ("cvar(p, x -> x, 1)", "E0609 17"),
    ("quadratic(p, M)", "E0601 14"),
    ("quadratic(t, diag(t))", "E0323 14"), ("mutual_information(p)", "E0601 20"),
    ("mutual_information(p, W)", "E0601 23"),
    ("marginal(p, 2)", "E0322 13"), ("marginal(P, [1, 1])", "E0322 13"), ("logdet(P)", "E0601 8"),
    ("covariance(p, M)", "E0601 15"),
    ("log_likelihood(p, [1, -1, 1, 1])", "E0605 19"), ("log_likelihood(log=M, p)", "E0601 23"),
    ("log_likelihood(log=log([[0, 0], [1, 1]]), t)", "E0405 20"), ("cdf(P)", "E0601 5"),
    ("sin(p)", "E0323 5"),
    // Constructions
    ("range(0, 1, points=2.5)", "E0608 20"), ("range(0, 1)", "E0319 1"),
    ("range(0, 1, points=1)", "E0609 20"), ("uniform(0)", "E0608 9"),
    ("outer(v, v, x -> x)", "E0322 13"), ("outer(p, v)", "E0323 7"), ("identity(-1)", "E0608 10"),
    ("reshape(v, 2)", "E0601 12"),
    ("concatenate(v, M)", "E0601 16"), ("rows(v)", "E0601 6"), ("powers(M, 2)", "E0601 8"),
    ("normal_pdf(0, 0, -1)", "E0609 18"),
    ("digamma(p)", "E0323 9"), ("lgamma([1, 0])", "E0609 8"), ("identity(1e8)", "E0611 1"),
    ("outer(range(0, 1, points=1e11), v)", "E0611 7"),
  ]

  @Test("refusals and their carets", arguments: refused)
  func refusals(_ expression: String, _ expected: String) {
    #expect(faults(in: expression) == expected, "\(fault(evaluation(of: expression))?.text ?? "accepted")")
  }

  @Test("messages name the entry, the value and the remedy")
  func messages() throws {
    func text(_ expression: String) -> String {
      fault(evaluation(of: expression)).map { "\($0.message) | \($0.hint ?? "")" } ?? ""
    }
    #expect(text("sqrt([1, -4])").contains("sqrt of -4 (entry 2)"))
    #expect(text("v / [1, 0, 1]").contains("entry 2 of"))
    #expect(text("v * M").contains("diag(v) @ M"))
    #expect(text("log_likelihood(p, [1, -0.7, 1, 1])").contains("weight 2 is -0.7"))
    #expect(text("lgamma([1, 0])").contains("entry 2"))
    #expect(text("entrpy(p)").contains("did you mean 'entropy'?"))
    #expect(text("entropy").contains("entropy is a function: entropy(p)"))
    #expect(text("t[\"snow\"]").contains("no label 'snow'"))
    #expect(text("t[\"sum\"]").contains("did you mean 'sun'?"))
    #expect(
      text("identity(1e8)").contains("80000000000000000")
        || text("identity(1e8)").contains("10000000000000000"))
  }
}
