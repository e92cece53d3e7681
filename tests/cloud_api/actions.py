"""The thirteen actions, each with what it must do and what it must refuse."""

import time
import urllib.request

from client import Refused, unique, until


def person(demo, **fields):
    """Creates an agent; returns the account."""
    mail = f"{unique('sdk')}@demo.callyard"
    answer = demo.call("CreateStaff", Staffs=[{"Name": "Test", "Mail": mail, "StaffNumber": unique("n"), **fields}], SendPassword=False)
    assert answer.ErrorStaffList == [], answer.to_json_string()
    return mail


def info(demo, mail):
    answer = demo.call("DescribeStaffInfoList", PageSize=10, PageNumber=0, StaffMail=mail)
    assert answer.TotalCount == len(answer.StaffList) <= 1
    return answer.StaffList[0] if answer.StaffList else None


def group(demo, **fields):
    name = unique("group")
    return demo.call("CreateCCCSkillGroup", SkillGroupName=name, **{"SkillGroupType": 0, **fields}).SkillGroupId, name


def test_create_and_describe_staff(demo):
    _, name = group(demo)
    phone, extension = "008613800000001", str(int(time.time() * 1000) % 800_000 + 100_000)
    mail = person(demo, Phone=phone, Nick="Nick", SkillGroupNameList=[name], Role=1, ExtensionNumber=extension)
    found = info(demo, mail)
    assert (found.Name, found.Mail, found.Phone, found.Nick) == ("Test", mail, phone, "Nick")
    assert found.ExtensionNumber == extension and found.RoleList == [1] and found.RoleId == 1
    [membership] = found.SkillGroupList
    assert (membership.SkillGroupName, membership.Priority, membership.Type) == (name, 3, "TEL")
    assert abs(found.LastModifyTimestamp - time.time()) < 60
    # The account is the same in upper case.
    assert info(demo, mail.upper()).Mail == mail
    demo.call("DeleteStaff", StaffList=[mail])


def test_ten_staff_at_once_but_not_eleven(demo):
    rows = [{"Name": f"N{at}", "Mail": f"{unique('ten')}@demo.callyard", "StaffNumber": str(at)} for at in range(11)]
    demo.refused("LimitExceeded.OutOfCountLimit", "CreateStaff", Staffs=rows)
    assert demo.call("CreateStaff", Staffs=rows[:10]).ErrorStaffList == []
    assert info(demo, rows[10]["Mail"]) is None
    deleted = demo.call("DeleteStaff", StaffList=[row["Mail"] for row in rows[:10]])
    assert deleted.OnlineStaffList == [] and deleted.DeleteStatusInfo
    assert info(demo, rows[0]["Mail"]) is None
    demo.refused("InvalidParameterValue", "CreateStaff", Staffs=[])


def test_what_is_wrong_with_one_of_a_batch_stands_in_its_row(demo):
    mail = person(demo)
    good = f"{unique('good')}@demo.callyard"
    rows = [
        ({"Mail": mail}, "FailedOperation.DuplicatedAccount"),
        ({"Mail": "not-an-account"}, "InvalidParameterValue"),
        ({"Mail": f"{unique('a')}@b", "Phone": "13800000000"}, "InvalidParameterValue"),
        ({"Mail": f"{unique('a')}@b", "ExtensionNumber": "9000"}, "InvalidParameterValue"),
        ({"Mail": f"{unique('a')}@b", "Role": 77}, "InvalidParameterValue"),
        ({"Mail": f"{unique('a')}@b", "SkillGroupNameList": ["no such group"]}, "InvalidParameterValue.SkillGroupError"),
        ({"Mail": good}, None),
    ]
    answer = demo.call("CreateStaff", Staffs=[{"Name": "X", "StaffNumber": "1", **row} for row, _ in rows])
    found = {row.StaffEmail: row.Code for row in answer.ErrorStaffList}
    assert found == {row["Mail"]: code for row, code in rows if code}, found
    assert all(row.Message for row in answer.ErrorStaffList)
    assert info(demo, good).Name == "X"
    # What is malformed refuses the whole request, before anything is made.
    demo.generic_refused("MissingParameter", "CreateStaff", {"SdkAppId": demo.app, "Staffs": [{"Name": "X", "Mail": "a@b"}]})
    demo.generic_refused("InvalidParameter", "CreateStaff", {"SdkAppId": demo.app, "Staffs": [7]})
    demo.generic_refused("UnknownParameter", "CreateStaff",
                         {"SdkAppId": demo.app, "Staffs": [{"Name": "X", "Mail": "a@b", "StaffNumber": "1", "Age": 3}]})
    demo.call("DeleteStaff", StaffList=[mail, good])


def test_pages_and_filters_of_staff(demo):
    skill, _ = group(demo)
    mails = [person(demo) for _ in range(3)]
    for mail in mails[:2]:
        demo.call("BindStaffSkillGroupList", StaffEmail=mail, StaffSkillGroupList=[{"SkillGroupId": skill}])
    total = demo.call("DescribeStaffInfoList", PageSize=9999, PageNumber=0)
    assert total.TotalCount == len(total.StaffList)
    paged = []
    while True:
        answer = demo.call("DescribeStaffInfoList", PageSize=2, PageNumber=len(paged) // 2)
        paged += answer.StaffList
        if len(answer.StaffList) < 2:
            break
    assert [staff.Mail for staff in paged] == [staff.Mail for staff in total.StaffList]
    members = demo.call("DescribeStaffInfoList", PageSize=10, PageNumber=0, SkillGroupId=skill)
    assert {staff.Mail for staff in members.StaffList} == set(mails[:2]) and members.TotalCount == 2
    assert demo.call("DescribeStaffInfoList", PageSize=10, PageNumber=0, ModifiedTime=int(time.time()) + 100).TotalCount == 0
    assert demo.call("DescribeStaffInfoList", PageSize=10, PageNumber=0, ModifiedTime=int(time.time()) - 30).TotalCount >= 3
    assert demo.call("DescribeStaffInfoList", PageSize=10, PageNumber=900).StaffList == []
    demo.call("DeleteStaff", StaffList=mails)


def test_modify_staff(demo):
    mail, other = person(demo), person(demo)
    first, _ = group(demo)
    second, _ = group(demo)
    extension = str(int(time.time() * 1000) % 800_000 + 100_000)
    demo.call("BindStaffSkillGroupList", StaffEmail=mail, StaffSkillGroupList=[{"SkillGroupId": first, "Priority": 1}])
    demo.call("ModifyStaff", Email=mail, Name="New", Phone="008613900000002", Nick="Butler", StaffNo="114514",
              SkillGroupIds=[first, second], UseMobileCallOut=True, UseMobileAccept=2, ExtensionNumber=extension,
              ForwardingConfig={"Enabled": True, "Condition": 2, "Target": {"Type": 1, "StaffUserId": other}})
    found = info(demo, mail)
    assert (found.Name, found.Phone, found.Nick, found.StaffNumber) == ("New", "008613900000002", "Butler", "114514")
    # A group that stays keeps its priority, a new one gets the default.
    assert {item.SkillGroupId: item.Priority for item in found.SkillGroupList} == {first: 1, second: 3}
    forwarding = found.ForwardingConfig
    assert (forwarding.Enabled, forwarding.Condition, forwarding.Target.Type, forwarding.Target.StaffUserId) == (True, 2, 1, other)
    # What is left out stays.
    demo.call("ModifyStaff", Email=mail, Nick="Cook")
    assert (info(demo, mail).Nick, info(demo, mail).Name) == ("Cook", "New")
    demo.call("ModifyStaff", Email=mail, SkillGroupIds=[])
    assert info(demo, mail).SkillGroupList == []
    for code, fields in [
        ("InvalidParameterValue.AccountNotExist", {"Email": "nobody@demo.callyard"}),
        ("InvalidParameterValue.SkillGroupError", {"Email": mail, "SkillGroupIds": [999_999_999]}),
        ("InvalidParameterValue", {"Email": mail, "UseMobileAccept": 3}),
        ("InvalidParameterValue", {"Email": mail, "ExtensionNumber": "12"}),
        ("InvalidParameterValue", {"Email": other, "ExtensionNumber": extension}),
        ("InvalidParameterValue", {"Email": mail, "Phone": "+8613900000002"}),
        ("InvalidParameterValue.AccountNotExist",
         {"Email": mail, "ForwardingConfig": {"Enabled": True, "Condition": 1, "Target": {"Type": 1, "StaffUserId": "x@y"}}}),
    ]:
        demo.refused(code, "ModifyStaff", **fields)
    demo.call("DeleteStaff", StaffList=[mail, other])


def test_skill_groups(demo):
    skill, name = group(demo)
    demo.refused("InvalidParameterValue.SkillGroupExist", "CreateCCCSkillGroup", SkillGroupName=name, SkillGroupType=0)
    demo.refused("InvalidParameterValue", "CreateCCCSkillGroup", SkillGroupName=unique("g"), SkillGroupType=0, MaxConcurrency=2)
    demo.refused("InvalidParameterValue", "CreateCCCSkillGroup", SkillGroupName=unique("g"), SkillGroupType=2)
    demo.refused("InvalidParameterValue", "CreateCCCSkillGroup", SkillGroupName="", SkillGroupType=0)
    online, _ = group(demo, SkillGroupType=1, MaxConcurrency=3)
    [found] = demo.call("DescribeSkillGroupInfoList", PageSize=10, PageNumber=0, SkillGroupId=skill).SkillGroupList
    assert (found.SkillGroupName, found.SkillGroupType, found.Type, found.MaxConcurrency, found.RingAll) == (name, 0, "TEL", 1, False)
    assert found.RoutePolicy == "fifo" and found.UsingLastSeat == 0 and found.LastModifyTimestamp
    [found] = demo.call("DescribeSkillGroupInfoList", PageSize=10, PageNumber=0, SkillGroupId=online).SkillGroupList
    assert (found.MaxConcurrency, found.Type) == (3, "IM")
    [found] = demo.call("DescribeSkillGroupInfoList", PageSize=10, PageNumber=0, SkillGroupName=name).SkillGroupList
    assert found.SkillGroupId == skill
    everything = demo.call("DescribeSkillGroupInfoList", PageSize=100, PageNumber=0)
    assert everything.TotalCount >= 4
    demo.refused("InvalidParameterValue", "DescribeSkillGroupInfoList", PageSize=101, PageNumber=0)


def test_bind_and_unbind(demo):
    mail = person(demo)
    one, _ = group(demo)
    two, _ = group(demo)
    demo.call("BindStaffSkillGroupList", StaffEmail=mail, StaffSkillGroupList=[{"SkillGroupId": one, "Priority": 5}, {"SkillGroupId": two}])
    priorities = lambda: {item.SkillGroupId: item.Priority for item in info(demo, mail).SkillGroupList}  # noqa: E731
    assert priorities() == {one: 5, two: 3}
    demo.call("BindStaffSkillGroupList", StaffEmail=mail, StaffSkillGroupList=[{"SkillGroupId": one, "Priority": 2}])
    assert priorities() == {one: 2, two: 3}
    demo.call("UnbindStaffSkillGroupList", StaffEmail=mail, SkillGroupList=[one])
    assert priorities() == {two: 3}
    # The deprecated list is still taken.
    demo.generic("BindStaffSkillGroupList", {"SdkAppId": demo.app, "StaffEmail": mail, "SkillGroupList": [one]})
    assert priorities() == {one: 3, two: 3}
    for code, action, fields in [
        ("InvalidParameterValue", "BindStaffSkillGroupList", {"StaffSkillGroupList": [{"SkillGroupId": one, "Priority": 6}]}),
        ("InvalidParameterValue.SkillGroupError", "BindStaffSkillGroupList", {"StaffSkillGroupList": [{"SkillGroupId": 999_999_999}]}),
        ("InvalidParameterValue", "BindStaffSkillGroupList", {"StaffSkillGroupList": []}),
        ("InvalidParameterValue.SkillGroupError", "UnbindStaffSkillGroupList", {"SkillGroupList": [999_999_999]}),
    ]:
        demo.refused(code, action, StaffEmail=mail, **fields)
    demo.refused("InvalidParameterValue.AccountNotExist", "BindStaffSkillGroupList", StaffEmail="nobody@demo.callyard",
                 StaffSkillGroupList=[{"SkillGroupId": one}])
    demo.call("DeleteStaff", StaffList=[mail])


def test_set_staff_status(demo):
    agent = demo.agents[0]
    mail = agent["user_id"]

    def set_to(status, **fields):
        [row] = demo.call("SetStaffStatus", StaffStatusList=[{"StaffUserId": mail, "Status": status, **fields}]).StaffStatusList
        return row

    with demo.desk(agent) as desk:
        answer = desk.ask("be_ready")
        assert answer["kind"] == "done", answer
        row = set_to("rest", Reason="Lunch")
        assert (row.ErrorCode, row.PreviousStatus, row.Status, row.Reason) == ("", "free", "rest", "Lunch"), row.to_json_string()
        row = set_to("notReady")
        assert (row.ErrorCode, row.PreviousStatus, row.PreviousReason, row.Status) == ("", "rest", "Lunch", "notReady")
        row = set_to("free")
        assert (row.ErrorCode, row.PreviousStatus, row.Status) == ("", "notReady", "free")
        row = set_to("busy")
        assert row.ErrorCode == "InvalidParameterValue" and row.ErrorMessage and row.Status == "free"
        # An agent who is signed in cannot be deleted.
        deleted = demo.call("DeleteStaff", StaffList=[mail])
        assert deleted.OnlineStaffList == [mail]
        desk.ask("sign_out")
    row = set_to("free")
    assert (row.ErrorCode, row.Status) == ("FailedOperation", "offline"), row.to_json_string()
    [row] = demo.call("SetStaffStatus", StaffStatusList=[{"StaffUserId": "nobody@demo.callyard", "Status": "free"}]).StaffStatusList
    assert row.ErrorCode == "InvalidParameterValue.AccountNotExist"
    rows = [{"StaffUserId": mail, "Status": "free"}] * 11
    demo.refused("LimitExceeded.OutOfCountLimit", "SetStaffStatus", StaffStatusList=rows)


def test_numbers(demo):
    answer = demo.call("DescribeNumbers")
    assert answer.TotalCount >= 1
    found = next(number for number in answer.Numbers if number.Number == demo.facts["number"])
    assert found.State == 1 and found.CostType == 1 and isinstance(found.CallOutSkillGroupIds, list)
    assert demo.call("DescribeNumbers", PageSize=1, PageNumber=1_000).Numbers == []


def test_login_tokens(demo):
    mail = demo.agents[1]["user_id"]
    answer = demo.call("CreateSDKLoginToken", SeatUserId=mail, OnlyOnce=True)
    assert answer.SdkURL.startswith(demo.url) and time.time() < answer.ExpiredTime <= time.time() + 86_400
    assert demo.session(token=answer.Token).me["staff"]["user_id"] == mail
    try:
        demo.session(token=answer.Token)
        raise AssertionError("a token for one use was taken twice")
    except Refused as error:
        assert error.status == 401
    answer = demo.call("CreateSDKLoginToken", SeatUserId=mail)
    for _ in range(2):
        assert demo.session(token=answer.Token).me["role"] == "agent"
    demo.refused("InvalidParameterValue.AccountNotExist", "CreateSDKLoginToken", SeatUserId="nobody@demo.callyard")


def test_what_describe_tel_cdr_refuses(demo):
    now, day = int(time.time()), 86_400
    window = {"StartTimeStamp": now - day, "EndTimeStamp": now, "PageSize": 10, "PageNumber": 0}
    demo.call("DescribeTelCdr", **window)
    demo.call("DescribeTelCdr", **{**window, "Limit": 5, "Offset": 3, "InstanceId": 1})
    for change in (
        {"PageSize": 101},
        {"PageSize": 0},
        {"StartTimeStamp": now - 90 * day},
        {"StartTimeStamp": now + 10},
        {"StartTimeStamp": now - 200 * day, "EndTimeStamp": now - 150 * day},
        {"StartTimeStamp": -1},
    ):
        demo.refused("InvalidParameterValue", "DescribeTelCdr", **{**window, **change})
    demo.generic_refused("MissingParameter", "DescribeTelCdr", {"SdkAppId": demo.app, "PageSize": 1, "PageNumber": 0, "EndTimeStamp": now})
    assert demo.call("DescribeTelCdr", **window, SessionIds=["no-such-session"]).TelCdrList == []
    assert demo.call("DescribeTelCdr", **window, Phones=["008600000000000"]).TotalCount == 0


def test_a_call_is_hung_up_and_found_in_the_records(demo):
    demo.refused("FailedOperation.SessionNotExists", "HangUpCall", SessionId="1001")
    demo.refused("FailedOperation.SessionNotExists", "HangUpCall", SessionId="00000000-0000-0000-0000-000000000000")
    admin = demo.admin()
    before = {call["call"] for call in admin.get("/floor")["calls"]}
    started = int(time.time())
    admin.post("/demo/call-me", {})
    new = lambda: [call for call in admin.get("/floor")["calls"] if call["call"] not in before and call["stage"] != "arriving"]  # noqa: E731
    [call] = until("the virtual customer", new)
    demo.call("HangUpCall", SessionId=call["call"])
    window = {"StartTimeStamp": started - 5, "EndTimeStamp": started + 60, "PageSize": 10, "PageNumber": 0}
    found = until("the record", lambda: demo.call("DescribeTelCdr", **window, SessionIds=[call["call"]]).TelCdrList)
    [record] = found
    assert record.SessionId == call["call"] and record.Callee == demo.facts["number"] and record.Caller == call["caller"]
    assert (record.Direction, record.CallType, record.HungUpSide) == (0, 2, "system"), record.to_json_string()
    assert record.Time == record.StartTimestamp and record.Time <= record.EndedTimestamp and record.Duration >= 0
    assert record.EndStatusString and isinstance(record.EndStatus, int)
    assert record.AsrStatus == "NotExists" and record.IVRKeyPressedEx is not None
    by_phone = demo.call("DescribeTelCdr", **window, Phones=[record.Caller]).TelCdrList
    assert call["call"] in {one.SessionId for one in by_phone}
    if record.RecordURL:
        with urllib.request.urlopen(record.RecordURL) as answer:
            assert answer.headers["Content-Type"] == "audio/wav" and answer.read(4) == b"RIFF"
    demo.refused("FailedOperation.SessionNotExists", "HangUpCall", SessionId=call["call"])
