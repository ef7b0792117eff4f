import Entropic

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// The benchmark program.
///
///     entropic-bench                                      own workloads with asserted answers, as a table
///     entropic-bench WORD                                 those whose name holds the word
///     entropic-bench matrix FOLDER [METHOD ...]           every method on every objective file of a folder
///     entropic-bench FOLDER TOL THREADS ANSWER.json       one problem of the peer suite; a method may follow
///
/// Exit status: 0, 1 where an answer is wrong or a kernel not as much faster than a plain loop as it must be, 64 for
/// wrong usage, 69 for a kind of problem that is not solved.
enum Workbench {
  static func run(_ arguments: [String]) -> Never {
    if arguments.first == "matrix", arguments.count >= 2 {
      let methods = Array(arguments.dropFirst(2))
      let all = Catalogue.methods.map(\.name) + ["auto"]
      for name in methods where Catalogue.named(name) == nil && name != "auto" {
        report("entropic-bench: unknown method '\(name)'; known are \(all.joined(separator: ", "))\n")
        exit(64)
      }
      exit(MethodMatrix(folder: arguments[1], methods: methods.isEmpty ? all : methods).run())
    }
    switch arguments.count {
    case 0, 1: exit(table(holding: arguments.first ?? ""))
    case 4, 5:
      do throws(PeerError) {
        try PeerProblem(folder: arguments[0]).solve(
          tolerance: arguments[1], method: arguments.count > 4 ? arguments[4] : nil, answer: arguments[3])
        exit(0)
      } catch {
        report("entropic-bench: \(error.message)\n")
        exit(error.exitCode)
      }
    default:
      report(
        "usage: entropic-bench [WORD | matrix FOLDER [METHOD ...] | FOLDER TOL THREADS ANSWER.json [METHOD]]\n"
      )
      exit(64)
    }
  }

  /// Runs the workloads; 1 when some answer is wrong.
  private static func table(holding word: String) -> Int32 {
    print("workload                          size        median      per item   rival     answer")
    var status: Int32 = 0
    for workload in kernelWorkloads() + gradientWorkloads() + solverWorkloads() + searchWorkloads()
    where workload.name.contains(word) || word.isEmpty {
      let row = workload.row()
      print(row.text)
      if !row.isRight { status = 1 }
    }
    return status
  }

  static func report(_ text: String) {
    let bytes = Array(text.utf8)
    _ = bytes.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
  }
}
