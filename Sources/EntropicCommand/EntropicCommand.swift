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
    help: ArgumentHelp("Write the answer to a file instead of standard output.", valueName: "path"))
  var output: String?
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

  @Flag(name: .long, help: "Treat warnings as errors.")
  var strict = false
}

/// How to solve. The command line wins over the section 'solve' of the file.
struct SolvingOptions: ParsableArguments {
  @Option(name: .long, help: "The method; 'entropic atoms methods' lists them.")
  var method: String?

  @Option(
    name: .long, help: ArgumentHelp("The relative gap that counts as optimal (1e-9).", valueName: "gap"))
  var tolerance: String?

  @Option(
    name: .long,
    help: ArgumentHelp("Seconds after which the best point so far is the answer.", valueName: "seconds"))
  var time: String?

  @Option(name: .long, help: ArgumentHelp("The largest number of iterations.", valueName: "count"))
  var iterations: Int?

  @Option(name: .long, help: ArgumentHelp("The largest number of evaluations.", valueName: "count"))
  var evaluations: Int?

  @Option(name: .long, help: ArgumentHelp("Threads; answers do not depend on it.", valueName: "count"))
  var threads: Int?

  @Option(name: .long, help: ArgumentHelp("The seed of everything random.", valueName: "number"))
  var seed: UInt64?

  func validate() throws {
    for (name, text) in [("tolerance", tolerance), ("time", time)] {
      guard let text else { continue }
      guard case .value(let value) = DecimalNumber.parse(text), value >= 0 else {
        throw ValidationError(
          "'--\(name)' wants a number that is not negative, found \(Diagnostic.quoted(text))")
      }
    }
    for (name, count, least) in [
      ("iterations", iterations, 0), ("evaluations", evaluations, 0), ("threads", threads, 1),
    ] {
      if let count, count < least {
        throw ValidationError("'--\(name)' wants an integer from \(least), found \(count)")
      }
    }
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
