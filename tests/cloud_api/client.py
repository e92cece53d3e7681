"""The three ways a test speaks to the server: the vendor's SDK, a signature made
by hand (for what the SDK never does), and the product's own API."""

import hashlib
import hmac
import http.client
import json
import time
import urllib.parse
import uuid
from contextlib import contextmanager

from tencentcloud.ccc.v20200210 import ccc_client, models
from tencentcloud.common import credential
from tencentcloud.common.common_client import CommonClient
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile


class Demo:
    """A running demo, as its demo.json tells it."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.facts = json.load(file)
        self.url = self.facts["http_url"].rstrip("/")
        self.host = urllib.parse.urlsplit(self.url).netloc
        self.app = int(self.facts["sdk_app_id"])
        self.secret_id, self.secret_key = self.facts["secret_id"], self.facts["secret_key"]
        self.agents = self.facts["agents"]

    # -- the SDK

    def profile(self, method="POST", language="en-US", unsigned=False):
        profile = ClientProfile(
            httpProfile=HttpProfile(protocol="http", endpoint=self.host, reqMethod=method, reqTimeout=20),
            language=language,
        )
        profile.unsignedPayload = unsigned
        return profile

    def sdk(self, secret_id=None, secret_key=None, **how):
        keys = credential.Credential(secret_id or self.secret_id, secret_key or self.secret_key)
        return ccc_client.CccClient(keys, "", self.profile(**how))

    def call(self, action, client=None, **fields):
        """One action through the SDK's typed client; retried once a second while the
        server says that we are too fast, because tests share one key."""
        fields.setdefault("SdkAppId", self.app)
        request = getattr(models, f"{action}Request")()
        request.from_json_string(json.dumps(fields))
        for _ in range(5):
            try:
                return getattr(client or self.sdk(), action)(request)
            except TencentCloudSDKException as error:
                if error.code != "RequestLimitExceeded":
                    raise
                time.sleep(1)
        raise AssertionError(f"{action} is limited for five seconds")

    def refused(self, code, action, client=None, **fields):
        """The action must be refused with this code; returns the error."""
        try:
            answer = self.call(action, client, **fields)
        except TencentCloudSDKException as error:
            assert error.code == code, f"{action} {fields}: {error.code} ({error.message}), not {code}"
            assert error.requestId and error.message, error
            return error
        raise AssertionError(f"{action} {fields} was not refused with {code}: {answer.to_json_string()[:300]}")

    def generic(self, action, fields, version="2020-02-10"):
        """The SDK's generic client: raw names, raw answers."""
        keys = credential.Credential(self.secret_id, self.secret_key)
        return CommonClient("ccc", version, keys, "", self.profile()).call_json(action, fields)["Response"]

    def generic_refused(self, code, action, fields, version="2020-02-10"):
        try:
            answer = self.generic(action, fields, version)
        except TencentCloudSDKException as error:
            assert error.code == code, f"{action} {fields}: {error.code} ({error.message}), not {code}"
            return error
        raise AssertionError(f"{action} {fields} was not refused: {answer}")

    # -- by hand

    def by_hand(self, action, body, **change):
        """A request signed here; `change` alters what is signed or sent."""
        signed_body = json.dumps(body).encode()
        when = change.get("timestamp", int(time.time()))
        service = change.get("service", "ccc")
        host = change.get("signed_host", self.host)
        date = time.strftime("%Y-%m-%d", time.gmtime(when))
        canonical = "\n".join([
            "POST", "/", "", f"content-type:application/json\nhost:{host}\n", "content-type;host",
            hashlib.sha256(signed_body).hexdigest(),
        ])
        scope = f"{date}/{service}/tc3_request"
        text = "\n".join(["TC3-HMAC-SHA256", str(when), scope, hashlib.sha256(canonical.encode()).hexdigest()])
        key = f"TC3{self.secret_key}".encode()
        for part in (date, service, "tc3_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-TC-Action": action,
            "X-TC-Version": change.get("version", "2020-02-10"),
            "X-TC-Timestamp": str(when),
            "Authorization": f"TC3-HMAC-SHA256 Credential={self.secret_id}/{scope}, "
                             f"SignedHeaders=content-type;host, Signature={signature}",
        }
        headers.update(change.get("headers", {}))
        return self.post("/", change.get("sent_body", signed_body), headers)

    def post(self, path, body, headers, twice=()):
        """Returns the whole answer: (status, headers, JSON)."""
        connection = http.client.HTTPConnection(self.host, timeout=20)
        try:
            connection.putrequest("POST", path)
            for name, value in headers.items():
                if value is not None:
                    connection.putheader(name, value)
                    if name in twice:
                        connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer.status, answer.headers, json.loads(answer.read() or b"null")
        finally:
            connection.close()

    # -- the product's own API

    def session(self, user_id=None, password=None, token=None):
        return Session(self, user_id, password, token)

    def admin(self):
        return self.session(self.facts["admin"]["user_id"], self.facts["admin"]["password"])

    @contextmanager
    def desk(self, agent):
        """An agent's page: the socket alone, without sound."""
        from websockets.sync.client import connect

        session = self.session(agent["user_id"], agent["password"])
        ticket = session.get("/desk/ticket")["ticket"]
        with connect(f"ws://{self.host}/api/v1/desk?ticket={ticket}", origin=self.url) as socket:
            yield Desk(socket)


class Desk:
    def __init__(self, socket):
        self.socket, self.number = socket, 0

    def ask(self, what, **fields):
        """Sends a command and waits for its answer; snapshots in between are read over."""
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "do": what, **fields}))
        while True:
            message = json.loads(self.socket.recv(timeout=10))
            if message.get("id") == self.number:
                return message


class Session:
    def __init__(self, demo, user_id, password, token):
        self.demo, self.cookie = demo, None
        if token:
            self.me = self.call("POST", "/sign-in/token", {"token": token})
        else:
            self.me = self.call("POST", "/sign-in", {"user_id": user_id, "password": password})

    def call(self, method, path, value=None):
        connection = http.client.HTTPConnection(self.demo.host, timeout=20)
        headers = {"X-Callyard": "1", "Content-Type": "application/json"}
        if self.cookie:
            headers["Cookie"] = self.cookie
        connection.request(method, "/api/v1" + path, None if value is None else json.dumps(value), headers)
        answer = connection.getresponse()
        body = answer.read()
        cookie = answer.headers.get("Set-Cookie")
        if cookie:
            self.cookie = cookie.split(";", 1)[0]
        connection.close()
        if answer.status >= 400:
            raise Refused(answer.status, body)
        return json.loads(body) if body else None

    def get(self, path):
        return self.call("GET", path)

    def post(self, path, value=None):
        return self.call("POST", path, value)


class Refused(Exception):
    def __init__(self, status, body):
        super().__init__(f"HTTP {status}: {body[:300]!r}")
        self.status = status


def unique(prefix):
    """A name that no earlier run has used."""
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


def until(what, probe, seconds=20):
    """Asks until the answer is there."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = probe()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds} s for {what}")
