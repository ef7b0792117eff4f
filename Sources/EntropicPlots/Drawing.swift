import EntropicSpec

/// A picture in SVG, put together from lines, points, rectangles and words.
struct Drawing {
  let width: Double
  let height: Double
  private var parts: [String] = []

  init(width: Double, height: Double) {
    self.width = width
    self.height = height
  }

  /// A coordinate with two digits behind the point.
  static func number(_ x: Double) -> String {
    guard x.isFinite else { return "0" }
    return NumberText.fixed(min(max(x, -1e6), 1e6), places: 2)
  }

  static func escaped(_ text: String) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "\"": out += "&quot;"
      // Control characters are not allowed in XML.
      case _ where scalar.value < 32: out += " "
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }

  mutating func line(_ points: [(x: Double, y: Double)], colour: String, width: Double = 1.5) {
    let path = points.map { Drawing.number($0.x) + "," + Drawing.number($0.y) }.joined(separator: " ")
    parts.append(
      "<polyline points=\"\(path)\" fill=\"none\" stroke=\"\(colour)\" stroke-width=\"\(Drawing.number(width))\" "
        + "stroke-linejoin=\"round\"/>")
  }

  mutating func dot(_ x: Double, _ y: Double, radius: Double, colour: String, opacity: Double = 1) {
    parts.append(
      "<circle cx=\"\(Drawing.number(x))\" cy=\"\(Drawing.number(y))\" r=\"\(Drawing.number(radius))\" "
        + "fill=\"\(colour)\" fill-opacity=\"\(Drawing.number(opacity))\"/>")
  }

  mutating func rectangle(_ x: Double, _ y: Double, _ width: Double, _ height: Double, colour: String) {
    parts.append(
      "<rect x=\"\(Drawing.number(x))\" y=\"\(Drawing.number(y))\" width=\"\(Drawing.number(width))\" "
        + "height=\"\(Drawing.number(height))\" fill=\"\(colour)\"/>")
  }

  mutating func text(
    _ words: String, _ x: Double, _ y: Double, size: Double = 12, anchor: String = "middle",
    turned: Bool = false
  ) {
    let place = "x=\"\(Drawing.number(x))\" y=\"\(Drawing.number(y))\""
    let turn = turned ? " transform=\"rotate(-90 \(Drawing.number(x)) \(Drawing.number(y)))\"" : ""
    parts.append(
      "<text \(place) font-size=\"\(Drawing.number(size))\" text-anchor=\"\(anchor)\"\(turn)>"
        + "\(Drawing.escaped(words))</text>")
  }

  /// The whole document.
  var document: String {
    let (w, h) = (Drawing.number(width), Drawing.number(height))
    return
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(w)\" height=\"\(h)\" viewBox=\"0 0 \(w) \(h)\" "
      + "font-family=\"sans-serif\" fill=\"#222222\">\n"
      + "<rect width=\"\(w)\" height=\"\(h)\" fill=\"#ffffff\"/>\n" + parts.joined(separator: "\n")
      + "\n</svg>\n"
  }

  /// A colour between dark blue (0) and orange (1), lighter in between, that also differs in lightness.
  static func shade(_ t: Double) -> String {
    let stops: [(Double, Double, Double)] = [
      (40, 50, 110), (45, 120, 140), (90, 175, 110), (225, 190, 60), (230, 120, 40),
    ]
    return blend(stops, t)
  }

  /// A colour between white (0) and dark blue (1).
  static func depth(_ t: Double) -> String {
    blend([(255, 255, 255), (150, 195, 215), (50, 110, 165), (25, 35, 95)], t)
  }

  private static func blend(_ stops: [(Double, Double, Double)], _ t: Double) -> String {
    let place = (t.isFinite ? min(max(t, 0), 1) : 0) * Double(stops.count - 1)
    let k = min(Int(place), stops.count - 2)
    let s = place - Double(k)
    let (a, b) = (stops[k], stops[k + 1])
    func part(_ x: Double, _ y: Double) -> Int { Int((x + s * (y - x)).rounded()) }
    return "rgb(\(part(a.0, b.0)),\(part(a.1, b.1)),\(part(a.2, b.2)))"
  }
}
