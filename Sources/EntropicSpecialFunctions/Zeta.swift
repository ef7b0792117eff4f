internal import CGSL

extension Special {
  /// Riemann's `zeta(s)`, the sum of n^(-s) for s > 1 and its continuation elsewhere, for s >= -170 and s
  /// != 1.
  ///
  /// Below 0 the error is relative to the amplitude between the zeros at the negative even integers.
  public static func zeta(_ s: Double) throws(SpecialFunctionError) -> Double {
    let f = Arguments("zeta")
    try f.require(s.isFinite && s != 1, s, "s")
    try f.supported(s, "s", in: -170...Double.greatestFiniteMagnitude)
    if s > 60 { return 1 }
    return try GSL.value(of: gsl_sf_zeta_e, at: s, "zeta", argument: "s")
  }
}
