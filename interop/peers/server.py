"""A WebSocket server with Debian's python3-websockets (10.4).

/echo answers every message with itself, /close?code=&reason= closes at once
(no code: 1000, which is that library's default).

Standard output: {"port": N} first, then one JSON line a connection that
ended, {url, code, reason}, as the server saw it. It ends with its standard
input, so that it cannot outlive whoever started it.
"""

import asyncio
import json
import sys
from urllib.parse import parse_qs, urlsplit

import websockets


def say(**members):
    print(json.dumps(members), flush=True)


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
    say(url=socket.path, code=socket.close_code, reason=socket.close_reason)


async def main():
    async with websockets.serve(serve, "127.0.0.1", 0) as server:
        say(port=server.sockets[0].getsockname()[1])
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main())
