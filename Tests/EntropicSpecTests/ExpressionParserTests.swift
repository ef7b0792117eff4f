import Testing

import EntropicSpec

@Suite("expressions")
struct ExpressionParserTests {
  @Test(
    "precedence",
    arguments: [
      ("1 + 2", "(+1.0 +2.0)"),
      ("a - b + c", "(+a -b +c)"),
      ("a - (b + c)", "(+a -(+b +c))"),
      ("2 * x - y / z", "(+(*2.0 *x) -(*y /z))"),
      ("c * A @ p", "(*c *(A @p))"),
      ("A @ B @ p", "(A @B @p)"),
      ("-x^2", "(neg (^ x 2.0))"),
      ("2^-3", "(^ 2.0 (neg 3.0))"),
      ("2^-3 * x", "(*(^ 2.0 (neg 3.0)) *x)"),
      ("a^b^c", "(^ a (^ b c))"),
      ("-a @ b", "((neg a) @b)"),
      ("-a * b", "(*(neg a) *b)"),
      ("a * -b + c", "(+(*a *(neg b)) +c)"),
      ("a - -b", "(+a -(neg b))"),
      ("+3 + +x", "(+3.0 +x)"),
      ("A' @ p", "((' A) @p)"),
      ("x'^2", "(^ (' x) 2.0)"),
      ("A[1]'", "(' (index A 1.0))"),
      ("(a + b)'", "(' (+a +b))"),
      ("f(x)'", "(' (f x))"),
      ("a + b <= c", "((+a +b) <=c)"),
      ("0 <= x <= 1", "(0.0 <=x <=1.0)"),
      ("1 >= x >= 0", "(1.0 >=x >=0.0)"),
      ("a == b", "(a ==b)"),
      ("a < b", "(a <b)"),
      ("a > b != c", "(a >b !=c)"),
      ("not a < b and c or d", "(or (and (not (a <b)) c) d)"),
      ("a and b and c", "(and a b c)"),
      ("a or b and c", "(or a (and b c))"),
      ("not not a", "(not (not a))"),
      ("x -> x^2 or y", "(-> x (or (^ x 2.0) y))"),
      ("f(p, x -> x[1] * 2, k=3)", "(f p (-> x (*(index x 1.0) *2.0)) (k= 3.0))"),
      ("outer(x, y, (a, b) -> a * b)", "(outer x y (-> a b (*a *b)))"),
      ("(a) -> a", "(-> a a)"),
      ("x -> y -> x + y", "(-> x (-> y (+x +y)))"),
      ("(a)", "a"),
      ("f()", "(f)"),
      ("normal(d, covariance=\"diagonal\")", "(normal d (covariance= \"diagonal\"))"),
      ("log_likelihood(log=LL, p)", "(log_likelihood (log= LL) p)"),
      ("f(a == b, weight=w)", "(f (a ==b) (weight= w))"),
      ("p[2:4]", "(index p (range 2.0 4.0))"),
      ("P[i, :]", "(index P i :)"),
      ("P[:, 1+1]", "(index P : (+1.0 +1.0))"),
      ("p[\"rain\"]", "(index p \"rain\")"),
      ("p[:]", "(index p :)"),
      ("x[a][b]", "(index (index x a) b)"),
      ("[a, [1, -2]]", "(list a (list 1.0 (neg 2.0)))"),
      ("marginal(P, [1, 3])", "(marginal P (list 1.0 3.0))"),
      ("1.5e-3", "0.0015"), (".5", "0.5"), ("5.", "5.0"), ("1E3", "1000.0"), ("007", "7.0"),
      ("\"a \\\"b\\\" \\\\ \\n\"", "\"a \"b\" \\ \\n\""),
      ("1e-400", "0.0"),
      ("nothing + order + android", "(+nothing +order +android)"),
    ])
  func precedence(text: String, expected: String) {
    #expect(outline(text) == expected)
  }

  @Test(
    "faults and their places",
    arguments: [
      ("", "E0311 1:1"), ("   ", "E0311 1:1"),
      ("a +", "E0301 1:4"), ("* a", "E0301 1:1"), ("a b", "E0301 1:3"), ("2x", "E0304 1:1"),
      ("a + (b * c", "E0302 1:5"), ("f(a, [b", "E0302 1:6"), ("a)", "E0302 1:2"), ("(a]", "E0302 1:3"),
      ("f(a", "E0302 1:2"), ("f(", "E0302 1:2"), ("()", "E0301 1:2"), ("f(a,)", "E0301 1:5"),
      ("f(,a)", "E0301 1:3"), ("[a,, b]", "E0301 1:4"), ("[]", "E0311 1:1"), ("x[]", "E0301 1:3"),
      ("a, b", "E0301 1:2"), ("(a, b)", "E0301 1:3"),
      ("a = b", "E0301 1:3"), ("a ** b", "E0301 1:3"), ("3(x)", "E0301 1:2"), ("3[1]", "E0301 1:2"),
      ("(f)(x)", "E0301 1:4"), ("a 'b'", "E0310 1:3"), ("2'", "E0310 1:2"), ("A''", "E0310 1:3"),
      ("A '", "E0310 1:3"), ("\"abc", "E0303 1:1"), ("f(\"a\\\")", "E0303 1:3"),
      ("1.2.3", "E0304 1:1"), ("0x10", "E0304 1:1"), ("1_000", "E0304 1:1"), ("1e", "E0304 1:1"),
      ("1e400", "E0305 1:1"), ("x + 1e999", "E0305 1:5"),
      ("x \u{2264} y", "E0312 1:3"), ("é + \u{D7}", "E0312 1:1"), ("a && b", "E0312 1:3"),
      ("!a", "E0312 1:1"),
      ("{a}", "E0312 1:1"), ("a $ b", "E0312 1:3"),
      ("p[2:]", "E0315 1:5"), ("p[:4]", "E0315 1:3"), ("p[1:2:3]", "E0301 1:6"), ("f(1:2)", "E0301 1:4"),
      ("a : b", "E0301 1:3"), ("1 + x -> x", "E0316 1:5"), ("f(x) -> x", "E0316 1:6"),
      ("a + not b", "E0301 1:5"),
      ("a not b", "E0301 1:3"), ("->", "E0301 1:1"), ("f(a=)", "E0301 1:5"), ("f(a=b=c)", "E0301 1:6"),
      ("(a=b)", "E0301 1:3"),
    ])
  func faults(text: String, expected: String) {
    #expect(outline(text) == expected)
  }

  @Test("a missing operand at the end hints at what YAML cuts")
  func hints() throws {
    let error = try #require(failure("entropic: 1\nunknowns: {p: simplex(3)}\nminimize: sum(p # [1])\n"))
    #expect(error.diagnostics[0].hint?.contains("' #'") == true)
    #expect(summary(error) == "E0302 3:14")
  }

  @Test(
    "hints name the remedy",
    arguments: [("2x", "2 * x"), ("a ** b", "x^2"), ("a = b", "=="), ("x ≤ 1", "<=")])
  func remedies(text: String, remedy: String) {
    do {
      _ = try ObjectiveFile.parse(argument: text, named: "test")
      Issue.record("no error")
    } catch {
      #expect(error.diagnostics[0].hint?.contains(remedy) == true)
    }
  }

  @Test("every node knows its text and place")
  func places() throws {
    let syntax = try ObjectiveFile.parse(argument: "(a + b) * f( x , k = 2)[1] <= -c", named: "test")
    var found: [String: Int] = [:]
    for node in 0..<syntax.count { found[syntax.text(of: node)] = syntax.location(of: node).column }
    #expect(found["a + b"] == 2)
    #expect(found["(a + b) * f( x , k = 2)[1]"] == 1)
    #expect(found["f( x , k = 2)"] == 11)
    #expect(found["k = 2"] == 18)
    #expect(found["f( x , k = 2)[1]"] == 11)
    #expect(found["-c"] == 31)
    #expect(syntax.text(of: syntax.root) == "(a + b) * f( x , k = 2)[1] <= -c")
    let sides = syntax.children(of: syntax.root)
    #expect(sides.count == 2)
    #expect(syntax.location(ofOperator: sides[sides.startIndex + 1]).column == 28)
  }

  @Test("columns count characters, not bytes")
  func columns() throws {
    let syntax = try ObjectiveFile.parse(argument: "p[\"Größe 木\"] + qq", named: "test")
    let last = (0..<syntax.count).first { syntax.text(of: $0) == "qq" }
    #expect(syntax.location(of: try #require(last)).column == 16)
  }

  @Test("1e5 terms are one node, in linear time")
  func long() throws {
    for sign in ["+", "*", "@", "<=", "and", "or", "-"] {
      let syntax = try ObjectiveFile.parse(
        argument: Array(repeating: "x", count: 100_000).joined(separator: " \(sign) "), named: "test")
      #expect(syntax.childCount(of: syntax.root) == 100_000)
      #expect(syntax.depth == 2)
    }
    let call = try ObjectiveFile.parse(
      argument: "f(" + Array(repeating: "(a, b) -> -a", count: 20_000).joined(separator: ",") + ")",
      named: "test")
    #expect(call.childCount(of: call.root) == 20_000)
  }

  @Test(
    "nesting ends in a message",
    arguments: ["(", "[", "-", "f(", "not ", "x -> ", "2^", "x[", "-(", "a+(b*(c^("])
  func deep(opening: String) {
    #expect(outline(String(repeating: opening, count: 100_000) + "x").hasPrefix("E0308"))
  }

  @Test("nesting up to the limit is read")
  func allowedDepth() {
    let text = String(repeating: "(", count: 256) + "x" + String(repeating: ")", count: 256)
    #expect(outline(text) == "x")
    #expect(outline("(" + text + ")") == "E0308 1:257")
    let indexed = "x" + String(repeating: "[1]", count: 2000)
    #expect(outline(indexed).hasPrefix("E0308"))
  }

  @Test("names and numbers have limits")
  func sizes() {
    #expect(outline(String(repeating: "a", count: 256)).count == 256)
    #expect(outline(String(repeating: "a", count: 257)) == "E0309 1:1")
    #expect(outline("0." + String(repeating: "1", count: 398)) == "0.1111111111111111")
    #expect(outline("0." + String(repeating: "1", count: 399)) == "E0309 1:1")
    var limits = SpecLimits()
    limits.tokens = 5
    #expect(throws: SpecError.self) {
      try ObjectiveFile.parse(argument: "a + b + c", named: "t", limits: limits)
    }
    #expect(throws: Never.self) { try ObjectiveFile.parse(argument: "a + b", named: "t", limits: limits) }
  }

  @Test("pieces of expressions never trap")
  func fragments() {
    let pieces = [
      "a", "1", "\"s\"", "+", "-", "*", "@", "^", "'", "(", ")", "[", "]", ",", ":", "=", "==", "<=", "->",
      "not", "and",
      " ", "f(", "x ->", "(a,b)->",
    ]
    var state: UInt64 = 42
    var faults = 0
    for _ in 0..<20_000 {
      var text = ""
      for _ in 0..<Int(state >> 33) % 12 + 1 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        text += pieces[Int(state >> 33) % pieces.count]
      }
      let result = outline(text)
      if result.hasPrefix("E0") { faults += 1 }
      #expect(!result.isEmpty)
    }
    #expect(faults > 1000 && faults < 20_000)
  }
}
