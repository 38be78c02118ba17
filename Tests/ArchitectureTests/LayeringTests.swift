// Imports go downwards only, in the sources and in Package.swift, and the broker's process is free of Foundation.

import Testing

@Suite struct LayeringTests {
    @Test func everyTargetHasAPlaceInTheOrder() throws {
        let inOrder = Set(Layers.lowestFirst.joined()).union(Layers.besideTheBroker)
        let declared = Set(try Layers.declared().keys)
        #expect(declared.isSubset(of: inOrder), "without a place: \(declared.subtracting(inOrder).sorted())")
        let folders = Set(
            Checkout.paths(below: "Sources").filter { $0.split(separator: "/").count == 2 }
                .map { String($0.split(separator: "/")[1]) })
        #expect(folders == declared, "folders of Sources that Package.swift does not name, or the other way round")
    }

    @Test func packageManifestDependsDownwardsOnly() throws {
        for (target, dependencies) in try Layers.declared() {
            guard let height = Layers.height(of: target) else { continue }
            for dependency in dependencies {
                let below = try #require(Layers.height(of: dependency), "\(target) depends on \(dependency)")
                #expect(below < height, "\(target) depends on \(dependency), which is not below it")
            }
        }
    }

    @Test func sourcesImportOnlyWhatTheirTargetDeclares() throws {
        let declared = try Layers.declared()
        let files = Checkout.swiftFiles(below: "Sources")
        #expect(!files.isEmpty)
        for file in files {
            guard let target = file.target, !Layers.besideTheBroker.contains(target) else { continue }
            let allowed = (declared[target] ?? []).union(Layers.systemModules)
            for module in file.imports {
                #expect(allowed.contains(module), "\(file.path) imports \(module)")
            }
        }
    }

    @Test func theBrokersProcessIsFreeOfFoundation() {
        let heavy: Set<String> = ["Foundation", "FoundationEssentials", "Dispatch"]
        for file in Checkout.swiftFiles(below: "Sources") {
            guard let target = file.target, !Layers.besideTheBroker.contains(target) else { continue }
            #expect(heavy.isDisjoint(with: file.imports), "\(file.path) imports \(file.imports)")
        }
    }

    @Test func anImportIsReadInEveryFormThatSwiftHas() {
        let file = TextFile(
            path: "Sources/Files/Some.swift",
            lines: [
                "import Bytes", "public import KafkaWire", "@testable import Records", "import struct Glibc.stat",
                "@preconcurrency import Foundation", "// import Nothing", "let imported = 1",
            ])
        #expect(file.imports == ["Bytes", "KafkaWire", "Records", "Glibc", "Foundation"])
        #expect(file.target == "Files")
    }
}
