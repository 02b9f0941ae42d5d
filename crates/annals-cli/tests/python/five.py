#!/usr/bin/env python3
"""Five tool calls at once with the official client, for the tests.

    five.py --mode legacy http://127.0.0.1:8420/mcp
    five.py --mode 2026-07-28 -- annals mcp

Prints one JSON object: the calls that went wrong, how many entries there are afterwards, and whether the one that was kept is found.
"""

import argparse
import asyncio
import json
import os
import sys

from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp_types import Implementation

CALLS = [
    ("get_briefing", {}),
    ("get_knowledge", {"mode": "list", "limit": 10}),
    ("get_stats", {}),
    ("remember", {"source": "five", "tags": ["parallel"], "description": "Kept by one of five calls"}),
    ("search", {"query": "calls"}),
]


def server(words):
    if words[0].startswith("http"):
        return streamable_http_client(words[0])
    return StdioServerParameters(command=words[0], args=words[1:], env=dict(os.environ))


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("server", nargs="+")
    parser.add_argument("--mode", default="auto")
    arguments = parser.parse_args()
    who = Implementation(name="five.py", version="1")
    async with Client(server(arguments.server), mode=arguments.mode, client_info=who) as client:
        results = await asyncio.gather(*(client.call_tool(tool, given) for tool, given in CALLS))
        errors = [tool for (tool, _), result in zip(CALLS, results) if result.is_error]
        kept = results[3].structured_content["id"]
        stats = (await client.call_tool("get_stats", {})).structured_content
        found = (await client.call_tool("search", {"query": "kept by five", "limit": 100})).structured_content
        print(
            json.dumps(
                {
                    "errors": errors,
                    "attention_needed": results[0].structured_content["attention_needed"],
                    "total": stats["total"],
                    "found": kept in [entry["id"] for entry in found["entries"]],
                }
            )
        )


sys.exit(asyncio.run(main()))
