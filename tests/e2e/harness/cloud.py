"""The cloud API as its customers speak it: the vendor's own Python SDK, unchanged,
pointed at our server."""

import time

from tencentcloud.ccc.v20200210 import ccc_client, models
from tencentcloud.common import credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile

from .waiting import until


def client(server, secret_id=None, secret_key=None):
    """An SDK client with the demo's key, or with another."""
    demo = server.demo
    http = HttpProfile(protocol="http", endpoint=server.http_url.removeprefix("http://"), reqTimeout=20)
    keys = credential.Credential(secret_id or demo["secret_id"], secret_key or demo["secret_key"])
    return ccc_client.CccClient(keys, "ap-guangzhou", ClientProfile(httpProfile=http))


def call_records(server, **filters):
    """DescribeTelCdr over the last hour."""
    request = models.DescribeTelCdrRequest()
    now = int(time.time())
    request.SdkAppId = int(server.demo["sdk_app_id"])
    request.StartTimeStamp, request.EndTimeStamp = now - 3_600, now + 60
    request.PageSize, request.PageNumber = 100, 0
    for name, value in filters.items():
        setattr(request, name, value)
    return client(server).DescribeTelCdr(request).TelCdrList or []


def call_record(server, session):
    """The record of one call."""
    def probe():
        found = call_records(server, SessionIds=[session])
        assert len(found) < 2, f"{len(found)} records of one call"
        return found and found[0]
    return until(f"the cloud API to know session {session}", probe, 15)
