"""What every request must pass: signature, time, version, action, parameters, rate."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

from client import TencentCloudSDKException, models

LIST = {"PageSize": 10, "PageNumber": 0}


def test_post_get_and_unsigned_payload_are_taken(demo):
    for how in ({"method": "POST"}, {"method": "GET"}, {"unsigned": True}):
        answer = demo.call("DescribeStaffInfoList", demo.sdk(**how), **LIST)
        assert answer.TotalCount >= 3 and answer.RequestId, how


def test_nested_parameters_travel_in_a_get(demo):
    agent = demo.agents[0]["user_id"]
    answer = demo.call("SetStaffStatus", demo.sdk(method="GET"),
                       StaffStatusList=[{"StaffUserId": agent, "Status": "dancing"}])
    assert answer.StaffStatusList[0].ErrorCode == "InvalidParameterValue", answer.to_json_string()


def test_a_wrong_key_and_an_unknown_id(demo):
    demo.refused("AuthFailure.SignatureFailure", "DescribeNumbers", demo.sdk(secret_key="wrong"))
    demo.refused("AuthFailure.SecretIdNotFound", "DescribeNumbers", demo.sdk(secret_id="AKIDnobody"))


def test_a_clock_that_is_wrong(demo):
    real = time.time
    for off in (-400, 400):
        with mock.patch("tencentcloud.common.abstract_client.time.time", lambda: real() + off):
            demo.refused("AuthFailure.SignatureExpire", "DescribeNumbers")


def test_a_body_that_was_altered_on_its_way(demo):
    body = {"SdkAppId": demo.app}
    assert code(demo.by_hand("DescribeNumbers", body)) is None
    assert code(demo.by_hand("DescribeNumbers", body, sent_body=b'{"SdkAppId":1400000002}')) == "AuthFailure.SignatureFailure"
    # The same JSON with other spaces is another body.
    assert code(demo.by_hand("DescribeNumbers", body, sent_body=json.dumps(body, separators=(",", ":")).encode())) \
        == "AuthFailure.SignatureFailure"


def test_the_other_sdks_way_of_signing(demo):
    """Node signs the host without its port and takes its first label as the service."""
    name = demo.host.split(":")[0]
    assert code(demo.by_hand("DescribeNumbers", {"SdkAppId": demo.app}, signed_host=name, service=name.split(".")[0])) is None
    assert code(demo.by_hand("DescribeNumbers", {"SdkAppId": demo.app}, signed_host="ccc.tencentcloudapi.com")) \
        == "AuthFailure.SignatureFailure"


def test_broken_authorization(demo):
    for text in ("SKIP", "TC3-HMAC-SHA256", "TC3-HMAC-SHA256 Credential=a, SignedHeaders=host, Signature=0", "Basic eDp5"):
        answer = demo.by_hand("DescribeNumbers", {"SdkAppId": demo.app}, headers={"Authorization": text})
        assert code(answer) == "AuthFailure.InvalidAuthorization", text
    answer = demo.by_hand("DescribeNumbers", {"SdkAppId": demo.app}, headers={"Authorization": None})
    assert code(answer) == "AuthFailure.InvalidAuthorization"


def test_a_header_twice(demo):
    headers = {"Content-Type": "application/json", "X-TC-Action": "DescribeNumbers", "X-TC-Timestamp": str(int(time.time())),
               "Authorization": "TC3-HMAC-SHA256 x"}
    for name in headers:
        assert code(demo.post("/", b"{}", headers, twice=[name])) == "AuthFailure.InvalidAuthorization", name


def test_old_signatures_are_refused_clearly(demo):
    for method in ("HmacSHA1", "HmacSHA256"):
        client = demo.sdk()
        client.profile.signMethod = method
        error = demo.refused("AuthFailure.InvalidAuthorization", "DescribeNumbers", client)
        assert "TC3-HMAC-SHA256" in error.message


def test_a_recorded_request_is_not_taken_again(demo):
    when = int(time.time())
    assert code(demo.by_hand("DescribeNumbers", {"SdkAppId": demo.app, "PageSize": 7}, timestamp=when)) is None
    assert code(demo.by_hand("DescribeNumbers", {"SdkAppId": demo.app, "PageSize": 7}, timestamp=when)) is None
    time.sleep(6)
    answer = demo.by_hand("DescribeNumbers", {"SdkAppId": demo.app, "PageSize": 7}, timestamp=when)
    assert code(answer) == "AuthFailure.SignatureExpire"


def test_actions_and_versions_that_do_not_exist(demo):
    demo.generic_refused("InvalidAction", "DescribeWeather", {"SdkAppId": demo.app})
    demo.generic_refused("NoSuchVersion", "DescribeNumbers", {"SdkAppId": demo.app}, version="2019-01-01")


def test_parameters(demo):
    table = [
        ("MissingParameter", {}),
        ("MissingParameter", {"SdkAppId": demo.app, "PageSize": 10}),
        ("MissingParameter", {"SdkAppId": None, "PageSize": 10, "PageNumber": 0}),
        ("InvalidParameter", {"SdkAppId": demo.app, "PageSize": "10", "PageNumber": 0}),
        ("InvalidParameter", {"SdkAppId": demo.app, "PageSize": 1.5, "PageNumber": 0}),
        ("InvalidParameter", {"SdkAppId": demo.app, "PageSize": [], "PageNumber": 0}),
        ("InvalidParameterValue", {"SdkAppId": demo.app, "PageSize": 0, "PageNumber": 0}),
        ("InvalidParameterValue", {"SdkAppId": demo.app, "PageSize": 10_000, "PageNumber": 0}),
        ("InvalidParameterValue", {"SdkAppId": demo.app, "PageSize": 10, "PageNumber": -1}),
        ("UnknownParameter", {"SdkAppId": demo.app, "PageSize": 10, "PageNumber": 0, "Colour": "red"}),
        ("InvalidParameterValue.InstanceNotExist", {"SdkAppId": 1499999999, "PageSize": 10, "PageNumber": 0}),
    ]
    for expected, fields in table:
        demo.generic_refused(expected, "DescribeStaffInfoList", fields)


def test_the_answer_has_the_shape_the_sdks_want(demo):
    for answer in (demo.by_hand("DescribeNumbers", {"SdkAppId": demo.app}), demo.by_hand("Nothing", {})):
        status, headers, body = answer
        assert status == 200 and headers["Content-Type"] == "application/json", (status, headers)
        assert list(body) == ["Response"] and len(body["Response"]["RequestId"]) == 36, body


def test_messages_speak_the_clients_language(demo):
    english = demo.refused("MissingParameter", "DescribeStaffInfoList", demo.sdk(language="en-US"), PageSize=1)
    chinese = demo.refused("MissingParameter", "DescribeStaffInfoList", demo.sdk(language="zh-CN"), PageSize=1)
    assert "PageNumber" in english.message and "PageNumber" in chinese.message
    assert english.message.isascii() and not chinese.message.isascii()


def test_twenty_in_a_second_and_not_more(demo):
    time.sleep(1.1)
    request = models.DescribeNumbersRequest()
    request.SdkAppId = demo.app

    def once(_):
        try:
            return demo.sdk().DescribeNumbers(request) and "ok"
        except TencentCloudSDKException as error:
            return error.code

    started = time.monotonic()
    with ThreadPoolExecutor(12) as pool:
        verdicts = list(pool.map(once, range(60)))
    seconds = time.monotonic() - started
    taken = verdicts.count("ok")
    assert set(verdicts) <= {"ok", "RequestLimitExceeded"}, set(verdicts)
    assert 20 <= taken <= 20 * (int(seconds) + 1), f"{taken} in {seconds:.2f} s"
    # Each action is counted by itself.
    demo.sdk().DescribeSkillGroupInfoList(page(models.DescribeSkillGroupInfoListRequest(), demo))
    time.sleep(1.1)


def page(request, demo):
    request.SdkAppId, request.PageSize, request.PageNumber = demo.app, 10, 0
    return request


def code(answer):
    """The error's code, or None."""
    status, _, body = answer
    assert status == 200, answer
    return body["Response"].get("Error", {}).get("Code")
