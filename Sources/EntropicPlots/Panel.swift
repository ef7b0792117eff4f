import EntropicSpec

/// One diagram of a picture: a frame with axes, ticks and titles, into which lines and points go.
struct Panel {
  let x: Scale
  let y: Scale

  /// The frame takes `left`, `top`, `width` and `height`; words stand around it.
  init(
    left: Double, top: Double, width: Double, height: Double, xs: [Double], ys: [Double],
    xMargin: Double = 0, yMargin: Double = 0.05
  ) {
    x = Scale(xs, margin: xMargin, start: left, end: left + width)
    y = Scale(ys, margin: yMargin, start: top + height, end: top)
  }

  func axes(_ drawing: inout Drawing, title: String, xTitle: String, yTitle: String) {
    let grey = "#888888"
    for tick in x.ticks(6) {
      let place = x.place(tick)
      drawing.line([(place, y.start), (place, y.start + 5)], colour: grey, width: 1)
      drawing.text(NumberText.short(tick), place, y.start + 18, size: 11)
    }
    for tick in y.ticks(5) {
      let place = y.place(tick)
      drawing.line([(x.start, place), (x.end, place)], colour: "#e6e6e6", width: 0.7)
      drawing.line([(x.start - 5, place), (x.start, place)], colour: grey, width: 1)
      drawing.text(NumberText.short(tick), x.start - 8, place + 4, size: 11, anchor: "end")
    }
    drawing.line(
      [(x.start, y.end), (x.end, y.end), (x.end, y.start), (x.start, y.start), (x.start, y.end)],
      colour: grey, width: 1)
    drawing.text(title, (x.start + x.end) / 2, y.end - 10, size: 13)
    drawing.text(xTitle, (x.start + x.end) / 2, y.start + 36, size: 12)
    drawing.text(yTitle, x.start - 52, (y.start + y.end) / 2, size: 12, turned: true)
  }

  func line(_ drawing: inout Drawing, _ xs: [Double], _ ys: [Double], colour: String, width: Double = 1.5) {
    let points = zip(xs, ys).filter { $0.isFinite && $1.isFinite }.map { (x.place($0), y.place($1)) }
    if points.count > 1 { drawing.line(points, colour: colour, width: width) }
  }
}
