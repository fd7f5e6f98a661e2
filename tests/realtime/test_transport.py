from functools import partial
from types import SimpleNamespace
from typing import Any
from unittest import IsolatedAsyncioTestCase, mock

from twisted.internet.testing import StringTransport

from realtime import transport


async def handle_reply(protocol: Any, message: dict[str, Any]) -> None:
    protocol.replies.append(message)


def daphne_send(twisted_transport: Any) -> Any:
    return partial(
        handle_reply,
        SimpleNamespace(transport=twisted_transport, replies=[], sendCloseFrame=mock.Mock()),
    )


class TransportTests(IsolatedAsyncioTestCase):
    def test_buffered_bytes_counts_what_the_kernel_has_not_taken(self) -> None:
        buffers = SimpleNamespace(dataBuffer=b"0123456789", offset=4, _tempDataLen=100)
        self.assertEqual(transport.buffered_bytes(daphne_send(buffers)), 106)

    def test_buffered_bytes_is_none_where_the_shape_is_unknown(self) -> None:
        self.assertIsNone(transport.buffered_bytes(handle_reply.__get__(SimpleNamespace())))
        self.assertIsNone(transport.buffered_bytes(partial(handle_reply)))
        self.assertIsNone(transport.buffered_bytes(daphne_send(None)))
        self.assertIsNone(transport.buffered_bytes(daphne_send(StringTransport())))

    async def test_close_with_a_private_code_goes_by_asgi(self) -> None:
        send = daphne_send(None)
        await transport.close(send, 4404)
        self.assertEqual(send.args[0].replies, [{"type": "websocket.close", "code": 4404}])

    async def test_close_with_a_servers_code_goes_round_autobahns_check(self) -> None:
        send = daphne_send(None)
        await transport.close(send, 1012)
        send.args[0].sendCloseFrame.assert_called_once_with(code=1012)
        self.assertEqual(send.args[0].replies, [])

    async def test_close_with_a_servers_code_goes_by_asgi_elsewhere(self) -> None:
        sent: list[dict[str, Any]] = []

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await transport.close(send, 1012)
        self.assertEqual(sent, [{"type": "websocket.close", "code": 1012}])
