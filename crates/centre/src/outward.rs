//! From a number that somebody of the house wants to call to the trunk that
//! carries the call and the number that is shown. Pure functions over the settings.

use crate::catalogue::{self, Code};
use crate::limits::NUMBER_DIGITS;
use crate::settings::{Number, OutsideCalls, Rewrite, Settings, Staff, canonical_number, matching_key};
use crate::{PhoneId, SkillGroupId, StaffId, TrunkId};

/// How a call goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// The trunk.
    pub trunk: TrunkId,
    /// The number that is shown, as settings write it.
    pub shown: String,
    /// The group of the agent that may show it.
    pub group: SkillGroupId,
    /// The called number, canonical.
    pub called: String,
    /// The called number as the carrier wants it.
    pub dialled: String,
}

/// Finds the way out for an agent: the number to show is `from`, or the first that the agent may show.
pub fn way(settings: &Settings, (staff, from): (&Staff, Option<&str>), to: &str) -> Result<Way, &'static Code> {
    let called = callable(to)?;
    let rules = &settings.application.outside_calls;
    permitted(rules, &called)?;
    let (number, group) = match from {
        Some(from) => {
            let number = settings.numbers.get(&canonical_number(from)).ok_or(catalogue::NUMBER_NOT_YOURS)?;
            (number, may_show(staff, number).ok_or(catalogue::NUMBER_NOT_YOURS)?)
        }
        None => first_to_show(settings, staff).ok_or(catalogue::NO_NUMBER_TO_SHOW)?,
    };
    let trunk = settings.trunks.get(&number.trunk).filter(|trunk| trunk.enabled).ok_or(catalogue::NO_WAY_OUT)?;
    let outward = trunk.outward.as_ref().ok_or(catalogue::NO_WAY_OUT)?;
    let dialled = rewrite(&called, &outward.rewrites);
    // A carrier's rules may make a number of another country of what looked like one at home.
    let rewritten = canonical_number(&dialled);
    if rewritten.starts_with("00") {
        permitted(rules, &rewritten)?;
    }
    Ok(Way { trunk: trunk.id, shown: number.number.clone(), group, called, dialled })
}

/// Whom a number inside the house means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inside {
    /// The telephone whose number it is; none for a number that is an agent's own.
    pub phone: Option<PhoneId>,
    /// Whose it is.
    pub agent: Option<StaffId>,
    /// The number itself.
    pub extension: String,
}

/// Finds who has an extension: a telephone, or an agent. `None`: nobody, so that it is the
/// number of a group, or one outside.
pub fn inside(settings: &Settings, to: &str) -> Option<Inside> {
    let extension = canonical_number(to);
    let mut phones = settings.phones.values().filter(|phone| phone.enabled);
    if let Some(phone) = phones.find(|phone| phone.extension == extension) {
        return Some(Inside { phone: Some(phone.id), agent: phone.agent, extension });
    }
    let holder = settings.staff.values().find(|staff| staff.extension.as_deref() == Some(extension.as_str()))?;
    Some(Inside { phone: None, agent: Some(holder.id), extension })
}

/// The group that has this internal number. People and telephones go before it.
pub fn group(settings: &Settings, to: &str) -> Option<SkillGroupId> {
    let alias = canonical_number(to);
    let mut groups = settings.skill_groups.values().filter(|group| !group.alias.is_empty());
    groups.find(|group| group.alias == alias).map(|group| group.id)
}

/// The numbers that an agent may show, in order.
pub fn numbers_to_show<'a>(settings: &'a Settings, staff: &'a Staff) -> impl Iterator<Item = &'a Number> {
    settings.numbers.values().filter(|number| may_show(staff, number).is_some() && leads_out(settings, number))
}

/// Whether a number outside may be called: the one place where this is decided, for desks,
/// telephones and whoever else calls on somebody's behalf.
pub fn permitted(rules: &OutsideCalls, called: &str) -> Result<(), &'static Code> {
    let number = with_country(called);
    let longest = |beginnings: &[String]| {
        let fitting = beginnings.iter().map(|text| beginning(text)).filter(|text| number.starts_with(text.as_str()));
        fitting.map(|text| text.len()).max()
    };
    match (longest(&rules.allowed), longest(&rules.refused)) {
        (Some(allowed), Some(refused)) if refused >= allowed => Err(catalogue::OUTSIDE_NOT_ALLOWED),
        (Some(_), Some(_) | None) => Ok(()),
        (None, Some(_) | None) => Err(catalogue::OUTSIDE_NOT_ALLOWED),
    }
}

/// A canonical number with its country code; one without is taken for one at home, in all its writings.
fn with_country(canonical: &str) -> String {
    let national = canonical.strip_prefix("0086").or_else(|| canonical.strip_prefix("86")).unwrap_or(canonical);
    match national {
        // Whatever stands before it: 00 leads abroad.
        abroad if abroad.starts_with("00") => abroad.to_owned(),
        _ => format!("0086{}", matching_key(canonical)),
    }
}

/// A beginning in the same writing.
fn beginning(text: &str) -> String {
    match text.strip_prefix("0086") {
        Some(rest) => format!("0086{}", rest.trim_start_matches('0')),
        None => text.to_owned(),
    }
}

/// A number with the longest of the prefixes it begins with replaced.
pub fn rewrite(number: &str, rules: &[Rewrite]) -> String {
    let fitting = rules.iter().filter_map(|rule| Some((rule, number.strip_prefix(rule.prefix.as_str())?)));
    match fitting.max_by_key(|(rule, _)| rule.prefix.len()) {
        Some((rule, rest)) => format!("{}{rest}", rule.replacement),
        None => number.to_owned(),
    }
}

/// The canonical form of a number that can be called.
pub fn callable(raw: &str) -> Result<String, &'static Code> {
    let number = canonical_number(raw);
    let digits = number.bytes().all(|byte| byte.is_ascii_digit());
    if digits && NUMBER_DIGITS.contains(&number.len()) { Ok(number) } else { Err(catalogue::BAD_NUMBER) }
}

/// A number whose trunk leads out goes before one whose trunk does not.
fn first_to_show<'a>(settings: &'a Settings, staff: &Staff) -> Option<(&'a Number, SkillGroupId)> {
    let mut shown = settings.numbers.values().filter_map(|number| Some((number, may_show(staff, number)?)));
    let first = shown.clone().find(|(number, _)| leads_out(settings, number));
    first.or_else(|| shown.next())
}

/// The group for which an agent may show a number.
fn may_show(staff: &Staff, number: &Number) -> Option<SkillGroupId> {
    let mut groups = number.call_out_groups.iter().copied().filter(|_| number.state == 1);
    groups.find(|group| staff.groups.contains_key(group))
}

fn leads_out(settings: &Settings, number: &Number) -> bool {
    settings.trunks.get(&number.trunk).is_some_and(|trunk| trunk.enabled && trunk.outward.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_is_rewritten() {
        let rule = |prefix: &str, replacement: &str| Rewrite { prefix: prefix.into(), replacement: replacement.into() };
        let rules = [rule("00", "+"), rule("0086", "0"), rule("", "9")];
        assert_eq!(rewrite("008613800138000", &rules), "013800138000");
        assert_eq!(rewrite("0044201", &rules), "+44201");
        assert_eq!(rewrite("138", &rules), "9138");
        assert_eq!(rewrite("138", &[]), "138");
    }

    #[test]
    fn the_longest_beginning_decides_who_may_be_called() {
        let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect();
        let home = OutsideCalls::default();
        for (number, fine) in [
            ("13800138000", true),
            ("+86 138 0013 8000", true),
            ("075512345678", true),
            ("10086", true),
            ("110", true),
            ("16812345", false),
            ("+8616812345", false),
            ("008600168123", false),
            ("+44 20 7946 0958", false),
            ("0014155550100", false),
            ("000442079460958", false),
            ("86004420794609", false),
            ("008600442079460958", false),
        ] {
            let said = permitted(&home, &canonical_number(number));
            assert_eq!(said.is_ok(), fine, "{number}: {said:?}");
        }
        let abroad = OutsideCalls { allowed: texts(&["00", "001900555"]), refused: texts(&["001900", "0086755"]) };
        for (number, fine) in [
            ("+442079460958", true),
            ("+19005550100", true),
            ("+19001234567", false),
            ("075512345678", false),
            ("13800138000", true),
        ] {
            assert_eq!(permitted(&abroad, &canonical_number(number)).is_ok(), fine, "{number}");
        }
        let nobody = OutsideCalls { allowed: Vec::new(), refused: Vec::new() };
        assert_eq!(permitted(&nobody, "13800138000"), Err(catalogue::OUTSIDE_NOT_ALLOWED));
    }

    #[test]
    fn only_digits_are_called() {
        assert_eq!(callable("+86 138-0013-8000"), Ok("008613800138000".to_owned()));
        for bad in ["", "12", "alice", "138;phone-context=x", "1380013800013800138000138001380001"] {
            assert_eq!(callable(bad), Err(catalogue::BAD_NUMBER), "{bad}");
        }
    }
}
