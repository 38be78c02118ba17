// From the broker's configuration to the log cleaner's settings.

import Configuration
import LogStorage

extension CleanerSettings {
    init(_ configuration: BrokerConfiguration) {
        self.init()
        isEnabled = configuration.logCleanerEnable
        threads = Int(configuration.logCleanerThreads)
        dedupeBufferBytes = configuration.logCleanerDedupeBufferSize
        mapLoadFactor = configuration.logCleanerIoBufferLoadFactor
        ioBufferBytes = Int(configuration.logCleanerIoBufferSize)
        maxBytesPerSecond = configuration.logCleanerIoMaxBytesPerSecond
        backoffMs = configuration.logCleanerBackoffMs
    }
}
