"""The simulated world: devices and peers that speak the real wire protocols.

Start with `film_scanner_device`: bytes in, bytes out. Nothing of the product imports this.
"""
