// The decode of a struct.

extension MessageEmitter {
    func emitDecode(_ out: inout SourceText, _ layout: StructLayout, isMessage: Bool) {
        out.block("public init(from r: inout WireReader, version v: Int16) throws(WireError)") { out in
            if isMessage { out.line("try Self.checkVersion(v)") }
            declareFlexible(&out, layout)
            for field in layout.fields where !field.untagged.isEmpty {
                gate(&out, field.untagged, of: layout.current) { out in
                    out.line("\(field.property) = \(read(field, field.untagged, isTagged: false, of: layout))")
                }
            }
            gateFlexible(&out, layout) { out in
                emitTagDecode(&out, layout)
            }
        }
    }

    /// Tagged fields: those of the schema by their tag, the others kept as they are.
    private func emitTagDecode(_ out: inout SourceText, _ layout: StructLayout) {
        let tagged = layout.fields.filter { !$0.tagged.isEmpty }
        if tagged.isEmpty {
            out.line("unknownTaggedFields = try r.readUnknownTaggedFields()")
            return
        }
        let flexible = layout.flexible.intersection(layout.current)
        out.block("for _ in 0..<(try r.readTagCount())") { out in
            out.line("let fieldTag: UInt32 = try r.readUnsignedVarint()")
            out.line("let fieldSize: UInt32 = try r.readUnsignedVarint()")
            out.line("switch fieldTag {")
            for field in tagged {
                out.line("case \(field.tag):")
                if case .when(let condition) = field.tagged.membership(of: flexible) {
                    out.line("    guard \(condition) else { throw r.invalidTag(fieldTag, version: v) }")
                }
                out.line("    \(field.property) = \(read(field, field.tagged, isTagged: true, of: layout))")
            }
            out.line("default: unknownTaggedFields.append(try r.readUnknownTaggedField(fieldTag, size: fieldSize))")
            out.line("}")
        }
    }

    /// An expression that reads `field` at the versions in `range`.
    private func read(_ field: FieldLayout, _ range: VersionRange, isTagged: Bool, of layout: StructLayout) -> String {
        if let name = field.type.primitiveName { return "try r.read\(name)()" }
        let flexible = isTagged ? "true" : flexible(field, range, of: layout)
        let plain = readPlain(field, flexible)
        let nullable = readNullable(field, flexible, isTagged: isTagged)
        switch field.nullable.membership(of: range) {
        case .always: return "try \(nullable)"
        case .never: return "try \(plain)"
        case .when(let condition): return "try (\(condition) ? \(nullable) : \(plain))"
        }
    }

    private func readPlain(_ field: FieldLayout, _ flexible: String) -> String {
        if case .structure(let name) = field.type { return "\(name)(from: &r, version: v)" }
        let (noun, type) = readerNames(field.type)
        return "r.read\(noun)(\"\(Naming.unquotedProperty(field.name))\"\(type), flexible: \(flexible))"
    }

    private func readNullable(_ field: FieldLayout, _ flexible: String, isTagged: Bool) -> String {
        if case .structure(let name) = field.type {
            return "r.readNullable\(isTagged ? "Tagged" : "")Struct(\(name).self, version: v)"
        }
        let (noun, type) = readerNames(field.type)
        return "r.readNullable\(noun)(\"\(Naming.unquotedProperty(field.name))\"\(type), flexible: \(flexible))"
    }

    /// What the reader's function for a type with a length is called, and its arguments that say the element.
    private func readerNames(_ type: FieldType) -> (noun: String, arguments: String) {
        switch type {
        case .string: ("String", "")
        case .bytes: ("Bytes", "")
        case .records: ("Records", "")
        case .array(.string): ("Strings", "")
        case .array(.uuid): ("Uuids", "")
        case .array(.structure(let name)): ("Structs", ", \(name).self, version: v")
        case .array(let element): ("Integers", ", \(element.swift).self")
        default: preconditionFailure("\(type) has no length")
        }
    }
}
