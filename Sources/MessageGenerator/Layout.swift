// A schema worked out: its structs, and for each field the versions in which it is what.

/// A field, seen from the versions that its struct can be asked for.
struct FieldLayout {
    let name: String
    let property: String
    let type: FieldType
    /// The versions that can be told apart where the field's struct is read.
    let current: VersionRange
    /// The versions in which the field is among the struct's ordinary ones.
    let untagged: VersionRange
    /// The versions in which the field is a tagged one.
    let tagged: VersionRange
    let tag: UInt32
    let nullable: VersionRange
    let flexible: VersionRange
    let declaredDefault: String

    /// The versions in which the field exists.
    var present: VersionRange { untagged.isEmpty ? tagged : tagged.isEmpty ? untagged : union }

    private var union: VersionRange {
        VersionRange(
            lowest: min(untagged.lowest, tagged.lowest), highest: max(untagged.highest, tagged.highest))
    }

    /// Whether the Swift property can be nil.
    var isOptional: Bool { !nullable.intersection(present).isEmpty }

    /// Whether the schema's default is null.
    var defaultsToNull: Bool { isOptional && (declaredDefault == "null" || type == .records) }

    init?(_ field: Schema.Field, current: VersionRange, flexible: VersionRange) {
        // A few fields give only the versions in which they are tagged.
        let versions = (field.versions ?? field.taggedVersions ?? .none).intersection(current)
        if versions.isEmpty { return nil }
        name = field.name
        property = Naming.property(field.name)
        type = FieldType(field.type)
        self.current = current
        tagged = (field.taggedVersions ?? .none).intersection(versions)
        untagged = versions.subtracting(tagged)
        tag = field.tag ?? 0
        nullable = field.nullableVersions ?? .none
        self.flexible = field.flexibleVersions ?? flexible
        declaredDefault = field.default?.text ?? ""
    }

    /// The default as a Swift expression.
    var defaultValue: String {
        if defaultsToNull { return "nil" }
        switch type {
        case .bool: return declaredDefault.isEmpty ? "false" : declaredDefault
        case .int8, .int16, .uint16, .int32, .uint32, .int64, .float64:
            return declaredDefault.isEmpty ? "0" : declaredDefault
        case .uuid: return ".zero"
        case .string: return "\"\(declaredDefault)\""
        case .bytes, .array: return "[]"
        case .records: return ".bytes(.empty)"
        case .structure(let name): return "\(name)()"
        }
    }

    /// A Swift condition: the property is not at its default.
    var isNotDefault: String {
        if defaultsToNull { return "\(property) != nil" }
        switch type {
        case .bool where !isOptional: return defaultValue == "true" ? "!\(property)" : property
        case .bytes, .array: return isOptional ? "\(property)?.isEmpty != true" : "!\(property).isEmpty"
        default: return "\(property) != \(defaultValue)"
        }
    }
}

/// A struct, and the versions it can be asked for.
struct StructLayout {
    let name: String
    let current: VersionRange
    let flexible: VersionRange
    let fields: [FieldLayout]

    /// Whether there is a version with tagged fields.
    var hasTags: Bool { !flexible.intersection(current).isEmpty }
}

/// All structs of a schema: the message first.
struct SchemaLayout {
    let schema: Schema
    private(set) var structs: [StructLayout] = []

    init(_ schema: Schema) {
        self.schema = schema
        add(schema.name, schema.fields ?? [], current: schema.validVersions)
        for common in schema.commonStructs ?? [] {
            // Several fields may use it: any version can come.
            add(common.name, common.fields, current: schema.validVersions)
        }
    }

    private mutating func add(_ name: String, _ fields: [Schema.Field], current: VersionRange) {
        let flexible = schema.flexible
        let layouts = fields.compactMap { FieldLayout($0, current: current, flexible: flexible) }
        structs.append(StructLayout(name: name, current: current, flexible: flexible, fields: layouts))
        for (field, layout) in fields.compactMap({ field in
            FieldLayout(field, current: current, flexible: flexible).map { (field, $0) }
        }) {
            if let nested = field.fields, let nestedName = layout.type.structureName {
                add(nestedName, nested, current: layout.present)
            }
        }
    }

    /// The fewest bytes that a value of the struct takes, over all versions; at least one.
    func minimumSizeBytes(_ layout: StructLayout) -> Int {
        let sizes = (layout.current.lowest...layout.current.highest).map { minimumSizeBytes(layout, version: $0) }
        return max(1, sizes.min() ?? 1)
    }

    private func minimumSizeBytes(_ layout: StructLayout, version: Int) -> Int {
        let at = VersionRange(lowest: version, highest: version)
        var size = layout.flexible.contains(at) ? 1 : 0
        for field in layout.fields where field.untagged.contains(at) {
            if let fixed = field.type.fixedSizeBytes {
                size += fixed
            } else if case .structure(let name) = field.type {
                let nested = structs.first { $0.name == name }
                size += field.nullable.contains(at) ? 1 : nested.map { minimumSizeBytes($0, version: version) } ?? 0
            } else if field.flexible.contains(at) {
                size += 1
            } else {
                size += field.type == .string ? 2 : 4
            }
        }
        return size
    }
}
