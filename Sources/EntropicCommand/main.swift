// All work happens in nonisolated functions on a thread of its own; see `Launch`.
Launch.run(Array(CommandLine.arguments.dropFirst()))
