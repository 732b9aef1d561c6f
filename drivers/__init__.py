"""Real hardware and real peers behind the interfaces of `hal`."""
