"""A hundred calls at once for two agents."""

import random
import threading

from harness.carrier import PCMU
from harness.case import group_named, straight_to
from harness.desk import Desk
from harness.rtp import RtpPeer
from harness.sipp import Sipp
from harness.waiting import until

CALLS = 100


class QuickAgent:
    """Accepts every offer, talks a moment, hangs up, and watches that nothing
    else happens to the desk meanwhile."""

    def __init__(self, api, talk_s):
        self.talk_s, self.faults, self.served = talk_s, [], []
        self._call = None
        self.desk = Desk(api, on_snapshot=self._snapshot)
        self.desk.be_ready()

    def _snapshot(self, desk, snapshot):
        presence, call = snapshot["presence"], snapshot["call"]
        state = presence["state"]
        if state == "offered":
            if self._call is not None:
                self.faults.append(f"offered {call and call['call']} while in {self._call}")
            desk.send("accept", offer=presence["offer"])
        elif state == "talking":
            if self._call not in (None, call["call"]):
                self.faults.append(f"talking {call['call']} while in {self._call}")
            if self._call is None:
                self._call = call["call"]
                self.served.append(call["call"])
                threading.Timer(self.talk_s, desk.send, ("hang_up",), {"call": call["call"]}).start()
        else:
            self._call = None


def test_a_hundred_calls_for_two_agents(case):
    server = case.server()
    admin = server.admin()
    admin.desk_rules(wrap_up_s=0, ring_timeout_s=10)
    number = straight_to(admin, group_named(admin, "Sales"), "0086075500000001", max_wait_s=120)
    agents = [QuickAgent(server.agent(index), 0.15 + 0.1 * index) for index in range(2)]
    doubles, done = [], threading.Event()
    watcher = threading.Thread(target=watch_floor, args=(server.admin(), doubles, done))
    watcher.start()
    sink = RtpPeer()
    patience = 9_000 + random.Random(7).randrange(2_000)  # some give up, most are served
    try:
        with Sipp(case.folder, server, "caller", number=number, calls=CALLS, rate=CALLS, rtp_port=sink.port,
                  hold_ms=patience, **PCMU) as crowd:
            crowd.finish(120)
            seen = {message.header("Call-ID") for message in crowd.messages() if message.start == "SIP/2.0 200 OK" and not message.sent}
    finally:
        done.set()
        watcher.join()
        sink.close()
    assert len(seen) == CALLS, f"sipp saw {len(seen)} answered calls"

    records = until("all records", lambda: all_records(admin), 30, every=0.5)
    check_records(records, agents)
    assert not doubles, doubles[:5]
    for agent in agents:
        assert not agent.faults, agent.faults[:5]
        assert agent.served, "an agent served nobody"
        agent.desk.wait_state("ready")
        agent.desk.close()
    floor = until("an empty floor", lambda: (lambda now: now if not now["calls"] else None)(admin.get("/floor")), 15)
    assert all(queue["waiting"] == 0 for queue in floor["queues"]), floor["queues"]


def all_records(admin):
    records = admin.records()
    return records if len(records) >= CALLS and all(record["ended_ms"] for record in records) else None


def watch_floor(admin, doubles, done):
    """While it lasts: no agent stands in two calls, no call stands twice."""
    while not done.wait(0.05):
        calls = admin.get("/floor")["calls"]
        busy = [call["agent"] for call in calls if call["agent"] is not None]
        ids = [call["call"] for call in calls]
        if len(busy) != len(set(busy)) or len(ids) != len(set(ids)):
            doubles.append(calls)


def check_records(records, agents):
    """Each call once; answered or abandoned; no agent in two at a time."""
    assert len(records) == CALLS, f"{len(records)} records of {CALLS} calls"
    assert len({record["call"] for record in records}) == CALLS
    by_status = {}
    for record in records:
        by_status.setdefault(record["end_status"], []).append(record)
    print({status: len(found) for status, found in by_status.items()})
    assert set(by_status) <= {"ok", "waitingGiveUp", "ringingGiveUp"}, set(by_status)
    answered = by_status["ok"]
    assert {record["call"] for record in answered} == {call for agent in agents for call in agent.served}
    assert all(not record["agent"] for status, found in by_status.items() if status != "ok" for record in found)
    for agent in {record["agent"]["id"] for record in answered}:
        talks = sorted((record["accepted_ms"], record["ended_ms"]) for record in answered if record["agent"]["id"] == agent)
        for (_, ended), (accepted, _) in zip(talks, talks[1:]):
            assert accepted >= ended, f"agent {agent} accepted a call {ended - accepted} ms before the last one ended"
