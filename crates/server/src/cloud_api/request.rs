//! The parameters of an action, whichever way they came: a JSON object, or the
//! flattened names of a GET or form (`Staffs.0.Mail`). Actions read them through
//! [`Fields`] and [`Field`], which know where they stand, so that every error
//! names the parameter.

use super::error::CloudError;
use centre::catalogue::{CLOUD_INVALID, CLOUD_INVALID_VALUE, CLOUD_MISSING, CLOUD_TOO_MANY, CLOUD_UNKNOWN_PARAMETER};
use serde_json::{Map, Value};
use std::ops::RangeInclusive;

/// Flattened parameters that one request may carry.
const MAX_FLAT_PARAMETERS: usize = 5_000;
/// How deep a flattened name may nest. The deepest of the API has five parts.
const MAX_FLAT_DEPTH: usize = 8;
/// Highest index of a flattened list; no list of the API is longer.
const MAX_FLAT_INDEX: usize = 999;
/// Longest text that any parameter may be.
const MAX_TEXT_BYTES: usize = 4_096;
/// Parameters every action takes when they come in the query or form. (ref. 21.6)
const COMMON: [&str; 11] = [
    "Action",
    "Version",
    "Region",
    "Timestamp",
    "Nonce",
    "SecretId",
    "Signature",
    "SignatureMethod",
    "Language",
    "RequestClient",
    "Token",
];

/// How strictly values are typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Typing {
    /// JSON: a number is a number.
    Strict,
    /// Query or form: everything is text.
    Text,
}

/// All parameters of a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters {
    values: Map<String, Value>,
    typing: Typing,
}

impl Parameters {
    /// From a JSON body.
    pub fn from_json(body: &[u8]) -> Result<Parameters, CloudError> {
        if body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Parameters { values: Map::new(), typing: Typing::Strict });
        }
        match serde_json::from_slice(body) {
            Ok(Value::Object(values)) => Ok(Parameters { values, typing: Typing::Strict }),
            Ok(_) => {
                Err(CloudError::parameter(CLOUD_INVALID, "body").expected("must be a JSON object", "必须是 JSON 对象"))
            }
            Err(error) => Err(CloudError::parameter(CLOUD_INVALID, "body").expected(
                format!("not JSON at line {}, column {}", error.line(), error.column()),
                format!("第 {} 行第 {} 列不是合法的 JSON", error.line(), error.column()),
            )),
        }
    }

    /// From a query or form text.
    pub fn from_flat(text: &str) -> Result<Parameters, CloudError> {
        let mut root = Map::new();
        for (count, (name, value)) in form_urlencoded::parse(text.as_bytes()).enumerate() {
            if count >= MAX_FLAT_PARAMETERS {
                return Err(CLOUD_TOO_MANY.into());
            }
            if !COMMON.contains(&name.as_ref()) {
                put(&mut root, &name, value.into_owned())?;
            }
        }
        let values = root.into_iter().map(|(name, value)| (name, listed(value))).collect();
        Ok(Parameters { values, typing: Typing::Text })
    }

    /// The top level; refuses any parameter that is not in `known`.
    pub fn fields(&self, known: &[&str]) -> Result<Fields<'_>, CloudError> {
        Fields { values: &self.values, typing: self.typing, path: String::new() }.only(known)
    }

    /// `SdkAppId` alone, before anything else is looked at.
    pub fn application(&self) -> Result<i64, CloudError> {
        let fields = Fields { values: &self.values, typing: self.typing, path: String::new() };
        fields.required("SdkAppId")?.integer(1..=i64::MAX)
    }
}

/// Puts a flattened name into the tree; everything is an object first.
fn put(root: &mut Map<String, Value>, name: &str, value: String) -> Result<(), CloudError> {
    let bad = || CloudError::parameter(CLOUD_INVALID, name.chars().take(100).collect::<String>());
    let parts: Vec<&str> = name.split('.').collect();
    if parts.len() > MAX_FLAT_DEPTH || parts.iter().any(|part| part.is_empty()) {
        return Err(bad());
    }
    let (last, way) = parts.split_last().ok_or_else(bad)?;
    let mut at = root;
    for part in way {
        let next = at.entry(*part).or_insert_with(|| Value::Object(Map::new()));
        at = next.as_object_mut().ok_or_else(bad)?;
    }
    match at.insert((*last).to_owned(), Value::String(value)) {
        None => Ok(()),
        Some(_) => Err(bad()),
    }
}

/// Objects whose names are 0, 1, 2 … are lists.
fn listed(value: Value) -> Value {
    let Value::Object(fields) = value else { return value };
    let fields: Map<String, Value> = fields.into_iter().map(|(name, value)| (name, listed(value))).collect();
    let in_order = (0..fields.len()).all(|at| at <= MAX_FLAT_INDEX && fields.contains_key(&at.to_string()));
    if fields.is_empty() || !in_order {
        return Value::Object(fields);
    }
    let mut items: Vec<(usize, Value)> =
        fields.into_iter().filter_map(|(name, value)| Some((name.parse().ok()?, value))).collect();
    items.sort_by_key(|(at, _)| *at);
    Value::Array(items.into_iter().map(|(_, value)| value).collect())
}

/// An object's parameters.
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    values: &'a Map<String, Value>,
    typing: Typing,
    path: String,
}

impl<'a> Fields<'a> {
    fn only(self, known: &[&str]) -> Result<Fields<'a>, CloudError> {
        match self.values.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => {
                let shown: String = name.chars().take(100).collect();
                Err(CloudError::parameter(CLOUD_UNKNOWN_PARAMETER, self.under(&shown)))
            }
            None => Ok(self),
        }
    }

    /// A parameter that may be left out. JSON `null` counts as left out. (ref. 20.1)
    pub fn optional(&self, name: &str) -> Option<Field<'a>> {
        let value = self.values.get(name).filter(|value| !value.is_null())?;
        Some(Field { value, typing: self.typing, path: self.under(name) })
    }

    /// A parameter that must be there.
    pub fn required(&self, name: &str) -> Result<Field<'a>, CloudError> {
        self.optional(name).ok_or_else(|| CloudError::parameter(CLOUD_MISSING, self.under(name)))
    }

    fn under(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }
}

/// One parameter's value.
#[derive(Debug, Clone)]
pub struct Field<'a> {
    value: &'a Value,
    typing: Typing,
    path: String,
}

impl<'a> Field<'a> {
    /// Where it stands.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// A text of any length that is sane.
    pub fn text(&self) -> Result<&'a str, CloudError> {
        let text = self.value.as_str().ok_or_else(|| self.wrong_type("a text", "文本"))?;
        if text.len() > MAX_TEXT_BYTES {
            return Err(self.wrong_value("is too long", "过长"));
        }
        Ok(text)
    }

    /// A text that is not empty and has at most this many characters.
    pub fn name(&self, most: usize) -> Result<&'a str, CloudError> {
        let text = self.text()?.trim();
        if text.is_empty() || text.chars().count() > most || text.chars().any(char::is_control) {
            return Err(self.wrong_value(format!("1 to {most} characters"), format!("应为 1 到 {most} 个字符")));
        }
        Ok(text)
    }

    /// A whole number within bounds.
    pub fn integer(&self, bounds: RangeInclusive<i64>) -> Result<i64, CloudError> {
        let number = match (self.value, self.typing) {
            (Value::Number(number), Typing::Strict | Typing::Text) => number.as_i64(),
            (Value::String(text), Typing::Text) => text.parse().ok(),
            (Value::String(_), Typing::Strict) => None,
            (Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_), Typing::Strict | Typing::Text) => None,
        };
        let number = number.ok_or_else(|| self.wrong_type("a whole number", "整数"))?;
        if !bounds.contains(&number) {
            let (least, most) = (bounds.start(), bounds.end());
            return Err(self.wrong_value(format!("must be {least} to {most}"), format!("应为 {least} 到 {most}")));
        }
        Ok(number)
    }

    /// True or false.
    pub fn flag(&self) -> Result<bool, CloudError> {
        let flag = match (self.value, self.typing) {
            (Value::Bool(flag), Typing::Strict | Typing::Text) => Some(*flag),
            (Value::String(text), Typing::Text) => match text.to_ascii_lowercase().as_str() {
                "true" | "1" => Some(true),
                "false" | "0" => Some(false),
                _ => None,
            },
            (Value::String(_), Typing::Strict) => None,
            (Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_), Typing::Strict | Typing::Text) => {
                None
            }
        };
        flag.ok_or_else(|| self.wrong_type("true or false", "true 或 false"))
    }

    /// A list of at most this many elements.
    pub fn list(&self, most: usize) -> Result<Vec<Field<'a>>, CloudError> {
        let items = self.value.as_array().ok_or_else(|| self.wrong_type("a list", "数组"))?;
        if items.len() > most {
            return Err(CloudError::parameter(CLOUD_TOO_MANY, &self.path)
                .expected(format!("at most {most} elements"), format!("最多 {most} 个元素")));
        }
        let field = |(at, value)| Field { value, typing: self.typing, path: format!("{}.{at}", self.path) };
        Ok(items.iter().enumerate().map(field).collect())
    }

    /// A list of at least one element.
    pub fn filled_list(&self, most: usize) -> Result<Vec<Field<'a>>, CloudError> {
        let items = self.list(most)?;
        if items.is_empty() {
            return Err(self.wrong_value("must not be empty", "不能为空"));
        }
        Ok(items)
    }

    /// An object with only these fields.
    pub fn object(&self, known: &[&str]) -> Result<Fields<'a>, CloudError> {
        let values = self.value.as_object().ok_or_else(|| self.wrong_type("an object", "对象"))?;
        Fields { values, typing: self.typing, path: self.path.clone() }.only(known)
    }

    /// `InvalidParameterValue` about this parameter.
    pub fn wrong_value(&self, en: impl Into<String>, zh: impl Into<String>) -> CloudError {
        CloudError::parameter(CLOUD_INVALID_VALUE, &self.path).expected(en, zh)
    }

    fn wrong_type(&self, en: &str, zh: &str) -> CloudError {
        CloudError::parameter(CLOUD_INVALID, &self.path).expected(format!("must be {en}"), format!("应为{zh}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use centre::catalogue::Code;

    fn json(text: &str) -> Parameters {
        Parameters::from_json(text.as_bytes()).unwrap()
    }

    #[test]
    fn json_and_flattened_names_say_the_same() {
        let flat = Parameters::from_flat(
            "SdkAppId=1400000000&Action=CreateStaff&Staffs.1.Name=B+b&Staffs.0.Name=A&Staffs.0.Groups.0=%E9%94%80&SendPassword=True",
        )
        .unwrap();
        let fields = flat.fields(&["SdkAppId", "Staffs", "SendPassword"]).unwrap();
        assert_eq!(fields.required("SdkAppId").unwrap().integer(1..=i64::MAX).unwrap(), 1_400_000_000);
        assert!(fields.required("SendPassword").unwrap().flag().unwrap());
        let staffs = fields.required("Staffs").unwrap().list(10).unwrap();
        let names: Vec<_> = staffs
            .iter()
            .map(|staff| staff.object(&["Name", "Groups"]).unwrap().required("Name").unwrap().text().unwrap())
            .collect();
        assert_eq!(names, ["A", "B b"]);
    }

    #[test]
    fn each_mistake_has_its_own_word() {
        type Read = fn(&Fields<'_>) -> Result<(), CloudError>;
        let page: Read = |fields| fields.required("PageSize")?.integer(1..=100).map(|_| ());
        let flag: Read = |fields| fields.required("Flag")?.flag().map(|_| ());
        let list: Read = |fields| fields.required("List")?.filled_list(2).map(|_| ());
        let name: Read = |fields| fields.required("Name")?.name(5).map(|_| ());
        let table: [(&str, Read, Option<&Code>); 17] = [
            (r#"{"PageSize":100}"#, page, None),
            (r#"{"PageSize":0}"#, page, Some(CLOUD_INVALID_VALUE)),
            (r#"{"PageSize":101}"#, page, Some(CLOUD_INVALID_VALUE)),
            (r#"{"PageSize":"1"}"#, page, Some(CLOUD_INVALID)),
            (r#"{"PageSize":1.5}"#, page, Some(CLOUD_INVALID)),
            (r#"{"PageSize":null}"#, page, Some(CLOUD_MISSING)),
            (r#"{}"#, page, Some(CLOUD_MISSING)),
            (r#"{"Flag":true}"#, flag, None),
            (r#"{"Flag":"true"}"#, flag, Some(CLOUD_INVALID)),
            (r#"{"List":[1,2]}"#, list, None),
            (r#"{"List":[1,2,3]}"#, list, Some(CLOUD_TOO_MANY)),
            (r#"{"List":[]}"#, list, Some(CLOUD_INVALID_VALUE)),
            (r#"{"List":{}}"#, list, Some(CLOUD_INVALID)),
            (r#"{"Name":"销售销售销"}"#, name, None),
            (r#"{"Name":"销售销售销售"}"#, name, Some(CLOUD_INVALID_VALUE)),
            (r#"{"Name":"  "}"#, name, Some(CLOUD_INVALID_VALUE)),
            (r#"{"Name":5}"#, name, Some(CLOUD_INVALID)),
        ];
        for (body, read, expected) in table {
            let parameters = json(body);
            let fields = parameters.fields(&["PageSize", "Flag", "List", "Name"]).unwrap();
            assert_eq!(read(&fields).err().map(|error| error.code().id), expected.map(|code| code.id), "{body}");
        }
    }

    #[test]
    fn an_unknown_parameter_is_named_with_its_path() {
        let parameters = json(r#"{"Staffs":[{"Name":"A","Nmae":"B"}]}"#);
        let fields = parameters.fields(&["Staffs"]).unwrap();
        let staffs = fields.required("Staffs").unwrap().list(10).unwrap();
        let error = staffs[0].object(&["Name"]).unwrap_err();
        assert_eq!(error.word(), "UnknownParameter");
        assert!(error.message(crate::http::language::Language::English).contains("Staffs.0.Nmae"));
    }

    #[test]
    fn what_is_no_object_is_refused_and_nothing_panics() {
        for body in ["[]", "1", "{", "\u{1}", "{\"a\":", "nul"] {
            assert_eq!(Parameters::from_json(body.as_bytes()).unwrap_err().code(), CLOUD_INVALID, "{body}");
        }
        assert!(Parameters::from_json(&[0xff, 0xfe]).is_err());
        for flat in ["a..b=1", "a.b=1&a=2", "a=1&a.b=2", "a=1&a=2", ".=1", "a.b.c.d.e.f.g.h.i=1"] {
            assert!(Parameters::from_flat(flat).is_err(), "{flat}");
        }
        let many = vec!["a=1"; 6_000].join("&");
        assert!(Parameters::from_flat(&many).is_err());
    }

    #[test]
    fn gaps_in_a_flattened_list_leave_an_object_that_no_list_reader_takes() {
        let parameters = Parameters::from_flat("List.0=a&List.2=b").unwrap();
        let fields = parameters.fields(&["List"]).unwrap();
        assert_eq!(fields.required("List").unwrap().list(10).unwrap_err().code(), CLOUD_INVALID);
    }
}
