import Testing

import EntropicSpec

private let head = "entropic: 1\nunknowns: {p: simplex(3)}\nminimize: f(p)\n"

@Suite("objective files")
struct ObjectiveFileTests {
  @Test("the sections of a file")
  func sections() throws {
    let text = sample.replacing("'q @ q' + \"x\"", with: "q @ q")
    let file = try read(text)
    #expect(file.title == "Jaynes' loaded die")
    #expect(file.data.map(\.name.text) == ["faces", "A", "r"])
    guard case .array(let faces) = file.data[0].value else { throw Missing() }
    #expect(faces.shape == [6] && faces.values == [1, 2, 3, 4, 5, 6])
    guard case .list(let shape, let items) = file.data[1].value else { throw Missing() }
    #expect(shape == [2, 2] && items.map(\.text) == ["1", "2/3", "0", "1"])
    guard case .file(let data) = file.data[2].value else { throw Missing() }
    #expect(
      data.path.text == "returns.csv" && data.columns?.map(\.text) == ["a", "b"] && data.missing == .drop)
    #expect(file.parameters[0].expression.number(of: 0) == 4.5)
    #expect(file.unknowns.map(\.name.text) == ["p", "q"])
    guard case .lists(let labels)? = file.unknowns[1].labels else { throw Missing() }
    #expect(labels.map { $0.map(\.text) } == [["rain", "sun", "snow"]])
    guard case .array(let start)? = file.unknowns[1].start?.value else { throw Missing() }
    #expect(start.values == [0.2, 0.3, 0.5])
    #expect(file.definitions.map(\.expression.text) == ["expect(p, faces)"])
    #expect(file.objective?.sense == .maximize)
    #expect(file.objective?.expression.outline == "(+(entropy p) -(q @q))")
    #expect(file.constraints.map { $0.name?.text } == [nil, "budget", nil])
    #expect(file.constraints.map(\.text) == ["m == mean", "expect(p, x -> x^2) <= 30", "P[1, :] == q"])
    #expect(file.constraints[2].expression.location(of: 0) == TextLocation(line: 18, column: 6))
    #expect(file.solve.method?.text == "mirror-descent(burg)")
    #expect(file.solve.tolerance?.relative == 1e-8 && file.solve.tolerance?.absolute == nil)
    #expect(file.solve.time == 2.5 && file.solve.seed == 7)
  }

  struct Missing: Error {}

  @Test(
    "structure",
    arguments: [
      ("title: x", "E0203 1:1"), ("entropi: 1\ntitle: x", "E0203 1:1"), ("entropic: 2", "E0204 1:11"),
      ("entropic: 1.0", "E0204 1:11"), ("entropic:", "E0204 1:10"), ("- 1", "E0201 1:1"), ("x", "E0201 1:1"),
      ("entropic: 1\nunknowns: {p: simplex(3)}", "E0205 1:1"), ("entropic: 1\nminimize: 1", "E0205 1:1"),
      ("entropic: 1\nevaluate: {a: 1}", ""), ("entropic: 1\nevaluate: {a b: 1 + 1}\ndata: {q: [1]}", ""),
      (head + "maximize: p", "E0206 4:1"), (head + "subject_to: [a == 1]", "E0202 4:1"),
      (head + "constraints: []", "E0202 4:1"),
      (head + "solve: {methd: x}", "E0202 4:9"), (head + "title: [a]", "E0201 4:8"),
      (head + "data: [1]", "E0201 4:7"),
      (head + "data: {1a: 2}", "E0207 4:8"), (head + "data: {a-b: 2}", "E0207 4:8"),
      (head + "data: {not: 2}", "E0207 4:8"),
      (head + "data: {p: 2}", "E0208 4:8"), (head + "data: {a: 2}\ndefine: {a: 3}", "E0208 5:10"),
      (head + "subject to: a == 1", "E0201 4:13"), (head + "subject to: {a: b == 1}", "E0201 4:13"),
      (head + "subject to:\n  - a: b == 1\n    c: d == 1", "E0201 6:5"),
      (head + "subject to:\n  - [a]", "E0201 5:5"),
      (head + "subject to:\n  - x: a == 1\n  - x: b == 1", "E0208 6:5"),
      (head + "subject to: [a == 1, 'b <= 2']", ""),
      (head + "subject to:\n  - P[1, : ] == 2", "E0116 5:5"),
      (head + "subject to:\n  - f(a): 2", "E0116 5:5"),
      (head + "subject to:\n  - \"c 1\": a == 2", ""), (head + "define:\n  m: {f(a, b): c}", "E0116 5:7"),
      (head + "define:\n  m: [1, 2] @ p", "E0107 5:13"), (head + "define:\n  m: [1, 2]", "E0201 5:6"),
      (head + "define:\n  m:", "E0311 5:5"), (head + "define:\n  m: # later", "E0311 5:5"),
      (head + "define:\n  m: {a: 1}", "E0201 5:6"),
      (head + "define:\n  m: a + (b # c\n  n: 2 +\n  o: )", "E0302 5:10, E0301 6:9, E0301 7:6"),
      ("entropic: 1\nunknowns: {p: {labels: [a]}}\nminimize: 1", "E0205 2:12"),
      ("entropic: 1\nunknowns: {p: {in: simplex(2), label: [a]}}\nminimize: 1", "E0202 2:32"),
      ("entropic: 1\nunknowns: {p: {in: \"simplex(2)\", labels: [a, a]}}\nminimize: 1", "E0209 2:46"),
      (head + "flow: {time: 1, step: 2, sav: 3}", "E0202 4:26"), (head + "flow: {time: 1, step: 0.1}", ""),
    ])
  func structure(text: String, expected: String) {
    #expect(errors(text) == expected, "\(failure(text)?.text ?? "")")
  }

  @Test(
    "data",
    arguments: [
      ("a: [1, [2]]", "E0603 4:15"), ("a: [[1], [2, 3]]", "E0603 4:17"), ("a: [[1], 2]", "E0603 4:17"),
      ("a: []", "E0518 4:11"),
      ("a: [[[[1]]]]", "E0602 4:11"), ("a: [[[1, 2]]]", ""), ("a: [1, yes]", ""),
      ("a: [1, 1e999]", "E0305 4:15"),
      ("a: [1, 2x]", "E0304 4:15"), ("a: {file: x.csv, columms: [b]}", "E0202 4:25"),
      ("a: {fiel: x.csv}", "E0202 4:12"),
      ("a: {file: [b]}", "E0201 4:18"), ("a: {file: x.csv, header: yes}", "E0210 4:33"),
      ("a: {file: x.csv, missing: skip}", "E0210 4:34"),
      ("a: {file: x.csv, sparse: [r, c]}", "E0210 4:33"),
      ("a: {file: x.csv, column: a, columns: [b]}", "E0210 4:11"),
      ("a: {file: x.csv, delimiter: tab, map: true, label_column: n}", ""), ("a: {x: 1}", "E0201 4:11"),
      ("a: {file: x.csv, delimiter: abc}", "E0210 4:36"), ("a: {column: b}", "E0205 4:11"),
      ("a: {[1]: 2}", "E0114 4:12"),
    ])
  func data(entry: String, expected: String) {
    let text = head + "data: {\(entry)}"
    #expect(errors(text) == expected, "\(failure(text)?.text ?? "")")
  }

  @Test(
    "options",
    arguments: [
      ("tolerance: -1", "E0210 4:20"), ("tolerance: {relative: 1e-8, absolute: 1e-10}", ""),
      ("tolerance: {rel: 1}", "E0202 4:21"),
      ("tolerance: small", "E0210 4:20"), ("time: -2", "E0210 4:15"), ("iterations: 1e6", ""),
      ("iterations: 2.5", "E0210 4:21"),
      ("iterations: 1e300", "E0210 4:21"), ("seed: 18446744073709551615", ""),
      ("seed: 18446744073709551616", "E0210 4:15"),
      ("seed: -1", "E0210 4:15"), ("threads: 0", "E0210 4:18"), ("convexity: unchecked", ""),
      ("convexity: no", "E0210 4:20"),
      ("trace: on", "E0210 4:16"), ("trace: true", ""), ("memory: 2 GB", ""), ("memory: 1e400", "E0210 4:17"),
      ("memory: 2 XB", "E0210 4:17"),
      ("method: Mirror Descent", "E0213 4:17"), ("method: tsallis(0.5)", ""), ("method: [a]", "E0213 4:17"),
      ("method: a(", "E0213 4:17"),
      ("evaluations: 0", ""), ("time: nan", "E0210 4:15"), ("time: 1e999", "E0210 4:15"),
      ("colour: red", "E0202 4:9"),
    ])
  func options(entry: String, expected: String) {
    let text = head + "solve: {\(entry)}"
    #expect(errors(text) == expected, "\(failure(text)?.text ?? "")")
  }

  @Test("option values")
  func optionValues() throws {
    let solve = try read(
      head + "solve: {memory: 1.5 MiB, iterations: 1e3, convexity: unchecked, trace: false}"
    ).solve
    #expect(solve.memory == 1_572_864 && solve.iterations == 1000)
    #expect(solve.convexity == .unchecked && solve.trace == false)
    #expect(SolveOptions.parts(ofMethod: "mirror-descent(burg)")?.argument == "burg")
    #expect(SolveOptions.parts(ofMethod: "kl-proximal")?.name == "kl-proximal")
  }

  @Test("the nearest word is offered")
  func suggestions() throws {
    #expect(failure(head + "subject_to: [a]")?.diagnostics[0].hint == "did you mean 'subject to'?")
    #expect(
      failure("entropic: 1\nunkowns: {p: x}\nminimise: p")?.diagnostics.prefix(2).map(\.hint) == [
        "did you mean 'unknowns'?", "did you mean 'minimize'?",
      ])
    #expect(Suggestion.nearest(to: "entorpy", among: ["entropy", "energy"]) == "entropy")
    #expect(Suggestion.nearest(to: "xyz", among: ["entropy", "energy"]) == nil)
    #expect(Suggestion.distance(Array("abcd".utf8), Array("abdc".utf8)) == 1)
    #expect(Suggestion.distance(Array("kitten".utf8), Array("sitting".utf8)) == 3)
  }

  @Test("up to 20 errors, then a count")
  func manyErrors() throws {
    let text = head + "define:\n" + (0..<50).map { "  a\($0): )" }.joined(separator: "\n")
    let error = try #require(failure(text))
    #expect(error.diagnostics.count == 20)
    #expect(error.text.contains("more error"))
    #expect(error.exitCode == 65)
  }

  @Test("definitions have a limit")
  func manyDefinitions() throws {
    var limits = SpecLimits()
    limits.definitions = 3
    func codes(_ text: String) -> String {
      do throws(SpecError) {
        _ = try ObjectiveFile.read(SourceFile(name: "t", text: text), limits: limits)
        return ""
      } catch {
        return summary(error)
      }
    }
    #expect(codes(head + "data: {a: 1, b: 2}") == "")
    #expect(codes(head + "data: {a: 1, b: 2}\nsubject to: [a == b]") == "E0211 5:14")
  }

  @Test("an underflow is a warning")
  func underflow() throws {
    let file = try read(head + "define: {a: 1e-400}")
    #expect(file.warnings.map { "\($0.code.rawValue) \($0.line ?? 0):\($0.column ?? 0)" } == ["E0306 4:13"])
    #expect(file.definitions[0].expression.number(of: 0) == 0)
    let list = try read(head + "data: {a: [1, 1e-400]}")
    #expect(list.warnings.count == 1)
  }

  @Test("the sample cut at any byte never traps")
  func truncation() {
    let bytes = Array(sample.utf8)
    var refused = 0
    for length in 0..<bytes.count {
      do throws(SpecError) {
        _ = try ObjectiveFile.read(SourceFile(name: "cut", contents: Array(bytes[..<length])))
      } catch {
        #expect(!error.text.isEmpty && error.diagnostics.contains { $0.severity == .error })
        refused += 1
      }
    }
    #expect(refused > bytes.count / 2)
  }

  @Test("the sample with a bit flipped never traps")
  func bitFlips() {
    var bytes = Array(sample.utf8)
    var refused = 0
    for i in stride(from: 0, to: bytes.count, by: 3) {
      for bit in 0..<8 {
        bytes[i] ^= 1 << UInt8(bit)
        do throws(SpecError) {
          _ = try ObjectiveFile.read(SourceFile(name: "flip", contents: bytes))
        } catch {
          refused += 1
        }
        bytes[i] ^= 1 << UInt8(bit)
      }
    }
    #expect(refused > 0)
  }

  @Test("reading from disk")
  func disk() throws {
    let folder = try TemporaryFolder()
    try folder.write(head, to: "a.yaml")
    #expect(try ObjectiveFile.read(path: folder.path + "/a.yaml").unknowns.count == 1)
    for (name, exit) in [("b.yaml", SpecError.Exit.noInput), ("", .noInput)] {
      do throws(SpecError) {
        _ = try ObjectiveFile.read(path: folder.path + "/" + name)
        Issue.record("read \(name)")
      } catch {
        #expect(error.exit == exit)
      }
    }
  }
}

@Suite("messages")
struct DiagnosticTests {
  @Test("text with source line and caret")
  func text() throws {
    let error = try #require(failure(head + "define:\n  m: a + (b"))
    #expect(
      error.text == """
        test.yaml:5:10: error: '(' is not closed
            m: a + (b
                   ^
        hint: \(ExpressionLexer.cutHint)
        """)
  }

  @Test("what does not print is escaped, long words are cut")
  func escapes() {
    #expect(Diagnostic.escaped("a\u{1B}[31m\u{202E}b\n") == "a\\u{1B}[31m\\u{202E}b\\n")
    #expect(
      Diagnostic.quoted(String(repeating: "x", count: 61)) == "'" + String(repeating: "x", count: 60) + "...'"
    )
    #expect(
      Diagnostic.quoted(String(repeating: "x", count: 60)) == "'" + String(repeating: "x", count: 60) + "'")
    let long = Diagnostic(
      .unexpectedToken, file: "a\u{7}b", at: TextLocation(line: 1, column: 500), "m",
      excerpt: String(repeating: "x", count: 499) + "y" + String(repeating: "x", count: 500))
    let lines = long.text.split(separator: "\n")
    #expect(lines[0] == "a\\u{7}b:1:500: error: m")
    #expect(lines[1].count < 120)
    let caret = lines[2].count - 1
    #expect(Array(lines[1])[caret] == "y")
  }

  @Test("failures of the system have codes")
  func failures() throws {
    let path = LocatedText("d.csv", at: TextLocation(line: 1, column: 2))
    let source = try SourceFile(name: "f", text: "abc")
    let rows: [(FileAccess.Failure, String, String)] = [
      (.missing, "E0102", "E0501"), (.notRegular(kind: "a pipe"), "E0103", "E0503"),
      (.unreadable(reason: "no"), "E0101", "E0504"), (.tooLarge(bytes: 5, limit: 4), "E0104", "E0505"),
    ]
    for (failure, own, data) in rows {
      #expect(failure.diagnostic(file: "f").code.rawValue == own)
      #expect(failure.diagnostic(data: path, in: source).code.rawValue == data)
      #expect(
        failure.diagnostic(data: path, in: source).text.hasSuffix("  abc\n   ^") == (failure != .missing))
    }
  }

  @Test("codes are unique, have titles and statuses")
  func codes() {
    let all = DiagnosticCode.allCases
    #expect(Set(all.map(\.rawValue)).count == all.count)
    #expect(Set(all.map(\.title)).count == all.count)
    for code in all {
      #expect(code.rawValue.count == 5 && code.rawValue.hasPrefix("E0"))
      if code.rawValue.hasPrefix("E04") { #expect(code.exit == .unsupported) }
    }
    #expect(
      DiagnosticCode.forbiddenPath.exit == .notPermitted && DiagnosticCode.missingDataFile.exit == .noInput)
  }
}
