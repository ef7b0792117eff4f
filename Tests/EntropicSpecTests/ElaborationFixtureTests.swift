import Foundation
import Testing

import EntropicSpec

private let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .appendingPathComponent("Fixtures")

/// One entry of `Fixtures/mistakes/index.json`.
struct StatedMistake: Decodable, CustomTestStringConvertible, Sendable {
  var file: String
  var exit_code: Int32
  var code: String
  var severity: String
  var line: Int?
  var column: Int?
  var also: [[Int]]
  var message: String
  var hint: String?

  var testDescription: String { file }

  static var all: [StatedMistake] {
    get throws {
      struct Index: Decodable { var mistakes: [StatedMistake] }
      let data = try Data(contentsOf: fixtures.appendingPathComponent("mistakes/index.json"))
      return try JSONDecoder().decode(Index.self, from: data).mistakes
    }
  }
}

/// Reads and elaborates the file at `path`.
func elaborated(path: String, methods: [String]? = nil) throws(SpecError) -> ElaboratedFile {
  let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
  return try Elaboration(ObjectiveFile.read(path: path), folder: folder, methods: methods).run()
}

@Suite("fixtures elaborate")
struct ElaborationFixtureTests {
  static let methods = [
    "mirror-descent", "kl-proximal", "dual-newton", "interior-point", "support-newton", "frank-wolfe",
  ]

  @Test("mistakes: exit, code, place, message, hint", arguments: try StatedMistake.all)
  func mistake(_ mistake: StatedMistake) throws {
    let path = fixtures.appendingPathComponent("mistakes/" + mistake.file).path
    var found: Diagnostic?
    var exit: Int32 = 0
    do throws(SpecError) {
      found = try elaborated(path: path, methods: Self.methods).warnings.first
    } catch {
      found = error.diagnostics.first { $0.severity == .error }
      exit = error.exitCode
    }
    let diagnostic = try #require(found)
    #expect(exit == mistake.exit_code, "\(diagnostic.text)")
    #expect(diagnostic.code.rawValue == mistake.code, "\(diagnostic.text)")
    #expect(diagnostic.severity.rawValue == mistake.severity)
    #expect(mistake.message.isEmpty || diagnostic.message.contains(mistake.message), "\(diagnostic.text)")
    if let hint = mistake.hint { #expect(diagnostic.hint?.contains(hint) == true, "\(diagnostic.text)") }
    // Faults of the contents of data files are shown in the data file itself.
    if let line = mistake.line, let column = mistake.column, diagnostic.file == path {
      let places = [[line, column]] + mistake.also
      #expect(places.contains([diagnostic.line ?? 0, diagnostic.column ?? 0]), "\(diagnostic.text)")
    }
  }

  static var files: [String] {
    get throws {
      var result: [String] = []
      for folder in ["cases", "atoms"] {
        let url = fixtures.appendingPathComponent(folder)
        result += try FileManager.default.contentsOfDirectory(atPath: url.path).sorted()
          .filter { $0.hasSuffix(".yaml") }.map { folder + "/" + $0 }
      }
      let notebooks = fixtures.deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Notebooks")
      for story in try FileManager.default.contentsOfDirectory(atPath: notebooks.path).sorted() {
        let folder = notebooks.appendingPathComponent(story)
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else { continue }
        result += names.sorted().filter { $0.hasSuffix(".yaml") }.map { "../../Notebooks/\(story)/\($0)" }
      }
      return result
    }
  }

  @Test("every file of the catalogue and of the gallery states a problem", arguments: try files)
  func catalogue(_ name: String) throws {
    do throws(SpecError) {
      let file = try elaborated(path: fixtures.appendingPathComponent(name).path)
      #expect(file.problem != nil || file.lawProblem != nil || file.flow != nil || file.file.objective == nil)
      #expect(!file.unknowns.isEmpty || !file.soughtLaws.isEmpty)
      // One outcome leaves constraints without unknowns, which is worth a warning.
      let expected: [DiagnosticCode] =
        name.hasSuffix("single-atom-infeasible.yaml") ? [.constraintWithoutUnknowns] : []
      #expect(file.warnings.map(\.code) == expected, "\(file.warnings.map(\.text))")
    } catch {
      Issue.record("\(error.text)")
    }
  }
}
