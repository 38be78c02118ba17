// One line of a DescribeConfigs answer, before it is put into a version of the protocol.

/// A key as DescribeConfigs shows it. What a version does not carry is left out by the handler.
public struct DescribedConfig: Sendable, Hashable {
    /// Another place that gives, or would give, the key its value.
    public struct Synonym: Sendable, Hashable {
        public var name: String
        public var value: String?
        public var source: ConfigSource
    }

    public var name: String
    /// nil for null, and for what is never shown.
    public var value: String?
    public var isReadOnly: Bool
    public var source: ConfigSource
    public var isSensitive: Bool
    /// The strongest first.
    public var synonyms: [Synonym]
    public var type: ConfigType

    /// What version 0 carries instead of a source.
    public var isDefault: Bool { source == .defaultConfig }
}
