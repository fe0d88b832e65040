"""A WebSocket client with Debian's python3-websockets (10.4): reads a JSON array
of jobs from standard input and prints one JSON line a job, as each ends.

  python3 client.py 4    at most four jobs at a time

Jobs and results are those of jobs.mjs. Of a job it knows what a test of
messages needs: url, offer, send, close and wait.
"""

import asyncio
import json
import sys

import websockets
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory


def extensions(job):
    """What the job offers; None for what the library offers by itself."""
    if "offer" not in job:
        return None
    offer = {"client_max_window_bits": None, **job["offer"]}
    return [ClientPerMessageDeflateFactory(**offer)]


async def converse(job, result):
    async with websockets.connect(job["url"], extensions=extensions(job), max_size=None, max_queue=None) as socket:
        result["events"].append("open")
        result["extensions"] = socket.response_headers.get("Sec-WebSocket-Extensions", "")

        async def send():
            for message in job.get("send", []):
                await socket.send(message if isinstance(message, str) else bytes.fromhex(message["hex"]))

        async def receive():
            for _ in job.get("send", []):
                message = await socket.recv()
                result["events"].append("message")
                result["messages"].append(message if isinstance(message, str) else {"hex": message.hex()})

        await asyncio.gather(send(), receive())
        await socket.close(*job["close"])
        result["events"].append("close")
        result.update(
            code=socket.close_code,
            reason=socket.close_reason,
            wasClean=socket.close_code != 1006,
        )


async def run(job):
    result = {"url": job["url"], "events": [], "messages": [], "extensions": ""}
    try:
        await asyncio.wait_for(converse(job, result), job.get("wait", 20000) / 1000)
    except Exception as error:  # the library's own view of what went wrong
        result["events"] += ["error", "close"]
        result.update(code=1006, reason=f"{type(error).__name__}: {error}", wasClean=False)
    print(json.dumps(result), flush=True)


async def main():
    limit = asyncio.Semaphore(int(sys.argv[1]))

    async def run_in_turn(job):
        async with limit:
            await run(job)

    await asyncio.gather(*map(run_in_turn, json.load(sys.stdin)))


asyncio.run(main())
