//! The pure rooms stay pure: no socket, file, thread, lock, clock, `async` or
//! unordered map. Clippy forbids the types it can name; this reads the words
//! themselves, so that a macro or a re-export does not slip through.

use crate::tree::{File, Tree};
use proc_macro2::{TokenStream, TokenTree};

/// Rooms whose sources hold no I/O.
pub const PURE: &[&str] = &["sip", "media", "centre", "sim"];

/// What must not stand in them, as it reads without spaces.
const FORBIDDEN: &[(&str, &str)] = &[
    ("UdpSocket", "sockets belong to the server"),
    ("TcpStream", "sockets belong to the server"),
    ("TcpListener", "sockets belong to the server"),
    ("HashMap", "its order is not part of the seed: BTreeMap"),
    ("HashSet", "its order is not part of the seed: BTreeSet"),
    ("Mutex", "a machine is a value: locks belong to the shell"),
    ("RwLock", "a machine is a value: locks belong to the shell"),
    ("tokio", "the runtime belongs to the server"),
    ("async", "a machine is polled, it does not wait"),
    ("SystemTime", "time comes in as an argument"),
    ("Instant::now", "time comes in as an argument"),
    ("std::fs", "files belong to the store"),
    ("std::thread", "threads belong to the server"),
    ("std::env", "settings come in as arguments"),
    ("std::process", "a machine does not start programs"),
    ("thread_rng", "luck comes in as a seed"),
    ("OsRng", "luck comes in as a seed"),
];

/// Checks the sources of every pure room.
pub fn check(tree: &Tree, faults: &mut Vec<String>) {
    for file in tree.files.iter().filter(|file| is_pure(file)) {
        match file.text.parse::<TokenStream>() {
            Ok(tokens) => words(file, tokens, faults),
            Err(error) => faults.push(format!("{}: {error}", file.path)),
        }
    }
}

fn is_pure(file: &File) -> bool {
    file.is_crate_source() && PURE.iter().any(|room| file.path.starts_with(&format!("crates/{room}/")))
}

/// Each word with its line; then every run of words is compared.
fn words(file: &File, tokens: TokenStream, faults: &mut Vec<String>) {
    let mut flat = Vec::new();
    flatten(tokens, &mut flat);
    for at in 0..flat.len() {
        for (forbidden, why) in FORBIDDEN {
            if stands_at(&flat[at..], forbidden) {
                faults.push(format!("{}:{}: {forbidden}: {why}", file.path, flat[at].1));
            }
        }
    }
}

fn stands_at(words: &[(String, usize)], wanted: &str) -> bool {
    let mut rest = wanted;
    for (word, _) in words {
        match rest.strip_prefix(word.as_str()) {
            Some("") => return true,
            Some(more) => rest = more,
            None => return false,
        }
    }
    false
}

fn flatten(tokens: TokenStream, flat: &mut Vec<(String, usize)>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => flatten(group.stream(), flat),
            TokenTree::Ident(word) => flat.push((word.to_string(), word.span().start().line)),
            TokenTree::Punct(mark) => flat.push((mark.as_char().to_string(), mark.span().start().line)),
            // A marker, so that words on both sides of a text do not join.
            TokenTree::Literal(literal) => flat.push(("\0".to_owned(), literal.span().start().line)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(source: &str) -> Vec<String> {
        let file = File { path: "crates/sip/src/x.rs".to_owned(), text: source.to_owned() };
        let mut faults = Vec::new();
        words(&file, file.text.parse().expect("the test's source is Rust"), &mut faults);
        faults
    }

    #[test]
    fn a_clock_in_a_pure_room_is_found_and_a_comment_about_one_is_not() {
        assert_eq!(faults("fn f() { let t = std::time::Instant::now(); }").len(), 1);
        assert_eq!(faults("/// Unlike Instant::now.\nfn f() { g(\"HashMap\"); }").len(), 0);
        assert_eq!(faults("use std::{collections::{BTreeMap, HashMap}};").len(), 1);
        assert_eq!(faults("pub origin: std::time::Instant,").len(), 0);
    }
}
