import EntropicNumerics
import Testing

@Suite("Streaming softmax")
struct StreamingSoftmaxTests {
  @Test("arithmetic scores over a million keys: the geometric series")
  func million() {
    // s_k = -k / 1000, k < 10^6, in shuffled blocks: sum = (1 - e^-1000) / (1 - e^-0.001), and the mean of k under the
    // law is 1 / (e^0.001 - 1) up to e^-1000.
    var stream = StreamingSoftmax(width: 1)
    for block in 0..<1000 {
      let first = (block * 617) % 1000 * 1000
      let keys = (0..<1000).map { Double(first + $0) }
      stream.add(keys.map { -$0 / 1000 }, values: keys)
    }
    #expect(stream.count == 1_000_000)
    // -log(1 - e^-0.001) and 1 / (e^0.001 - 1) with 40 digits
    #expect(abs(stream.value - 6.908255237315470733) <= 1e-14 * 6.9)
    #expect(abs(stream.mean[0] - 999.50008333333194444) <= 1e-12 * 1000)
  }

  @Test("the order of blocks and merging change nothing beyond rounding; large scores do not overflow")
  func merging() {
    let scores = (0..<300).map { 700 * Double(($0 * 37) % 101) / 50 }
    let values = scores.map { $0 / 7 }
    var whole = StreamingSoftmax(width: 1)
    whole.add(scores, values: values)
    var parts = StreamingSoftmax(width: 1)
    for k in [2, 0, 1] {
      var part = StreamingSoftmax(width: 1)
      let range = k * 100..<(k + 1) * 100
      part.add(Array(scores[range]), values: Array(values[range]))
      parts.merge(part)
    }
    #expect(abs(whole.value - parts.value) <= 1e-12)
    #expect(abs(whole.mean[0] - parts.mean[0]) <= 1e-12)
    #expect(abs(whole.value - Kernel.logSumExp(scores)) <= 1e-12)
  }

  @Test("nothing, -inf and NaN")
  func ends() {
    var stream = StreamingSoftmax(width: 1)
    #expect(stream.value == -.infinity && stream.mean[0].isNaN)
    stream.add([-.infinity], values: [5])
    #expect(stream.value == -.infinity)
    stream.add([2], values: [3])
    #expect(stream.value == 2 && stream.mean[0] == 3)
    stream.add([.nan], values: [0])
    #expect(stream.value.isNaN)
  }
}
