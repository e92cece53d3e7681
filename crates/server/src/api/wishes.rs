//! What a field should have been, in both languages. Each stands here once, so
//! that a form says the same thing wherever the field appears.

/// What is expected of a field.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    /// In English, after the field's name.
    pub en: &'static str,
    /// In Chinese.
    pub zh: &'static str,
}

macro_rules! wishes {
    ($($name:ident: $en:literal, $zh:literal;)*) => {
        $(
            #[doc = $en]
            pub const $name: Wish = Wish { en: $en, zh: $zh };
        )*
    };
}

wishes! {
    NAME: "must have 1 to 64 characters", "应为 1 到 64 个字符";
    LICENCES: "must be at most 100000", "最多为 100000";
    APPLICATION_NAME: "must have 1 to 64 characters, a letter among them", "应为 1 到 64 个字符，且至少含一个文字或字母";
    OPTIONAL_NAME: "must have at most 64 characters", "最多 64 个字符";
    GROUP_KIND: "must be 0 phone, 1 online, 3 audio or 4 video", "应为 0 电话、1 在线、3 音频或 4 视频";
    CONCURRENCY: "must be 1; online groups may have up to 100", "应为 1；在线技能组最多为 100";
    ALIAS: "must be 2 to 8 digits", "应为 2 到 8 位数字";
    SAME_NUMBER: "cannot be changed; add the new number and delete this one", "不可修改；请新增号码并删除此号码";
    NUMBER: "must be 3 to 20 digits, such as 0086075512345678", "应为 3 到 20 位数字，例如 0086075512345678";
    UNKNOWN: "does not exist", "不存在";
    NUMBER_STATE: "must be 1, 2, 4 or 5", "应为 1、2、4 或 5";
    UNKNOWN_GROUP: "names a group that does not exist", "包含不存在的技能组";
    TOO_LONG: "is too long", "过长";
    ONE_OR_TWO: "must be 1 or 2", "应为 1 或 2";
    NETWORK: "must be an address or a network, such as 203.0.113.0/24", "应为 IP 地址或网段，例如 203.0.113.0/24";
    PAGE_SIZE: "must be 1 to 200", "应为 1 到 200";
    PAGE_DEPTH: "is too deep; narrow the time", "页码过大，请缩小时间范围";
    ADMINISTRATOR: "needs an e-mail-shaped account and a name", "需要邮箱格式的账号和姓名";
    RING_TIMEOUT: "must be 5 to 120", "应为 5 到 120";
    WRAP_UP: "must be 0 to 3600", "应为 0 到 3600";
    REST_REASONS: "must be at most 50 texts of 1 to 64 characters", "最多 50 项，每项 1 到 64 个字符";
    PASSWORD_ELSEWHERE: "is changed with POST /staff/{id}/password", "请通过 POST /staff/{id}/password 修改";
    ACCOUNT: "must look like an e-mail address", "应为邮箱格式";
    STAFF_PHONE: "must be digits beginning with 00 and the country code, such as 0086138…", "应为以 00 和国家码开头的数字，例如 0086138…";
    NO_OPERATOR: "operators belong to no application", "平台运营人员不属于任何应用";
    EXTENSION: "must be 4 to 6 digits, the first 1 to 8", "应为 4 到 6 位数字，且以 1 到 8 开头";
    MOBILE_ACCEPT: "must be 0, 1 or 2", "应为 0、1 或 2";
    TOO_MANY_GROUPS: "are too many", "数量过多";
    PRIORITY: "priorities must be 1 to 5", "优先级应为 1 到 5";
    NO_RING_ALL: "cannot be switched on yet: calls are offered to one agent after another", "暂不支持开启：来电按顺序逐个分配给座席";
    NO_LAST_AGENT: "cannot be switched on yet: calls go to the agent who is idle longest", "暂不支持开启：来电分配给空闲最久的座席";
    RING_ALL_FULL: "names a group in which all ring, and which has its two members", "所含同振技能组已有 2 名成员";
    MAX_CALLS_PER_SECOND: "must be 1 to 1000", "应为 1 到 1000";
    HOST: "must be a host name or an IP address, without port, such as sip.carrier.com", "应为主机名或 IP 地址（不含端口），例如 sip.carrier.com";
    PORT: "must be 1 to 65535", "应为 1 到 65535";
    TRUNK_TRANSPORT: "must be udp, tcp or tls", "应为 udp、tcp 或 tls";
    SIP_USER: "must be at most 128 letters, digits and signs, without spaces, quotes and angle brackets", "最多 128 个字母、数字和符号，不含空格、引号和尖括号";
    SIP_PASSWORD: "must be at most 128 printable characters", "最多 128 个可见字符";
    USER_BESIDE_PASSWORD: "is needed beside a password, and to register", "填写密码或启用注册时必须填写";
    PASSWORD_BESIDE_USER: "is needed beside a user name; it must be given again when host or user change", "填写用户名时必须填写；修改主机或用户名后须重新填写";
    NUMBER_PART: "must be at most 20 of the characters 0-9 + * #", "最多 20 个字符，仅限 0-9 + * #";
    SAME_PREFIX: "stands there twice", "重复";
    TOO_MANY_REWRITES: "are more than 100", "超过 100 条";
    BEGINNING: "must be 00 and a country code, with more digits if you like, such as 0086 or 001900", "应为 00 加国家码，可再加若干位数字，例如 0086 或 001900";
    TOO_MANY_BEGINNINGS: "are more than 500", "超过 500 条";
    ACCOUNT_USER: "must be 1 to 128 letters, digits and signs, and no extension", "应为 1 到 128 个字母、数字和符号，且不能是分机号";
    ACCOUNT_PASSWORD: "is needed beside a user name, with at least 8 printable characters; it must be given again when the user changes", "填写用户名时必须填写，至少 8 个可见字符；修改用户名后须重新填写";
    ASKED_EVERY: "must be 10 to 300", "应为 10 到 300";
    MAX_CALLS: "must be at most 5000", "最多为 5000";
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_written_limit_is_the_real_one() {
        assert!(super::MAX_CALLS.en.ends_with(&centre::limits::CALLS.to_string()));
    }
}
