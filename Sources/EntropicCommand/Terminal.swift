#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// What the terminal decides: width, colour and progress, never the answer.
enum Terminal {
  static var isOutput: Bool { isatty(1) == 1 }
  static var isError: Bool { isatty(2) == 1 }

  /// Columns of the terminal, 80 where there is none.
  static var width: Int {
    guard isOutput else { return 80 }
    var size = winsize()
    guard ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Colour on a terminal, unless the user does not want it (https://no-color.org).
  static var isColoured: Bool { isOutput && getenv("NO_COLOR") == nil }

  /// Writes a message to standard error; where that fails nothing more can be said.
  static func report(_ text: String) {
    _ = try? Output.write(Array(text.utf8), to: 2)
  }
}
