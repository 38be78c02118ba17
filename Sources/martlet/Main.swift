// The program: arguments, signals, wiring.

import Broker
import Configuration
import Glibc
import Launch
import Logging

@main
struct Martlet {
    static func main() {
        let environment = ProcessEnvironment.read()
        do throws(LaunchError) {
            let options = try LaunchOptions.parse(
                arguments: Array(CommandLine.arguments.dropFirst()), environment: environment)
            switch options.action {
            case .print(let text): print(text, terminator: "")
            case .run(.serve): try Serve(options.plan(environment: environment)).run()
            case .run(.check):
                let named = options.directories
                try Check(named.isEmpty ? options.plan(environment: environment).configuration.logDirs : named).run()
            }
        } catch {
            end(error)
        }
    }

    /// Says why, and ends with the code that a script can tell apart.
    static func end(_ error: LaunchError) -> Never {
        let text = Array("\(error)\n".utf8)
        _ = write(STDERR_FILENO, text, text.count)
        exit(error.exitCode.rawValue)
    }
}
