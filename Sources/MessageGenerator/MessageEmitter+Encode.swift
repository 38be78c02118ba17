// The encode of a struct.

extension MessageEmitter {
    func emitEncode(_ out: inout SourceText, _ layout: StructLayout) {
        out.block("public func encode(to w: inout WireWriter, version v: Int16)") { out in
            declareFlexible(&out, layout)
            for field in layout.fields where !field.untagged.isEmpty {
                gate(&out, field.untagged, of: layout.current) { out in
                    out.line(write(field, field.untagged, isTagged: false, of: layout))
                }
            }
            gateFlexible(&out, layout) { out in
                emitTagEncode(&out, layout)
            }
        }
    }

    /// Tagged fields that are not at their default, in the order of their tags, then the unknown ones.
    private func emitTagEncode(_ out: inout SourceText, _ layout: StructLayout) {
        let tagged = layout.fields.filter { !$0.tagged.isEmpty }.sorted { $0.tag < $1.tag }
        if tagged.isEmpty {
            out.line("w.writeTags(unknownTaggedFields)")
            return
        }
        let flexible = layout.flexible.intersection(layout.current)
        out.line("let tagsStart: Int = w.beginTags()")
        out.line("var tagCount: UInt32 = 0")
        for field in tagged {
            var condition = field.isNotDefault
            if case .when(let versions) = field.tagged.membership(of: flexible) {
                condition = "\(versions) && \(condition)"
            }
            out.block("if \(condition)") { out in
                out.line("let tagStart: Int = w.beginTag(\(field.tag))")
                out.line(write(field, field.tagged, isTagged: true, of: layout))
                out.line("w.endTag(tagStart)")
                out.line("tagCount += 1")
            }
        }
        out.line("w.endTags(tagsStart, tagCount, unknownTaggedFields)")
    }

    /// A statement that writes `field` at the versions in `range`.
    private func write(_ field: FieldLayout, _ range: VersionRange, isTagged: Bool, of layout: StructLayout) -> String {
        let name = field.property
        if let noun = field.type.primitiveName { return "w.write\(noun)(\(name))" }
        let membership = field.nullable.membership(of: range)
        let nullable = membership == .always ? "" : ", nullable: \(membership.expression)"
        if case .structure = field.type {
            if !field.isOptional { return "\(name).encode(to: &w, version: v)" }
            return isTagged
                ? "w.writeNullableTaggedStruct(\(name), version: v)"
                : "w.writeNullableStruct(\(name), version: v\(nullable))"
        }
        let flexible = isTagged ? "true" : flexible(field, range, of: layout)
        let (noun, version) = writerNames(field.type)
        return field.isOptional
            ? "w.writeNullable\(noun)(\(name)\(version), flexible: \(flexible)\(nullable))"
            : "w.write\(noun)(\(name)\(version), flexible: \(flexible))"
    }

    /// What the writer's function for a type with a length is called, and its argument between value and flexibility.
    private func writerNames(_ type: FieldType) -> (noun: String, argument: String) {
        switch type {
        case .string: ("String", "")
        case .bytes: ("Bytes", "")
        case .records: ("Records", "")
        case .array(.string): ("Strings", "")
        case .array(.uuid): ("Uuids", "")
        case .array(.structure): ("Structs", ", version: v")
        case .array: ("Integers", "")
        default: preconditionFailure("\(type) has no length")
        }
    }
}
