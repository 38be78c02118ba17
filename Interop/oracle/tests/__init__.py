"""The oracle's own tests: `python3 -m unittest discover -s Interop/oracle/tests -t Interop`."""
