//! Detects confusable names and mixed scripts (Unicode Technical Standard #39).

use super::digit;
use unicode_normalization::UnicodeNormalization;
use unicode_security::{MixedScript, mixed_script::AugmentedScriptSet};

/// Returns the skeleton of a name (UTS #39 §4): two names with the same skeleton look alike, such as `mike` and
/// `rnike`, or `aca` in Latin and in Cyrillic letters.
///
/// The skeleton is computed before and after the conversion to lower case, so that names that look alike only in upper
/// case are found too. It is used only for comparisons and is never displayed.
pub fn skeleton(name: &str) -> String {
    let as_shown: String = name.nfkc().collect();
    let as_shown: String = unicode_security::skeleton(&as_shown).collect();
    let lower = as_shown.to_lowercase();
    unicode_security::skeleton(&lower).collect::<String>().to_lowercase()
}

/// Returns whether a name mixes scripts, or digits of different scripts (UTS #39 §5.3). A single script is allowed, and
/// Latin together with Chinese, Japanese or Korean (the level "Highly Restrictive" of §5.2).
pub(super) fn is_mixed(name: &str) -> bool {
    let zeros = name.chars().filter_map(digit::zero);
    let has_mixed_digits = {
        let mut zeros = zeros.clone();
        zeros.next().is_some_and(|first| zeros.any(|zero| zero != first))
    };
    has_mixed_digits || !(name.is_single_script() || is_east_asian_with_latin(name))
}

fn is_east_asian_with_latin(name: &str) -> bool {
    let latin = AugmentedScriptSet::for_char('a').base;
    let mut rest = AugmentedScriptSet::default();
    for c in name.chars() {
        let scripts = AugmentedScriptSet::for_char(c);
        let mut shared = scripts.base;
        shared.intersect_with(latin);
        if shared.is_empty() || scripts.is_all() {
            rest.intersect_with(scripts);
        }
    }
    rest.hanb || rest.jpan || rest.kore
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_alike_have_one_skeleton() {
        for (one, other) in [
            ("ada", "аda"),
            ("aca", "аса"),
            ("mike", "rnike"),
            ("Mike", "rnike"),
            ("BOB", "ВОВ"),
            ("bob", "ВОВ"),
            ("paul", "pau1"),
            ("ada", "ａｄａ"),
            ("ada", "ɑda"),
            ("ada", "ad\u{200b}a"),
        ] {
            assert_eq!(skeleton(one), skeleton(other), "{one} {other}");
        }
        for (one, other) in
            [("ada", "adb"), ("Зоя", "зоe"), ("王伟", "王小"), ("person-0", "person-1")]
        {
            assert_ne!(skeleton(one), skeleton(other), "{one} {other}");
        }
    }

    #[test]
    fn mixed_scripts_are_detected() {
        for name in [
            "ada",
            "Nguyễn",
            "Zoë",
            "İstanbul",
            "Зоя-1",
            "محمد",
            "שלום",
            "हिन्दी",
            "শান্ত",
            "தமிழ்",
            "ไม้เอก",
            "王小明",
            "田中さん",
            "ユーザー",
            "김철수",
            "ada王",
            "ada田中さん",
            "ada_김",
            "123",
            "محمد٢٣",
            "हिन्दी१२",
            "x.y-z_1",
        ] {
            assert!(!is_mixed(name), "{name}");
        }
        let scripts = ["аda", "adа", "αda", "שלוםada", "김さん", "Зоя王", "हिন্দী"];
        let digits = ["ada٢", "a1२"];
        for name in scripts.into_iter().chain(digits) {
            assert!(is_mixed(name), "{name}");
        }
    }
}
