import EntropicNumerics
import EntropicTestSupport
import Testing

@Suite("exp, log and log(1+x)-x")
struct ElementaryTests {
  /// Arguments and values of exp, correctly rounded from 60 digits.
  static let exponentials: [(Double, Double)] = [
    (0.5, 1.6487212707001282), (-0.5, 0.6065306597126334), (1.0, 2.718281828459045),
    (-1.0, 0.36787944117144233), (0.34657359027997264, 1.414213562373095),
    (0.3465735902799727, 1.4142135623730951), (1e-10, 1.0000000001), (-1e-17, 1.0),
    (10.1, 24343.00942440838), (-33.3, 3.4513877443742162e-15), (700.25, 1.3022997366991783e+304),
    (709.782712893384, 1.7976931348622732e+308), (-708.3964185322641, 2.2250738585072626e-308),
    (-708.4, Double(bitPattern: 0xff15b469edf89)), (-720.5, Double(bitPattern: 0x5cf08fff0)),
    (-744.9, 0x1p-1074), (-745.1332191019411, 0x1p-1074),
  ]

  static let logarithms: [(Double, Double)] = [
    (0.5, -0.6931471805599453), (2.0, 0.6931471805599453), (3.0, 1.0986122886681098),
    (10.0, 2.302585092994046),
    (0.7071067811865475, -0.34657359027997275), (0.7071067811865476, -0.3465735902799726),
    (1.4142135623730951, 0.3465735902799727), (0.9999999999999999, -1.1102230246251565e-16),
    (1.0000000000000002, 2.2204460492503128e-16), (0.99, -0.01005033585350145), (1.01, 0.009950330853168092),
    (1e+300, 690.7755278982137), (1e-300, -690.7755278982137), (2.2250738585072014e-308, -708.3964185322641),
    (Double(bitPattern: 0x12688b70e62b), -713.8013788281542), (0x1p-1074, -744.4400719213812),
    (1.7976931348623157e+308, 709.782712893384),
  ]

  @Test("exp agrees with correctly rounded values", arguments: exponentials)
  func expTable(x: Double, value: Double) {
    #expect((Kernel.exp(x) - value).magnitude <= value.ulp)
    // The reference of the sweep below must itself pass the table, to half an ulp.
    #expect(DoubleDouble.ulps(value, from: DoubleDouble.exp(DoubleDouble(x))) <= 0.5000001)
  }

  @Test("log agrees with correctly rounded values", arguments: logarithms)
  func logTable(x: Double, value: Double) {
    #expect((Kernel.log(x) - value).magnitude <= value.ulp)
    #expect(DoubleDouble.ulps(value, from: DoubleDouble.log(x, guess: value)) <= 0.5000001)
  }

  @Test("exp is within 1 ulp over the whole range, 2 where the result is subnormal")
  func expSweep() {
    var g = Generator(seed: 1)
    var x: [Double] = []
    for _ in 0..<4000 {
      x.append(g.uniform(-745.2...709.8))
      x.append(g.uniform(-30...1))
      x.append(g.uniform(-1...1) * Double(sign: .plus, exponent: -Int(g.next() % 60), significand: 1))
    }
    // Both sides of every change of the reduction, where the reduced argument is largest.
    for k in -1074...1022 {
      let middle = (Double(k) + 0.5) * 0.6931471805599453
      x += [middle, middle.nextUp, middle.nextDown]
    }
    x = x.filter { $0 < 709.7827128933841 && $0 > -745.1332191019412 }
    for (argument, value) in zip(x, Kernel.exp(x)) {
      let error = DoubleDouble.ulps(value, from: DoubleDouble.exp(DoubleDouble(argument)))
      #expect(error <= (value < 0x1p-1022 ? 2 : 1), "exp(\(argument)) is off by \(error) ulp")
    }
  }

  @Test("log is within 1 ulp over the whole range")
  func logSweep() {
    var g = Generator(seed: 2)
    var x: [Double] = []
    for _ in 0..<4000 {
      x.append(Double(bitPattern: g.next() >> 1))
      x.append(g.uniform(0.5...2))
      x.append(1 + g.uniform(-1...1) * Double(sign: .plus, exponent: -Int(g.next() % 50), significand: 1))
      x.append(Double(bitPattern: g.next() >> (12 + g.next() % 50)))
    }
    for k in stride(from: -1074, through: 1023, by: 7) {
      let power = Double(sign: .plus, exponent: k, significand: 1)
      x += [power, power.nextUp, power.nextDown, power * 0.7071067811865476, power * 1.4142135623730951]
    }
    x = x.filter { $0 > 0 && $0.isFinite }
    for (argument, value) in zip(x, Kernel.log(x)) {
      let error = DoubleDouble.ulps(value, from: DoubleDouble.log(argument, guess: value))
      #expect(error <= (argument < 0x1p-1022 ? 2 : 1), "log(\(argument)) is off by \(error) ulp")
    }
  }

  @Test("special arguments")
  func special() {
    #expect(
      Kernel.exp([0, -0.0, -.infinity, .infinity, 710, 1e308, -746, -1e308])
        == [1, 1, 0, .infinity, .infinity, .infinity, 0, 0])
    #expect(Kernel.exp(709.782712893384).isFinite)
    #expect(Kernel.exp(709.7827128933841) == .infinity)
    #expect(Kernel.exp(-745.1332191019412) == 0)
    #expect(Kernel.exp(0x1p-1074) == 1)
    #expect(Kernel.exp(Double.nan).isNaN)
    #expect(Kernel.exp(-Double.nan).isNaN)
    #expect(Kernel.log([1, 0, -0.0, .infinity]) == [0, -.infinity, -.infinity, .infinity])
    #expect(Kernel.log(1.0).sign == .plus)
    for x in [Double.nan, -Double.nan, -1, -0x1p-1074, -Double.infinity, -1e300] {
      #expect(Kernel.log(x).isNaN)
    }
  }

  @Test("one element, an array of any length and a part of an array give the same bytes")
  func sameBytes() {
    var g = Generator(seed: 3)
    // Lanes of every kind side by side: the path of one lane must not change its neighbours.
    let kinds: [Double] = [-1e4, -745, -709, -708, 0, 709, 1e4, .infinity, -.infinity, .nan]
    let x = (0..<203).map { $0 % 5 == 0 ? kinds[Int(g.next() % 10)] : g.uniform(-40...40) }
    let logs = (0..<203).map {
      $0 % 5 == 0
        ? Swift.abs(kinds[Int(g.next() % 10)]) * Double(bitPattern: 0x12688b70e62b) : g.uniform(0...40)
    }
    for length in [0, 1, 7, 8, 9, 64, 203] {
      #expect(
        Kernel.exp(Array(x[..<length])).map(\.bitPattern) == x[..<length].map { Kernel.exp($0).bitPattern })
      #expect(
        Kernel.log(Array(logs[..<length])).map(\.bitPattern)
          == logs[..<length].map { Kernel.log($0).bitPattern })
    }
    var inPlace = x
    inPlace.withUnsafeMutableBufferPointer { Kernel.exp(UnsafeBufferPointer($0), into: $0) }
    #expect(inPlace.map(\.bitPattern) == Kernel.exp(x).map(\.bitPattern))
  }

  /// log(1 + x) - x, correctly rounded from 700 digits.
  static let differences: [(Double, Double)] = [
    (1e-20, -5e-41), (-1e-12, -5.000000000003333e-25), (1e-08, -4.999999966666667e-17),
    (-1e-05, -5.0000333335833364e-11), (0.001, -4.996669164668332e-07), (0.1, -0.00468982019567514),
    (-0.3, -0.056674943938732375), (0.41, -0.06641029560992308), (-0.49, -0.1833445532637656),
    (0.5, -0.09453489189183562), (0.99, -0.301865361263599), (1.0, -0.3068528194400547),
    (1.5, -0.5837092681258449), (10.0, -7.602104727201629), (10000000000.0, -9999999976.97415),
    (-0.51, -0.20334988787746477), (-0.9, -1.402585092994046), (-0.999999, -12.815511557935519),
    (-0.9999999999999999, -35.7368005696771), (1e+300, -1e+300),
  ]

  @Test("log(1+x)-x keeps its digits near 0", arguments: differences)
  func log1pMinusTable(x: Double, value: Double) {
    let near = x >= -0.5 && x <= 1
    #expect((log1pMinus(x) - value).magnitude <= (near ? 4 * value.ulp : 4 * max(value.ulp, x.ulp)))
  }

  @Test("log(1+x)-x at the ends")
  func log1pMinusEnds() {
    #expect(log1pMinus(0) == 0)
    #expect(log1pMinus(-1) == -.infinity)
    #expect(log1pMinus(.infinity) == -.infinity)
    #expect(log1pMinus(-1.5).isNaN)
    #expect(log1pMinus(.nan).isNaN)
    #expect(log1pMinus(1e-300) == 0)
  }
}
