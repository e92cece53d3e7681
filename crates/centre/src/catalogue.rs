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
        en: "Another one already has this name.", zh: "同名对象已存在。",
        mend_en: "Choose another name, or change the existing one.", mend_zh: "请换一个名称，或修改已有的对象。" };
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
    TALK_TOO_LONG = { id: "limit.talk", http: 409, sip: Some(480), cloud: None,
        en: "The call was longer than the longest call.", zh: "通话时长超过上限。",
        mend_en: "Nothing to do; somebody left a handset off the hook.", mend_zh: "无需处理，可能有话机未挂好。" };
    DRAINING = { id: "node.draining", http: 503, sip: Some(503), cloud: None,
        en: "The server is shutting down and takes no new calls.", zh: "服务正在停止，不再接受新来电。",
        mend_en: "Try again when it has started again.", mend_zh: "请在服务重启后重试。" };
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
