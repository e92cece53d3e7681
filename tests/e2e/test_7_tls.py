"""SIP over TLS as OpenSSL sees it: its command line makes the certificates, its
library (through Python) is the peer."""

import shutil
import socket
import ssl
import subprocess

from harness.case import Skipped
from harness.server import BINARY
from harness.waiting import until
from test_4_bad_input import OPTIONS


def openssl(*arguments):
    if not shutil.which("openssl"):
        raise Skipped("no openssl")
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def certify(case, name):
    """A certificate that vouches for itself, and its key."""
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
            f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-keyout", str(case.file("sip.key")), "-out",
            str(case.file("sip.pem")))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def options(case, port, name, version=None):
    """The first line of the answer to an OPTIONS by TLS, from a peer that trusts the certificate's file."""
    context = ssl.create_default_context(cafile=str(case.file("sip.pem")))
    if version:
        context.minimum_version = context.maximum_version = version
    with socket.create_connection(("127.0.0.1", port), 5) as plain, context.wrap_socket(plain, server_hostname=name) as peer:
        peer.sendall(OPTIONS.format(transport="TLS", port=peer.getsockname()[1], mark=f"tls{name}{version}").encode())
        return peer.recv(65_535).split(b"\r\n")[0]


def tls_server(case):
    certify(case, "old.example")
    port = free_port()
    lines = (f'tls = "127.0.0.1:{port}"\ntls_certificate = "{case.file("sip.pem")}"\n'
             f'tls_key = "{case.file("sip.key")}"\n')
    return case.server(sip=lines), port


def test_openssl_speaks_sip_by_both_versions_of_tls(case):
    _server, port = tls_server(case)
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        assert options(case, port, "old.example", version) == b"SIP/2.0 200 OK", version


def test_a_renewed_certificate_is_shown_without_a_restart(case):
    server, port = tls_server(case)
    assert options(case, port, "old.example") == b"SIP/2.0 200 OK"
    certify(case, "new.example")

    def renewed():
        try:
            return options(case, port, "new.example") == b"SIP/2.0 200 OK"
        except ssl.SSLCertVerificationError:
            return False

    until("the new certificate to be shown", renewed, 30)
    assert server.starts == 1


def test_the_check_names_a_key_that_does_not_fit(case):
    certify(case, "old.example")
    other = case.file("other.pem")
    shutil.copy(case.file("sip.pem"), other)
    certify(case, "new.example")
    config = case.file("callyard.toml")
    config.write_text(f'[sip]\ntls = "127.0.0.1:5061"\ntls_certificate = "{other}"\ntls_key = "{case.file("sip.key")}"\n')
    check = subprocess.run([str(BINARY), "config", "check", "--config", str(config)], capture_output=True, text=True)
    assert check.returncode == 1 and "sip.tls_certificate" in check.stderr and "sip.tls_key" in check.stderr, check.stderr
