//! Dependencies between the folders of a crate have one direction. Between crates, the compiler enforces it.

use std::{collections::BTreeSet, fs, path::Path};
use syn::{
    Attribute, ItemMod, ItemUse, UseTree,
    visit::{self, Visit},
};

/// The modules at the root of a crate, from the general to the particular: each uses only those before it.
const CRATES: [(&str, &[&str]); 4] = [
    (
        "src/protocol",
        &[
            "types",
            "error",
            "paths",
            "cookie_names",
            "cookie_header",
            "strict_json",
            "security_event",
            "json_api",
            "schemas",
        ],
    ),
    (
        "src/server",
        &[
            "error",
            "encryption",
            "public_url",
            "device",
            "timing",
            "identity",
            "db",
            "secret",
            "tls",
            "mail",
            "rate_limit",
            "sessions",
            "accounts",
            "config",
            "cluster",
            "http",
            "json_api",
            "router",
            "housekeeping",
            "connections",
            "health_check",
            "serve",
        ],
    ),
    (
        "src/leptos",
        &[
            "codec",
            "program",
            "client",
            "site",
            "auth_request",
            "server_functions",
            "html_form",
            "page_csp",
            "router",
            "builder",
        ],
    ),
    ("src", &["demo_mode", "ui", "lab", "pages", "app", "posts", "demo"]),
];

/// The folders below `src` that are crates of their own.
const CRATES_BELOW: [&str; 5] = ["engine", "leptos", "protocol", "server", "wasm"];

/// The modules at the root of the crate that a file uses.
struct Imports {
    /// The path of the module in its crate.
    module: Vec<String>,
    used: BTreeSet<String>,
}

impl Imports {
    /// Adds the root module of a path from this file, if it is a path in the crate.
    fn add(&mut self, segments: &[String]) {
        let root = match segments.first().map(String::as_str) {
            Some("crate") => segments.get(1),
            Some("super") => {
                let supers = segments.iter().take_while(|segment| *segment == "super").count();
                match self.module.len().checked_sub(supers) {
                    Some(0) => segments.get(supers),
                    _ => None,
                }
            }
            _ => None,
        };
        self.used.extend(root.cloned());
    }

    fn add_tree(&mut self, tree: &UseTree, path: &mut Vec<String>) {
        match tree {
            UseTree::Path(part) => {
                path.push(part.ident.to_string());
                self.add_tree(&part.tree, path);
                path.pop();
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.add_tree(tree, path)),
            UseTree::Name(name) => self.add(&[path.as_slice(), &[name.ident.to_string()]].concat()),
            UseTree::Rename(name) => {
                self.add(&[path.as_slice(), &[name.ident.to_string()]].concat())
            }
            UseTree::Glob(_) => self.add(path),
        }
    }
}

impl<'a> Visit<'a> for Imports {
    fn visit_item_use(&mut self, item: &'a ItemUse) {
        self.add_tree(&item.tree, &mut Vec::new());
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        let segments: Vec<String> =
            path.segments.iter().map(|part| part.ident.to_string()).collect();
        self.add(&segments);
        visit::visit_path(self, path);
    }

    fn visit_item_mod(&mut self, item: &'a ItemMod) {
        if !item.attrs.iter().any(is_test) {
            visit::visit_item_mod(self, item);
        }
    }
}

fn is_test(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && attribute.parse_args::<syn::Path>().is_ok_and(|argument| argument.is_ident("test"))
}

/// Returns the root modules that the source of a module uses, except its own.
fn imports(module: &[String], source: &str) -> BTreeSet<String> {
    let mut imports = Imports { module: module.to_vec(), used: BTreeSet::new() };
    imports.visit_file(&syn::parse_file(source).unwrap());
    imports.used.remove(&module[0]);
    imports.used
}

/// Calls `check` with the path and the source of every module below a folder.
fn visit_modules(folder: &Path, module: &[String], check: &mut impl FnMut(&[String], &str)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let inner = [module, std::slice::from_ref(&name)].concat();
        if path.is_dir() {
            let is_crate = module.is_empty()
                && folder == Path::new("src")
                && CRATES_BELOW.contains(&name.as_str());
            if name != "tests" && !is_crate {
                visit_modules(&path, &inner, check);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") && name != "tests" {
            let source = fs::read_to_string(&path).unwrap();
            let is_root = module.is_empty() && ["lib", "main"].contains(&name.as_str());
            match name.as_str() {
                "mod" => check(module, &source),
                _ if !is_root => check(&inner, &source),
                _ => {}
            }
        }
    }
}

#[test]
fn a_folder_uses_only_those_before_it() {
    for (folder, order) in CRATES {
        let place = |name: &String| order.iter().position(|other| other == name);
        let (mut wrong, mut count) = (Vec::new(), 0);
        visit_modules(Path::new(folder), &[], &mut |module, source| {
            count += 1;
            let Some(own) = place(&module[0]) else {
                wrong.push(format!("{} has no place in the order", module[0]));
                return;
            };
            for used in imports(module, source) {
                // An item of `lib.rs` is no module.
                if place(&used).is_some_and(|used| used > own) {
                    wrong.push(format!("{} uses {used}", module.join("::")));
                }
            }
        });
        assert_eq!(wrong, [""; 0], "{folder}");
        assert!(count >= order.len(), "{folder}: few modules were read");
    }
}

/// A service takes what it uses: only the layers of HTTP know the state of the whole server.
#[test]
fn services_do_not_know_the_state_of_the_server() {
    let with_state = ["http", "json_api", "router", "housekeeping", "serve"];
    let mut services = BTreeSet::new();
    visit_modules(Path::new("src/server"), &[], &mut |module, source| {
        if !with_state.contains(&module[0].as_str()) {
            assert!(!source.contains("AppState"), "{}", module.join("::"));
            services.insert(module[0].clone());
        }
    });
    assert!(services.contains("accounts") && services.contains("sessions"));
}

#[test]
fn imports_are_found_in_use_lines_and_in_paths() {
    let source = "use crate::{accounts, db::user}; use super::super::mail::post; use super::own;\n\
                  fn a() { crate::http::b(); } #[cfg(test)] mod tests { use crate::serve; }";
    let module = ["sessions".to_owned(), "refresh".to_owned()];
    let found: Vec<String> = imports(&module, source).into_iter().collect();
    assert_eq!(found, ["accounts", "db", "http", "mail"]);
}
