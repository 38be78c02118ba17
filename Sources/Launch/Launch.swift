// What the program was asked to do: its arguments, and the configuration that they, a file and the environment make.
