//! What somebody wanted to call a thing, and what has that name already: said of the
//! thing and at its field, in both languages.

use super::language::Language;
use store::StoreError;

/// A name that is taken.
#[derive(Debug, Clone)]
pub struct Taken {
    /// The form's field.
    pub field: &'static str,
    en: &'static str,
    zh: &'static str,
    name: String,
}

impl Taken {
    /// The sentence.
    pub fn says(&self, language: Language) -> String {
        let words = match language {
            Language::Chinese => self.zh,
            Language::English => self.en,
        };
        words.replace("{}", &self.name)
    }
}

/// The store's word for a thing, its field, and what to say: `{}` stands for the name.
const WORDS: &[(&str, &str, &str, &str)] = &[
    ("staff account", "user_id", "The account {} belongs to another person.", "账号 {} 已被其他人员使用。"),
    (
        "extension",
        "extension",
        "The extension {} belongs to another person or telephone.",
        "分机号 {} 已被其他人员或话机使用。",
    ),
    ("number", "number", "The number {} is in the list already.", "号码 {} 已在列表中。"),
    ("skill group", "name", "There is already a skill group called “{}”.", "已有名为“{}”的技能组。"),
    ("trunk", "name", "There is already a trunk called “{}”.", "已有名为“{}”的中继。"),
    ("flow", "name", "There is already a flow called “{}”.", "已有名为“{}”的流程。"),
    ("sound", "name", "There is already a sound called “{}”.", "已有名为“{}”的语音文件。"),
    ("operator", "user_id", "The account {} belongs to another operator.", "账号 {} 已被其他平台运营人员使用。"),
];

/// What is taken, if the error says so of something that people name.
pub fn named(error: &StoreError) -> Option<Taken> {
    match error {
        StoreError::Exists { what, name } => {
            let (_, field, en, zh) = WORDS.iter().find(|(kind, ..)| kind == what)?;
            Some(Taken { field, en, zh, name: name.clone() })
        }
        StoreError::NumberTaken { number } => Some(Taken {
            field: "number",
            en: "The number {} belongs to another application.",
            zh: "号码 {} 已属于其他应用。",
            name: number.clone(),
        }),
        StoreError::NotFound { .. }
        | StoreError::ChangedMeanwhile { .. }
        | StoreError::InUse { .. }
        | StoreError::Invalid { .. }
        | StoreError::Limit { .. }
        | StoreError::Busy
        | StoreError::Full(_)
        | StoreError::Unavailable(_)
        | StoreError::File { .. }
        | StoreError::Damaged { .. }
        | StoreError::Failed(_) => None,
    }
}
