"""LedgerService: convert, call one use case, convert."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from google.protobuf.struct_pb2 import Struct

from andon.domain.canonical import JsonObject
from andon.domain.chain import ChainEntry
from andon.rpc.aside import aside
from andon.rpc.pipeline import Call
from andon.rpc.times import timestamp
from andon.store.evidence import Checkpoint
from andon.usecases.ledger import Ledger
from andon_client._gen.andon.v1 import ledger_service_pb2


class LedgerEndpoints:
    """One method for each RPC of LedgerService, named as it is."""

    def __init__(
        self, ledger: Ledger, jwks: Callable[[], JsonObject], verifier_keys: Callable[[], Sequence[str]]
    ) -> None:
        self._ledger = ledger
        self._jwks = jwks
        self._verifier_keys = verifier_keys

    async def ListLedgerEntries(  # the contract's name
        self, call: Call, request: ledger_service_pb2.ListLedgerEntriesRequest
    ) -> ledger_service_pb2.ListLedgerEntriesResponse:
        entries = await self._ledger.entries(call.caller, request.after, request.page_size)
        return await aside(_page, entries)

    async def GetCheckpoint(
        self, call: Call, request: ledger_service_pb2.GetCheckpointRequest
    ) -> ledger_service_pb2.GetCheckpointResponse:
        found = await self._ledger.checkpoint(request.covering)
        if found is None:
            return ledger_service_pb2.GetCheckpointResponse()
        return ledger_service_pb2.GetCheckpointResponse(checkpoint=_checkpoint(found))

    async def GetInclusionProof(
        self, call: Call, request: ledger_service_pb2.GetInclusionProofRequest
    ) -> ledger_service_pb2.GetInclusionProofResponse:
        found = await self._ledger.prove(request.sequence, request.tree_size)
        proof = ledger_service_pb2.InclusionProof(
            sequence=found.sequence,
            entry_hash=found.entry_hash.hex(),
            leaf_index=found.sequence - 1,
            tree_size=found.checkpoint.size,
            hashes=[hash.hex() for hash in found.path],
            checkpoint=_checkpoint(found.checkpoint),
        )
        return ledger_service_pb2.GetInclusionProofResponse(proof=proof)

    async def ListSigningKeys(
        self, call: Call, request: ledger_service_pb2.ListSigningKeysRequest
    ) -> ledger_service_pb2.ListSigningKeysResponse:
        jwks = Struct()
        jwks.update(cast("Any", self._jwks()))
        return ledger_service_pb2.ListSigningKeysResponse(jwks=jwks, verifier_keys=self._verifier_keys())


def _checkpoint(found: Checkpoint) -> ledger_service_pb2.Checkpoint:
    return ledger_service_pb2.Checkpoint(note=found.note, size=found.size, create_time=timestamp(found.time))


def _page(entries: Sequence[ChainEntry]) -> ledger_service_pb2.ListLedgerEntriesResponse:
    messages = [ledger_service_pb2.LedgerEntry(**entry._asdict()) for entry in entries]
    return ledger_service_pb2.ListLedgerEntriesResponse(entries=messages)
