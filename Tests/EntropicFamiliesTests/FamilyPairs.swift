import EntropicFamilies

// Written by Tests/Checker/make_family_pairs.py with mpmath.

/// Ordered pairs within families and their divergences.
enum FamilyPairs {
  typealias Pair = ReferenceDivergences.Row

  static func all() throws -> [Pair] {
    [
      Pair(try Normal(mean: 0, variance: 1), try Normal(mean: 1.5, variance: 0.25), 5.3068528194400547),
      Pair(try Normal(mean: 0, variance: 1), try Normal(mean: -40, variance: 9), 89.543056733112554),
      Pair(try Normal(mean: 1.5, variance: 0.25), try Normal(mean: 0, variance: 1), 1.4431471805599453),
      Pair(try Normal(mean: 1.5, variance: 0.25), try Normal(mean: -40, variance: 9), 96.986203913672499),
      Pair(try Normal(mean: -40, variance: 9), try Normal(mean: 0, variance: 1), 802.90138771133189),
      Pair(try Normal(mean: -40, variance: 9), try Normal(mean: 1.5, variance: 0.25), 3460.2082405307719),
      Pair(try LogNormal(mu: 0, sigma: 1), try LogNormal(mu: 0.5, sigma: 0.25), 8.1137056388801094),
      Pair(try LogNormal(mu: 0, sigma: 1), try LogNormal(mu: -3, sigma: 2), 1.4431471805599453),
      Pair(try LogNormal(mu: 0.5, sigma: 0.25), try LogNormal(mu: 0, sigma: 1), 1.0425443611198906),
      Pair(try LogNormal(mu: 0.5, sigma: 0.25), try LogNormal(mu: -3, sigma: 2), 3.1185040416798359),
      Pair(try LogNormal(mu: -3, sigma: 2), try LogNormal(mu: 0, sigma: 1), 5.3068528194400547),
      Pair(try LogNormal(mu: -3, sigma: 2), try LogNormal(mu: 0.5, sigma: 0.25), 127.42055845832016),
      Pair(try Gamma(shape: 0.5, rate: 2), try Gamma(shape: 3, rate: 1.25), 6.2520681904260106),
      Pair(try Gamma(shape: 0.5, rate: 2), try Gamma(shape: 40, rate: 8), 129.66626690076936),
      Pair(try Gamma(shape: 3, rate: 1.25), try Gamma(shape: 0.5, rate: 2), 3.7511767854880548),
      Pair(try Gamma(shape: 3, rate: 1.25), try Gamma(shape: 40, rate: 8), 13.743673066815183),
      Pair(try Gamma(shape: 40, rate: 8), try Gamma(shape: 0.5, rate: 2), 9.8486831372174897),
      Pair(try Gamma(shape: 40, rate: 8), try Gamma(shape: 3, rate: 1.25), 1.9043937303025604),
      Pair(try Exponential(rate: 0.125), try Exponential(rate: 2), 12.227411277760219),
      Pair(try Exponential(rate: 0.125), try Exponential(rate: 60), 472.82621389609806),
      Pair(try Exponential(rate: 2), try Exponential(rate: 0.125), 1.8350887222397812),
      Pair(try Exponential(rate: 2), try Exponential(rate: 60), 25.598802618337845),
      Pair(try Exponential(rate: 60), try Exponential(rate: 0.125), 5.1758694372352699),
      Pair(try Exponential(rate: 60), try Exponential(rate: 2), 2.4345307149954887),
      Pair(try ChiSquared(degrees: 1), try ChiSquared(degrees: 5), 3.639337979591066),
      Pair(try ChiSquared(degrees: 1), try ChiSquared(degrees: 30), 53.089751617124622),
      Pair(try ChiSquared(degrees: 5), try ChiSquared(degrees: 1), 1.6939953537422673),
      Pair(try ChiSquared(degrees: 5), try ChiSquared(degrees: 30), 16.117080304200223),
      Pair(try ChiSquared(degrees: 30), try ChiSquared(degrees: 1), 14.159170354267527),
      Pair(try ChiSquared(degrees: 30), try ChiSquared(degrees: 5), 8.5227949584941589),
      Pair(
        try InverseGamma(shape: 0.75, scale: 2), try InverseGamma(shape: 3, scale: 1.25), 4.061814096385419),
      Pair(
        try InverseGamma(shape: 0.75, scale: 2), try InverseGamma(shape: 20, scale: 30), 16.378421149613587),
      Pair(
        try InverseGamma(shape: 3, scale: 1.25), try InverseGamma(shape: 0.75, scale: 2), 3.0338958029085995),
      Pair(
        try InverseGamma(shape: 3, scale: 1.25), try InverseGamma(shape: 20, scale: 30), 28.398326703006695),
      Pair(
        try InverseGamma(shape: 20, scale: 30), try InverseGamma(shape: 0.75, scale: 2), 1.4103545990531614),
      Pair(
        try InverseGamma(shape: 20, scale: 30), try InverseGamma(shape: 3, scale: 1.25), 2.2196656858541553),
      Pair(
        try InverseGaussian(mean: 1, shape: 1), try InverseGaussian(mean: 1.5, shape: 6), 1.9374535987193058),
      Pair(
        try InverseGaussian(mean: 1, shape: 1), try InverseGaussian(mean: 4, shape: 0.5), 0.23719859027997265),
      Pair(
        try InverseGaussian(mean: 1.5, shape: 6), try InverseGaussian(mean: 1, shape: 1), 0.56254640128069417),
      Pair(
        try InverseGaussian(mean: 1.5, shape: 6), try InverseGaussian(mean: 4, shape: 0.5),
        0.84922415822733349),
      Pair(
        try InverseGaussian(mean: 4, shape: 0.5), try InverseGaussian(mean: 1, shape: 1), 1.2784264097200273),
      Pair(
        try InverseGaussian(mean: 4, shape: 0.5), try InverseGaussian(mean: 1.5, shape: 6), 6.3408800084393332
      ),
      Pair(try Weibull(shape: 0.75, scale: 2), try Weibull(shape: 1.5, scale: 0.5), 12.804626942661752),
      Pair(try Weibull(shape: 0.75, scale: 2), try Weibull(shape: 4, scale: 3), 43.724924275604146),
      Pair(try Weibull(shape: 1.5, scale: 0.5), try Weibull(shape: 0.75, scale: 2), 0.75758865327797191),
      Pair(try Weibull(shape: 1.5, scale: 0.5), try Weibull(shape: 4, scale: 3), 6.1513305664076814),
      Pair(try Weibull(shape: 4, scale: 3), try Weibull(shape: 0.75, scale: 2), 1.1500072949510072),
      Pair(try Weibull(shape: 4, scale: 3), try Weibull(shape: 1.5, scale: 0.5), 9.9967382778199409),
      Pair(try Rayleigh(scale: 0.25), try Rayleigh(scale: 1), 1.8350887222397812),
      Pair(try Rayleigh(scale: 0.25), try Rayleigh(scale: 3), 3.9767577440204451),
      Pair(try Rayleigh(scale: 1), try Rayleigh(scale: 0.25), 12.227411277760219),
      Pair(try Rayleigh(scale: 1), try Rayleigh(scale: 3), 1.3083356884473305),
      Pair(try Rayleigh(scale: 3), try Rayleigh(scale: 0.25), 138.030186700424),
      Pair(try Rayleigh(scale: 3), try Rayleigh(scale: 1), 5.8027754226637806),
      Pair(try Beta(a: 0.5, b: 0.75), try Beta(a: 2, b: 5), 1.9772008487711518),
      Pair(try Beta(a: 0.5, b: 0.75), try Beta(a: 30, b: 10), 35.707122943154787),
      Pair(try Beta(a: 2, b: 5), try Beta(a: 0.5, b: 0.75), 0.54178177910663066),
      Pair(try Beta(a: 2, b: 5), try Beta(a: 30, b: 10), 23.261636901601508),
      Pair(try Beta(a: 30, b: 10), try Beta(a: 0.5, b: 0.75), 1.6587621634117721),
      Pair(try Beta(a: 30, b: 10), try Beta(a: 2, b: 5), 3.8759237491103041),
      Pair(try Laplace(location: 0, scale: 1), try Laplace(location: 1.5, scale: 0.25), 4.5062262794738287),
      Pair(try Laplace(location: 0, scale: 1), try Laplace(location: -6, scale: 2), 2.6943865566482785),
      Pair(try Laplace(location: 1.5, scale: 0.25), try Laplace(location: 0, scale: 1), 1.8869140491640572),
      Pair(try Laplace(location: 1.5, scale: 0.25), try Laplace(location: -6, scale: 2), 4.8294415416798476),
      Pair(try Laplace(location: -6, scale: 2), try Laplace(location: 0, scale: 1), 4.4064269561757826),
      Pair(try Laplace(location: -6, scale: 2), try Laplace(location: 1.5, scale: 0.25), 27.108700425168237),
      Pair(try Logistic(location: 0, scale: 1), try Logistic(location: 1.5, scale: 0.25), 4.3482340755493608),
      Pair(try Logistic(location: 0, scale: 1), try Logistic(location: -6, scale: 2), 1.8343353851587324),
      Pair(try Logistic(location: 1.5, scale: 0.25), try Logistic(location: 0, scale: 1), 1.3199264702872035),
      Pair(
        try Logistic(location: 1.5, scale: 0.25), try Logistic(location: -6, scale: 2), 3.8771045544974314),
      Pair(try Logistic(location: -6, scale: 2), try Logistic(location: 0, scale: 1), 3.589229228637629),
      Pair(
        try Logistic(location: -6, scale: 2), try Logistic(location: 1.5, scale: 0.25), 26.301862560860928),
      Pair(
        try StudentT(degrees: 1.5, location: 0, scale: 1), try StudentT(degrees: 4, location: 1, scale: 0.5),
        1.3317892157790027),
      Pair(
        try StudentT(degrees: 1.5, location: 0, scale: 1), try StudentT(degrees: 30, location: -2, scale: 3),
        0.69947184371916715),
      Pair(
        try StudentT(degrees: 4, location: 1, scale: 0.5), try StudentT(degrees: 1.5, location: 0, scale: 1),
        0.8120094832495661),
      Pair(
        try StudentT(degrees: 4, location: 1, scale: 0.5), try StudentT(degrees: 30, location: -2, scale: 3),
        1.5712068573197052),
      Pair(
        try StudentT(degrees: 30, location: -2, scale: 3), try StudentT(degrees: 1.5, location: 0, scale: 1),
        0.6327592372846606),
      Pair(
        try StudentT(degrees: 30, location: -2, scale: 3), try StudentT(degrees: 4, location: 1, scale: 0.5),
        3.4279908749644993),
      Pair(try Cauchy(location: 0, scale: 1), try Cauchy(location: 1.5, scale: 0.125), 1.9503644994046936),
      Pair(try Cauchy(location: 0, scale: 1), try Cauchy(location: -40, scale: 4), 4.6206743725240566),
      Pair(try Cauchy(location: 1.5, scale: 0.125), try Cauchy(location: 0, scale: 1), 1.9503644994046936),
      Pair(try Cauchy(location: 1.5, scale: 0.125), try Cauchy(location: -40, scale: 4), 6.7680710679608184),
      Pair(try Cauchy(location: -40, scale: 4), try Cauchy(location: 0, scale: 1), 4.6206743725240566),
      Pair(try Cauchy(location: -40, scale: 4), try Cauchy(location: 1.5, scale: 0.125), 6.7680710679608184),
      Pair(try Pareto(shape: 0.75, minimum: 1), try Pareto(shape: 3, minimum: 2), .infinity),
      Pair(try Pareto(shape: 0.75, minimum: 1), try Pareto(shape: 1.5, minimum: 0.25), 2.3862943611198906),
      Pair(try Pareto(shape: 3, minimum: 2), try Pareto(shape: 0.75, minimum: 1), 1.1561547465398496),
      Pair(try Pareto(shape: 3, minimum: 2), try Pareto(shape: 1.5, minimum: 0.25), 3.3123094930796992),
      Pair(try Pareto(shape: 1.5, minimum: 0.25), try Pareto(shape: 0.75, minimum: 1), .infinity),
      Pair(try Pareto(shape: 1.5, minimum: 0.25), try Pareto(shape: 3, minimum: 2), .infinity),
      Pair(
        try VonMises(location: 0, concentration: 0.5), try VonMises(location: 1.5, concentration: 4),
        2.4160579066225069),
      Pair(
        try VonMises(location: 0, concentration: 0.5), try VonMises(location: -2, concentration: 60),
        63.150617075124563),
      Pair(
        try VonMises(location: 1.5, concentration: 4), try VonMises(location: 0, concentration: 0.5),
        1.0601257812278918),
      Pair(
        try VonMises(location: 1.5, concentration: 4), try VonMises(location: -2, concentration: 60),
        106.58419926148286),
      Pair(
        try VonMises(location: -2, concentration: 60), try VonMises(location: 0, concentration: 0.5),
        2.7297726616704457),
      Pair(
        try VonMises(location: -2, concentration: 60), try VonMises(location: 1.5, concentration: 4),
        8.6013428499169085),
      Pair(
        try TruncatedNormal(mean: 0, variance: 1, lower: -1, upper: 2),
        try TruncatedNormal(mean: 1, variance: 0.5, lower: -1, upper: 2), 0.59610962091370407),
      Pair(
        try TruncatedNormal(mean: 0, variance: 1, lower: -1, upper: 2),
        try TruncatedNormal(mean: 3, variance: 4, lower: -4, upper: 6), 1.5620069059382457),
      Pair(
        try TruncatedNormal(mean: 1, variance: 0.5, lower: -1, upper: 2),
        try TruncatedNormal(mean: 0, variance: 1, lower: -1, upper: 2), 0.43564690730833734),
      Pair(
        try TruncatedNormal(mean: 1, variance: 0.5, lower: -1, upper: 2),
        try TruncatedNormal(mean: 3, variance: 4, lower: -4, upper: 6), 1.2795803298843551),
      Pair(
        try TruncatedNormal(mean: 3, variance: 4, lower: -4, upper: 6),
        try TruncatedNormal(mean: 0, variance: 1, lower: -1, upper: 2), .infinity),
      Pair(
        try TruncatedNormal(mean: 3, variance: 4, lower: -4, upper: 6),
        try TruncatedNormal(mean: 1, variance: 0.5, lower: -1, upper: 2), .infinity),
      Pair(try Uniform(lower: 0, upper: 1), try Uniform(lower: 0.25, upper: 0.5), .infinity),
      Pair(try Uniform(lower: 0, upper: 1), try Uniform(lower: -1, upper: 3), 1.3862943611198906),
      Pair(try Uniform(lower: 0.25, upper: 0.5), try Uniform(lower: 0, upper: 1), 1.3862943611198906),
      Pair(try Uniform(lower: 0.25, upper: 0.5), try Uniform(lower: -1, upper: 3), 2.7725887222397812),
      Pair(try Uniform(lower: -1, upper: 3), try Uniform(lower: 0, upper: 1), .infinity),
      Pair(try Uniform(lower: -1, upper: 3), try Uniform(lower: 0.25, upper: 0.5), .infinity),
      Pair(try Bernoulli(probability: 0.03125), try Bernoulli(probability: 0.5), 0.55408638210520419),
      Pair(try Bernoulli(probability: 0.03125), try Bernoulli(probability: 0.875), 1.8795710510671163),
      Pair(try Bernoulli(probability: 0.5), try Bernoulli(probability: 0.03125), 1.0555951199972081),
      Pair(try Bernoulli(probability: 0.5), try Bernoulli(probability: 0.875), 0.41333928659223397),
      Pair(try Bernoulli(probability: 0.875), try Bernoulli(probability: 0.03125), 2.6597173409826465),
      Pair(try Bernoulli(probability: 0.875), try Bernoulli(probability: 0.5), 0.31637701930350852),
      Pair(
        try Binomial(trials: 12, probability: 0.125), try Binomial(trials: 12, probability: 0.75),
        10.466371965359281),
      Pair(
        try Binomial(trials: 12, probability: 0.125), try Binomial(trials: 30, probability: 0.5),
        14.840695962214718),
      Pair(
        try Binomial(trials: 12, probability: 0.75), try Binomial(trials: 12, probability: 0.125),
        12.367546317566391),
      Pair(
        try Binomial(trials: 12, probability: 0.75), try Binomial(trials: 30, probability: 0.5),
        2.6822037882146271),
      Pair(
        try Binomial(trials: 30, probability: 0.5), try Binomial(trials: 12, probability: 0.125), .infinity),
      Pair(
        try Binomial(trials: 30, probability: 0.5), try Binomial(trials: 12, probability: 0.75), .infinity),
      Pair(try Poisson(rate: 0.125), try Poisson(rate: 4), 3.4417830121500342),
      Pair(try Poisson(rate: 0.125), try Poisson(rate: 60), 59.103276737012258),
      Pair(try Poisson(rate: 4), try Poisson(rate: 0.125), 9.9879436111989062),
      Pair(try Poisson(rate: 4), try Poisson(rate: 60), 45.16779919559116),
      Pair(try Poisson(rate: 60), try Poisson(rate: 0.125), 310.5521662341162),
      Pair(try Poisson(rate: 60), try Poisson(rate: 4), 106.4830120661326),
      Pair(try Geometric(success: 0.0625), try Geometric(success: 0.5), 7.3496883496557761),
      Pair(try Geometric(success: 0.0625), try Geometric(success: 0.875), 27.584487978518713),
      Pair(try Geometric(success: 0.5), try Geometric(success: 0.0625), 1.4508328822574618),
      Pair(try Geometric(success: 0.5), try Geometric(success: 0.875), 0.82667857318446793),
      Pair(try Geometric(success: 0.875), try Geometric(success: 0.0625), 2.3512140409663636),
      Pair(try Geometric(success: 0.875), try Geometric(success: 0.5), 0.36157373634686688),
      Pair(
        try NegativeBinomial(successes: 0.5, probability: 0.25),
        try NegativeBinomial(successes: 3, probability: 0.5), 0.45879311436796254),
      Pair(
        try NegativeBinomial(successes: 0.5, probability: 0.25),
        try NegativeBinomial(successes: 12, probability: 0.75), 1.2322165585087706),
      Pair(
        try NegativeBinomial(successes: 3, probability: 0.5),
        try NegativeBinomial(successes: 0.5, probability: 0.25), 0.38853371967357441),
      Pair(
        try NegativeBinomial(successes: 3, probability: 0.5),
        try NegativeBinomial(successes: 12, probability: 0.75), 0.16224862864880081),
      Pair(
        try NegativeBinomial(successes: 12, probability: 0.75),
        try NegativeBinomial(successes: 0.5, probability: 0.25), 0.84400241321436217),
      Pair(
        try NegativeBinomial(successes: 12, probability: 0.75),
        try NegativeBinomial(successes: 3, probability: 0.5), 0.13405244049108122),
      Pair(
        try CategoricalLaw(probabilities: [0.25, 0.25, 0.5]),
        try CategoricalLaw(probabilities: [0.125, 0.75, 0.125]), 0.59178090353290421),
      Pair(
        try CategoricalLaw(probabilities: [0.25, 0.25, 0.5]),
        try CategoricalLaw(probabilities: [0.0625, 0.0625, 0.875]), 0.41333928659223397),
      Pair(
        try CategoricalLaw(probabilities: [0.125, 0.75, 0.125]),
        try CategoricalLaw(probabilities: [0.25, 0.25, 0.5]), 0.56402902379110278),
      Pair(
        try CategoricalLaw(probabilities: [0.125, 0.75, 0.125]),
        try CategoricalLaw(probabilities: [0.0625, 0.0625, 0.875]), 1.7070846162790792),
      Pair(
        try CategoricalLaw(probabilities: [0.0625, 0.0625, 0.875]),
        try CategoricalLaw(probabilities: [0.25, 0.25, 0.5]), 0.31637701930350852),
      Pair(
        try CategoricalLaw(probabilities: [0.0625, 0.0625, 0.875]),
        try CategoricalLaw(probabilities: [0.125, 0.75, 0.125]), 1.5040430160266525),
    ]
  }
}
