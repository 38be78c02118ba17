// Completion scripts for three shells, made from the list of options and the table of keys.

import Configuration

/// What `--completions SHELL` prints.
enum Completions {
    enum Shell: String, CaseIterable, Sendable {
        case bash, zsh, fish
    }

    static func script(for shell: Shell) -> String {
        switch shell {
        case .bash: bash
        case .zsh: zsh
        case .fish: fish
        }
    }

    private static var options: [LaunchOption] { LaunchOption.all }
    private static var commands: [String] { LaunchCommand.allCases.map(\.rawValue) }
    private static var keys: [String] {
        ConfigTable.broker.definitions.filter { !$0.isInternal }.map { $0.name + "=" }.sorted()
    }

    private static func escaped(_ text: String, _ marks: [Character: String]) -> String {
        text.map { marks[$0] ?? String($0) }.joined()
    }

    /// Load it with: source <(martlet --completions bash)
    private static var bash: String {
        var cases: [String] = []
        for option in options {
            switch option.value {
            case .none, .text: continue
            case .file: cases.append("\(option.name)) COMPREPLY=($(compgen -f -- \"$word\")); return ;;")
            case .directory: cases.append("\(option.name)) COMPREPLY=($(compgen -d -- \"$word\")); return ;;")
            case .oneOf(_, let words):
                cases.append(
                    "\(option.name)) COMPREPLY=($(compgen -W '\(words.joined(separator: " "))' -- \"$word\")); return ;;"
                )
            case .setting:
                cases.append(
                    "\(option.name)) compopt -o nospace; "
                        + "COMPREPLY=($(compgen -W \"$_martlet_keys\" -- \"$word\")); return ;;")
            }
        }
        let names = options.map(\.name).joined(separator: " ")
        return """
            # bash completion for martlet; load it with: source <(martlet --completions bash)
            _martlet_keys='\(keys.joined(separator: " "))'
            _martlet() {
                local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
                COMPREPLY=()
                case $before in
                    \(cases.joined(separator: "\n        "))
                esac
                if [[ $word == -* ]]; then
                    COMPREPLY=($(compgen -W '\(names)' -- "$word"))
                elif ((COMP_CWORD == 1)); then
                    COMPREPLY=($(compgen -W '\(commands.joined(separator: " ")) \(names)' -- "$word"))
                fi
            }
            complete -F _martlet martlet

            """
    }

    /// Save it as _martlet in a directory of $fpath.
    private static var zsh: String {
        let lines = options.map { option in
            let help = escaped(option.help[0], ["'": "'\\''", "[": "\\[", "]": "\\]", ":": "\\:"])
            let repeated = option.value == .setting ? "*" : ""
            let argument: String
            switch option.value {
            case .none: argument = ""
            case .text(let name): argument = ":\(name):"
            case .file(let name): argument = ":\(name):_files"
            case .directory(let name): argument = ":\(name):_files -/"
            case .oneOf(let name, let words): argument = ":\(name):(\(words.joined(separator: " ")))"
            case .setting: argument = ":setting:_martlet_keys"
            }
            let equals = option.value == .none ? "" : "="
            return "'\(repeated)\(option.name)\(equals)[\(help)]\(argument)'"
        }
        return """
            #compdef martlet
            # zsh completion for martlet; save it as _martlet in a directory of $fpath
            _martlet_keys() {
                compadd -S '' -- \(keys.joined(separator: " "))
            }
            _arguments -s \\
                '1::command:(\(commands.joined(separator: " ")))' \\
                \(lines.joined(separator: " \\\n    "))

            """
    }

    /// Save it as ~/.config/fish/completions/martlet.fish.
    private static var fish: String {
        var lines = [
            "# fish completion for martlet; save it as ~/.config/fish/completions/martlet.fish",
            "complete -c martlet -f",
            "complete -c martlet -n __fish_use_subcommand -a '\(commands.joined(separator: " "))'",
        ]
        for option in options {
            let help = escaped(option.help[0], ["'": "\\'"])
            let argument: String
            switch option.value {
            case .none: argument = ""
            case .text: argument = " -x"
            case .file: argument = " -r -F"
            case .directory: argument = " -x -a '(__fish_complete_directories)'"
            case .oneOf(_, let words): argument = " -x -a '\(words.joined(separator: " "))'"
            case .setting: argument = " -x -a '\(keys.joined(separator: " "))'"
            }
            lines.append("complete -c martlet -l \(option.name.dropFirst(2))\(argument) -d '\(help)'")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
