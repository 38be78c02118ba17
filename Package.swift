// swift-tools-version: 6.2
// Martlet: a Kafka broker in Swift. Documentation/ARCHITECTURE.md says what each target is for; imports go downwards only.

import PackageDescription

let package = Package(
    name: "martlet",
    products: [.executable(name: "martlet", targets: ["martlet"])],
    targets: [
        // C: the thinnest shims over the system and the libraries.
        .target(name: "CPlatform"),
        .target(name: "CChecksum", linkerSettings: [.linkedLibrary("isal")]),
        .target(
            name: "CCodecs",
            // The archives: each shared library that a start has to load and relocate takes time and memory.
            linkerSettings: [
                .linkedLibrary(":libz.a"), .linkedLibrary(":libzstd.a"), .linkedLibrary(":liblz4.a"),
                .linkedLibrary(":libsnappy.a"), .linkedLibrary("stdc++"),
            ]),

        // RE2, linked statically: the program runs where it is not installed.
        .target(name: "CRegex", linkerSettings: [.linkedLibrary(":libre2.a"), .linkedLibrary("stdc++")]),

        // Bytes in, values out.
        .target(name: "Bytes"),
        .target(name: "KafkaWire", dependencies: ["Bytes"]),
        .target(
            name: "KafkaMessages", dependencies: ["KafkaWire", "Bytes"],
            // Straight code, run once a request: optimised for size it builds sooner.
            swiftSettings: [.unsafeFlags(["-Osize"], .when(configuration: .release))],
            plugins: ["GenerateMessages"]),
        .target(name: "Records", dependencies: ["Bytes", "KafkaWire", "CChecksum", "CCodecs"]),

        // Log lines.
        .target(name: "Logging"),

        // The system: sockets, files.
        .target(name: "EventLoop", dependencies: ["Bytes", "CPlatform"]),
        .target(name: "Files", dependencies: ["Bytes", "CPlatform"]),

        // The broker.
        .target(name: "Configuration"),
        .target(
            name: "LogStorage",
            dependencies: ["Bytes", "KafkaWire", "Records", "Files", "Configuration", "CPlatform", "Logging"]),
        .target(
            name: "ClusterMetadata",
            dependencies: [
                "Bytes", "KafkaWire", "KafkaMessages", "Records", "Files", "LogStorage", "Configuration", "Logging",
            ]),
        .target(
            name: "Replication", dependencies: ["Bytes", "KafkaWire", "KafkaMessages", "Records", "LogStorage"]),
        .target(
            name: "Groups", dependencies: ["Bytes", "KafkaWire", "KafkaMessages", "CChecksum", "CRegex"]),
        .target(
            name: "Broker",
            dependencies: [
                "Replication", "Groups",
                "Bytes", "KafkaWire", "KafkaMessages", "Records", "EventLoop", "Files", "LogStorage", "Configuration",
                "ClusterMetadata", "Logging",
            ]),

        // The program: what it was asked to do, and the wiring.
        .target(name: "Launch", dependencies: ["Configuration", "Logging"]),
        .executableTarget(
            name: "martlet",
            dependencies: [
                "Broker", "CPlatform", "ClusterMetadata", "Configuration", "EventLoop", "Files", "Launch", "LogStorage",
                "Logging",
            ],
            linkerSettings: [
                // Nobody loads the program as a library: without its 29,000 exported names it starts sooner and takes
                // 1 MB less. At a fixed address it has no 37,000 pointers to correct before it begins, each page of which
                // would be copied; Setup/link makes the C++ runtime a part of it, whose names would be looked up.
                .unsafeFlags(["-Xlinker", "--no-export-dynamic", "-Xlinker", "--icf=safe", "-Xclang-linker", "-no-pie"]),
                .unsafeFlags(["-use-ld=lld", "-Xclang-linker", "-L\(Context.packageDirectory)/Setup/link"]),
                .unsafeFlags(["-Xlinker", "--strip-debug"], .when(configuration: .release)),
                // What a start and the main job call lies side by side; Setup/link/order.py makes the list.
                .unsafeFlags(
                    [
                        "-Xlinker", "--symbol-ordering-file=\(Context.packageDirectory)/Setup/link/functions",
                        "-Xlinker", "--no-warn-symbol-ordering",
                    ], .when(configuration: .release)),
            ]),

        // What makes KafkaMessages out of Protocol/, in every build.
        .executableTarget(name: "MessageGenerator"),
        .plugin(name: "GenerateMessages", capability: .buildTool(), dependencies: ["MessageGenerator"]),

        // What tests of several targets need: where Apache Kafka is.
        .target(name: "KafkaAtHand", path: "Tests/KafkaAtHand"),
        .testTarget(name: "ArchitectureTests"),
        .testTarget(name: "BrokerTests", dependencies: ["Broker", "KafkaMessages", "KafkaWire", "Records", "Bytes"]),
        .testTarget(name: "BytesTests", dependencies: ["Bytes"]),
        .testTarget(name: "KafkaWireTests", dependencies: ["KafkaWire", "Bytes"]),
        .testTarget(
            name: "KafkaMessagesTests", dependencies: ["KafkaMessages", "KafkaWire", "Bytes", "KafkaAtHand"],
            exclude: ["Vectors"]),
        .testTarget(name: "RecordsTests", dependencies: ["Records", "Bytes"], exclude: ["Fixtures"]),
        .testTarget(
            name: "ConfigurationTests", dependencies: ["Configuration"], exclude: ["Fixtures", "Oracle"]),
        .testTarget(name: "FilesTests", dependencies: ["Files", "Bytes"]),
        .testTarget(
            name: "ClusterMetadataTests",
            dependencies: [
                "ClusterMetadata", "LogStorage", "Files", "Records", "Configuration", "KafkaMessages", "KafkaWire", "Bytes",
            ]),
        .testTarget(
            name: "LogStorageTests",
            dependencies: ["LogStorage", "Files", "Records", "KafkaWire", "Bytes", "KafkaAtHand"],
            exclude: ["Fixtures", "Oracle"]),
        .testTarget(name: "LoggingTests", dependencies: ["Logging"]),
        .testTarget(name: "LaunchTests", dependencies: ["Launch", "Configuration", "Logging"]),
        .testTarget(
            name: "GroupsTests", dependencies: ["Groups", "KafkaMessages", "KafkaWire", "Bytes", "KafkaAtHand"],
            exclude: ["Fixtures", "Oracle"]),
        .testTarget(name: "EventLoopTests", dependencies: ["EventLoop", "Bytes", "CPlatform"]),
    ],
    swiftLanguageModes: [.v6]
)

// Each function is a section of its own: what is never called is left out of the program, and the rest can be put in an
// order. A fifth fewer pages are touched on the way to the first answer.
for target in package.targets where target.type == .regular || target.type == .executable {
    target.swiftSettings =
        (target.swiftSettings ?? []) + [
            .unsafeFlags(["-Xfrontend", "-function-sections"], .when(configuration: .release))
        ]
}
