// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "entropic",
  products: [
    .library(name: "Entropic", targets: ["Entropic"]),
    .library(name: "EntropicFamilies", targets: ["EntropicFamilies"]),
    .library(name: "EntropicFlows", targets: ["EntropicFlows"]),
    .executable(name: "entropic", targets: ["EntropicCommand"]),
    .executable(name: "entropic-bench", targets: ["EntropicBenchmarks"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    .systemLibrary(
      name: "CBLAS", pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev"]), .brew(["openblas"])]),
    .systemLibrary(
      name: "CGSL", pkgConfig: "gsl",
      providers: [.apt(["libgsl-dev"]), .brew(["gsl"])]),
    .target(name: "CEntropicKernels"),
    .target(name: "EntropicNumerics", dependencies: ["CEntropicKernels", "CBLAS"]),
    .target(name: "EntropicModel", dependencies: ["EntropicNumerics"]),
    .target(name: "EntropicSolvers", dependencies: ["EntropicModel", "EntropicNumerics"]),
    .target(name: "Entropic", dependencies: ["EntropicModel", "EntropicNumerics", "EntropicSolvers"]),
    .target(name: "EntropicSpecialFunctions", dependencies: ["CGSL"]),
    .target(
      name: "EntropicFamilies", dependencies: ["EntropicNumerics", "EntropicSpecialFunctions"]),
    .target(name: "EntropicFlows", dependencies: ["EntropicNumerics"]),
    .target(
      name: "EntropicSpec",
      dependencies: [
        "Entropic", "EntropicNumerics", "EntropicModel", "EntropicSolvers",
        "EntropicSpecialFunctions", "EntropicFamilies", "EntropicFlows",
        .product(name: "Yams", package: "Yams"),
      ]),
    .target(name: "EntropicPlots", dependencies: ["EntropicFlows", "EntropicSpec"]),
    .executableTarget(
      name: "EntropicCommand",
      dependencies: [
        "Entropic", "EntropicFamilies", "EntropicPlots", "EntropicSpec",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .executableTarget(
      name: "EntropicBenchmarks",
      dependencies: [
        "Entropic", "EntropicFamilies", "EntropicFlows", "EntropicNumerics", "EntropicSpec",
      ]),
    .target(name: "EntropicTestSupport", path: "Tests/Support"),
    .target(name: "CAllocationCounter", path: "Tests/AllocationCounter"),
    .testTarget(
      name: "EntropicNumericsTests",
      dependencies: ["EntropicNumerics", "CEntropicKernels", "EntropicTestSupport", "CAllocationCounter"]),
    .testTarget(
      name: "EntropicModelTests",
      dependencies: ["EntropicModel", "EntropicNumerics", "EntropicTestSupport"]),
    .testTarget(
      name: "EntropicSolversTests",
      dependencies: [
        "EntropicSolvers", "EntropicModel", "EntropicNumerics", "Entropic", "EntropicTestSupport",
      ]),
    .testTarget(
      name: "EntropicReferenceTests", dependencies: ["Entropic", "EntropicFamilies", "EntropicSpec"]),
    .testTarget(
      name: "EntropicSpecialFunctionsTests", dependencies: ["EntropicSpecialFunctions"]),
    .testTarget(
      name: "EntropicFamiliesTests",
      dependencies: ["EntropicFamilies", "EntropicNumerics", "EntropicSpecialFunctions"]),
    .testTarget(
      name: "EntropicFlowsTests", dependencies: ["EntropicFlows", "EntropicNumerics"]),
    .testTarget(name: "EntropicSpecTests", dependencies: ["EntropicSpec", "Entropic", "EntropicModel"]),
    .testTarget(name: "EntropicCommandTests", dependencies: ["EntropicSpec", "Entropic"]),
  ],
  swiftLanguageModes: [.v6]
)
