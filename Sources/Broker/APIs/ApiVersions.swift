// ApiVersions (key 18): which APIs and versions the broker serves, and which features are on. KIP-35, KIP-511, KIP-584.
//
// Versions 0–4.
// v1  throttle time. v3 flexible, the client's name and version, features. v4 features whose lowest version is 0
// (KIP-1022).
//
// Behaviour: the only API whose request is answered in a version that the broker does not know: in version 0, with
// UNSUPPORTED_VERSION and the versions of this one API, so that a client of the future finds out what to speak. A
// client name or version that is not made of letters, digits, dashes and dots is INVALID_REQUEST. The answer's header
// is always version 0.

import ClusterMetadata
import KafkaMessages
import KafkaWire

enum ApiVersions: ApiHandler {
    static let versions: ClosedRange<Int16> = 0...4

    static func handle(_ request: consuming ApiVersionsRequest, _ context: RequestContext) {
        if context.apiVersion >= 3 {
            guard isValid(request.clientSoftwareName), isValid(request.clientSoftwareVersion) else {
                var response = ApiVersionsResponse()
                response.errorCode = ErrorCode.invalidRequest.rawValue
                return context.respond(response)
            }
        }
        var response = ApiVersionsResponse()
        response.apiKeys = RequestRouter.advertised.map(entry)
        addFeatures(to: &response, context)
        context.respond(response)
    }

    /// Answers a version that the broker does not know.
    static func respondUnsupported(_ context: RequestContext) {
        var response = ApiVersionsResponse()
        response.errorCode = ErrorCode.unsupportedVersion.rawValue
        response.apiKeys = RequestRouter.advertised.filter { $0.apiKey == ApiVersionsRequest.apiKey }.map(entry)
        context.respond(response, version: 0)
    }

    private static func entry(_ api: AdvertisedApi) -> ApiVersionsResponse.ApiVersion {
        var entry = ApiVersionsResponse.ApiVersion()
        entry.apiKey = api.apiKey
        entry.minVersion = api.versions.lowerBound
        entry.maxVersion = api.versions.upperBound
        return entry
    }

    private static func addFeatures(to response: inout ApiVersionsResponse, _ context: RequestContext) {
        let image = context.broker.metadata.current
        // A lowest level of 0 breaks clients that know the API up to version 3: they are not told of such a feature.
        let lowest: Int16 = context.apiVersion < 4 ? 1 : 0
        let supported = ClusterFeature.supported.filter { $0.levels.lowerBound >= lowest }
        response.supportedFeatures = supported.map { feature in
            var entry = ApiVersionsResponse.SupportedFeatureKey()
            entry.name = feature.name
            entry.minVersion = feature.levels.lowerBound
            entry.maxVersion = feature.levels.upperBound
            return entry
        }
        response.finalizedFeaturesEpoch = image.offset
        var finalized = image.features
        let kraftVersion = context.broker.store.kraftVersion
        if kraftVersion > 0 { finalized[ClusterFeature.kraftVersion] = kraftVersion }
        response.finalizedFeatures = finalized.map { name, level in
            var entry = ApiVersionsResponse.FinalizedFeatureKey()
            entry.name = name
            entry.minVersionLevel = level
            entry.maxVersionLevel = level
            return entry
        }
    }

    /// Letters and digits, between them dashes and dots: KIP-511.
    private static func isValid(_ text: String) -> Bool {
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: false
            }
        }
        let bytes = text.utf8
        guard let first = bytes.first, let last = bytes.last, isAlphanumeric(first), isAlphanumeric(last) else {
            return false
        }
        return bytes.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }
    }
}
