// The program: arguments, signals, wiring.

@main
struct Martlet {
    static func main() {}
}
