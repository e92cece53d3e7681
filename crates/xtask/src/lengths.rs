//! How long functions are, and how many parameters they take.

use crate::tree::{File, Tree};
use syn::spanned::Spanned;
use syn::visit::Visit;

/// Longest function in lines; a flat table may be longer when it says so.
const FUNCTION_LINES: usize = 70;
/// The words by which a flat match says that it is a table.
const TABLE: &str = "// tidy: table";
/// Most parameters beside `self`.
const PARAMETERS: usize = 4;

/// Checks every Rust file.
pub fn check(tree: &Tree, faults: &mut Vec<String>) {
    for file in tree.files.iter().filter(|file| file.path.ends_with(".rs")) {
        match syn::parse_file(&file.text) {
            Ok(parsed) => Functions { file, faults }.visit_file(&parsed),
            Err(error) => faults.push(format!("{}: {error}", file.path)),
        }
    }
}

struct Functions<'a> {
    file: &'a File,
    faults: &'a mut Vec<String>,
}

impl Functions<'_> {
    fn function(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let first = signature.span().start().line;
        let last = block.span().end().line;
        let name = &signature.ident;
        let path = &self.file.path;
        if last + 1 - first > FUNCTION_LINES && !self.says_table(first, last) {
            self.faults
                .push(format!("{path}:{first}: {name} has {} lines, the fence is {FUNCTION_LINES}", last + 1 - first));
        }
        let typed = signature.inputs.iter().filter(|input| matches!(input, syn::FnArg::Typed(_))).count();
        if typed > PARAMETERS {
            self.faults.push(format!("{path}:{first}: {name} takes {typed} parameters, the fence is {PARAMETERS}"));
        }
    }

    /// Within the function or on the three lines before it.
    fn says_table(&self, first: usize, last: usize) -> bool {
        self.file.text.lines().skip(first.saturating_sub(4)).take(last + 4 - first).any(|line| line.contains(TABLE))
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.function(&function.sig, &function.block);
        syn::visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.function(&function.sig, &function.block);
        syn::visit::visit_impl_item_fn(self, function);
    }
}
