"""When connections under TLS begin anew, and what is told of certificates."""

from __future__ import annotations

from pathlib import Path

from andon.domain.clock import DAY, MINUTE
from andon.tls.certificates import Certificates
from andon.tls.material import Material, read
from andon.workers.secured import Renew, Secured
from tests.certificates import Authority, Files
from tests.clock import FakeClock

AUTHORITY = Authority()


class Ports:
    """What both ports were told."""

    def __init__(self, folder: Path) -> None:
        self.files = Files(folder)
        self.files.write(AUTHORITY.issue("localhost"))
        self.clock = FakeClock(read(self.files.tls).begin_time)
        self.certificates = Certificates(self.files.tls, self.clock)
        self.http = 0
        self.grpc: list[Material] = []
        self.fault = ""
        self.secured = Secured(self.certificates, self.grpc.append, self.renew)

    async def renew(self) -> bool:
        if self.fault:
            raise OSError(self.fault)
        self.http += 1
        return True


async def test_connections_begin_anew_once_in_a_while_however_often_it_is_asked(tmp_path: Path) -> None:
    ports = Ports(tmp_path)
    renew = Renew(ports.certificates, ports.renew, ports.clock, 10 * MINUTE)
    for _ in range(10):
        await renew.step()
        ports.clock.advance(MINUTE)
    assert ports.http == 0
    for _ in range(3):
        await renew.step()
    assert ports.http == 1
    ports.clock.advance(10 * MINUTE)
    ports.certificates.fault = "broken"
    await renew.step()
    assert ports.http == 1
    ports.certificates.fault, ports.fault = "", "the HTTP server can't use the certificate"
    await renew.step()


async def test_both_ports_are_given_a_new_certificate_and_a_refusal_is_told(tmp_path: Path) -> None:
    ports = Ports(tmp_path)
    assert ports.secured.told() == {}
    await ports.secured.taken()
    assert (ports.http, ports.grpc) == (1, [ports.certificates.current])
    ports.fault = "no"
    await ports.secured.taken()
    assert len(ports.grpc) == 2
    assert ports.secured.told() == {"tls": {"fault": f"{ports.files.tls.certificate}: no", "warnings": []}}


async def test_a_certificate_that_expires_soon_is_told(tmp_path: Path) -> None:
    ports = Ports(tmp_path)
    ports.clock.advance(ports.certificates.current.expire_time - ports.clock.now() - DAY)
    told = ports.secured.told()["tls"]
    assert isinstance(told, dict)
    assert told["fault"] == ""
    assert "expires at" in told["warnings"][0]
