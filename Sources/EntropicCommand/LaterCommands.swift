import ArgumentParser
import EntropicSpec

/// A command that is planned, takes whatever it is given, and answers plainly.
protocol LaterVerb: Verb {
  var arguments: [String] { get }
}

extension LaterVerb {
  var format: Format {
    var found = Format.text
    for (k, word) in arguments.enumerated() {
      if word.hasPrefix("--format=") { found = Format(rawValue: String(word.dropFirst(9))) ?? found }
      if word == "--format", k + 1 < arguments.count { found = Format(rawValue: arguments[k + 1]) ?? found }
    }
    return found
  }
  var outputPath: String? { nil }

  func perform(_ session: Session) throws(SpecError) -> Conclusion {
    throw Later.error("the command '\(Self.configuration.commandName ?? "")'")
  }
}

struct ExplainCommand: LaterVerb {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "explain", abstract: "The Lagrangian and the optimality condition (not available yet).")
  }
  @Argument(parsing: .allUnrecognized) var arguments: [String] = []
}

struct SweepCommand: LaterVerb {
  static var configuration: CommandConfiguration {
    CommandConfiguration(commandName: "sweep", abstract: "A curve over a parameter (not available yet).")
  }
  @Argument(parsing: .allUnrecognized) var arguments: [String] = []
}

struct SampleCommand: LaterVerb {
  static var configuration: CommandConfiguration {
    CommandConfiguration(commandName: "sample", abstract: "Draws from an answer (not available yet).")
  }
  @Argument(parsing: .allUnrecognized) var arguments: [String] = []
}

struct PlotCommand: LaterVerb {
  static var configuration: CommandConfiguration {
    CommandConfiguration(commandName: "plot", abstract: "Pictures of an answer (not available yet).")
  }
  @Argument(parsing: .allUnrecognized) var arguments: [String] = []
}
