import Foundation
import Testing

import EntropicSpec

@Suite("YAML")
struct YAMLReaderTests {
  @Test("scalars stay text")
  func text() throws {
    let tree = try tree(
      "a: no\nb: 1:30\nc: 012\nd: 2020-01-01\ne: \"no\"\nf: 0x10\ng:\n- .inf\n- ~\n- null\n")
    #expect(
      describe(tree) == "{a: no, b: 1:30, c: 012, d: 2020-01-01, e: \"no\", f: 0x10, g: [.inf, ~, null]}")
  }

  @Test("places of nodes")
  func places() throws {
    let tree = try tree("a:\n  - x: [1, é, 22]\n    'y z': \"q\"\n")
    var found: [String: TextLocation] = [:]
    for node in 0..<tree.count { if let text = tree.text(of: node) { found[text] = tree.location(of: node) } }
    #expect(found["x"] == TextLocation(line: 2, column: 5))
    #expect(found["22"] == TextLocation(line: 2, column: 15))
    #expect(found["y z"] == TextLocation(line: 3, column: 5))
    #expect(found["q"] == TextLocation(line: 3, column: 12))
  }

  @Test(
    "what an objective file may not have",
    arguments: [
      ("a: !!str b", "E0112 1:4"), ("a: !!str \"b\"", "E0112 1:4"), ("a: ! b", "E0112 1:4"),
      ("!x a: b", "E0112 1:1"),
      ("a: &k !!int 3", "E0112 1:7"), ("a: !!set {b, c}", "E0112 1:4"), ("- !!seq\n  - 1", "E0112 1:3"),
      ("<<: {a: 1}", "E0113 1:1"), ("b: &x {a: 1}\nc:\n  <<: *x\n", "E0113 3:3"),
      ("[a, b]: 1", "E0114 1:1"), ("? [a]\n: 1", "E0114 1:3"), ("x: {{a: 1}: 2}", "E0114 1:5"),
      ("a: &k 1\n*k : 2", "E0114 2:1"), ("a: &k [1]\n? *k\n: 2", "E0114 2:1"),
      ("a: 1\nb: 2\na: 3", "E0109 3:1"), ("a: {b: 1, b: 2}", "E0109 1:11"), ("a: 1\n\"a\": 2", "E0109 2:1"),
      ("1: a\n\"1\": b", "E0109 2:1"), ("x:\n  b: 1\n  c: 2\n  b : 3", "E0109 4:3"),
      ("a: 1\n---\nb: 2", "E0115 2:1"), ("", "E0117 1:1"), ("# only a comment\n", "E0117 1:1"),
      ("a: b: c", "E0116 1:5"), ("a: *b", "E0107 1:4"), ("a: [1, 2", "E0107 1:9"), ("a: \"b", "E0107 1:4"),
      ("a: @b", "E0107 1:4"), ("a: `b`", "E0107 1:4"), ("a: %b", "E0107 1:4"), ("a:\n\tb: 1", "E0107 2:1"),
      ("a: 'p' @ q", "E0107 1:8"), ("a: [1] @ p", "E0107 1:8"), ("a: {b} + 1", "E0107 1:8"),
      ("a: 1\n  b: 2", "E0116 2:4"), ("a: \"\\q\"", "E0107 1:4"), ("a: \"\\uD800\"", "E0107 1:4"),
    ])
  func refused(text: String, expected: String) {
    do throws(SpecError) {
      let tree = try tree(text)
      Issue.record("read as \(describe(tree))")
    } catch {
      #expect(summary(error) == expected, "\(error.text)")
    }
  }

  @Test("an anchor is passed over")
  func anchors() throws {
    let tree = try tree("a: &x [1, 2]\nb: *x\nc: &y z\nd: *y\n")
    #expect(describe(tree) == "{a: [1, 2], b: [1, 2], c: z, d: z}")
    let z = try #require((0..<tree.count).first { tree.text(of: $0) == "z" })
    #expect(tree.location(of: z) == TextLocation(line: 3, column: 7))
  }

  @Test("an alias bomb is counted, not expanded")
  func bomb() {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1..<40 {
      text +=
        "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
        + "]\n"
    }
    #expect(errors(text).hasPrefix("E0111"))
    #expect(errors(text + "? *a39\n: 1\n").hasPrefix("E0114"))
    #expect(errors(text + "*a39 : 1\n").hasPrefix("E0114"))
    #expect(errors(text + "{*a39 : 1}: 1\n").hasPrefix("E0114"))
  }

  @Test("depth ends in a message", arguments: [300, 900, 5_000, 200_000])
  func depth(levels: Int) {
    for opening in ["[", "{\"a\": ", "x: {a: ", "- ", "? "] {
      let code = errors(String(repeating: opening, count: levels)).prefix(5)
      #expect(["E0110", "E0107", "E0108", "E0114"].contains(code), "\(opening) \(code)")
    }
    let closed = "a: " + String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
    #expect(errors(closed).prefix(5) == "E0110")
  }

  @Test("depth needs no stack of the caller")
  func smallStack() {
    let done = DispatchSemaphore(value: 0)
    let thread = Thread {
      for text in ["[", "- ", "x: {a: "] {
        #expect(errors(String(repeating: text, count: 990) + "a").hasPrefix("E01"))
      }
      #expect(
        errors("a: " + String(repeating: "[", count: 900) + String(repeating: "]", count: 900))
          == "E0110 1:259")
      done.signal()
    }
    thread.stackSize = 128 << 10
    thread.start()
    done.wait()
  }

  @Test("256 levels are read")
  func allowedDepth() throws {
    let text = String(repeating: "[", count: 254) + "x" + String(repeating: "]", count: 254)
    #expect(describe(try tree("a: " + text)) == "{a: \(text)}")
    #expect(throws: SpecError.self) { try tree("a: [[" + text + "]]") }
  }

  @Test("long lines are read in linear time")
  func longLine() throws {
    let count = 100_000
    let tree = try tree("a: [" + (0..<count).map { "[\($0)]" }.joined(separator: ", ") + "]")
    #expect(tree.count == 2 * count + 3)
    let last = tree.location(of: tree.count - 1)
    #expect(last.line == 1 && last.column > 7 * count)
  }

  @Test("line ends and the byte order mark do not count")
  func lineEnds() throws {
    for text in ["a: 1\nb: [2]\n", "a: 1\r\nb: [2]\r\n", "\u{FEFF}a: 1\nb: [2]", "a: 1\rb: [2]\r"] {
      let tree = try tree(text)
      #expect(describe(tree) == "{a: 1, b: [2]}")
      #expect(tree.location(of: tree.count - 1) == TextLocation(line: 2, column: 5))
    }
  }

  @Test("carets of quoted scalars count escapes")
  func quotedOrigins() throws {
    func column(_ line: String, of word: String) throws -> Int? {
      let tree = try tree(line)
      let node = try #require((0..<tree.count).last)
      let text = try #require(tree.text(of: node))
      let start = try #require(text.firstRange(of: word)).lowerBound
      return tree.origin(of: node).location(of: text[..<start].utf8.count, in: Array(text.utf8))
        .column
    }
    #expect(try column("a: 'b + zz'", of: "zz") == 9)
    #expect(try column("a: 'it''s zz'", of: "zz") == 11)
    #expect(try column("a: \"p[\\\"r\\\"] zz\"", of: "zz") == 14)
    #expect(try column("a: \"\\u00e9\\x41é\\U0001F600 zz\"", of: "zz") == 27)
    #expect(try column("{\"a\": \"\\uD83D\\uDE00é \\/ zz\"}", of: "zz") == 25)
    #expect(try column("a: b + zz", of: "zz") == 8)
    #expect(try column("a: >\n  b + zz", of: "zz") == 4)
    #expect(try column("a: b +\n  zz", of: "zz") == 4)
    #expect(try column("a: \"b +\n  zz\"", of: "zz") == 4)
  }
}

@Suite("JSON")
struct JSONReaderTests {
  @Test("a document")
  func document() throws {
    let tree = try tree(
      "  { \"a\" : [1, -2.5e3, \"x\\n\\u00e9\\/\", true, null, {}, []],\n \"b\":{\"c\":\"\\uD83D\\uDE00\"} }\n"
    )
    #expect(describe(tree) == "{\"a\": [1, -2.5e3, \"x\né/\", true, null, {}, []], \"b\": {\"c\": \"😀\"}}")
    let b = try #require((0..<tree.count).first { tree.text(of: $0) == "b" })
    #expect(tree.location(of: b) == TextLocation(line: 2, column: 2))
  }

  @Test(
    "strictness",
    arguments: [
      ("{\"a\": 1,}", "E0108 1:9"), ("{\"a\": [1,]}", "E0108 1:10"), ("{\"a\" 1}", "E0108 1:6"),
      ("{a: 1}", "E0108 1:2"),
      ("{'a': 1}", "E0108 1:2"), ("{\"a\": 'b'}", "E0108 1:7"), ("{\"a\": 01}", "E0108 1:7"),
      ("{\"a\": +1}", "E0108 1:7"),
      ("{\"a\": .5}", "E0108 1:7"), ("{\"a\": 1.}", "E0108 1:7"), ("{\"a\": NaN}", "E0108 1:7"),
      ("{\"a\": 1e}", "E0108 1:7"),
      ("{\"a\": yes}", "E0108 1:7"), ("{\"a\": 1} x", "E0108 1:10"), ("{\"a\": 1", "E0108 1:8"),
      ("{", "E0108 1:2"),
      ("{\"a\": \"b", "E0108 1:7"), ("{\"a\": \"b\n\"}", "E0108 1:7"), ("{\"a\": \"\\q\"}", "E0108 1:8"),
      ("{\"a\": \"\\uD800\"}", "E0108 1:8"), ("{\"a\": 1 // c\n}", "E0108 1:9"),
      ("{\"a\": [1 2]}", "E0108 1:10"),
      ("{\"a\": 1, \"b\": 2, \"a\": 3}", "E0109 1:18"), ("{\"é\": 1, \"b\" 2}", "E0108 1:14"),
      ("{,}", "E0108 1:2"),
      ("{\"a\": [}", "E0108 1:8"), ("{\"a\": ]}", "E0108 1:7"), ("{\"a\": 1]", "E0108 1:8"),
      ("{} {}", "E0108 1:4"),
    ])
  func strict(text: String, expected: String) {
    do throws(SpecError) {
      let tree = try tree(text)
      Issue.record("read as \(describe(tree))")
    } catch {
      #expect(summary(error) == expected, "\(error.text)")
    }
  }

  @Test("depth ends in a message")
  func depth() throws {
    #expect(errors(String(repeating: "{\"a\":", count: 100_000)).hasPrefix("E0110"))
    #expect(errors("{\"a\": " + String(repeating: "[", count: 100_000)).hasPrefix("E0110"))
    let text = String(repeating: "[", count: 255) + "1" + String(repeating: "]", count: 255)
    #expect(describe(try tree("{\"a\": " + text + "}")) == "{\"a\": \(text)}")
  }

  @Test("an objective file in JSON")
  func objective() throws {
    let file = try read(
      "{\"entropic\": 1, \"unknowns\": {\"p\": \"simplex(3)\"}, \"minimize\": \"p[1] + 2\", \"subject to\": [{\"c\": \"p[2] <= 0.5\"}]}"
    )
    #expect(file.objective?.expression.outline == "(+(index p 1.0) +2.0)")
    #expect(file.constraints.first?.name?.text == "c")
  }
}

@Suite("source files")
struct SourceFileTests {
  @Test("encodings are named")
  func encodings() {
    func message(_ bytes: [UInt8]) -> String {
      do throws(SpecError) {
        _ = try SourceFile(name: "f", contents: bytes)
        return ""
      } catch {
        return error.diagnostics[0].code.rawValue + " " + error.diagnostics[0].message
      }
    }
    #expect(message([0xFF, 0xFE, 0x61, 0]).contains("E0105 the file is encoded in UTF-16 (little endian)"))
    #expect(message([0xFE, 0xFF, 0, 0x61]).contains("UTF-16 (big endian)"))
    #expect(message([0x61, 0, 0x62, 0]).contains("UTF-16 (little endian)"))
    #expect(message([0, 0x61, 0, 0x62]).contains("UTF-16 (big endian)"))
    #expect(message([0xFF, 0xFE, 0, 0]).contains("UTF-32"))
    #expect(message([0x61, 0xE9, 0x62]).hasPrefix("E0106"))
    #expect(message([0x61, 0xC0, 0x80]).hasPrefix("E0106"))
    #expect(message([0x61, 0xED, 0xA0, 0x80]).hasPrefix("E0106"))
    #expect(message([0x61, 0xF4, 0x90, 0x80, 0x80]).hasPrefix("E0106"))
    #expect(message([0x61, 0xE2, 0x82]).hasPrefix("E0106"))
    #expect(message([0x61, 0x00, 0x62]).hasPrefix("E0106"))
    #expect(message([0x61, 0xE2, 0x80, 0xA8]).hasPrefix("E0106"))
    #expect(message(Array("grün €😀".utf8)).isEmpty)
  }

  @Test("places and bytes are inverse to each other")
  func places() throws {
    let file = try SourceFile(name: "f", text: "aé😀b\r\n\nxyz")
    for offset in [0, 1, 3, 7, 8, 10, 11, 12, 13, 14] {
      #expect(file.byte(at: file.location(ofByte: offset)) == offset)
    }
    #expect(file.location(ofByte: 7) == TextLocation(line: 1, column: 4))
    #expect(file.location(ofByte: 13) == TextLocation(line: 3, column: 3))
    #expect(file.excerpt(at: TextLocation(line: 1, column: 1)) == "aé😀b")
    #expect(file.excerpt(at: TextLocation(line: 9, column: 1)) == nil)
  }

  @Test("size has a limit")
  func size() {
    var limits = SpecLimits()
    limits.fileBytes = 10
    #expect(throws: SpecError.self) {
      try SourceFile(name: "f", contents: Array(repeating: 0x61, count: 11), limits: limits)
    }
    #expect(throws: Never.self) {
      try SourceFile(name: "f", contents: Array(repeating: 0x61, count: 10), limits: limits)
    }
  }
}
