"""Signed notes and checkpoints: what the server writes is what the specifications' examples are."""

from __future__ import annotations

from base64 import b64decode, urlsafe_b64decode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from andon.domain import notes
from andon.keys.checking import is_signed, signed_checkpoint, verifier_keys
from andon.keys.ring import KeyRing
from andon_client.notes import Note, VerifierKey
from tests.clock import START

# The example of c2sp.org/tlog-checkpoint.
EXAMPLE = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
)
# The key and the note of the documentation of golang.org/x/mod/sumdb/note.
SKEY = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
ORIGIN = "andon.dev/test"


def test_the_specifications_example_is_read() -> None:
    text, (signature,) = notes.parse_note(EXAMPLE)
    assert notes.parse_checkpoint(text)[:2] == ("example.com/behind-the-sofa", 20852163)
    assert (signature.name, len(signature.signature)) == ("example.com/behind-the-sofa", 64)
    note = Note.parse(EXAMPLE)
    assert (note.origin, note.size, note.text) == ("example.com/behind-the-sofa", 20852163, text)
    assert note.root == notes.parse_checkpoint(text).root


def test_signatures_and_keys_are_those_of_another_implementation() -> None:
    private = Ed25519PrivateKey.from_private_bytes(b64decode(SKEY)[1:])
    public = private.public_key().public_bytes_raw()
    assert notes.verifier_key("PeterNeumann", public) == VKEY
    text, (signature,) = notes.parse_note(GO_NOTE)
    assert notes.note(text, "PeterNeumann", public, private.sign(text.encode())) == GO_NOTE
    key = VerifierKey.parse(VKEY)
    assert str(key) == VKEY
    assert key.hash == signature.key_hash
    assert key.verifies(signature.signature, text.encode())
    assert not key.verifies(signature.signature, text.encode() + b" ")


def test_the_thumbprint_is_that_of_the_rfc() -> None:
    """RFC 8037, appendix A.3."""
    x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    public = urlsafe_b64decode(x + "=")
    assert notes.thumbprint(public) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    assert VerifierKey("x", public).thumbprint == notes.thumbprint(public)


def test_what_the_server_signs_anybody_verifies() -> None:
    ring = KeyRing.fresh(START)
    text = signed_checkpoint(ring, ORIGIN, 7, bytes(32))
    note = Note.parse(text)
    (key,) = map(VerifierKey.parse, verifier_keys(ring, ORIGIN))
    assert (note.origin, note.size, note.root) == (ORIGIN, 7, bytes(32))
    assert key.verifies(note.signatures[0].signature, note.text.encode())
    assert is_signed(notes.parse_note(text), ORIGIN, ring) is True
    assert is_signed(notes.parse_note(text.replace("\n7\n", "\n8\n")), ORIGIN, ring) is False
    assert is_signed(notes.parse_note(text), ORIGIN, KeyRing.fresh(START)) is None
    assert is_signed(notes.parse_note(text), "another", ring) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        EXAMPLE[:-1],
        EXAMPLE.replace("\n\n", "\n"),
        EXAMPLE.replace("—", "-"),
        EXAMPLE.replace("Az3g", "Az3"),
        EXAMPLE.replace("YQ8=", "YQ9="),
        EXAMPLE.replace("— example", "—  example"),
        EXAMPLE + "x\n",
    ],
)
def test_what_is_no_note_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"note|base64|padding|checkpoint|Incorrect|Invalid"):
        notes.parse_note(text)
    with pytest.raises(ValueError, match=r"base64|padding|checkpoint|Incorrect|Invalid"):
        Note.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "a\n1\n",
        "a\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n",
        "a\n1\nCsUYapGG\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="checkpoint"):
        notes.parse_checkpoint(text)
    with pytest.raises(ValueError, match=r"checkpoint|base64"):
        Note.parse(f"{text}\n— a {EXAMPLE.rsplit(' ', 1)[1]}")


@pytest.mark.parametrize(
    "text", ["", "a+b", VKEY.replace("c74f20a3", "c74f20a4"), VKEY[:-4], VKEY.replace("ARpc", "AxYc")]
)
def test_what_is_no_verifier_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"verifier key|base64|padding|Incorrect"):
        VerifierKey.parse(text)
