"""Where Prometheus asks: prometheus-client's own small HTTP server, on the loopback only.

There is no password on it, so it is never on the network: a Prometheus agent on this machine, or a
tunnel, carries it further.
"""

from prometheus_client import CollectorRegistry, start_http_server

from hal.errors import ConfigError, Sentence

TAKEN = Sentence(
    en="Metrics cannot be served on {host}:{port} ({reason}). Choose another metrics.listen.",
    fr="Les métriques ne peuvent pas être servies sur {host}:{port} ({reason}). Choisissez un "
    "autre metrics.listen.",
)
CLOSE_S = 5.0


class MetricsServer:
    """Serves from its making until `close`. Raises ConfigError when the port is taken."""

    def __init__(self, registry: CollectorRegistry, host: str, port: int) -> None:
        try:
            self._server, self._thread = start_http_server(port, host, registry)
        except OSError as error:
            reason = error.strerror or error
            raise ConfigError(TAKEN.fill(host=host, port=port, reason=reason)) from error

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(CLOSE_S)
