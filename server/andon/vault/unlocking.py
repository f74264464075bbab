"""A store's key: made at the first start, and unwrapped by the key service at each."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Final

from andon.store.sealing import KeyRow, SealBroken, Sealer, VaultClosed
from andon.vault.sealer import AesSealer
from andon.vault.service import KEY_BYTES, CommandKey, EnvironmentKey, KeyService, key_of_file, key_of_text


class ServiceVault:
    """See `andon.store.sealing.Vault`. The key itself is never stored, and goes nowhere but to the service."""

    def __init__(self, service: KeyService) -> None:
        self._service: Final = service

    async def unlock(self, kept: bytes | None) -> tuple[Sealer, bytes]:
        key, wrapped = await self._key(kept)
        return AesSealer(key), wrapped

    async def rewrapped(self, kept: bytes, proof: KeyRow, service: KeyService) -> bytes:
        """The store's key as another service encrypts it; `proof` is one of the keys that it encrypted. VaultClosed."""
        key, _ = await self._key(kept)
        try:
            AesSealer(key).learn(proof)
        except SealBroken:
            raise VaultClosed("the key service gave back another key than this store's") from None
        try:
            wrapped = await service.wrap(key)
            given = await service.unwrap(wrapped)
        except VaultClosed as error:
            raise VaultClosed(f"the new key: {error}") from None
        if given != key:
            raise VaultClosed("the new key: its service gave back another key than it was given")
        return wrapped

    async def _key(self, kept: bytes | None) -> tuple[bytes, bytes]:
        """The store's key, a new one where none is kept, and how it is kept."""
        fresh = secrets.token_bytes(KEY_BYTES) if kept is None else b""
        wrapped = await self._service.wrap(fresh) if kept is None else kept
        key = await self._service.unwrap(wrapped)
        if len(key) != KEY_BYTES or (fresh and key != fresh):
            raise VaultClosed("the key service gave back another key than it was given")
        return key, wrapped


def key_service(key: str, file: Path | None, command: tuple[str, ...]) -> KeyService | None:
    """What the settings name; None where they name none. VaultClosed where it can't be used."""
    if command:
        return CommandKey(command)
    if file is not None:
        return EnvironmentKey(key_of_file(file))
    return EnvironmentKey(key_of_text(key)) if key else None
