import Foundation
import Testing

import EntropicSpec

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("data files on disk")
struct DataLoaderTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write("1,2\n3,4\n", to: "inside/a.csv")
    try folder.write("secret,2\nx,4\n", to: "outside/b.csv")
    try folder.write("1,2\n", to: "inside-too/c.csv")
  }

  /// Loads `path` for an objective file in the folder `inside`, or gives `code exit line:column`.
  private func load(_ path: String, roots: [String] = [], _ change: (inout DataFile) -> Void = { _ in })
    -> String
  {
    do throws(SpecError) {
      let source = try SourceFile(name: "o.yaml", text: "a: {file: \(path)}")
      var file = DataFile(path: LocatedText(path, at: TextLocation(line: 1, column: 11)))
      change(&file)
      let loader = DataLoader(objectivePath: folder.path + "/inside/o.yaml", roots: roots)
      let (data, warnings) = try loader.load(file, for: source)
      guard case .dense(let array) = data.content else { return "sparse" }
      return "\(array.shape) \(array.values)" + (warnings.isEmpty ? "" : " \(warnings.count) warning")
    } catch {
      #expect(!error.text.contains("secret"))
      let first = error.diagnostics[0]
      return "\(first.code.rawValue) \(error.exitCode) \(first.file):\(first.line ?? 0):\(first.column ?? 0)"
    }
  }

  @Test("a table beside the objective file")
  func inside() throws {
    #expect(load("a.csv") == "[2, 2] [1.0, 2.0, 3.0, 4.0]")
    #expect(load("./x/../a.csv") == "E0501 66 o.yaml:1:11")
    #expect(load(folder.path + "/inside/a.csv") == "[2, 2] [1.0, 2.0, 3.0, 4.0]")
    try folder.write("[1, 2]", to: "inside/d.json")
    #expect(load("d.json") == "[2] [1.0, 2.0]")
    #expect(load("d.json") { $0.header = true } == "E0210 65 o.yaml:1:11")
    try folder.write("1\t1e-400\n", to: "inside/e.tsv")
    #expect(load("e.tsv") == "[1, 2] [1.0, 0.0] 1 warning")
    try folder.write("1;2\n", to: "inside/f.dat")
    #expect(load("f.dat") == "E0506 65 o.yaml:1:11")
    #expect(load("f.dat") { $0.delimiter = UInt8(ascii: ";") } == "[1, 2] [1.0, 2.0]")
  }

  @Test("a mapped array is the array that is read, and a cut one is refused")
  func mapped() throws {
    func npy(_ descr: String, _ numbers: [Double], fortran: Bool = false) -> Data {
      let order = fortran ? "True" : "False"
      let header = "{'descr': '\(descr)', 'fortran_order': \(order), 'shape': (2, \(numbers.count / 2)), }\n"
      var data = Data([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, UInt8(header.utf8.count), 0])
      data += Data(header.utf8)
      for number in numbers {
        let bits = descr.hasPrefix(">") ? number.bitPattern.bigEndian : number.bitPattern.littleEndian
        withUnsafeBytes(of: bits) { data += Data($0) }
      }
      return data
    }
    let url = URL(fileURLWithPath: folder.path + "/inside/m.npy")
    let numbers = [1.5, -2, 3, 1e300, 0, -0.25]
    for (descr, fortran) in [("<f8", false), ("<f8", true), (">f8", false)] {
      let whole = npy(descr, numbers, fortran: fortran)
      try whole.write(to: url)
      let read = load("m.npy")
      #expect(read.hasPrefix("[2, 3] [1.5, "))
      #expect(load("m.npy") { $0.map = true } == read)
      for count in [whole.count - 1, whole.count - 8, 60, 11, 9, 0] {
        try whole.prefix(count).write(to: url)
        let refused = load("m.npy") { $0.map = true }
        #expect(refused.hasPrefix("E0513") || refused.hasPrefix("E0514"), "\(count)")
        #expect(refused == load("m.npy"))
      }
      try (whole + Data([0])).write(to: url)
      #expect(load("m.npy") { $0.map = true }.hasPrefix("E0514 65 m.npy"))
    }
    try npy("<f8", [1, .nan]).write(to: url)
    #expect(load("m.npy") { $0.map = true }.hasPrefix("E0604 65 m.npy"))
    #expect(load("absent.npy") { $0.map = true } == "E0501 66 o.yaml:1:11")
    try FileManager.default.removeItem(at: url)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    #expect(load("m.npy") { $0.map = true } == "E0503 66 o.yaml:1:11")
  }

  @Test("faults inside the file are shown there")
  func faults() throws {
    try folder.write("a,b\n1,2\n3,x\n", to: "inside/g.csv")
    #expect(load("g.csv") == "E0509 65 g.csv:3:3")
    #expect(
      load("g.csv") { $0.column = LocatedText("c", at: TextLocation(line: 1, column: 5)) }
        == "E0511 65 o.yaml:1:5")
    try folder.write([0x93], to: "inside/h.npy")
    #expect(load("h.npy") == "E0513 65 h.npy:0:0")
    try folder.write("é,b\n1,2\n3,", to: "inside/i.csv")
    #expect(load("i.csv") == "E0510 65 i.csv:3:3")
  }

  @Test("paths outside the folder are refused")
  func outside() throws {
    #expect(load("../outside/b.csv") == "E0502 77 o.yaml:1:11")
    #expect(load(folder.path + "/outside/b.csv") == "E0502 77 o.yaml:1:11")
    #expect(load("../inside-too/c.csv") == "E0502 77 o.yaml:1:11")
    #expect(load("../outside/missing.csv") == "E0502 77 o.yaml:1:11")
    #expect(load("../nowhere/at/all.csv") == "E0502 77 o.yaml:1:11")
    #expect(load("/etc/passwd.csv") == "E0502 77 o.yaml:1:11")
    #expect(load("~/b.csv") == "E0502 77 o.yaml:1:11")
    #expect(load("https://example.org/b.csv") == "E0502 77 o.yaml:1:11")
    #expect(load("$HOME/b.csv") == "E0501 66 o.yaml:1:11")
    #expect(load("*.csv") == "E0501 66 o.yaml:1:11")
    #expect(load("a\u{0}.csv") == "E0106 65 o.yaml:1:12")
    #expect(
      load("../outside/b.csv", roots: [folder.path + "/outside"])
        == "E0509 65 ../outside/b.csv:2:1")
    #expect(load("../inside-too/c.csv", roots: [folder.path + "/inside-too"]) == "[1, 2] [1.0, 2.0]")
  }

  @Test("links are judged by where they lead")
  func links() throws {
    let inside = folder.path + "/inside/"
    #expect(symlink("a.csv", inside + "l1.csv") == 0)
    #expect(symlink("../outside/b.csv", inside + "l2.csv") == 0)
    #expect(symlink("../outside", inside + "l3") == 0)
    #expect(symlink("l4.csv", inside + "l4.csv") == 0)
    #expect(symlink("../outside/gone.csv", inside + "l5.csv") == 0)
    #expect(load("l1.csv") == "[2, 2] [1.0, 2.0, 3.0, 4.0]")
    #expect(load("l2.csv") == "E0502 77 o.yaml:1:11")
    #expect(load("l3/b.csv") == "E0502 77 o.yaml:1:11")
    #expect(load("l3/none.csv") == "E0502 77 o.yaml:1:11")
    #expect(load("l4.csv") == "E0501 66 o.yaml:1:11")
    #expect(load("l5.csv") == "E0501 66 o.yaml:1:11")
  }

  @Test("only regular files are opened, without waiting")
  func irregular() throws {
    let inside = folder.path + "/inside/"
    #expect(mkfifo(inside + "pipe.csv", 0o600) == 0)
    #expect(mkdir(inside + "folder.csv", 0o700) == 0)
    #expect(load("pipe.csv") == "E0503 66 o.yaml:1:11")
    #expect(load("folder.csv") == "E0503 66 o.yaml:1:11")
    #expect(load("") == "E0506 65 o.yaml:1:11")
    do throws(SpecError) {
      _ = try ObjectiveFile.read(path: inside + "pipe.csv")
      Issue.record("read a pipe")
    } catch {
      #expect(error.exitCode == 66 && error.diagnostics[0].code == .irregularFile)
    }
  }

  @Test("sizes have limits")
  func sizes() throws {
    var limits = SpecLimits()
    limits.dataFileBytes = 7
    let source = try SourceFile(name: "o.yaml", text: "x")
    let file = DataFile(path: LocatedText("a.csv", at: TextLocation(line: 1, column: 1)))
    do throws(SpecError) {
      _ = try DataLoader(folder: folder.path + "/inside", limits: limits).load(file, for: source)
      Issue.record("read too much")
    } catch {
      #expect(error.diagnostics[0].code == .oversizedData)
      #expect(
        error.diagnostics[0].message.contains("8 bytes") && error.diagnostics[0].message.contains("at most 7")
      )
    }
  }

  @Test("the digest is of the bytes of the file")
  func digest() throws {
    try folder.write("abc,d\n1,2\n", to: "inside/k.csv")
    let source = try SourceFile(name: "o.yaml", text: "x")
    let file = DataFile(path: LocatedText("k.csv", at: TextLocation(line: 1, column: 1)))
    let data = try DataLoader(folder: folder.path + "/inside").load(file, for: source).data
    // printf 'abc,d\n1,2\n' | sha256sum
    #expect(data.digest == "2feba706f219d8423b86ded93283cdc2a379aed943b2be568a7552a5d6ac392d")
    #expect(data.byteCount == 10 && data.path == "k.csv")
  }
}
