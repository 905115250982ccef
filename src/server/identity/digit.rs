//! Decimal digits of all scripts.

use icu_properties::{CodePointMapData, props::GeneralCategory};

/// Returns the value of a decimal digit of any script, from 0 to 9, or `None` for any other character.
///
/// The decimal digits of a script are ten consecutive code points in ascending order (Unicode Standard §4.6), so the
/// value is the offset within its range.
pub fn value(c: char) -> Option<u8> {
    let is_digit = |code| {
        CodePointMapData::<GeneralCategory>::new().get32(code) == GeneralCategory::DecimalNumber
    };
    if !is_digit(u32::from(c)) {
        return None;
    }
    // Some ranges are adjacent, so the offset is counted from the start of the first one and reduced modulo 10.
    let before = (0..u32::from(c)).rev().take_while(|code| is_digit(*code)).count();
    u8::try_from(before % 10).ok()
}

/// Returns the zero of the script that a decimal digit belongs to.
pub(super) fn zero(c: char) -> Option<char> {
    char::from_u32(u32::from(c) - u32::from(value(c)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_have_their_values() {
        for range in [
            "0123456789",
            "٠١٢٣٤٥٦٧٨٩",
            "۰۱۲۳۴۵۶۷۸۹",
            "०१२३४५६७८९",
            "০১২৩৪৫৬৭৮৯",
            "๐๑๒๓๔๕๖๗๘๙",
            "０１２３４５６７８９",
            "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗",
            "𝟘𝟙𝟚𝟛𝟜𝟝𝟞𝟟𝟠𝟡",
        ] {
            let values: Vec<_> = range.chars().filter_map(value).collect();
            assert_eq!(values, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], "{range}");
            assert!(range.chars().all(|c| zero(c) == range.chars().next()), "{range}");
        }
        for other in ['a', '²', '½', '௰', 'Ⅳ', '\u{19da}'] {
            assert_eq!(value(other), None, "{other}");
        }
    }

    /// Verifies the assumption of [`value`] for every character.
    #[test]
    fn decimal_digits_are_in_ranges_of_ten() {
        let digits: Vec<char> = ('\0'..=char::MAX).filter(|c| value(*c).is_some()).collect();
        assert!(digits.len() >= 650, "{}", digits.len());
        for range in digits.chunks(10) {
            let values: Vec<_> = range.iter().filter_map(|c| value(*c)).collect();
            assert_eq!(values, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], "{range:?}");
            assert!(range.iter().all(|c| zero(*c) == Some(range[0])), "{range:?}");
        }
    }
}
