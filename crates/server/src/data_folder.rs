//! The data folder: where each file is, and that only one server uses it at a
//! time. Files with secrets are readable by their owner only.

use serde::Serialize;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The data folder of a running server. Locked until dropped.
pub struct DataFolder {
    path: PathBuf,
    _lock: File,
}

impl DataFolder {
    /// Makes the folder if need be, and takes its lock.
    pub fn open(path: &Path) -> io::Result<DataFolder> {
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
        let path = made.and_then(|()| path.canonicalize()).map_err(|error| unusable(path, "made", &error))?;
        let lock = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path.join("lock"));
        let lock = lock.map_err(|error| unusable(&path, "written to", &error))?;
        lock.try_lock().map_err(|error| match error {
            fs::TryLockError::WouldBlock => io::Error::new(
                io::ErrorKind::AddrInUse,
                format!(
                    "another callyard is running on {}; stop it, or name another folder with --data",
                    path.display()
                ),
            ),
            fs::TryLockError::Error(error) => error,
        })?;
        Ok(DataFolder { path, _lock: lock })
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The default database.
    pub fn database(&self) -> String {
        format!("sqlite:{}", self.path.join("callyard.db").display())
    }

    /// The key file.
    pub fn key(&self) -> PathBuf {
        self.path.join("key")
    }

    /// The spool's folder.
    pub fn spool(&self) -> PathBuf {
        self.path.join("spool")
    }

    /// The recordings' folder.
    pub fn recordings(&self) -> PathBuf {
        self.path.join("recordings")
    }

    /// What the doctor and other tools on this machine read.
    pub fn runtime(&self) -> PathBuf {
        self.path.join("runtime.json")
    }

    /// When the server was last alive.
    pub fn alive(&self) -> PathBuf {
        self.path.join("alive")
    }

    /// The demo's addresses and passwords.
    pub fn demo(&self) -> PathBuf {
        self.path.join("demo.json")
    }

    /// The first operator's password.
    pub fn first_sign_in(&self) -> PathBuf {
        self.path.join("first-sign-in.json")
    }
}

/// What is wrong with a folder, and what to do about it.
fn unusable(path: &Path, done: &str, error: &io::Error) -> io::Error {
    let path = path.display();
    let mend = match error.kind() {
        io::ErrorKind::PermissionDenied => {
            format!(
                "make it as root and give it to this user (install -d -m 700 -o USER {path}), or name another with --data"
            )
        }
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            "a file stands in its place: move that away, or name another folder with --data".to_owned()
        }
        _ => "name another folder with --data".to_owned(),
    };
    io::Error::new(error.kind(), format!("the folder {path} cannot be {done} ({error}); {mend}"))
}

/// Writes a JSON file that only its owner may read. A reader sees the old file or
/// the new one, never half of it.
pub fn write_secret(path: &Path, content: &impl Serialize) -> io::Result<()> {
    let text = serde_json::to_vec_pretty(content)?;
    let beside = path.with_extension("new");
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&beside)?;
    file.write_all(&text)?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn one_server_a_folder_and_secrets_for_their_owner_only() {
        let dir =
            std::env::temp_dir().join(format!("callyard-folder-{}", uuid::Uuid::from_u128(std::process::id().into())));
        let folder = DataFolder::open(&dir).expect("a new folder");
        let second = DataFolder::open(&dir).err().expect("the folder is taken");
        assert!(second.to_string().contains("--data"), "{second}");
        write_secret(&folder.runtime(), &"secret").expect("written");
        let mode = fs::metadata(folder.runtime()).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::remove_dir_all(&dir).expect("cleaned up");
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named_with_a_mend() {
        let file = std::env::temp_dir().join(format!("callyard-not-a-folder-{}", std::process::id()));
        fs::write(&file, "").expect("written");
        for path in [file.clone(), file.join("below")] {
            let told = DataFolder::open(&path).err().expect("a file stands there").to_string();
            assert!(told.contains(&format!("the folder {} cannot be made", path.display())), "{told}");
            assert!(told.contains("a file stands in its place") && told.contains("--data"), "{told}");
        }
        fs::remove_file(&file).expect("cleaned up");
    }
}
