import EntropicNumerics

/// Shape of a value: [] scalar, [n] vector, [m, n] matrix by rows, [m, n, k] table.
public typealias Shape = [Int]

/// A constant array, stored row by row.
public struct Tensor: Sendable, Equatable {
  public let shape: Shape
  public let values: [Double]

  public init(_ value: Double) {
    shape = []
    values = [value]
  }

  public init(_ values: [Double]) {
    shape = [values.count]
    self.values = values
  }

  public init(_ matrix: Matrix) {
    shape = [matrix.rows, matrix.columns]
    values = matrix.elements
  }

  /// - Precondition: the number of values is the product of the shape.
  public init(shape: Shape, values: [Double]) {
    precondition(shape.reduce(1, *) == values.count, "a tensor of shape \(shape) has \(values.count) values")
    self.shape = shape
    self.values = values
  }

  public var count: Int { values.count }
  public var isScalar: Bool { shape.isEmpty }

  /// The values as a matrix; a vector is one row.
  public var matrix: Matrix {
    switch shape.count {
    case 2: Matrix(rows: shape[0], columns: shape[1], elements: values)
    default: Matrix(rows: 1, columns: values.count, elements: values)
    }
  }
}
