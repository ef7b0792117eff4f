import Foundation
import Testing

import EntropicSpec

/// What a table gives, in short form, or its error.
private func table(
  _ text: String, _ change: (inout DataFile) -> Void = { _ in }, delimiter: Unicode.Scalar = ","
) -> String {
  var file = DataFile(path: LocatedText("t.csv", at: TextLocation(line: 1, column: 1)))
  change(&file)
  let bytes = Array(text.utf8)
  do throws(DataFault) {
    let content = try bytes.withUnsafeBufferPointer { buffer throws(DataFault) in
      var reader = TableReader(
        bytes: buffer, file: file, delimiter: UInt8(ascii: delimiter), limits: SpecLimits())
      return try reader.read()
    }
    switch content {
    case .dense(let array):
      return "\(array.shape) \(array.values)" + (array.columnNames.map { " \($0)" } ?? "")
        + (array.rowLabels.map { " \($0)" } ?? "")
    case .sparse(let data):
      return "\(data.rowCount)x\(data.columnCount) \(data.rows) \(data.columns) \(data.values)"
    }
  } catch {
    return error.code.rawValue + (error.offset.map { " \($0)" } ?? "")
  }
}

private func located(_ texts: String...) -> [LocatedText] {
  texts.map { LocatedText($0, at: TextLocation(line: 7, column: 8)) }
}

@Suite("tables")
struct TableReaderTests {
  @Test(
    "cells and rows",
    arguments: [
      ("1,2\n3,4\n", "[2, 2] [1.0, 2.0, 3.0, 4.0]"), ("1,2\r\n3,4", "[2, 2] [1.0, 2.0, 3.0, 4.0]"),
      ("a,b\n1,2\n", "[1, 2] [1.0, 2.0] [\"a\", \"b\"]"), ("v\n1\n2\n\n\n", "[2] [1.0, 2.0] [\"v\"]"),
      ("\"a \"\"q\"\"\",\"b\nc\"\n\"1\", 2 \n", "[1, 2] [1.0, 2.0] [\"a \\\"q\\\"\", \"b\\nc\"]"),
      ("1;2\n", "E0518"), ("a\n1;2\n", "E0509 2"), ("a,b\n1,x\n", "E0509 6"), ("a,b\n1\n", "E0508 4"),
      ("1,2\n3,4,5\n", "E0508 4"),
      ("", "E0518"), ("\n\n", "E0518"), ("a,b\n", "E0518"), ("a,a\n1,2\n", "E0512 2"), ("1,\n", "E0510 2"),
      ("1,NA\n2,3\n", "E0510 2"), ("a,b\n1,nan\n", "E0510 6"), ("1,inf\n", "E0604 2"),
      ("a,b\n1,-inf\n", "E0604 6"),
      ("a,b\n1,1e400\n", "E0305 6"), ("a,b\n1,\"2\n", "E0507 6"), ("a,b\n1,\"2\"x\n", "E0507 9"),
      ("a,b\n1,2\"\n", "E0507 7"),
      ("a,b\n1,0x10\n", "E0509 6"), ("a,b\n1,1_0\n", "E0509 6"),
      ("a,b\n+1,-.5\n", "[1, 2] [1.0, -0.5] [\"a\", \"b\"]"),
      ("\u{FEFF}a,b\n1,2\n", "[1, 2] [1.0, 2.0] [\"a\", \"b\"]"), ("a,b\n1,2\n\n3,4\n", "E0508 8"),
    ])
  func cells(text: String, expected: String) {
    #expect(table(text) == expected)
  }

  @Test("options")
  func options() {
    #expect(table("1,2\n3,4\n") { $0.header = true } == "[1, 2] [3.0, 4.0] [\"1\", \"2\"]")
    #expect(table("a,b\n1,2\n") { $0.header = false } == "E0509 0")
    #expect(
      table("a,b,c\n1,x,3\n4,y,6\n") { $0.columns = located("c", "a") }
        == "[2, 2] [3.0, 1.0, 6.0, 4.0] [\"c\", \"a\"]")
    #expect(table("a,b\n1,2\n3,4\n") { $0.column = located("b")[0] } == "[2] [2.0, 4.0] [\"b\"]")
    #expect(table("a\n1\n2\n") { $0.columns = located("a") } == "[2, 1] [1.0, 2.0] [\"a\"]")
    #expect(table("a,b\n1,2\n") { $0.column = located("c")[0] } == "E0511")
    #expect(table("1,2\n3,4\n") { $0.column = located("2")[0] } == "[2] [2.0, 4.0]")
    #expect(table("1,2\n3,4\n") { $0.column = located("3")[0] } == "E0511")
    #expect(
      table("n,b\nx,2\ny,4\n") { $0.labelColumn = located("n")[0] } == "[2] [2.0, 4.0] [\"b\"] [\"x\", \"y\"]"
    )
    #expect(
      table("x,2,3\ny,4,5\n") { $0.labelColumn = located("1")[0] }
        == "[2, 2] [2.0, 3.0, 4.0, 5.0] [\"x\", \"y\"]")
    #expect(table("a,b\n1,\n3,4\nNA,1\n") { $0.missing = .drop } == "[1, 2] [3.0, 4.0] [\"a\", \"b\"]")
    #expect(table("a,b\n1,\n") { $0.missing = .drop } == "E0518")
    #expect(table("1\t2\n", delimiter: "\t") == "[1, 2] [1.0, 2.0]")
    #expect(
      table("i,j,v\n1,2,0.5\n3,1,2\n") { $0.sparse = located("i", "j", "v") }
        == "3x2 [0, 2] [1, 0] [0.5, 2.0]")
    #expect(table("i,j,v\n1,2,0.5\n1,2,2\n") { $0.sparse = located("i", "j", "v") } == "E0517 14")
    #expect(table("i,j,v\n0,2,0.5\n") { $0.sparse = located("i", "j", "v") } == "E0517 6")
    #expect(table("i,j,v\n1.5,2,0.5\n") { $0.sparse = located("i", "j", "v") } == "E0517 6")
  }

  @Test("a table cut at any byte never traps")
  func truncation() {
    let text = Array("name,a,\"b \"\"x\"\"\"\r\nq,1.5,-2e3\r\n\"r\ns\",3,4\r\n".utf8)
    for length in 0...text.count {
      let cut = String(decoding: text[..<length], as: UTF8.self)
      #expect(!table(cut) { $0.labelColumn = located("name")[0] }.isEmpty)
    }
  }

  @Test("limits of lines and columns")
  func limits() throws {
    var limits = SpecLimits()
    limits.columns = 3
    limits.lineBytes = 10
    limits.memoryBytes = 24
    func code(_ text: String) -> String {
      let bytes = Array(text.utf8)
      do throws(DataFault) {
        _ = try bytes.withUnsafeBufferPointer { buffer throws(DataFault) in
          var reader = TableReader(
            bytes: buffer, file: DataFile(path: located("t")[0]), delimiter: UInt8(ascii: ","), limits: limits
          )
          return try reader.read()
        }
        return ""
      } catch {
        return error.code.rawValue
      }
    }
    #expect(code("1,2,3\n") == "")
    #expect(code("1,2,3,4\n") == "E0505")
    #expect(code("1.000,2.00000\n") == "E0505")
    #expect(code("1,2\n3,4\n") == "E0611")
  }
}

@Suite("decimal numbers")
struct DecimalNumberTests {
  @Test("the nearest double, whatever the way")
  func rounding() {
    let cases = [
      "0", "-0", "1", "0.1", "3.333", "1e22", "1e23", "8.5e-23", "123456789012345678", "9007199254740993",
      "9007199254740992", "0.000001", "1.7976931348623157e308", "2.2250738585072014e-308", "4.9e-324",
      "5e-324",
      "2.2250738585072011e-308", "0.30000000000000004", "1234567890123456789012345",
      "00000000000000000000001.5",
      "0.00000000000000000000000000000015", "6.02214076e23", "1e15", "123456789e-30", "9.5e-1", "+7.25",
      "100000000000000000000000000000000000000000", "1.00000000000000011102230246251565404236316680908203125",
      "1.00000000000000011102230246251565404236316680908203124",
      "1.00000000000000011102230246251565404236316680908203126",
    ]
    for text in cases { #expect(DecimalNumber.parse(text) == .value(Double(text) ?? .nan), "\(text)") }
  }

  @Test("random digits")
  func random() {
    var state: UInt64 = 1
    func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 16
    }
    for _ in 0..<20_000 {
      let text = "\(next() % 1000).\(next() % 10_000_000_000)e\(Int(next() % 60) - 30)"
      #expect(DecimalNumber.parse(text) == .value(Double(text) ?? .nan), "\(text)")
    }
  }

  @Test("the whole token or nothing")
  func malformed() {
    for text in [
      "", "+", "-", ".", "e5", "1e", "1e+", " 1", "1 ", "1,5", "1_0", "nan", "inf", "0x1p3", "1.2.3", "--1",
      "1f", "١",
    ] {
      #expect(DecimalNumber.parse(text) == .malformed, "\(text)")
    }
    #expect(DecimalNumber.parse("1e400") == .overflow)
    #expect(DecimalNumber.parse("-1e309") == .overflow)
    #expect(DecimalNumber.parse("1e99999999999999999999") == .overflow)
    #expect(DecimalNumber.parse("1e-400") == .underflow)
    #expect(DecimalNumber.parse("0e99999999999999999999") == .value(0))
    #expect(DecimalNumber.parse("0.0000000000000000000000000e5") == .value(0))
  }
}

@Suite("SHA-256")
struct SHA256Tests {
  // FIPS 180-4 examples, and hashlib for the lengths around the block size.
  @Test(
    "known digests",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
      (
        String(repeating: "a", count: 1_000_000),
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
      ),
    ])
  func known(text: String, digest: String) {
    #expect(SHA256.digest(of: Array(text.utf8)) == digest)
  }

  @Test(
    "lengths around the block size",
    arguments: [
      (55, "d5e285683cd4efc02d021a5c62014694958901005d6f71e89e0989fac77e4072"),
      (56, "04c26261370ee7541549d16dee320c723e3fd14671e66a099afe0a377c16888e"),
      (63, "75220b47218278e656f2013bb8f0c455a25eaf01e86c64924e9d48d89776d6f2"),
      (64, "7ce100971f64e7001e8fe5a51973ecdfe1ced42befe7ee8d5fd6219506b5393c"),
      (65, "9537c5fdf120482f7d58d25e9ed583f52c02b4e304ea814db1633ad565aed7e9"),
      (119, "000b48d4edf0fa7bee3c6236ecd2785baa5db4eeb8bb54341b029e0d9fa5fb0c"),
      (120, "13f05a0b594787f5ecd315edc96141bd3243203d1b7d4f0836f37308b276ba98"),
    ])
  func blocks(length: Int, digest: String) {
    #expect(SHA256.digest(of: Array(repeating: UInt8(ascii: "x"), count: length)) == digest)
  }
}

@Suite("NPY files")
struct NPYReaderTests {
  private func file(_ header: String, _ data: [UInt8], version: UInt8 = 1) -> [UInt8] {
    let length = header.utf8.count
    var bytes: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, version, 0]
    bytes += [UInt8(length & 255), UInt8(length >> 8)] + (version == 1 ? [] : [0, 0])
    return bytes + Array(header.utf8) + data
  }

  private func header(_ descr: String, _ shape: String, fortran: Bool = false) -> String {
    "{'descr': '\(descr)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': \(shape), }\n"
  }

  private func read(_ bytes: [UInt8]) -> String {
    do throws(DataFault) {
      let array = try bytes.withUnsafeBufferPointer { buffer throws(DataFault) in
        try NPYReader(bytes: buffer, limits: SpecLimits()).read()
      }
      return "\(array.shape) \(array.values)"
    } catch {
      return error.code.rawValue
    }
  }

  @Test("element types and byte orders")
  func types() {
    let double: [UInt8] = [0, 0, 0, 0, 0, 0, 0xF8, 0x3F]  // 1.5
    #expect(read(file(header("<f8", "(1,)"), double)) == "[1] [1.5]")
    #expect(read(file(header(">f8", "(1,)"), double.reversed())) == "[1] [1.5]")
    #expect(read(file(header("<f8", "()"), double)) == "[] [1.5]")
    #expect(read(file(header("<f8", "(1,)"), double, version: 2)) == "[1] [1.5]")
    #expect(read(file(header("<f8", "(1,)"), double, version: 3)) == "[1] [1.5]")
    #expect(read(file(header("<f4", "(1,)"), [0, 0, 0x20, 0xC0])) == "[1] [-2.5]")
    #expect(read(file(header(">f4", "(1,)"), [0xC0, 0x20, 0, 0])) == "[1] [-2.5]")
    #expect(read(file(header("|i1", "(2,)"), [0xFF, 7])) == "[2] [-1.0, 7.0]")
    #expect(read(file(header("|u1", "(2,)"), [0xFF, 7])) == "[2] [255.0, 7.0]")
    #expect(read(file(header("<i2", "(1,)"), [0xFE, 0xFF])) == "[1] [-2.0]")
    #expect(read(file(header(">u2", "(1,)"), [1, 2])) == "[1] [258.0]")
    #expect(read(file(header("<i4", "(1,)"), [1, 0, 0, 0x80])) == "[1] [-2147483647.0]")
    #expect(read(file(header("<u4", "(1,)"), [1, 0, 0, 0x80])) == "[1] [2147483649.0]")
    #expect(
      read(file(header(">i8", "(1,)"), [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFD])) == "[1] [-3.0]")
    #expect(read(file(header("<u8", "(1,)"), [0, 0, 0, 0, 0, 0, 0, 0x80])) == "[1] [9.223372036854776e+18]")
  }

  @Test("rows first and columns first")
  func orders() {
    let data: [UInt8] = [1, 2, 3, 4, 5, 6]
    #expect(read(file(header("|u1", "(2, 3)"), data)) == "[2, 3] [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]")
    #expect(
      read(file(header("|u1", "(2, 3)", fortran: true), data)) == "[2, 3] [1.0, 3.0, 5.0, 2.0, 4.0, 6.0]")
    #expect(
      read(file(header("|u1", "(1, 2, 3)", fortran: true), data))
        == "[1, 2, 3] [1.0, 3.0, 5.0, 2.0, 4.0, 6.0]")
    #expect(
      read(file("{\"shape\":(6,),\"fortran_order\":False,\"descr\":\"|u1\"}", data))
        == "[6] [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]")
  }

  @Test("what is refused")
  func refused() {
    let one: [UInt8] = [1]
    #expect(read([]) == "E0513")
    #expect(read(Array("not an npy file".utf8)) == "E0513")
    #expect(read(file(header("|u1", "(2,)"), one)) == "E0514")
    #expect(read(file(header("|u1", "(1,)"), [1, 2])) == "E0514")
    #expect(read(file(header("|O", "(1,)"), one)) == "E0515")
    #expect(read(file(header("<f2", "(1,)"), [1, 2])) == "E0515")
    #expect(read(file(header("|f8", "(1,)"), one)) == "E0515")
    #expect(read(file(header("<U3", "(1,)"), one)) == "E0515")
    #expect(read(file(header("|u1", "(1, 1, 1, 1)"), one)) == "E0602")
    #expect(read(file(header("|u1", "(0,)"), [])) == "E0518")
    #expect(read(file(header("|u1", "(999999999999, 999999999999)"), one)) == "E0505")
    #expect(read(file(header("|u1", "(99999999999999999999,)"), one)) == "E0513")
    #expect(read(file(header("|u1", "(-1,)"), one)) == "E0513")
    #expect(read(file("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,)}", one)) == "E0513")
    #expect(read(file("{'descr': '|u1', 'descr': '|u1'}", one)) == "E0513")
    #expect(read(file("{'descr': '|u1', 'x': 1}", one)) == "E0513")
    #expect(read(file("{'descr': '|u1'}", one)) == "E0513")
    #expect(read(file(header("|u1", "(1,)"), one, version: 4)) == "E0513")
    #expect(read(file(header("<f8", "(1,)"), [0, 0, 0, 0, 0, 0, 0xF8, 0x7F])) == "E0604")
    #expect(read(file(header("<f4", "(1,)"), [0, 0, 0x80, 0x7F])) == "E0604")
    let whole = file(header("|u1", "(1,)"), one)
    for length in 0..<whole.count { #expect(read(Array(whole[..<length])).hasPrefix("E05")) }
  }
}

@Suite("JSON data")
struct JSONArrayReaderTests {
  @Test(
    "arrays",
    arguments: [
      ("[1, 2.5, -3e2]", "[3] [1.0, 2.5, -300.0]"),
      (" [[1,2],[3,4],[5,6]] ", "[3, 2] [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]"),
      ("[[[1],[2]]]", "[1, 2, 1] [1.0, 2.0]"), ("7", "[] [7.0]"), ("\u{FEFF}[1]", "[1] [1.0]"),
      ("[[[[1]]]]", "E0602"), ("[[1],[2,3]]", "E0603"), ("[[1],2]", "E0603"), ("[1,[2]]", "E0603"),
      ("[]", "E0518"),
      ("[[]]", "E0518"), ("[1,]", "E0516"), ("[1 2]", "E0516"), ("[1", "E0516"), ("", "E0516"),
      ("[1]]", "E0516"),
      ("[null]", "E0516"), ("[\"a\"]", "E0516"), ("{}", "E0516"), ("[01]", "E0516"), ("[+1]", "E0516"),
      ("[.5]", "E0516"),
      ("[1.]", "E0516"), ("[1e400]", "E0305"), ("[NaN]", "E0516"), ("[-]", "E0516"), ("[1e]", "E0516"),
      ("[1,,2]", "E0516"),
      ("[[[1,2],[3]]]", "E0603"), ("[[[1],[2]],[[3]]]", "E0603"),
    ])
  func arrays(text: String, expected: String) {
    let bytes = Array(text.utf8)
    do throws(DataFault) {
      let array = try bytes.withUnsafeBufferPointer { buffer throws(DataFault) in
        var reader = JSONArrayReader(bytes: buffer, limits: SpecLimits())
        return try reader.read()
      }
      #expect("\(array.shape) \(array.values)" == expected)
    } catch {
      #expect(error.code.rawValue == expected, "\(error.message)")
    }
  }
}
