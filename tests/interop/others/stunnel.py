"""stunnel, which speaks TLS for a program that has none: Debian's sipp. What it sends to
`sip_tcp` leaves as TLS towards the server, and who connects to `port` by TLS reaches it
at its own port `behind`. Both ways it shows a certificate of the authority, and takes
none but those of the authority."""

import shutil
import socket

from harness.waiting import until

from .program import Program, free_port_for_both, need

CONFIG = """foreground = yes
debug = 6
pid =
socket = a:SO_REUSEADDR=1
cert = {certificate}
key = {key}
CAfile = {authority}
[to-the-server]
client = yes
accept = 127.0.0.1:{out}
connect = {server}
verifyChain = yes
checkIP = 127.0.0.1
[from-the-server]
accept = 127.0.0.1:{port}
connect = 127.0.0.1:{behind}
"""


class Stunnel(Program):
    """Both tunnels of one sipp. It stands in for the server where sipp wants one."""

    def __init__(self, case, authority, server="127.0.0.1:9", *, demo=None, name="stunnel"):
        command = shutil.which("stunnel4") or shutil.which("stunnel")
        need(command or "stunnel4")
        super().__init__(case.folder / name)
        certificate, key = authority.sign(name)
        out, self.port, self.behind = free_port_for_both(), free_port_for_both(), free_port_for_both()
        self.sip_tcp = self.sip_udp = f"127.0.0.1:{out}"
        self.address = f"127.0.0.1:{self.port}"
        self.demo = demo or {"number": "nobody"}
        written = self.folder / "stunnel.conf"
        written.write_text(CONFIG.format(certificate=certificate, key=key, authority=authority.certificate, out=out, server=server,
                                         port=self.port, behind=self.behind))
        self.run([command, str(written)])
        until("stunnel to listen", lambda: self.alive() and "Configuration successful" in self.log() and self._listens(out), 10)

    @staticmethod
    def _listens(port):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return False
            except OSError:
                return True

    def versions(self):
        """The versions and ciphers that were agreed, as stunnel tells them."""
        return [line.rsplit("LOG", 1)[-1] for line in self.log().splitlines() if "ciphersuite" in line]
