//! Where good and bad examples are: a folder for each target, beside the torture
//! messages of RFC 4475 and RFC 5118 for those that read SIP.

use crate::Target;
use std::io;
use std::path::{Path, PathBuf};

/// A target's own folder. What once made a target fail is kept there for ever.
pub fn folder(target: &Target) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name)
}

/// All examples of a target, in the order of their names.
pub fn examples(target: &Target) -> io::Result<Vec<Vec<u8>>> {
    let mut files = files_of(&folder(target))?;
    if target.name.starts_with("sip_") {
        for suite in ["rfc4475", "rfc5118"] {
            files.extend(files_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../sip/tests/material").join(suite))?);
        }
    }
    files.iter().map(std::fs::read).collect()
}

fn files_of(folder: &Path) -> io::Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let entries: io::Result<Vec<_>> = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect();
    let mut files: Vec<PathBuf> = entries?.into_iter().filter(|path| path.is_file()).collect();
    files.sort();
    Ok(files)
}
