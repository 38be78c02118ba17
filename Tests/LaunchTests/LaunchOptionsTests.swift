// The command line and Martlet's own environment variables.

import Configuration
import Logging
import Testing

@testable import Launch

@Suite struct LaunchOptionsTests {
    private func parse(_ line: String, environment: [String: String] = [:]) throws -> LaunchOptions {
        try LaunchOptions.parse(
            arguments: line.split(separator: " ").map(String.init), environment: environment)
    }

    /// The message and the exit code of a line that is refused.
    private func refusal(_ line: String, environment: [String: String] = [:]) -> String {
        do throws(LaunchError) {
            let arguments = line.split(separator: " ").map(String.init)
            _ = try LaunchOptions.parse(arguments: arguments, environment: environment)
            return "accepted"
        } catch {
            return "\(error.exitCode.rawValue) \(error.lines.joined(separator: "|"))"
        }
    }

    @Test func anEmptyLineServes() throws {
        let options = try parse("")
        #expect(options == LaunchOptions())
        #expect(options.action == .run(.serve))
        #expect(options.logLevel == .info)
    }

    @Test func valuesStandBehindASpaceOrAnEqualsSign() throws {
        for line in [
            "--port 0 --port-file p --data-dir d --config c --log-level debug",
            "serve --port=0 --port-file=p --data-dir=d --config=c --log-level=DEBUG",
        ] {
            let options = try parse(line)
            #expect(options.port == 0)
            #expect(options.portFile == "p")
            #expect(options.dataDirectory == "d")
            #expect(options.configFile == "c")
            #expect(options.logLevel == .debug)
        }
    }

    @Test func theCheckTakesDirectories() throws {
        let options = try parse("check /a /b --log-level off")
        #expect(options.action == .run(.check) && options.directories == ["/a", "/b"])
        #expect(try parse("check").directories.isEmpty)
        #expect(refusal("serve /a") == "64 /a is not an option, and no argument is expected here")
    }

    @Test func overridesAreRepeatedAndKeepTheirOrderAndTheirEqualsSigns() throws {
        let options = try parse("--override a.b=1 --override=c=x=y --override d=")
        #expect(options.overrides.map(\.name) == ["a.b", "c", "d"])
        #expect(options.overrides.map(\.text) == ["1", "x=y", ""])
        #expect(options.overrides[0].origin == .argument("--override a.b"))
    }

    @Test(arguments: [
        ("--prot 1", "64 There is no option --prot: did you mean --port?"),
        ("--datadir x", "64 There is no option --datadir: did you mean --data-dir?"),
        (
            "--log.segment.bytes 1",
            "64 There is no option --log.segment.bytes; a key is set by --override log.segment.bytes=VALUE"
        ),
        ("--quite-another", "64 There is no option --quite-another; --help lists them"),
        ("-x", "64 There is no option -x; --help lists them"),
        ("--port", "64 --port wants a value: --port N"),
        ("--port=", "64 --port wants a value"),
        ("--port 65536", "64 --port wants a number from 0 to 65535, not 65536"),
        ("--port -1", "64 --port wants a number from 0 to 65535, not -1"),
        ("--port +1", "64 --port wants a number from 0 to 65535, not +1"),
        ("--port 1 --port 2", "64 --port is given twice"),
        ("--ephemeral=yes", "64 --ephemeral takes no value"),
        ("--override novalue", "64 --override wants KEY=VALUE, not novalue"),
        ("--override =1", "64 --override wants KEY=VALUE, not =1"),
        ("--ephemeral --data-dir x", "64 --ephemeral and --data-dir contradict each other: give one of them"),
        ("--data-dir x --override log.dirs=y", "64 --data-dir sets log.dirs: give it or --override log.dirs"),
        ("--log-level loud", "64 --log-level wants debug, info, warn, error or off, not loud"),
        ("--completions tcsh", "64 --completions wants bash, zsh or fish, not tcsh"),
        ("sevre", "64 There is no command sevre: did you mean serve?"),
        ("destroy", "64 There is no command destroy; there is: serve, check"),
        ("server.properties", "64 A configuration file is named by an option: --config server.properties"),
        ("serve extra", "64 extra is not an option, and no argument is expected here"),
        ("--port 1 serve", "64 serve is not an option, and no argument is expected here"),
    ])
    func aLineThatMakesNoSenseIsRefusedWithWhatWouldMakeSense(line: String, message: String) {
        #expect(refusal(line) == message)
    }

    @Test func helpNamesEveryOptionCommandVariableAndExitCode() throws {
        guard case .print(let text) = try parse("--help").action else {
            Issue.record("--help prints nothing")
            return
        }
        for option in LaunchOption.all {
            #expect(text.contains("  \(option.name)"))
            if let variable = option.variable { #expect(text.contains(variable)) }
        }
        for command in LaunchCommand.allCases { #expect(text.contains("  \(command.rawValue) ")) }
        for code in ExitCode.allCases { #expect(text.contains("  \(code.rawValue) ")) }
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 120 })
        #expect(try parse("-h --nonsense").action == .print(text))
    }

    @Test func everyOptionOfTheListDoesSomething() throws {
        let values = [
            "--port": "1", "--log-level": "warn", "--completions": "fish", "--override": "num.partitions=2",
        ]
        for option in LaunchOption.all {
            let line = option.value == .none ? option.name : "\(option.name)=\(values[option.name] ?? "x")"
            #expect(try parse(line) != LaunchOptions(), "\(line) changes nothing")
        }
    }

    @Test func theVersionNamesKafkasToo() throws {
        #expect(try parse("--version").action == .print("martlet 0.1.0 (compatible with Apache Kafka 4.3.1)\n"))
    }

    @Test func variablesStandForOptionsAndArgumentsAreStronger() throws {
        let environment = [
            "MARTLET_PORT": "1234", "MARTLET_EPHEMERAL": "true", "MARTLET_LOG_LEVEL": "warn", "MARTLET_CONFIG": "c",
            "PATH": "/bin",
        ]
        let plain = try parse("", environment: environment)
        #expect(plain.port == 1234)
        #expect(plain.isEphemeral)
        #expect(plain.logLevel == .warn)
        #expect(plain.configFile == "c")
        #expect(plain.warnings == [])
        let changed = try parse("--port 5 --data-dir d --config x", environment: environment)
        #expect(changed.port == 5)
        #expect(!changed.isEphemeral)
        #expect(changed.dataDirectory == "d")
        #expect(changed.configFile == "x")
        let ephemeral = try parse("--ephemeral", environment: ["MARTLET_DATA_DIR": "d"])
        #expect(ephemeral.isEphemeral)
        #expect(ephemeral.dataDirectory == nil)
    }

    @Test func aVariableThatMakesNoSenseIsRefusedByItsNameAndAnUnknownOneIsAWarning() throws {
        #expect(
            refusal("", environment: ["MARTLET_PORT": "x"]) == "64 MARTLET_PORT wants a number from 0 to 65535, not x")
        #expect(
            refusal("", environment: ["MARTLET_EPHEMERAL": "maybe"])
                == "64 MARTLET_EPHEMERAL=maybe must be true or false")
        let options = try parse("", environment: ["MARTLET_PROT": "1"])
        #expect(options.warnings == ["Unknown environment variable MARTLET_PROT: did you mean MARTLET_PORT?"])
    }
}
