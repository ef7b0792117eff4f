import Foundation
import Testing

import EntropicSpec

/// Tables whose bytes or words are not what they seem.
@Suite("hostile tables")
struct TableTextTests {
  /// The first error of an objective file with one data file, or what the data are.
  private func load(_ bytes: [UInt8], _ options: String = "", name: String = "t.csv") throws -> String {
    let folder = try TemporaryFolder()
    try folder.write(bytes, to: name)
    let file = try read("entropic: 1\ndata:\n  x: {file: \(name)\(options)}\nevaluate:\n  r: x\n")
    let loader = DataLoader(folder: folder.path)
    guard case .file(let data)? = file.data.first?.value else { return "no file" }
    do throws(SpecError) {
      let loaded = try loader.load(data, for: file.source).data
      guard case .dense(let array) = loaded.content else { return "sparse" }
      return "\(array.values)"
    } catch {
      let first = error.diagnostics[0]
      return "\(first.code.rawValue) \(first.file):\(first.line ?? 0):\(first.column ?? 0)"
    }
  }

  @Test(
    "words for infinite values are no names of columns",
    arguments: [
      "inf,2\n3,4\n", "-inf,2\n3,4\n", "Infinity,2\n3,4\n", "+INF,2\n3,4\n", ".inf,2\n3,4\n",
      "1.#INF,2\n3,4\n", "-nan,2\n3,4\n",
    ])
  func infinite(text: String) throws {
    #expect(try load(Array(text.utf8)) == "E0604 t.csv:1:1")
  }

  @Test("with 'header: true' they may be names; among names they are an error, too large numbers always")
  func names() throws {
    #expect(try load(Array("inf,2\n3,4\n".utf8), ", header: true") == "[3.0, 4.0]")
    #expect(try load(Array("loss,inf\n3,4\n".utf8)) == "E0604 t.csv:1:6")
    #expect(try load(Array("1e400,2\n3,4\n".utf8)) == "E0305 t.csv:1:1")
    #expect(try load(Array("info,2\n3,4\n".utf8)) == "[3.0, 4.0]")
  }

  @Test("every byte is checked, also in columns that are not asked for")
  func bytes() throws {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    #expect(try load(mark + Array("1,2\n".utf8)) == "[1.0, 2.0]")
    #expect(try load(mark + mark + Array("1,2\n3,4\n".utf8)) == "E0507 t.csv:1:1")
    #expect(
      try load(Array("a,b\n".utf8) + [0xFF] + Array(",2\n".utf8), ", columns: [b]") == "E0507 t.csv:2:1")
    #expect(try load(Array("a,b\nx".utf8) + [0] + Array(",2\n".utf8), ", columns: [b]") == "E0507 t.csv:2:2")
    // Old line ends count as lines.
    #expect(try load(Array("1,2\r3,x\r".utf8)) == "E0509 t.csv:2:3")
  }

  @Test("a label is given once")
  func labels() throws {
    #expect(try load(Array("n,a\nx,1\ny,2\n".utf8), ", label_column: n") == "[1.0, 2.0]")
    #expect(try load(Array("n,a\nx,1\ny,2\nx,3\n".utf8), ", label_column: n") == "E0209 t.csv:4:1")
  }

  @Test("faults of triples and of arrays are told of the data file")
  func places() throws {
    let triples = ", sparse: [1, 2, 3]"
    #expect(try load(Array("1,1,5\n1,2,6\n1,1,7\n".utf8), triples) == "E0517 t.csv:3:1")
    #expect(try load(Array("1,1,5\n0.5,2,6\n".utf8), triples) == "E0517 t.csv:2:1")
    #expect(try load(Array("nothing".utf8), name: "a.npy") == "E0513 a.npy:0:0")
  }

  @Test("only arrays can be mapped")
  func map() throws {
    #expect(try load(Array("1,2\n".utf8), ", map: true") == "E0210 test.yaml:3:13")
  }
}
