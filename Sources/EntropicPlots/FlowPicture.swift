import EntropicSpec

/// The picture of a flow: states over time on the left, energy against time on the right.
///
/// Densities on a line are drawn as curves, coloured by time; in the plane the last state is drawn cell by
/// cell; masses as curves against time; particles as points, the first ones pale.
package struct FlowPicture {
  private let flow: Report.Flow
  private let title: String?
  private var drawing = Drawing(width: 960, height: 420)

  package init(_ flow: Report.Flow, title: String?) {
    self.flow = flow
    self.title = title
    draw()
  }

  /// The document, in SVG.
  package var text: String { drawing.document }

  /// Curves beyond this number are thinned out.
  private static let curves = 12
  private static let frame = (top: 70.0, height: 280.0, width: 350.0, left: 75.0, right: 585.0)

  private mutating func draw() {
    if let title { drawing.text(title, drawing.width / 2, 28, size: 16) }
    if flow.shape.count == 2, flow.diagnostics != nil {
      drawParticles()
    } else if let grid = flow.grid {
      if grid.axes.count == 1 { drawCurves() } else { drawCells() }
    } else {
      drawMasses()
    }
    drawEnergy()
  }

  private func panel(_ left: Double, _ xs: [Double], _ ys: [Double], margins: (Double, Double)) -> Panel {
    let frame = FlowPicture.frame
    return Panel(
      left: left, top: frame.top, width: frame.width, height: frame.height, xs: xs, ys: ys,
      xMargin: margins.0, yMargin: margins.1)
  }

  /// The states that are drawn, with their colours.
  private var chosen: [(state: FlowProblem.State, colour: String)] {
    let states = flow.states
    let stride = max(1, (states.count + FlowPicture.curves - 2) / max(FlowPicture.curves - 1, 1))
    let last = max(states.last?.time ?? 1, 1e-300)
    return states.indices.filter { $0 % stride == 0 || $0 == states.count - 1 }.map {
      (states[$0], Drawing.shade(states[$0].time / last))
    }
  }

  private mutating func drawCurves() {
    guard let axis = flow.grid?.axes.first else { return }
    let xs = axis.midpoints
    let shown = chosen.map { item in (item.state.time, item.colour, item.state.masses.map { $0 / axis.width })
    }
    // Empty margins of a wide grid tell nothing.
    let top = shown.flatMap { $0.2 }.max() ?? 1
    let live = xs.indices.filter { i in shown.contains { $0.2[i] > 1e-3 * top } }
    let range = (live.first ?? 0)...(live.last ?? xs.count - 1)
    let panel = panel(
      FlowPicture.frame.left, Array(xs[range]), [0, top], margins: (0.04, 0.05))
    panel.axes(&drawing, title: "density over time", xTitle: "outcome", yTitle: "density")
    for (_, colour, ys) in shown {
      panel.line(&drawing, Array(xs[range]), Array(ys[range]), colour: colour)
    }
    legend(panel, shown.map { ("t = " + NumberText.short($0.0, digits: 3), $0.1) })
  }

  private mutating func legend(_ panel: Panel, _ items: [(String, String)]) {
    let stride = max(1, (items.count + 5) / 6)
    let kept = items.indices.filter { $0 % stride == 0 || $0 == items.count - 1 }
    for (row, k) in kept.enumerated() {
      // Beside the frame, where no curve is.
      let y = panel.y.end + 12 + 16 * Double(row)
      drawing.line([(panel.x.end + 8, y - 4), (panel.x.end + 22, y - 4)], colour: items[k].1, width: 2.5)
      drawing.text(items[k].0, panel.x.end + 26, y, size: 11, anchor: "start")
    }
  }

  private mutating func drawCells() {
    guard let grid = flow.grid, let last = flow.states.last else { return }
    let (a, b) = (grid.axes[0], grid.axes[1])
    let top = max(last.masses.max() ?? 1, 1e-300)
    // Empty margins of a wide grid tell nothing.
    let live = last.masses.indices.filter { last.masses[$0] > 1e-3 * top }
    let rows = live.map { $0 / b.cells }
    let columns = live.map { $0 % b.cells }
    let (i0, i1) = (rows.min() ?? 0, rows.max() ?? a.cells - 1)
    let (j0, j1) = (columns.min() ?? 0, columns.max() ?? b.cells - 1)
    func edge(_ axis: Double, _ width: Double, _ k: Int) -> Double { axis + Double(k) * width }
    let panel = panel(
      FlowPicture.frame.left, [edge(a.from, a.width, i0), edge(a.from, a.width, i1 + 1)],
      [edge(b.from, b.width, j0), edge(b.from, b.width, j1 + 1)], margins: (0.02, 0.02))
    panel.axes(
      &drawing, title: "density at t = " + NumberText.short(last.time, digits: 3), xTitle: "first coordinate",
      yTitle: "second coordinate")
    // At most 100 x 100 rectangles: cells are put together.
    let (sa, sb) = (1 + (i1 - i0) / 100, 1 + (j1 - j0) / 100)
    for i in stride(from: i0, through: i1, by: sa) {
      for j in stride(from: j0, through: j1, by: sb) {
        let share = last.masses[i * b.cells + j] / top
        if share < 1e-3 { continue }
        let left = panel.x.place(edge(a.from, a.width, i))
        let right = panel.x.place(edge(a.from, a.width, min(i + sa, i1 + 1)))
        let bottom = panel.y.place(edge(b.from, b.width, j))
        let upper = panel.y.place(edge(b.from, b.width, min(j + sb, j1 + 1)))
        drawing.rectangle(left, upper, right - left + 0.3, bottom - upper + 0.3, colour: Drawing.depth(share))
      }
    }
  }

  private mutating func drawMasses() {
    let times = flow.states.map(\.time)
    let n = min(flow.states.first?.masses.count ?? 0, FlowPicture.curves)
    let panel = panel(
      FlowPicture.frame.left, times, [0] + flow.states.flatMap { $0.masses.prefix(n) }, margins: (0, 0.05))
    panel.axes(&drawing, title: "masses over time", xTitle: "time", yTitle: "mass")
    var items: [(String, String)] = []
    for i in 0..<n {
      let colour = Drawing.shade(n > 1 ? Double(i) / Double(n - 1) : 0)
      panel.line(&drawing, times, flow.states.map { $0.masses[i] }, colour: colour)
      items.append(("\(flow.name)[\(i + 1)]", colour))
    }
    legend(panel, items)
  }

  private mutating func drawParticles() {
    let d = flow.shape[1]
    guard let first = flow.states.first, let last = flow.states.last, d > 0 else { return }
    func column(_ state: FlowProblem.State, _ k: Int) -> [Double] {
      stride(from: k, to: state.points.count, by: d).prefix(2000).map { state.points[$0] }
    }
    let second = d > 1 ? 1 : 0
    let panel = panel(
      FlowPicture.frame.left, column(first, 0) + column(last, 0),
      d > 1 ? column(first, second) + column(last, second) : [0, 1], margins: (0.05, 0.05))
    panel.axes(
      &drawing, title: "particles at t = 0 (pale) and t = " + NumberText.short(last.time, digits: 3),
      xTitle: "first coordinate", yTitle: d > 1 ? "second coordinate" : "place in the list")
    for (state, colour, opacity) in [(first, "#999999", 0.35), (last, Drawing.shade(0), 0.7)] {
      let xs = column(state, 0)
      let ys = d > 1 ? column(state, second) : xs.indices.map { Double($0) / Double(max(xs.count - 1, 1)) }
      for (x, y) in zip(xs, ys) {
        drawing.dot(panel.x.place(x), panel.y.place(y), radius: 2, colour: colour, opacity: opacity)
      }
    }
  }

  private mutating func drawEnergy() {
    let isCloud = flow.diagnostics != nil
    let points = flow.states.compactMap { state -> (Double, Double)? in
      guard let value = isCloud ? state.values.first : state.energy, value.isFinite else { return nil }
      return (state.time, value)
    }
    guard !points.isEmpty else { return }
    let panel = panel(
      FlowPicture.frame.right, points.map { $0.0 }, points.map { $0.1 }, margins: (0.02, 0.05))
    panel.axes(
      &drawing, title: isCloud ? "mean potential against time" : "energy against time", xTitle: "time",
      yTitle: "energy (nats)")
    panel.line(&drawing, points.map { $0.0 }, points.map { $0.1 }, colour: Drawing.shade(0.25), width: 2)
    for (x, y) in points.prefix(200) {
      drawing.dot(panel.x.place(x), panel.y.place(y), radius: 2.5, colour: Drawing.shade(0.25))
    }
  }
}
