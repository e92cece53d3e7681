//! Every failure has a code, and every code stands here once: what it means,
//! what to do, and how it looks on each edge (HTTP, SIP, the cloud API). The
//! manual's page of codes is generated from [`ALL`].

/// One kind of failure.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// Stable name, `area.what`.
    pub id: &'static str,
    /// HTTP status of the product's own API.
    pub http: u16,
    /// SIP status, where the failure can end a call attempt.
    pub sip: Option<u16>,
    /// Code of the vendor-compatible API, where it has one.
    pub cloud: Option<&'static str>,
    /// What happened, in English.
    pub en: &'static str,
    /// What happened, in Chinese.
    pub zh: &'static str,
    /// What to do about it, in English.
    pub mend_en: &'static str,
    /// What to do about it, in Chinese.
    pub mend_zh: &'static str,
}

macro_rules! catalogue {
    ($($name:ident = { id: $id:literal, http: $http:literal, sip: $sip:expr, cloud: $cloud:expr,
        en: $en:literal, zh: $zh:literal, mend_en: $mend_en:literal, mend_zh: $mend_zh:literal $(,)? };)*) => {
        $(
            #[doc = $en]
            pub const $name: &Code = &Code {
                id: $id, http: $http, sip: $sip, cloud: $cloud,
                en: $en, zh: $zh, mend_en: $mend_en, mend_zh: $mend_zh,
            };
        )*
        /// All of them, in the order of the file.
        pub const ALL: &[&Code] = &[$($name),*];
    };
}

catalogue! {
    // Sign-in and the product's own API.
    SIGN_IN_NEEDED = { id: "auth.sign_in_needed", http: 401, sip: None, cloud: Some("AuthFailure.UnauthorizedOperation"),
        en: "You are not signed in, or your session is over.", zh: "您未登录，或登录已过期。",
        mend_en: "Sign in again.", mend_zh: "请重新登录。" };
    WRONG_CREDENTIALS = { id: "auth.wrong_credentials", http: 401, sip: None, cloud: None,
        en: "The account or the password is wrong.", zh: "账号或密码错误。",
        mend_en: "Check both; an administrator can set a new password.", mend_zh: "请核对账号与密码；管理员可以重设密码。" };
    TOO_MANY_ATTEMPTS = { id: "auth.too_many_attempts", http: 429, sip: None, cloud: None,
        en: "There were too many failed sign-ins.", zh: "登录失败次数过多。",
        mend_en: "Wait a few minutes, then try again.", mend_zh: "请等待几分钟后再试。" };
    FORBIDDEN = { id: "auth.forbidden", http: 403, sip: None, cloud: Some("UnauthorizedOperation"),
        en: "Your role does not permit this.", zh: "您的角色无权执行此操作。",
        mend_en: "Ask an administrator of the application.", mend_zh: "请联系应用管理员。" };
    CSRF_HEADER_MISSING = { id: "auth.csrf_header_missing", http: 403, sip: None, cloud: None,
        en: "The request changes something but does not carry the header X-Callyard.", zh: "该请求会修改数据，但缺少 X-Callyard 请求头。",
        mend_en: "Send the header `X-Callyard: 1`.", mend_zh: "请携带请求头 `X-Callyard: 1`。" };
    TOKEN_INVALID = { id: "auth.token_invalid", http: 401, sip: None, cloud: Some("AuthFailure.TokenFailure"),
        en: "The token is unknown, used or expired.", zh: "令牌无效、已使用或已过期。",
        mend_en: "Ask for a new token.", mend_zh: "请重新获取令牌。" };
    TICKET_INVALID = { id: "auth.ticket_invalid", http: 401, sip: None, cloud: None,
        en: "The ticket is unknown, used or older than 30 seconds.", zh: "连接票据无效、已使用或已超过 30 秒。",
        mend_en: "Fetch a new ticket and connect at once.", mend_zh: "请重新获取票据并立即连接。" };
    ORIGIN_REFUSED = { id: "auth.origin_refused", http: 403, sip: None, cloud: None,
        en: "Pages of this origin may not connect.", zh: "不允许来自该来源的页面连接。",
        mend_en: "Open the console at the server's public_url, or correct public_url.", mend_zh: "请通过服务器的 public_url 打开控制台，或修正 public_url。" };
    APPLICATION_NEEDED = { id: "auth.application_needed", http: 400, sip: None, cloud: None,
        en: "An operator belongs to no application, so the request must name one.", zh: "平台运营人员不属于任何应用，请求必须指明应用。",
        mend_en: "Send the header `X-Callyard-Application` or the query `sdk_app_id`.", mend_zh: "请携带请求头 `X-Callyard-Application` 或参数 `sdk_app_id`。" };
    OWN_ACCOUNT = { id: "auth.own_account", http: 409, sip: None, cloud: None,
        en: "You cannot delete your own account or take away your own role.", zh: "不能删除自己的账号，也不能取消自己的角色。",
        mend_en: "Let another administrator do it.", mend_zh: "请由其他管理员操作。" };
    LINK_INVALID = { id: "auth.link_invalid", http: 403, sip: None, cloud: None,
        en: "The link is broken or expired.", zh: "链接无效或已过期。",
        mend_en: "Ask for the record again; it carries a new link.", mend_zh: "请重新查询通话记录以获取新链接。" };
    WEAK_PASSWORD = { id: "auth.weak_password", http: 400, sip: None, cloud: None,
        en: "The password is too weak.", zh: "密码强度不足。",
        mend_en: "Use 8 to 128 characters with letters, digits and other signs, not the account itself.", mend_zh: "请使用 8 到 128 个字符，同时包含字母、数字和符号，且不得与账号相同。" };
    WRONG_PASSWORD = { id: "auth.wrong_password", http: 403, sip: None, cloud: None,
        en: "The old password is wrong.", zh: "原密码错误。",
        mend_en: "Type your present password; an administrator can set a new one.", mend_zh: "请输入当前密码；管理员可以重设密码。" };
    BAD_JSON = { id: "api.bad_json", http: 400, sip: None, cloud: Some("InvalidParameter"),
        en: "The body is not the JSON that is expected here.", zh: "请求体不是此处要求的 JSON。",
        mend_en: "Compare it with /openapi.json.", mend_zh: "请对照 /openapi.json 检查。" };
    BAD_FIELD = { id: "api.bad_field", http: 400, sip: None, cloud: Some("InvalidParameterValue"),
        en: "A value is not allowed.", zh: "参数值不允许。",
        mend_en: "Correct the value that is named.", mend_zh: "请修正所指出的参数值。" };
    NOT_YET = { id: "api.not_yet", http: 422, sip: None, cloud: Some("UnsupportedOperation"),
        en: "This setting would have no effect in this version, so it is not taken.", zh: "当前版本尚不支持该设置，因此不予保存。",
        mend_en: "Leave it out, or give it its default.", mend_zh: "请省略该字段，或使用默认值。" };
    NOT_FOUND = { id: "api.not_found", http: 404, sip: None, cloud: Some("ResourceNotFound"),
        en: "It does not exist, or not in your application.", zh: "对象不存在，或不属于您的应用。",
        mend_en: "Check the id in the list.", mend_zh: "请在列表中核对 ID。" };
    NO_SUCH_ROUTE = { id: "api.no_such_route", http: 404, sip: None, cloud: None,
        en: "There is nothing at this address.", zh: "该地址不存在。",
        mend_en: "All addresses stand in /openapi.json.", mend_zh: "所有接口地址见 /openapi.json。" };
    METHOD_NOT_ALLOWED = { id: "api.method_not_allowed", http: 405, sip: None, cloud: None,
        en: "This address does not take this method.", zh: "该地址不支持此请求方法。",
        mend_en: "All methods stand in /openapi.json.", mend_zh: "所有请求方法见 /openapi.json。" };
    TOO_LARGE = { id: "api.too_large", http: 413, sip: None, cloud: Some("RequestSizeLimitExceeded"),
        en: "The request is too large.", zh: "请求体过大。",
        mend_en: "Send less at once.", mend_zh: "请减小请求体。" };
    TOO_MANY_REQUESTS = { id: "api.too_many_requests", http: 429, sip: None, cloud: Some("RequestLimitExceeded"),
        en: "Too many requests at once.", zh: "请求过于频繁。",
        mend_en: "Send fewer in a second.", mend_zh: "请降低请求频率。" };
    INTERNAL = { id: "api.internal", http: 500, sip: None, cloud: Some("InternalError"),
        en: "Something failed inside the server.", zh: "服务器内部错误。",
        mend_en: "The server's log has the cause under the same request id.", mend_zh: "请凭请求 ID 在服务器日志中查看原因。" };
    AGENT_ONLINE = { id: "api.agent_online", http: 409, sip: None, cloud: None,
        en: "The agent is signed in.", zh: "座席当前在线。",
        mend_en: "Let the agent sign out first.", mend_zh: "请先让座席签退。" };
    DEMO_ONLY = { id: "api.demo_only", http: 404, sip: None, cloud: None,
        en: "This exists only while the demo runs.", zh: "该功能仅在演示模式下可用。",
        mend_en: "Start the server with --demo.", mend_zh: "请使用 --demo 启动服务器。" };
    RANGE_REFUSED = { id: "api.range_refused", http: 416, sip: None, cloud: None,
        en: "The range lies outside of the recording.", zh: "请求的范围超出录音长度。",
        mend_en: "Ask for a range inside of it.", mend_zh: "请请求有效范围。" };
    RECORDING_NOT_READY = { id: "recording.not_ready", http: 409, sip: None, cloud: None,
        en: "The recording is still being made.", zh: "录音仍在生成中。",
        mend_en: "Try again when the call is over.", mend_zh: "请在通话结束后重试。" };
    SOUND_UNREADABLE = { id: "sound.unreadable", http: 400, sip: None, cloud: None,
        en: "The file is not a WAV file that can be read.", zh: "该文件不是可读取的 WAV 文件。",
        mend_en: "Upload PCM WAV (16 bit, mono or stereo, 8 to 48 kHz), up to 5 MB.", mend_zh: "请上传 PCM WAV 文件（16 位，单声道或立体声，8 至 48 kHz），不超过 5 MB。" };
    FLOW_FAULTY = { id: "flow.faulty", http: 422, sip: None, cloud: None,
        en: "The flow has faults and was not published.", zh: "流程存在错误，未发布。",
        mend_en: "Correct every fault in the list.", mend_zh: "请修正列表中的所有错误。" };
    FLOW_CHANGED_MEANWHILE = { id: "flow.changed_meanwhile", http: 409, sip: None, cloud: None,
        en: "Somebody published another version of this flow meanwhile.", zh: "在此期间，他人已发布了该流程的新版本。",
        mend_en: "Read the flow again and make your changes in the new version.", mend_zh: "请重新载入流程，在新版本上修改。" };
    MESSAGE_UNKNOWN = { id: "desk.message_unknown", http: 400, sip: None, cloud: None,
        en: "The desk does not know this message.", zh: "工作台无法识别该消息。",
        mend_en: "Reload the page; it may be older than the server.", mend_zh: "请刷新页面，页面版本可能过旧。" };
    TOO_MANY_MESSAGES = { id: "desk.too_many_messages", http: 429, sip: None, cloud: None,
        en: "The page sends too many messages.", zh: "页面发送消息过于频繁。",
        mend_en: "Wait a moment.", mend_zh: "请稍候。" };
    // The vendor-compatible API.
    CLOUD_AUTHORIZATION = { id: "cloud.authorization", http: 401, sip: None, cloud: Some("AuthFailure.InvalidAuthorization"),
        en: "The Authorization header does not follow TC3-HMAC-SHA256.", zh: "Authorization 请求头不符合 TC3-HMAC-SHA256 规范。",
        mend_en: "Sign as the vendor's SDKs do, with content-type and host among the signed headers.", mend_zh: "请按官方 SDK 的方式签名，签名头须包含 content-type 与 host。" };
    CLOUD_DUPLICATE_HEADER = { id: "cloud.duplicate_header", http: 400, sip: None, cloud: Some("AuthFailure.InvalidAuthorization"),
        en: "A header that is part of the signature stands twice.", zh: "参与签名的请求头重复出现。",
        mend_en: "Send each of them once.", mend_zh: "请确保每个请求头只出现一次。" };
    CLOUD_OLD_SIGNATURE = { id: "cloud.old_signature", http: 401, sip: None, cloud: Some("AuthFailure.InvalidAuthorization"),
        en: "The signature methods HmacSHA1 and HmacSHA256 are not taken.", zh: "不支持 HmacSHA1 与 HmacSHA256 签名方法。",
        mend_en: "Choose TC3-HMAC-SHA256 in the SDK's profile.", mend_zh: "请在 SDK 配置中选择 TC3-HMAC-SHA256。" };
    CLOUD_SIGNATURE_EXPIRED = { id: "cloud.signature_expired", http: 401, sip: None, cloud: Some("AuthFailure.SignatureExpire"),
        en: "X-TC-Timestamp is missing, more than 5 minutes off, or not of the date in the credential.", zh: "X-TC-Timestamp 缺失、偏差超过 5 分钟，或与凭证日期不符。",
        mend_en: "Set the client's clock.", mend_zh: "请校准客户端时钟。" };
    CLOUD_REPLAYED = { id: "cloud.replayed", http: 401, sip: None, cloud: Some("AuthFailure.SignatureExpire"),
        en: "This signature was already used.", zh: "该签名已被使用过。",
        mend_en: "Sign every request anew.", mend_zh: "请为每个请求重新签名。" };
    CLOUD_SIGNATURE_WRONG = { id: "cloud.signature_wrong", http: 401, sip: None, cloud: Some("AuthFailure.SignatureFailure"),
        en: "The signature does not match the request and the key.", zh: "签名与请求及密钥不匹配。",
        mend_en: "Check the secret key, and that nothing alters the request on its way.", mend_zh: "请检查密钥，并确认请求在传输途中未被修改。" };
    CLOUD_SECRET_ID_UNKNOWN = { id: "cloud.secret_id_unknown", http: 401, sip: None, cloud: Some("AuthFailure.SecretIdNotFound"),
        en: "The secret id does not exist or is switched off.", zh: "SecretId 不存在或已停用。",
        mend_en: "Make a key in the console under API keys.", mend_zh: "请在控制台的 API 密钥页面创建密钥。" };
    CLOUD_TOKEN = { id: "cloud.token", http: 401, sip: None, cloud: Some("AuthFailure.TokenFailure"),
        en: "Temporary credentials are not issued here.", zh: "本系统不签发临时凭证。",
        mend_en: "Use a permanent key without X-TC-Token.", mend_zh: "请使用永久密钥，不要携带 X-TC-Token。" };
    CLOUD_ACTION = { id: "cloud.action", http: 404, sip: None, cloud: Some("InvalidAction"),
        en: "The action does not exist.", zh: "接口不存在。",
        mend_en: "Check its spelling; the manual lists what exists.", mend_zh: "请检查接口名称；可用接口见手册。" };
    CLOUD_VERSION = { id: "cloud.version", http: 404, sip: None, cloud: Some("NoSuchVersion"),
        en: "The version does not exist.", zh: "接口版本不存在。",
        mend_en: "Use version 2020-02-10.", mend_zh: "请使用版本 2020-02-10。" };
    CLOUD_MISSING = { id: "cloud.missing", http: 400, sip: None, cloud: Some("MissingParameter"),
        en: "A required parameter is missing.", zh: "缺少必填参数。",
        mend_en: "Add it.", mend_zh: "请补充该参数。" };
    CLOUD_INVALID = { id: "cloud.invalid", http: 400, sip: None, cloud: Some("InvalidParameter"),
        en: "A parameter is of the wrong type, or the body cannot be read.", zh: "参数类型错误，或请求体无法解析。",
        mend_en: "Compare with the API description.", mend_zh: "请对照接口说明检查。" };
    CLOUD_INVALID_VALUE = { id: "cloud.invalid_value", http: 400, sip: None, cloud: Some("InvalidParameterValue"),
        en: "A parameter's value is not allowed.", zh: "参数取值错误。",
        mend_en: "Correct it.", mend_zh: "请修正该参数。" };
    CLOUD_UNKNOWN_PARAMETER = { id: "cloud.unknown_parameter", http: 400, sip: None, cloud: Some("UnknownParameter"),
        en: "The action does not know a parameter.", zh: "存在未知参数。",
        mend_en: "Leave it out, or check its spelling.", mend_zh: "请移除该参数或检查拼写。" };
    CLOUD_RATE = { id: "cloud.rate", http: 429, sip: None, cloud: Some("RequestLimitExceeded"),
        en: "More than 20 requests in a second for this action.", zh: "该接口请求频率超过每秒 20 次。",
        mend_en: "Send fewer, or wait a second.", mend_zh: "请降低频率或稍后重试。" };
    CLOUD_APPLICATION_UNKNOWN = { id: "cloud.application_unknown", http: 404, sip: None, cloud: Some("InvalidParameterValue.InstanceNotExist"),
        en: "The application does not exist.", zh: "应用不存在。",
        mend_en: "Check SdkAppId.", mend_zh: "请检查 SdkAppId。" };
    CLOUD_NOT_YOURS = { id: "cloud.not_yours", http: 403, sip: None, cloud: Some("UnauthorizedOperation"),
        en: "The key does not belong to this application.", zh: "该密钥无权访问此应用。",
        mend_en: "Use a key that was made in this application.", mend_zh: "请使用在该应用中创建的密钥。" };
    CLOUD_ACCOUNT_UNKNOWN = { id: "cloud.account_unknown", http: 404, sip: None, cloud: Some("InvalidParameterValue.AccountNotExist"),
        en: "The agent's account does not exist.", zh: "座席账号不存在。",
        mend_en: "Check the account in DescribeStaffInfoList.", mend_zh: "请通过 DescribeStaffInfoList 核对账号。" };
    CLOUD_ACCOUNT_EXISTS = { id: "cloud.account_exists", http: 409, sip: None, cloud: Some("FailedOperation.DuplicatedAccount"),
        en: "The account already exists.", zh: "账号已存在。",
        mend_en: "Choose another account, or modify the one that exists.", mend_zh: "请更换账号或修改已有账号。" };
    CLOUD_GROUP_UNKNOWN = { id: "cloud.group_unknown", http: 404, sip: None, cloud: Some("InvalidParameterValue.SkillGroupError"),
        en: "The skill group does not exist.", zh: "技能组不存在。",
        mend_en: "Check it in DescribeSkillGroupInfoList.", mend_zh: "请通过 DescribeSkillGroupInfoList 核对技能组。" };
    CLOUD_GROUP_EXISTS = { id: "cloud.group_exists", http: 409, sip: None, cloud: Some("InvalidParameterValue.SkillGroupExist"),
        en: "A skill group of this name already exists.", zh: "同名技能组已存在。",
        mend_en: "Choose another name.", mend_zh: "请更换名称。" };
    CLOUD_RING_ALL_FULL = { id: "cloud.ring_all_full", http: 409, sip: None, cloud: Some("InvalidParameterValue.RingAllGroupMemberOverflow"),
        en: "A group in which all ring may have two members.", zh: "同振技能组最多包含 2 名成员。",
        mend_en: "Switch the group to sequential ringing, or take a member out.", mend_zh: "请改为顺振，或移除成员。" };
    CLOUD_TOO_MANY = { id: "cloud.too_many", http: 400, sip: None, cloud: Some("LimitExceeded.OutOfCountLimit"),
        en: "There are too many elements in one request.", zh: "单次请求的元素数量超出上限。",
        mend_en: "Split it into several requests.", mend_zh: "请拆分为多次请求。" };
    // Calls and desks.
    OFFER_GONE = { id: "desk.offer_gone", http: 409, sip: None, cloud: None,
        en: "This offer is over: its time ran out, the caller left, or it was answered elsewhere.",
        zh: "该来电已结束：超时、客户已挂断，或已被他人接听。",
        mend_en: "Nothing to do; the next call will ring by itself.",
        mend_zh: "无需处理，下一通来电会自动响铃。" };
    NOT_IN_CALL = { id: "desk.not_in_call", http: 409, sip: None, cloud: None,
        en: "You are not in a call.", zh: "您当前不在通话中。",
        mend_en: "The call has already ended; look at the status bar.", mend_zh: "通话已结束，请查看状态栏。" };
    BUSY = { id: "desk.busy", http: 409, sip: None, cloud: Some("FailedOperation.SeatStatusBusy"),
        en: "The agent is in a call, so the status cannot change now.", zh: "座席正在通话中，当前不能切换状态。",
        mend_en: "Wait until the call is over.", mend_zh: "请等待通话结束。" };
    NO_SOUND_PATH = { id: "desk.no_sound_path", http: 409, sip: None, cloud: None,
        en: "The page has no sound connection to the server.", zh: "页面与服务器之间没有语音连接。",
        mend_en: "Allow the microphone, check that the network lets UDP through, then reload the page.",
        mend_zh: "请允许使用麦克风，确认网络放行 UDP，然后刷新页面。" };
    SIGNED_OUT = { id: "desk.signed_out", http: 409, sip: None, cloud: None,
        en: "The agent is not signed in.", zh: "座席未登录。",
        mend_en: "Open the agent desk first.", mend_zh: "请先打开座席工作台。" };
    CALL_UNKNOWN = { id: "call.unknown", http: 404, sip: None, cloud: Some("FailedOperation.SessionNotExists"),
        en: "There is no such call in progress.", zh: "没有正在进行的该会话。",
        mend_en: "Check the session id; ended calls are found in the records.", mend_zh: "请检查会话 ID；已结束的通话请在通话记录中查找。" };
    NUMBER_UNKNOWN = { id: "route.number_unknown", http: 404, sip: Some(404), cloud: None,
        en: "The called number does not belong to any application.", zh: "被叫号码不属于任何应用。",
        mend_en: "Add the number and bind it to a flow.", mend_zh: "请添加该号码并绑定 IVR 流程。" };
    NUMBER_OFF = { id: "route.number_off", http: 409, sip: Some(480), cloud: None,
        en: "The called number is switched off.", zh: "被叫号码已停用。",
        mend_en: "Switch the number on again in the console.", mend_zh: "请在控制台重新启用该号码。" };
    FLOW_MISSING = { id: "route.flow_missing", http: 409, sip: Some(480), cloud: None,
        en: "The number has no flow, or its flow leads to a node that does not exist.",
        zh: "号码未绑定流程，或流程指向不存在的节点。",
        mend_en: "Bind a flow that passes its check.", mend_zh: "请绑定一个通过校验的流程。" };
    TOO_MANY_CALLS = { id: "limit.calls", http: 503, sip: Some(503), cloud: Some("LimitExceeded"),
        en: "The limit of simultaneous calls is reached.", zh: "并发通话数已达上限。",
        mend_en: "Raise the limit if the machine has room, or add a node.", mend_zh: "如机器仍有余量可提高上限，或增加节点。" };
    NO_CODEC = { id: "sip.no_codec", http: 409, sip: Some(488), cloud: None,
        en: "The caller offers no voice codec that we speak.", zh: "对端未提供可用的语音编码。",
        mend_en: "Enable G.711 (PCMU or PCMA) on the trunk.", mend_zh: "请在中继上启用 G.711（PCMU 或 PCMA）。" };
    NOT_PROTECTED = { id: "sip.not_protected", http: 409, sip: Some(488), cloud: None,
        en: "The trunk demands SRTP, and the call came without keys for it.", zh: "该中继要求 SRTP 加密，而来话未提供密钥。",
        mend_en: "Enable SRTP (SDES) at the carrier, or accept plain sound on the trunk.", mend_zh: "请在运营商侧启用 SRTP（SDES），或在中继上允许明文语音。" };
    MEDIA_FAILED = { id: "media.failed", http: 503, sip: Some(503), cloud: Some("InternalError"),
        en: "No sound path could be opened for the call.", zh: "无法为通话建立语音通道。",
        mend_en: "Check the RTP port range and the limit of open files.", mend_zh: "请检查 RTP 端口范围与打开文件数上限。" };
    SHUTTING_DOWN = { id: "server.shutting_down", http: 503, sip: Some(503), cloud: Some("InternalError"),
        en: "The server is stopping or starting.", zh: "服务正在停止或启动。",
        mend_en: "Try again in a few seconds.", mend_zh: "请几秒后重试。" };
    STORE_NOT_FOUND = { id: "store.not_found", http: 404, sip: None, cloud: Some("ResourceNotFound"),
        en: "There is no such thing in this application.", zh: "该应用中不存在此对象。",
        mend_en: "Check the id; it may have been deleted in another window.", mend_zh: "请检查 ID；它可能已在其他窗口中被删除。" };
    STORE_EXISTS = { id: "store.exists", http: 409, sip: None, cloud: Some("InvalidParameterValue"),
        en: "Another one already has this name, account or number.", zh: "该名称、账号或号码已被占用。",
        mend_en: "Choose another, or change the existing one.", mend_zh: "请换一个，或修改已有的对象。" };
    STORE_NUMBER_TAKEN = { id: "store.number_taken", http: 409, sip: None, cloud: Some("InvalidParameterValue"),
        en: "This number belongs to another application.", zh: "该号码已属于其他应用。",
        mend_en: "Check the number; the platform's operator can see who has it.", mend_zh: "请检查号码；平台运营人员可查到其归属。" };
    STORE_IN_USE = { id: "store.in_use", http: 409, sip: None, cloud: Some("ResourceInUse"),
        en: "It is still in use, so it cannot be deleted.", zh: "该对象仍在使用中，无法删除。",
        mend_en: "Remove it first from what uses it.", mend_zh: "请先从引用它的对象中移除。" };
    STORE_INVALID = { id: "store.invalid", http: 400, sip: None, cloud: Some("InvalidParameterValue"),
        en: "A value cannot be stored as it is.", zh: "提交的值无法保存。",
        mend_en: "Mend the value that the message names.", mend_zh: "请修改消息中指出的值。" };
    STORE_LIMIT = { id: "store.limit", http: 409, sip: None, cloud: Some("LimitExceeded"),
        en: "The application already has as many of these as it may have.", zh: "该应用的此类对象数量已达上限。",
        mend_en: "Delete what is no longer needed.", mend_zh: "请删除不再需要的对象。" };
    STORE_BUSY = { id: "store.busy", http: 503, sip: None, cloud: Some("RequestLimitExceeded"),
        en: "Too many passwords are being checked at once.", zh: "同时校验密码的请求过多。",
        mend_en: "Try again in a few seconds.", mend_zh: "请几秒后重试。" };
    STORE_FULL = { id: "store.full", http: 507, sip: None, cloud: Some("InternalError"),
        en: "The disk of the server is full, so the change was not kept.", zh: "服务器磁盘已满，修改未保存。",
        mend_en: "Free some space; nothing that was kept before is lost.", mend_zh: "请释放磁盘空间；此前已保存的内容不会丢失。" };
    STORE_UNAVAILABLE = { id: "store.unavailable", http: 503, sip: None, cloud: Some("InternalError"),
        en: "The database cannot be reached, so nothing was changed.", zh: "无法连接数据库，未做任何修改。",
        mend_en: "Check that the database runs and that the server may reach it; calls go on meanwhile.",
        mend_zh: "请检查数据库是否运行、服务器能否访问；通话不受影响。" };
    STORE_DAMAGED = { id: "store.damaged", http: 500, sip: None, cloud: Some("InternalError"),
        en: "What is stored cannot be read: it is damaged, newer than this program, or locked under another key.",
        zh: "存储内容无法读取：已损坏、由更新版本写入，或使用了其他密钥。",
        mend_en: "Read the server's log; use the program version and the key file that belong to this data.",
        mend_zh: "请查看服务器日志，并使用与该数据匹配的程序版本和密钥文件。" };
    STORE_FAILED = { id: "store.failed", http: 500, sip: None, cloud: Some("InternalError"),
        en: "The storage failed in a way it should not.", zh: "存储发生了不应出现的错误。",
        mend_en: "Read the server's log and report it.", mend_zh: "请查看服务器日志并反馈该问题。" };
    FLOW_LOOP = { id: "flow.loop", http: 409, sip: Some(480), cloud: None,
        en: "The flow went in a circle without ever asking the caller for a key.", zh: "流程在无按键输入的情况下循环执行。",
        mend_en: "Break the circle: let one of its nodes lead to an end node.", mend_zh: "请打断循环，让其中一个节点指向结束节点。" };
    JOURNAL_FULL = { id: "limit.journal", http: 409, sip: Some(480), cloud: None,
        en: "The call has more events than one journal holds, so the system ended it.", zh: "会话事件数超过上限，系统已结束该会话。",
        mend_en: "Look for a device that sends digits or holds without end.", mend_zh: "请检查是否有设备在不停发送按键或保持信令。" };
    LEG_DEAD = { id: "call.leg_dead", http: 504, sip: Some(480), cloud: None,
        en: "Neither sound nor reports came from one side of the call for a long time.", zh: "通话一侧长时间没有任何语音或媒体报告。",
        mend_en: "Check that side's network. If its gateway sends nothing while people are silent, and no RTCP either, raise media.dead_seconds.",
        mend_zh: "请检查该侧网络。若其网关在静音时既不发送语音也不发送 RTCP，请调大 media.dead_seconds。" };
    TALK_TOO_LONG = { id: "limit.talk", http: 409, sip: Some(480), cloud: None,
        en: "The call was longer than the longest call.", zh: "通话时长超过上限。",
        mend_en: "Nothing to do; somebody left a handset off the hook.", mend_zh: "无需处理，可能有话机未挂好。" };
    DRAINING = { id: "node.draining", http: 503, sip: Some(503), cloud: None,
        en: "The server is shutting down and takes no new calls.", zh: "服务正在停止，不再接受新来电。",
        mend_en: "Try again when it has started again.", mend_zh: "请在服务重启后重试。" };
    NODE_STOPPED = { id: "node.stopped", http: 503, sip: Some(503), cloud: None,
        en: "The server was stopped before the call was over.", zh: "服务在通话结束前被停止。",
        mend_en: "Give calls more time to end (sip.drain_seconds), or stop the server when nobody calls.",
        mend_zh: "请延长停止前的等待时间（sip.drain_seconds），或在无通话时停止服务。" };
    NODE_RESTARTED = { id: "node.restarted", http: 503, sip: None, cloud: None,
        en: "The server stopped during the call.", zh: "通话期间服务发生重启。",
        mend_en: "Look into the log for why it stopped.", mend_zh: "请查看日志了解停止原因。" };
    CALLER_VANISHED = { id: "sip.no_ack", http: 504, sip: None, cloud: None,
        en: "The carrier never acknowledged our answer, or can no longer be reached.", zh: "运营商未确认应答，或已无法到达。",
        mend_en: "Check the way back to the carrier: firewall, NAT, and the public address in the settings.",
        mend_zh: "请检查到运营商的回程网络：防火墙、NAT 以及配置中的公网地址。" };
    PAGE_LOST = { id: "desk.page_lost", http: 409, sip: None, cloud: None,
        en: "The agent's page or its sound was lost during the call and did not come back.", zh: "通话中座席页面或语音断开且未恢复。",
        mend_en: "Check the agent's network and browser.", mend_zh: "请检查座席的网络与浏览器。" };
    ENDED_FROM_OUTSIDE = { id: "call.ended_from_outside", http: 409, sip: None, cloud: None,
        en: "The call was ended by a supervisor or by the API.", zh: "会话被管理员或接口结束。",
        mend_en: "Nothing to do.", mend_zh: "无需处理。" };
    APPLICATION_GONE = { id: "application.gone", http: 404, sip: Some(404), cloud: None,
        en: "The application was removed.", zh: "应用已被删除。",
        mend_en: "Check the application id.", mend_zh: "请检查应用 ID。" };
    STAFF_UNKNOWN = { id: "desk.staff_unknown", http: 404, sip: None, cloud: None,
        en: "There is no such agent in this application.", zh: "该应用中没有此座席。",
        mend_en: "Check the account.", mend_zh: "请检查账号。" };
    TEXT_TOO_LONG = { id: "desk.text_too_long", http: 400, sip: None, cloud: None,
        en: "The text is longer than 1,024 bytes.", zh: "文本超过 1024 字节。",
        mend_en: "Shorten it.", mend_zh: "请缩短文本。" };
    BAD_DIGITS = { id: "desk.bad_digits", http: 400, sip: None, cloud: None,
        en: "Only 0-9, * and # can be sent, at most 64 at once.", zh: "仅可发送 0-9、* 和 #，一次最多 64 位。",
        mend_en: "Send other digits.", mend_zh: "请更换按键内容。" };
    CALLS_TOO_FAST = { id: "limit.calls_per_second", http: 503, sip: Some(503), cloud: Some("RequestLimitExceeded"),
        en: "The trunk has had as many new calls in this second as it may have.", zh: "该中继每秒新建呼叫数已达上限。",
        mend_en: "Try again in a second, or raise the trunk's limit.", mend_zh: "请稍后重试，或提高该中继的上限。" };
    BAD_NUMBER = { id: "call.bad_number", http: 400, sip: Some(484), cloud: Some("InvalidParameterValue"),
        en: "This is not a number that can be called.", zh: "该号码无法拨打。",
        mend_en: "Use 3 to 32 digits; a leading +, spaces, dots and dashes are fine.", mend_zh: "请使用 3 到 32 位数字，可带 + 前缀、空格、点或连字符。" };
    OUTSIDE_NOT_ALLOWED = { id: "call.outside_not_allowed", http: 403, sip: Some(403), cloud: Some("FailedOperation.CalloutRuleNotAllowed"),
        en: "Calls to this country or kind of number are not allowed here.", zh: "不允许呼叫该国家/地区或该类号码。",
        mend_en: "Let an administrator add the beginning of the number under Application, calls out.", mend_zh: "请管理员在“应用”的外呼范围中添加该号码前缀。" };
    NO_NUMBER_TO_SHOW = { id: "call.no_number_to_show", http: 409, sip: Some(403), cloud: Some("FailedOperation.CalloutRuleNotAllowed"),
        en: "There is no number that you may show when you call out.", zh: "没有可用于外呼的主叫号码。",
        mend_en: "Let an administrator name one of your skill groups at a number, under calls out.", mend_zh: "请管理员在号码的外呼技能组中加入您所在的技能组。" };
    NUMBER_NOT_YOURS = { id: "call.number_not_yours", http: 403, sip: Some(403), cloud: Some("UnauthorizedOperation"),
        en: "You may not show this number when you call out.", zh: "您无权使用该主叫号码外呼。",
        mend_en: "Choose one of the numbers in the list.", mend_zh: "请选择列表中的号码。" };
    NO_WAY_OUT = { id: "call.no_way_out", http: 409, sip: Some(480), cloud: None,
        en: "The trunk of this number makes no calls, or is switched off.", zh: "该号码所属中继未配置外呼，或已停用。",
        mend_en: "Enter the carrier's gateway at the trunk, under calls out.", mend_zh: "请在中继的外呼设置中填写运营商网关。" };
    TRUNK_UNREACHABLE = { id: "trunk.unreachable", http: 504, sip: Some(503), cloud: None,
        en: "The carrier's gateway cannot be reached, or its name is not known.", zh: "无法到达运营商网关，或无法解析其域名。",
        mend_en: "Check host, port and transport of the trunk, the name service, and the firewall.", mend_zh: "请检查中继的主机、端口与传输方式、域名解析以及防火墙。" };
    NO_PHONE_LICENCE = { id: "phone.no_licence", http: 409, sip: Some(402), cloud: Some("LimitExceeded.InsufficientLicense"),
        en: "Every licence for a telephone is in use.", zh: "话机许可已用完。",
        mend_en: "Delete a telephone that is not needed, or ask the operator for more licences.", mend_zh: "请删除不需要的话机，或联系平台运营方增加许可。" };
    PHONE_OFFLINE = { id: "phone.offline", http: 409, sip: Some(480), cloud: None,
        en: "The telephone that was called is not registered, or the agent has none.", zh: "被叫话机未注册，或该座席未绑定话机。",
        mend_en: "Check the telephone's account, password and network; it registers by itself then.", mend_zh: "请检查话机的账号、密码与网络，之后会自动注册。" };
    TRANSFER_NOT_PERMITTED = { id: "transfer.not_permitted", http: 409, sip: Some(603), cloud: None,
        en: "Only a telephone of ours that talks may give its call away, and only within its application.", zh: "仅本应用内正在通话的话机可以转接其通话。",
        mend_en: "Transfer from the telephone or the desk; carriers may not.", mend_zh: "请在话机或工作台上转接；运营商侧不允许转接。" };
    TRANSFER_UNDER_WAY = { id: "transfer.under_way", http: 409, sip: Some(491), cloud: None,
        en: "This call is being transferred already.", zh: "该通话正在转接中。",
        mend_en: "Wait until somebody answers, or nobody does.", mend_zh: "请等待当前转接完成或失败。" };
    TRANSFER_FAILED = { id: "transfer.failed", http: 409, sip: Some(480), cloud: None,
        en: "Nobody answered for whom the call was given away, and who gave it away had hung up.", zh: "转接方已挂断，且被转接方未接听。",
        mend_en: "Stay in the call until somebody answers.", mend_zh: "请在对方接听后再挂断。" };
    CALLS_JOINED = { id: "transfer.joined", http: 409, sip: None, cloud: None,
        en: "The call became part of another call by an attended transfer.", zh: "该通话已通过咨询转接并入另一通话。",
        mend_en: "Look at the record of the other call.", mend_zh: "请查看另一通话的记录。" };
    EXTENSION_BUSY = { id: "phone.busy", http: 409, sip: Some(486), cloud: None,
        en: "The agent at this telephone is in a call.", zh: "该话机所属座席正在通话中。",
        mend_en: "Call again later.", mend_zh: "请稍后再拨。" };
    OWN_EXTENSION = { id: "phone.own_extension", http: 409, sip: Some(486), cloud: None,
        en: "A telephone cannot call itself.", zh: "话机不能呼叫自身。",
        mend_en: "Call another extension.", mend_zh: "请拨打其他分机。" };
    NOT_ANSWERED = { id: "call.not_answered", http: 409, sip: Some(480), cloud: None,
        en: "Nobody answered within 90 seconds.", zh: "90 秒内无人接听。",
        mend_en: "Call again later.", mend_zh: "请稍后再拨。" };
    REPAIRED = { id: "node.repaired", http: 500, sip: Some(480), cloud: None,
        en: "The call was found in a state that cannot be, and ended.", zh: "会话状态异常，已被系统结束。",
        mend_en: "Report it with the log lines around it; this is a fault of ours.", mend_zh: "这是系统缺陷，请附相关日志上报。" };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_unique_and_names_its_mend() {
        let mut seen = std::collections::BTreeSet::new();
        for code in ALL {
            assert!(seen.insert(code.id), "{} stands twice", code.id);
            assert!(!code.mend_en.is_empty() && !code.mend_zh.is_empty(), "{} names no mend", code.id);
        }
    }
}
