// `martlet serve`: from a plan to a running broker, and to its end.

import Broker
import CPlatform
import Configuration
import Glibc
import Launch
import Logging

/// One run of the broker in this process.
struct Serve {
    /// After so long what only the start needed is given back.
    private static let settlingMs = 2_000

    private let plan: LaunchPlan
    private let log = Logger("martlet")

    init(_ plan: LaunchPlan) {
        self.plan = plan
    }

    /// Serves until SIGTERM or SIGINT.
    /// - Throws: why it does not start, or that its data directory failed.
    func run() throws(LaunchError) {
        Logger.level = plan.logLevel
        for warning in plan.warnings { log.warn(warning) }
        // Before there are threads: all of them leave these to `wait`.
        let signals = TerminationSignals()
        OpenFileLimit.raise()
        defer { removeEphemeral() }
        let broker: BrokerServer
        do throws(BrokerStartError) {
            broker = try BrokerServer.start(plan.configuration)
        } catch {
            throw LaunchError(error)
        }
        broker.onFailure { failure in
            Logger("martlet").error(failure.description)
            signals.raise()
        }
        do throws(LaunchError) {
            if let portFile = plan.portFile, let first = broker.endpoints.first {
                try PortFile.write(port: UInt16(first.port), to: portFile)
            }
        } catch {
            broker.stop()
            throw error
        }
        printBanner(broker)
        signals.pause(ms: Self.settlingMs)
        cplatform_release_code_pages()
        let signal = signals.wait()
        broker.stop()
        if signal == .failure { throw LaunchError(.ioError, "Stopped: the data directory failed") }
    }

    private func printBanner(_ broker: BrokerServer) {
        let text = Banner.text(
            endpoints: broker.endpoints, advertised: broker.advertised, configuration: plan.configuration,
            dataDirectory: plan.dataDirectory)
        // One write: whoever reads standard output line by line sees all of it at once.
        let bytes = Array(text.utf8)
        _ = write(STDOUT_FILENO, bytes, bytes.count)
    }

    private func removeEphemeral() {
        if let problem = plan.dataDirectory.removeIfEphemeral() {
            log.warn("The ephemeral data directory could not be removed: \(problem)")
        }
    }
}

extension LaunchError {
    init(_ error: BrokerStartError) {
        switch error {
        case .inUse(let reason): self.init(.inUse, reason)
        case .unusable(let reason): self.init(.dataError, reason)
        case .storage(let error): self.init(.cannotCreate, error.description)
        case .listener(let error):
            self.init(
                .unavailable,
                "Cannot listen on \(error.subject): \(error.reason); --port names another port, and 0 takes any free one"
            )
        }
    }
}

/// The process's limit of open descriptors, which is often far below what the system allows.
enum OpenFileLimit {
    /// Raises the soft limit to the hard one: each connection and each open segment takes a descriptor.
    static func raise() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
