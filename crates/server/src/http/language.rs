//! In which language a client reads our messages.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;

/// The two languages of the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// 中文.
    Chinese,
    /// English.
    English,
}

impl Language {
    /// From `Accept-Language`; English when neither is asked for.
    pub fn accepted(headers: &HeaderMap) -> Language {
        let text = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        // Only the order is looked at: browsers write the preferred language first.
        for wish in text.split(',') {
            match wish.trim().get(..2).map(str::to_ascii_lowercase).as_deref() {
                Some("zh") => return Language::Chinese,
                Some("en") => return Language::English,
                Some(_) | None => {}
            }
        }
        Language::English
    }

    /// By the name a page gives it; a browser cannot put a header on a WebSocket.
    pub fn named(name: &str) -> Option<Language> {
        match name {
            "zh" => Some(Language::Chinese),
            "en" => Some(Language::English),
            _ => None,
        }
    }

    /// From the vendor's `X-TC-Language`, which its SDKs set to `zh-CN` by default.
    pub fn of_cloud(headers: &HeaderMap) -> Language {
        match headers.get("x-tc-language").and_then(|value| value.to_str().ok()) {
            Some(text) if text.eq_ignore_ascii_case("zh-CN") => Language::Chinese,
            Some(_) | None => Language::English,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_language_we_speak_is_taken() {
        for (text, language) in [
            ("zh-CN,zh;q=0.9,en;q=0.8", Language::Chinese),
            ("en-US", Language::English),
            ("fr,zh;q=0.5", Language::Chinese),
            ("fr", Language::English),
            ("", Language::English),
            ("*", Language::English),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, text.parse().unwrap());
            assert_eq!(Language::accepted(&headers), language, "{text}");
        }
    }
}
