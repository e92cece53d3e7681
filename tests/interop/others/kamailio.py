"""kamailio, a carrier's proxy, with a routing script of ours: it stays in the path
(Record-Route), adds headers of its own, and sends new calls to the first of its targets
that answers."""

import os
import shutil

from harness.waiting import until

from .program import Program, free_port_for_both, need

MODULES = ["tm", "tmx", "sl", "rr", "pv", "maxfwd", "textops", "siputils", "xlog", "kex", "corex", "nathelper"]

SCRIPT = """#!KAMAILIO
debug=2
log_stderror=yes
fork=yes
children=1
tcp_children=1
disable_tcp=no
auto_aliases=no
listen=udp:127.0.0.1:{port}
listen=tcp:127.0.0.1:{port}
{listen}
mpath="{modules_folder}"
{loads}
{settings}
modparam("rr", "enable_full_lr", 1)
modparam("tm", "fr_timer", 700)
modparam("tm", "fr_inv_timer", 60000)

request_route {{
    if (!mf_process_maxfwd_header("10")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
{first}
    if (has_totag()) {{
        if (loose_route()) {{
            xlog("L_NOTICE", "INSIDE $rm $si:$sp $hdr(X-Inside)\\n");
            t_relay();
            exit;
        }}
        if (is_method("ACK")) {{
            if (t_check_trans()) t_relay();
            exit;
        }}
        sl_send_reply("404", "Not here");
        exit;
    }}
    if (is_method("CANCEL")) {{
        if (t_check_trans()) t_relay();
        exit;
    }}
    t_check_trans();
    if (is_method("INVITE")) record_route();
    append_hf("P-Asserted-Identity: <sip:{asserted}@carrier.example>\\r\\n");
    append_hf("X-Carrier-Call: kamailio-$ci\\r\\n");
{route}
}}
{more}
"""

# New calls go to the targets in turn: the next one when this one is silent or says 5xx.
FAILOVER = """
    $avp(left) = {last};
    $du = "{first};transport={transport}";
    t_on_failure("NEXT");
    t_on_reply("NOTE");
    t_relay();
    exit;
"""

NEXT = """
onreply_route[NOTE] {{ xlog("L_NOTICE", "REPLY $rs $rm from $si:$sp\\n"); }}
failure_route[NEXT] {{
    if (t_is_canceled()) exit;
    if (t_branch_timeout() || t_check_status("5[0-9][0-9]")) {{
        if ($avp(left) > 0) {{
            $avp(left) = $avp(left) - 1;
            $du = "{second};transport={transport}";
            xlog("L_NOTICE", "NEXT $du after $T_reply_code\\n");
            t_on_failure("NEXT");
            t_relay();
            exit;
        }}
    }}
}}
"""


def _modules_folder():
    return next(f"/usr/lib/{name}/kamailio/modules/" for name in (os.listdir("/usr/lib"))
                if os.path.isdir(f"/usr/lib/{name}/kamailio/modules"))


class Kamailio(Program):
    """One proxy; `targets` are addresses of SIP servers behind it."""

    def __init__(self, case, *, targets=(), transport="udp", asserted="13088887777", name="kamailio", modules=(), settings="",
                 listen="", first="", route=None, more=None):
        need("kamailio")
        super().__init__(case.folder / name)
        self.port = free_port_for_both()
        self.address = self.sip_udp = self.sip_tcp = f"127.0.0.1:{self.port}"
        if route is None:
            hops = [f"sip:{target}" for target in targets]
            route = FAILOVER.format(first=hops[0], last=len(hops) - 1, transport=transport)
            more = NEXT.format(second=hops[-1], transport=transport)
        loads = "\n".join(f'loadmodule "{module}.so"' for module in [*MODULES, *modules])
        script = self.folder / "kamailio.cfg"
        script.write_text(SCRIPT.format(port=self.port, modules_folder=_modules_folder(), loads=loads, settings=settings,
                                        listen=listen, first=first, route=route, more=more or "", asserted=asserted))
        binary = shutil.which("kamailio") or "/usr/sbin/kamailio"
        # -DD keeps it in the foreground with its children; -w and -P keep its files here.
        self.run([binary, "-DD", "-E", "-f", str(script), "-w", str(self.folder), "-P", str(self.folder / "pid"),
                  "-Y", str(self.folder), "-m", "32", "-M", "4"])
        until("kamailio to listen", lambda: self.alive() and _answers(self.port), 15)


def _answers(port):
    from .sipp import say
    text = ("OPTIONS sip:ping@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:PORT;branch=z9hG4bKping;rport\r\nFrom: <sip:a@b>;tag=1\r\n"
            "To: <sip:a@b>;tag=none\r\nCall-ID: ping\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n")
    return say(f"127.0.0.1:{port}", text, 0.5)
