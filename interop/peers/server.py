"""A WebSocket server with Debian's python3-websockets (10.4).

/echo answers every message with itself, /close?code=&reason= closes at once
(no code: 1000, which is that library's default). With ?deflate= it wants these
parameters of permessage-deflate, in JSON with the names of RFC 7692; without,
the library's own.

Standard output: {"port": N} first, then one JSON line a connection that
ended, {url, code, reason, extensions}, as the server saw it. It ends with its
standard input, so that it cannot outlive whoever started it.
"""

import asyncio
import json
import sys
from urllib.parse import parse_qs, urlsplit

import websockets
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory


def say(**members):
    print(json.dumps(members), flush=True)


class Protocol(websockets.WebSocketServerProtocol):
    """A connection whose URL says what it wants of permessage-deflate."""

    def process_extensions(self, headers, available):
        query = parse_qs(urlsplit(self.path).query)
        if "deflate" in query:
            available = [ServerPerMessageDeflateFactory(**json.loads(query["deflate"][0]))]
        return super().process_extensions(headers, available)


async def serve(socket):
    url = urlsplit(socket.path)
    query = parse_qs(url.query, keep_blank_values=True)
    try:
        if url.path == "/close":
            code = int(query.get("code", ["1000"])[0])
            await socket.close(code, query.get("reason", [""])[0])
        async for message in socket:
            await socket.send(message)
    except websockets.ConnectionClosed:
        pass
    await socket.wait_closed()
    say(
        url=socket.path,
        code=socket.close_code,
        reason=socket.close_reason,
        extensions=socket.response_headers.get("Sec-WebSocket-Extensions", ""),
    )


async def main():
    async with websockets.serve(serve, "127.0.0.1", 0, create_protocol=Protocol) as server:
        say(port=server.sockets[0].getsockname()[1])
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main())
