//! The picture of a user, generated from the user name.

use leptos::prelude::*;

/// The squares of the picture: five rows and columns, of which the last two columns mirror the first two.
const SIZE: u32 = 5;

/// The number of colours in the style sheet.
const COLORS: u32 = 6;

/// The picture of the user with this name. The name itself stands beside it.
#[component]
pub fn Avatar(#[prop(into)] username: Signal<String>) -> impl IntoView {
    let class = Signal::derive(move || format!("avatar avatar-{}", hash(&username.get()) % COLORS));
    let squares = Signal::derive(move || squares(&username.get()));
    view! {
        <svg class=class viewBox="-1 -1 7 7" aria-hidden="true">
            <path d=squares />
        </svg>
    }
}

/// FNV-1a with a final mix. The picture of a name must never change.
fn hash(name: &str) -> u32 {
    let mixed = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0193)
    });
    let mixed = (mixed ^ mixed >> 16).wrapping_mul(0x85eb_ca6b);
    mixed ^ mixed >> 13
}

/// Returns the SVG path of the squares, one bit of the hash each. The square in the middle is always there.
fn squares(name: &str) -> String {
    let bits = hash(name) >> 3;
    let half = SIZE.div_ceil(2);
    let mut path = String::new();
    for row in 0..SIZE {
        for column in 0..SIZE {
            let mirrored = column.min(SIZE - 1 - column);
            let is_middle = row == SIZE / 2 && mirrored == half - 1;
            if is_middle || bits >> (row * half + mirrored) & 1 == 1 {
                path.push_str(&format!("M{column} {row}h1v1h-1z"));
            }
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_depends_on_the_name_alone_and_is_symmetric() {
        assert_eq!(squares("ada"), squares("Ada"), "names are the same in upper and lower case");
        assert_ne!(squares("ada"), squares("grace"));
        for name in ["", "ada", "grace", "שלום"] {
            let path = squares(name);
            assert!(path.contains("M2 2h"), "{name}: {path}");
            for row in 0..5 {
                for (left, right) in [(0, 4), (1, 3)] {
                    let has = |column: u32| path.contains(&format!("M{column} {row}h"));
                    assert_eq!(has(left), has(right), "{name}: {path}");
                }
            }
        }
    }
}
