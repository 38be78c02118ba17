"""One file an API (or a family of bad input). Each names itself in its docstring and has a function `run(talk)`."""
