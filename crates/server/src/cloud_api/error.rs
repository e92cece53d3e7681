//! An error of the cloud API: a catalogue code, and what it is about. The
//! vendor's word for it and its text in the client's language are made here.

use crate::http::language::Language;
use centre::catalogue::{self, Code};
use serde::Serialize;

/// Why an action was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloudError {
    code: &'static Code,
    about: Option<About>,
}

/// What an error is about, in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
struct About {
    parameter: String,
    en: String,
    zh: String,
}

impl From<&'static Code> for CloudError {
    fn from(code: &'static Code) -> Self {
        CloudError { code, about: None }
    }
}

impl CloudError {
    /// An error about one parameter, named by its path (`Staffs.0.Mail`).
    pub fn parameter(code: &'static Code, path: impl Into<String>) -> Self {
        CloudError { code, about: Some(About { parameter: path.into(), en: String::new(), zh: String::new() }) }
    }

    /// Adds what was expected.
    pub fn expected(mut self, en: impl Into<String>, zh: impl Into<String>) -> Self {
        if let Some(about) = &mut self.about {
            about.en = en.into();
            about.zh = zh.into();
        }
        self
    }

    /// The catalogue's code.
    pub fn code(&self) -> &'static Code {
        self.code
    }

    /// The vendor's word.
    pub fn word(&self) -> &'static str {
        self.code.cloud.unwrap_or("FailedOperation")
    }

    /// The text.
    pub fn message(&self, language: Language) -> String {
        let (what, mend) = match language {
            Language::Chinese => (self.code.zh, self.code.mend_zh),
            Language::English => (self.code.en, self.code.mend_en),
        };
        let Some(about) = &self.about else {
            return join(&[what, mend], language);
        };
        let expected = match language {
            Language::Chinese => &about.zh,
            Language::English => &about.en,
        };
        let named = match (expected.is_empty(), language) {
            (true, Language::Chinese | Language::English) => format!("`{}`", about.parameter),
            (false, Language::Chinese) => format!("`{}`：{expected}", about.parameter),
            (false, Language::English) => format!("`{}`: {expected}", about.parameter),
        };
        join(&[what, &named], language)
    }
}

fn join(parts: &[&str], language: Language) -> String {
    match language {
        Language::Chinese => parts.concat(),
        Language::English => parts.join(" "),
    }
}

/// `InternalError`, for what is ours and not the client's.
pub fn internal() -> CloudError {
    catalogue::INTERNAL.into()
}

/// The answer's outer shape.
#[derive(Debug, Serialize)]
pub struct Envelope<T> {
    /// The vendor wraps everything once more.
    #[serde(rename = "Response")]
    pub response: T,
}

/// The inside of a refusal.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Refusal {
    /// Why.
    pub error: RefusalError,
    /// Names this request in our log.
    pub request_id: String,
}

/// Code and text of a refusal.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RefusalError {
    /// The vendor's word.
    pub code: &'static str,
    /// The text.
    pub message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_speaks_the_clients_language_and_names_the_parameter() {
        let error =
            CloudError::parameter(catalogue::CLOUD_INVALID_VALUE, "PageSize").expected("1 to 100", "应为 1 到 100");
        assert_eq!(error.word(), "InvalidParameterValue");
        assert!(error.message(Language::English).ends_with("`PageSize`: 1 to 100"));
        assert!(error.message(Language::Chinese).ends_with("`PageSize`：应为 1 到 100"));
    }

    #[test]
    fn a_code_without_a_vendor_word_is_a_failed_operation() {
        assert_eq!(CloudError::from(catalogue::OFFER_GONE).word(), "FailedOperation");
    }
}
