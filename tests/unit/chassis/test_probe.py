"""What a container's engine is told: ready, not ready, nobody there."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

from sebaya_chassis.service.probe import ready
from sebaya_cli.stack.ports import free_port


@contextmanager
def answering(status: int) -> Iterator[int]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/health/ready" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing to say."""

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_only_a_process_that_says_so_is_ready() -> None:
    with answering(200) as port:
        assert ready(port)
    with answering(503) as port:
        assert not ready(port)
    assert not ready(free_port())
