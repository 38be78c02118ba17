// One Swift file a schema: structs with their defaults, a decode and an encode each.

/// Writes the Swift file of one schema.
struct MessageEmitter {
    let layout: SchemaLayout
    var schema: Schema { layout.schema }

    init(_ schema: Schema) {
        layout = SchemaLayout(schema)
    }

    /// The whole file. `source` is the schema's path, for the reader of the file.
    func emit(source: String) -> String {
        var out = SourceText()
        out.line("// Made from \(source) by MessageGenerator.")
        if schema.validVersions.isEmpty {
            out.line("// The release has no version of it left.")
            return out.text
        }
        out.line("import Bytes")
        out.line("import KafkaWire")
        out.line("")
        emitMessage(&out, layout.structs[0])
        for nested in layout.structs.dropFirst() {
            out.line("")
            out.block("extension \(schema.name)") { out in
                out.block("public struct \(nested.name): WireStruct") { out in
                    emitMembers(&out, nested, isMessage: false)
                }
            }
        }
        return out.text
    }

    private var conformance: String {
        switch schema.type {
        case .request: "ApiRequest"
        case .response: "ApiResponse"
        default: schema.apiKey == nil ? "WireMessage" : "KeyedRecord"
        }
    }

    private func emitMessage(_ out: inout SourceText, _ message: StructLayout) {
        out.block("public struct \(schema.name): \(conformance)") { out in
            if schema.type == .request {
                out.line("public typealias Response = \(schema.name.dropLast("Request".count))Response")
            }
            out.line("public static var name: String { \"\(schema.name)\" }")
            if let key = schema.apiKey { out.line("public static var apiKey: Int16 { \(key) }") }
            out.line("public static var validVersions: ClosedRange<Int16>? { \(schema.validVersions.swift) }")
            out.line("public static var flexibleVersions: ClosedRange<Int16>? { \(schema.flexible.swift) }")
            emitMembers(&out, message, isMessage: true)
        }
    }

    private func emitMembers(_ out: inout SourceText, _ layout: StructLayout, isMessage: Bool) {
        out.line("public static var minimumSizeBytes: Int { \(self.layout.minimumSizeBytes(layout)) }")
        for field in layout.fields {
            let type = field.type.swift + (field.isOptional ? "?" : "")
            out.line("public var \(field.property): \(type) = \(field.defaultValue)\(remark(field))")
        }
        if layout.hasTags { out.line("public var unknownTaggedFields: [RawTaggedField] = []") }
        out.line("public init() {}")
        emitDecode(&out, layout, isMessage: isMessage)
        emitEncode(&out, layout)
    }

    /// The versions of a field that not all versions have.
    private func remark(_ field: FieldLayout) -> String {
        if case .when(let condition) = field.present.membership(of: field.current) {
            return "  // \(condition.replacing("v", with: "version"))"
        }
        return ""
    }

    /// Whether a struct of a schema without flexible versions, or with them only, or with both.
    func flexibility(_ layout: StructLayout) -> VersionRange.Membership {
        layout.flexible.membership(of: layout.current)
    }

    /// Whether `field` has a compact length at the versions in `range`: an expression, where `f` says it for the
    /// struct.
    func flexible(_ field: FieldLayout, _ range: VersionRange, of layout: StructLayout) -> String {
        switch field.flexible.membership(of: range) {
        case .always: "true"
        case .never: "false"
        case .when(let condition): field.flexible == layout.flexible ? "f" : condition
        }
    }

    /// Declares `f`, whether the version is flexible, where the body needs it.
    func declareFlexible(_ out: inout SourceText, _ layout: StructLayout) {
        let needed = layout.fields.contains { field in
            field.type.primitiveName == nil && !isPlainStructure(field.type)
                && flexible(field, field.untagged, of: layout) == "f"
        }
        if case .when(let condition) = flexibility(layout), needed || layout.hasTags {
            out.line("let f: Bool = \(condition)")
        }
    }

    private func isPlainStructure(_ type: FieldType) -> Bool {
        if case .structure = type { true } else { false }
    }

    /// Writes `body` where the versions in `range` are among those of the struct, under a condition where need be.
    func gate(
        _ out: inout SourceText, _ range: VersionRange, of current: VersionRange, _ body: (inout SourceText) -> Void
    ) {
        switch range.membership(of: current) {
        case .always: body(&out)
        case .never: break
        case .when(let condition): out.block("if \(condition)", body)
        }
    }

    /// Writes `body` where the version is a flexible one.
    func gateFlexible(_ out: inout SourceText, _ layout: StructLayout, _ body: (inout SourceText) -> Void) {
        switch flexibility(layout) {
        case .always: body(&out)
        case .never: break
        case .when: out.block("if f", body)
        }
    }
}
