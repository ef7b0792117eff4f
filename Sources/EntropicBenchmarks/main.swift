// All work happens in nonisolated functions: closures of top-level code would check their executor on every
// call.
Workbench.run(Array(CommandLine.arguments.dropFirst()))
