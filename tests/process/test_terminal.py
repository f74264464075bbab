"""`andon review` in a terminal against the real server."""

from __future__ import annotations

import asyncio

from andon_client import Client, Outcome
from tests.client.pseudo import terminal
from tests.process.harness import ServerProcess


async def test_a_correction_by_keyboard_releases_the_caller_with_its_types(
    server: ServerProcess, tokens: dict[str, str]
) -> None:
    async with (
        Client(server.address, token=tokens["submitter"]) as client,
        terminal(server.address, lines=48, columns=160, ANDON_TOKEN=tokens["reviewer"]) as screen,
    ):
        await screen.shows("● live".encode())
        asking = asyncio.create_task(
            client.decide(
                action="refund.issue",
                input={"order": "A-17", "text": "it \x1b[2Jbroke"},
                prediction={"refund": 120, "zone": "7"},
                confidence=0.62,
                amount=120.0,
                subject="customer-8",
            )
        )
        await screen.shows(b"refund.issue")
        await screen.shows(b"Nothing came before.")
        await screen.shows("⟨U+001B⟩".encode())
        screen.type("c")
        await screen.shows(b"Correct:")
        screen.type("60\x13")
        await screen.shows(b"+ 60")
        screen.type("half was used\r")
        await screen.shows(b"u undoes it")
        decision = await asking
        assert decision.outcome is Outcome.CORRECTED
        assert decision.prediction == {"refund": 60, "zone": "7"}
        assert decision.comment == "half was used"
        screen.type("q")
        assert await screen.ends() == 0
