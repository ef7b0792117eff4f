import ArgumentParser
import EntropicSpec

/// The command line: arguments in, one report out; no mathematics.
struct EntropicCommand: ParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "entropic",
      abstract: "Optimization over probability distributions, with certified answers.",
      discussion: """
        Exit status: 0 certified; 10 infeasible, 11 unbounded, 12 local, 20 and 21 limit with and \
        without a point, 22 stalled, 30 refused by verify; 64 usage, 65 input, 66 no input, \
        69 not supported, 70 internal, 73 and 74 output, 77 not permitted; 130 and 143 interrupted.
        """,
      version: "\(Provenance.program) \(Provenance.version)",
      subcommands: [
        SolveCommand.self, CheckCommand.self, EvaluateCommand.self, VerifyCommand.self, AtomsCommand.self,
        ExampleCommand.self, ExplainCommand.self, SweepCommand.self, SampleCommand.self, PlotCommand.self,
      ])
  }
}

/// A command that ends with one conclusion.
protocol Verb: ParsableCommand {
  var format: Format { get }
  /// The file that takes the place of standard output.
  var outputPath: String? { get }
  func perform(_ session: Session) throws(SpecError) -> Conclusion
}

extension Format: ExpressibleByArgument {}

/// How the answer is written.
struct OutputOptions: ParsableArguments {
  @Option(name: .long, help: "How the answer is written: text, json or yaml.")
  var format = Format.text

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Write the answer to a file instead of standard output, which is '-'.", valueName: "path"))
  var output: String?

  /// The file; nil for standard output.
  var path: String? { output == "-" ? nil : output }
}

/// The objective file and what it may be given from outside.
struct FileOptions: ParsableArguments {
  @Argument(help: "The objective file; '-' reads standard input.")
  var file: String

  @Option(
    name: .long,
    help: ArgumentHelp("Give a parameter another value, such as mean=3.5.", valueName: "name=value"))
  var set: [String] = []

  @Option(
    name: .customLong("data-root"),
    help: ArgumentHelp("A further folder that data files may lie in.", valueName: "folder"))
  var dataRoot: [String] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Bytes that data may take, such as 2GB (three quarters of the memory).", valueName: "bytes"),
    transform: FileOptions.memorySize)
  var memory: Int?

  @Flag(name: .long, help: "Treat warnings as errors.")
  var strict = false

  @Sendable private static func memorySize(_ text: String) throws -> Int {
    if let bytes = MemorySize.bytes(text) { return bytes }
    throw ValidationError("expected a number of bytes, or a number with a unit, such as 2GB")
  }
}

/// How to solve. The command line wins over the section 'solve' of the file.
struct SolvingOptions: ParsableArguments {
  @Option(name: .long, help: "The method; 'entropic atoms methods' lists them.")
  var method: String?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp("The relative gap that counts as optimal (1e-9).", valueName: "gap"))
  var tolerance: String?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp("Seconds after which the best point so far is the answer.", valueName: "seconds"))
  var time: String?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp("The largest number of iterations.", valueName: "count"),
    transform: { try SolvingOptions.count($0, from: 0) })
  var iterations: Int?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp("The largest number of evaluations.", valueName: "count"),
    transform: { try SolvingOptions.count($0, from: 0) })
  var evaluations: Int?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp("Threads of the large kernels (1); no answer depends on it.", valueName: "count"),
    transform: { try SolvingOptions.count($0, from: 1) })
  var threads: Int?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp("The seed of everything random.", valueName: "number"),
    transform: SolvingOptions.seedNumber)
  var seed: UInt64?

  func validate() throws {
    for (name, text) in [("tolerance", tolerance), ("time", time)] {
      guard let text else { continue }
      guard case .value(let value) = DecimalNumber.parse(text), value >= 0 else {
        throw ValidationError(
          "'--\(name)' wants a number that is not negative, found \(Diagnostic.quoted(text))")
      }
    }
  }

  private static func count(_ text: String, from least: Int) throws -> Int {
    if let count = Int(text), count >= least { return count }
    throw ValidationError("expected an integer from \(least) to \(Int.max)")
  }

  @Sendable private static func seedNumber(_ text: String) throws -> UInt64 {
    if let seed = UInt64(text) { return seed }
    throw ValidationError("expected an integer from 0 to \(UInt64.max)")
  }
}

/// Commands and options that come with later versions: they answer plainly, with exit status 69.
enum Later {
  static func error(_ what: String) -> SpecError {
    SpecError(
      Diagnostic(
        .unavailableCommand, file: "entropic", "\(what) is not available in this version",
        hint: "'entropic help' lists what is"))
  }
}
