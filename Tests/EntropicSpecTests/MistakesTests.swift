import Foundation
import Testing

import EntropicSpec

/// The fixture folders, from the place of this file.
private let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .appendingPathComponent("Fixtures")

/// One entry of `Fixtures/mistakes/index.json`, as far as reading is concerned.
struct Mistake: Decodable, CustomTestStringConvertible, Sendable {
  var file: String
  var code: String
  var severity: String
  var line: Int?
  var column: Int?
  var also: [[Int]]
  var message: String
  var hint: String?

  var testDescription: String { file }

  private struct Index: Decodable { var mistakes: [Mistake] }

  private static var all: [Mistake] {
    get throws {
      let data = try Data(contentsOf: fixtures.appendingPathComponent("mistakes/index.json"))
      return try JSONDecoder().decode(Index.self, from: data).mistakes
    }
  }

  /// The mistakes that are seen before names have a meaning: bytes, structure, syntax, and the lists of
  /// numbers.
  static var read: [Mistake] {
    get throws {
      let codes = [
        "E0301", "E0302", "E0303", "E0304", "E0305", "E0306", "E0308", "E0309", "E0310", "E0603",
      ]
      let later = [
        "cycle.yaml", "lambda-shadows.yaml", "repeated-argument.yaml", "mapped-table.yaml",
        "unknown-method.yaml",
      ]
      return try all.filter { mistake in
        let isStructure = mistake.code.hasPrefix("E01") || mistake.code.hasPrefix("E02")
        return (isStructure && !later.contains(mistake.file)) || codes.contains(mistake.code)
      }
    }
  }

  /// The faults of data files.
  static var data: [Mistake] {
    get throws { try all.filter { $0.code.hasPrefix("E05") || $0.file == "mapped-table.yaml" } }
  }
}

@Suite("mistakes")
struct MistakesTests {
  private func compare(_ mistake: Mistake, _ diagnostic: Diagnostic?, placed: Bool = true) throws {
    let found = try #require(diagnostic)
    #expect(found.code.rawValue == mistake.code, "\(found.text)")
    #expect(found.severity.rawValue == mistake.severity)
    #expect(mistake.message.isEmpty || found.message.contains(mistake.message), "\(found.text)")
    if let hint = mistake.hint { #expect(found.hint?.contains(hint) == true, "\(found.text)") }
    if let line = mistake.line, let column = mistake.column, placed {
      let places = [[line, column]] + mistake.also
      #expect(places.contains([found.line ?? 0, found.column ?? 0]), "\(found.text)")
    }
  }

  @Test("the message, its place and its hint", arguments: try Mistake.read)
  func reading(mistake: Mistake) throws {
    let path = fixtures.appendingPathComponent("mistakes/" + mistake.file).path
    var found: Diagnostic?
    do throws(SpecError) {
      found = try ObjectiveFile.read(path: path).warnings.first
    } catch {
      found = error.diagnostics.first { $0.severity == .error }
      #expect(error.exitCode == 65)
    }
    try compare(mistake, found)
  }

  @Test("data files", arguments: try Mistake.data)
  func data(mistake: Mistake) throws {
    let path = fixtures.appendingPathComponent("mistakes/" + mistake.file).path
    let file = try ObjectiveFile.read(path: path)
    let loader = DataLoader(objectivePath: path)
    for entry in file.data {
      guard case .file(let data) = entry.value else { continue }
      do throws(SpecError) {
        _ = try loader.load(data, for: file.source)
        Issue.record("loaded \(data.path.text)")
      } catch {
        // Faults of the contents are shown in the data file itself.
        try compare(mistake, error.diagnostics.first, placed: error.diagnostics.first?.file == path)
      }
    }
  }

  @Test("the files of the catalogue read without a message")
  func catalogue() throws {
    var count = 0
    let folder = fixtures.appendingPathComponent("cases")
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    where name.hasSuffix(".yaml") {
      do throws(SpecError) {
        let file = try ObjectiveFile.read(path: folder.appendingPathComponent(name).path)
        #expect(file.warnings.isEmpty, "\(name)")
        count += 1
      } catch {
        Issue.record("\(error.text)")
      }
    }
    #expect(count > 50)
  }
}
