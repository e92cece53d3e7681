"""What an operator runs: the doctor, the configuration check, the published API,
the virtual customer of the demo, stock sipp."""

import json
import os
import subprocess

from harness.desk import Desk
from harness.server import BINARY
from harness.waiting import until


def callyard(*arguments, **environment):
    return subprocess.run([str(BINARY), *map(str, arguments)], capture_output=True, text=True, timeout=120,
                          env=dict(os.environ, **environment))


def test_the_doctor_finds_a_healthy_server(case):
    server = case.server()
    result = callyard("doctor", "--data", server.data)
    print(result.stdout)
    assert result.returncode == 0, result.stdout + result.stderr
    assert len(result.stdout.splitlines()) >= 5, result.stdout
    until("the doctor's call to be over", lambda: not server.admin().get("/floor")["calls"], 10)


def test_the_doctor_says_when_there_is_no_server(case):
    result = callyard("doctor", "--data", case.folder)
    assert result.returncode != 0 and (result.stderr + result.stdout).strip()


def test_every_fault_of_the_configuration_names_its_key(case):
    config = case.file("callyard.toml")
    config.write_text('[http]\nlisten = "nowhere"\nport = 80\n\n[media]\nrtp_ports = 7\n\n[sipp]\nudp = "x"\n')
    result = callyard("config", "check", "--config", config)
    said = result.stderr + result.stdout
    assert result.returncode != 0
    for key in ("listen", "port", "rtp_ports", "sipp"):
        assert key in said, f"{key} is not named: {said}"
    config.write_text('[http]\nlisten = "127.0.0.1:0"\n')
    assert callyard("config", "check", "--config", config).returncode == 0
    assert callyard("config", "check", "--config", config, CALLYARD_HTTP_LISTEN="nowhere").returncode != 0


def test_the_published_api_is_what_the_binary_prints(case):
    server = case.server()
    _, _, served = server.api().raw("GET", "/openapi.json")
    printed = callyard("openapi")
    assert printed.returncode == 0 and json.loads(printed.stdout) == json.loads(served)


def test_the_figures_count_and_name_nobody(case):
    server = case.server()
    run_stock_sipp(case, server)
    _, headers, figures = server.api().raw("GET", "/metrics")
    text = figures.decode()
    assert headers["Content-Type"].startswith("text/plain"), headers["Content-Type"]
    assert "callyard_" in text and "# TYPE" in text, text[:500]
    # The demo tells its own number to whoever started it, on the terminal.
    log = "".join(line for line in server.log().splitlines(True) if not line.startswith("The number to dial:"))
    assert server.demo["number"] not in text + log, "a phone number stands in the log or the figures"


def test_stock_sipp_is_a_caller(case):
    """What the README promises: `sipp -sn uac -s NUMBER ADDRESS`, nothing else."""
    server = case.server()
    run_stock_sipp(case, server)
    [record] = until("the record", server.admin().records, 10)
    assert record["end_status"] == "ivrGiveUp", record


def run_stock_sipp(case, server):
    result = subprocess.run(["sipp", "-sn", "uac", "-s", server.demo["number"], "-m", "1", "-d", "1000", "-i", "127.0.0.1",
                             "-nostdin", "-timeout", "20s", server.demo["sip_address"]], capture_output=True, text=True,
                            timeout=60, cwd=case.folder, env=dict(os.environ, TERM="dumb"))
    assert result.returncode == 0, result.stdout[-2000:] + result.stderr


def test_call_me_rings_the_desk(case):
    """The demo's virtual customer dials in, presses a key, and talks."""
    server = case.server()
    api = server.agent()
    with Desk(api) as desk:
        desk.be_ready()
        api.post("/demo/call-me", {"skill": "1"})
        desk.wait_state("offered", seconds=60)
        call = desk.accept()["call"]
        assert [key["key"] for key in call["keys"]] == ["1"], call
        from harness import tones
        heard = until("the customer's voice", lambda: (lambda s: s if tones.loudness(s) > -40 else None)(desk.samples()[1]), 10)
        assert heard
        desk.ask("hang_up", call=call["call"])
        desk.wait_state("wrap_up", "ready")
