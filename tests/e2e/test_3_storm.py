"""A hundred calls at once for two agents."""

import threading

from harness.carrier import PCMU
from harness.case import group_named, straight_to
from harness.desk import Desk
from harness.rtp import RtpPeer
from harness.sipp import Sipp
from harness.waiting import until

CALLS = 100
# How long callers stay, by quarter of the crowd, in ms: some give up in the
# queue, some while a desk rings, the patient ones are served.
PATIENCE = (1_500, 4_000, 9_000, 60_000)


class QuickAgent:
    """Accepts every offer, talks a moment, hangs up; and is surprised by any
    call that it did not accept."""

    def __init__(self, api, talk_s):
        self.talk_s, self.faults, self.accepted, self.served = talk_s, [], set(), []
        self.desk = Desk(api, on_snapshot=self._snapshot)
        self.desk.be_ready()

    def _snapshot(self, desk, snapshot):
        presence, call = snapshot["presence"], snapshot["call"]
        if presence["state"] == "offered":
            self.accepted.add(call["call"])
            desk.send("accept", offer=presence["offer"])
        elif presence["state"] == "talking":
            if call["call"] not in self.accepted:
                self.faults.append(f"talks in {call['call']} without having accepted it")
            if call["call"] not in self.served:
                self.served.append(call["call"])
                threading.Timer(self.talk_s, desk.send, ("hang_up",), {"call": call["call"]}).start()


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
    crowds = [Sipp(case.folder, server, "caller", number=number, calls=CALLS // len(PATIENCE), rate=CALLS // len(PATIENCE),
                   rtp_port=sink.port, hold_ms=patience, **PCMU) for patience in PATIENCE]
    try:
        for crowd in crowds:
            crowd.finish(150)
        seen = {message.header("Call-ID") for crowd in crowds for message in crowd.messages()
                if message.start == "SIP/2.0 200 OK" and not message.sent and message.header("CSeq").endswith("INVITE")}
    finally:
        done.set()
        watcher.join()
        sink.close()
        for crowd in crowds:
            crowd.stop()
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
    served = [call for agent in agents for call in agent.served]
    assert len(served) == len(set(served)), "two agents talked in one call"
    assert set(served) <= {record["call"] for record in answered}, "an agent talked in a call that was never answered"
    assert len(answered) > 20 and len(answered) < CALLS, f"{len(answered)} answered: this is no storm"
    assert all(not record["agent"] for status, found in by_status.items() if status != "ok" for record in found)
    for agent in {record["agent"]["id"] for record in answered}:
        talks = sorted((record["accepted_ms"], record["ended_ms"]) for record in answered if record["agent"]["id"] == agent)
        for (_, ended), (accepted, _) in zip(talks, talks[1:]):
            assert accepted >= ended, f"agent {agent} accepted a call {ended - accepted} ms before the last one ended"
