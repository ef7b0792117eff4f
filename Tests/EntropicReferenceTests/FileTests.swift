import Entropic
import EntropicSpec
import Foundation
import Testing

/// Objective files of the repository, from text to certified answer.
@Suite("objective files")
struct FileTests {
  static func elaborated(_ url: URL) throws -> ElaboratedFile {
    let file = try ObjectiveFile.read(path: url.path)
    return try Elaboration(file, folder: url.deletingLastPathComponent().path).run()
  }

  static func problem(_ url: URL) throws -> Problem { try #require(try elaborated(url).problem) }

  static let folder = CatalogueCase.fixtures.appendingPathComponent("cases")

  /// Cases that are said with the same formulas through both doors.
  static let twice = ReferenceTests.cases.filter {
    FileManager.default.fileExists(atPath: folder.appendingPathComponent($0.id + ".yaml").path)
  }

  /// Cases whose numbers are computed: two computations of them differ in their last digits.
  static let computed: Set = [
    "dsg-d-trig", "rd-gauss-grid", "ent-huge-geometric", "ot-entropic-gauss-grid", "mix-npmle-gauss",
  ]

  @Test("a file and Swift code give the same program, byte for byte", arguments: twice)
  func doors(test: CatalogueCase) throws {
    let file = try Self.elaborated(Self.folder.appendingPathComponent(test.id + ".yaml"))
    // Computed numbers are those of the file at both doors: what is compared is the problem that is made of them.
    let constants = Self.computed.contains(test.id) ? file.constants : []
    let swift = try #require(CatalogueProblem(test, constants: constants)).build()
    let problem = try #require(file.problem)
    #expect(problem.program.canonicalBytes == swift.program.canonicalBytes)
    #expect(problem.digest == swift.digest)
  }

  @Test("most cases go through both doors")
  func enough() { #expect(Self.twice.count >= 120) }

  struct Page: Sendable, CustomTestStringConvertible {
    let path: String
    let status: String
    let value: Double
    let tolerance: Double
    var testDescription: String { path }
  }

  static let pages: [Page] = {
    let url = CatalogueCase.fixtures.appendingPathComponent("gallery.json")
    guard let data = try? Data(contentsOf: url), let list = JSON(data)?["pages"]?.list else { return [] }
    return list.compactMap { page in
      guard let path = page["path"]?.text, let value = page["value"]?.number else { return nil }
      return Page(
        path: path, status: page["status"]?.text ?? "optimal", value: value,
        tolerance: page["tolerance"]?.number ?? 0)
    }
  }()

  @Test("the gallery has twelve stories with a problem of masses")
  func stories() { #expect(Self.pages.count == 12) }

  @Test("every story certifies its known optimum", arguments: pages)
  func gallery(page: Page) throws {
    let notebooks = CatalogueCase.fixtures.deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Notebooks")
    let problem = try Self.problem(notebooks.appendingPathComponent(page.path))
    let outcome = Solver.run(problem)
    #expect(outcome.status == page.status)
    let answer = try #require(outcome.answerIfAny)
    #expect(abs(answer.objective.value - page.value) <= page.tolerance)
    guard page.status == "optimal" else {
      // Never called optimal: the value is attained, and stationary.
      #expect(try #require(answer.residual) <= 1e-9)
      return
    }
    #expect(answer.objective.lower <= page.value && page.value <= answer.objective.upper)
  }
}
