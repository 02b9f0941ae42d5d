#!/usr/bin/env python3
"""Records a decision in Annals over MCP, finds it again, and fetches the proof that the log holds it.

    trail.py http://127.0.0.1:8420/mcp          # a server, `annals serve`; ANNALS_TOKEN is its token
    trail.py -- annals mcp                      # a process of its own, over standard input and output

Uses the official client, `pip install mcp`. `--mode legacy` speaks the protocol of 2025, `--mode 2026-07-28`
that of 2026; without it the client finds out what the server speaks. Prints one JSON object.
"""

import argparse
import asyncio
import json
import os
import sys
import uuid

import httpx2
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp_types import Implementation


def server(words):
    """The server as the client wants it: a transport, or a command to start."""
    if not words[0].startswith("http"):
        return StdioServerParameters(command=words[0], args=words[1:], env=dict(os.environ))
    headers = {}
    if token := os.environ.get("ANNALS_TOKEN"):
        headers["Authorization"] = f"Bearer {token}"
    return streamable_http_client(words[0], http_client=httpx2.AsyncClient(headers=headers))


class Refused(Exception):
    """A tool did not do what it was asked, and says why."""


async def call(client, tool, arguments):
    """Calls a tool and answers its object."""
    result = await client.call_tool(tool, arguments)
    if result.is_error:
        error = result.structured_content["error"]
        raise Refused(f"{tool}: {error['message']} ({error.get('suggestion', error['code'])})")
    return result.structured_content


async def session(client):
    """Records, asks and fetches."""
    # The same key with each try: what is sent again is recorded once.
    event = {
        "event_type": "decision.approved",
        "resource": "deploy/production",
        "details": {"change": "cart-2.4", "checks": ["tests", "review"]},
        "idempotency_key": str(uuid.uuid4()),
        "wait": "sealed",
    }
    tools = [tool.name for tool in (await client.list_tools()).tools]
    recorded = await call(client, "record_event", event)
    found = await call(client, "query_events", {"event_type": "decision.*", "resource": "deploy/**", "limit": 1})
    receipt = await call(client, "get_receipt", {"id": recorded["id"]})
    return {
        "protocol": client.protocol_version,
        "tools": tools,
        "recorded": recorded,
        "found": found["events"][0],
        "receipt": receipt,
    }


async def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("server", nargs="+", help="where `annals serve` answers MCP, or after `--` a command to start")
    parser.add_argument("--mode", default="auto", help="auto, legacy or 2026-07-28")
    arguments = parser.parse_args()

    who = Implementation(name="trail.py", version="1")
    async with Client(server(arguments.server), mode=arguments.mode, client_info=who) as client:
        try:
            print(json.dumps(await session(client), indent=2))
            return 0
        except Refused as refused:
            print(refused, file=sys.stderr)
            return 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
