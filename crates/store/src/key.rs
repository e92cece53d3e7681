//! The key file: 32 random bytes that lock what must be recoverable from the
//! database (API secret keys, SIP passwords). Whoever has the database without
//! this file cannot read them.

use crate::{StoreError, token};
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// First byte of a locked value: AES-256-GCM, 12 bytes of nonce, then the rest.
const FORM: u8 = 1;

/// The key of one data folder.
#[derive(Clone)]
pub struct KeyFile {
    bytes: [u8; 32],
}

impl KeyFile {
    /// Reads the file, or makes it (mode 0600) when there is none. A file that
    /// others may read is refused.
    pub fn open(path: &Path) -> Result<KeyFile, StoreError> {
        match OpenOptions::new().read(true).open(path) {
            Ok(mut file) => {
                let meta = file.metadata().map_err(|error| StoreError::file(path, error))?;
                if meta.permissions().mode() & 0o077 != 0 {
                    let why = "others may read it; run chmod 600 on it, and make a new key if they did";
                    return Err(StoreError::damaged(path.display().to_string(), why));
                }
                let mut bytes = [0; 32];
                if meta.len() != 32 {
                    return Err(StoreError::damaged(path.display().to_string(), "a key file has exactly 32 bytes"));
                }
                file.read_exact(&mut bytes).map_err(|error| StoreError::file(path, error))?;
                Ok(KeyFile { bytes })
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => KeyFile::make(path),
            Err(error) => Err(StoreError::file(path, error)),
        }
    }

    /// Written beside its place and linked into it, so that a crash leaves no half key
    /// and of two programs that start together one key wins.
    fn make(path: &Path) -> Result<KeyFile, StoreError> {
        let failed = |error| StoreError::file(path, error);
        let bytes = token::random::<32>()?;
        let beside = path.with_extension(format!("new-{}", token::letters(8)?));
        let write = || -> std::io::Result<()> {
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            std::fs::hard_link(&beside, path)?;
            crate::disk::sync_folder_of(path)
        };
        let written = write();
        // Only the second name of the file; that it stays behind harms nothing.
        let _ = std::fs::remove_file(&beside);
        match written {
            Ok(()) => Ok(KeyFile { bytes }),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => KeyFile::open(path),
            Err(error) => Err(failed(error)),
        }
    }

    /// Locks a value. `place` says where it is stored; it opens only there.
    pub(crate) fn lock(&self, value: &[u8], place: &str) -> Result<Vec<u8>, StoreError> {
        let nonce = token::random::<12>()?;
        let locked = self
            .cipher()
            .encrypt(&Nonce::from(nonce), Payload { msg: value, aad: place.as_bytes() })
            .map_err(|_| StoreError::Failed("a secret could not be locked".into()))?;
        let mut bytes = vec![FORM];
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&locked);
        Ok(bytes)
    }

    /// Opens what [`KeyFile::lock`] made.
    pub(crate) fn unlock(&self, locked: &[u8], place: &str) -> Result<Vec<u8>, StoreError> {
        let damaged = |why: &str| StoreError::damaged(format!("the secret of {place}"), why);
        let (form, rest) = locked.split_first().ok_or_else(|| damaged("it is empty"))?;
        let (nonce, rest) = rest.split_first_chunk::<12>().ok_or_else(|| damaged("it is too short"))?;
        if *form != FORM {
            return Err(damaged("it was locked by a newer version of Callyard"));
        }
        self.cipher()
            .decrypt(&Nonce::from(*nonce), Payload { msg: rest, aad: place.as_bytes() })
            .map_err(|_| damaged("the key file is not the one it was locked under"))
    }

    /// [`KeyFile::unlock`] for what was a text.
    pub(crate) fn unlock_text(&self, locked: &[u8], place: &str) -> Result<String, StoreError> {
        String::from_utf8(self.unlock(locked, place)?).map_err(|error| StoreError::damaged(place, error))
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(&self.bytes.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_made_once_and_only_the_owner_reads_it() {
        let dir = crate::disk::tests::folder("key");
        let path = dir.join("key");
        let first = KeyFile::open(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(KeyFile::open(&path).unwrap().bytes, first.bytes);
        assert_eq!(std::fs::read_dir(&*dir).unwrap().count(), 1);
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
        assert!(matches!(KeyFile::open(&path), Err(StoreError::Damaged { .. })));
    }

    #[test]
    fn a_secret_opens_only_in_its_place_under_its_key() {
        let dir = crate::disk::tests::folder("lock");
        let key = KeyFile::open(&dir.join("one")).unwrap();
        let other = KeyFile::open(&dir.join("two")).unwrap();
        let locked = key.lock(b"secret", "here").unwrap();
        assert_ne!(locked, key.lock(b"secret", "here").unwrap(), "a nonce was used twice");
        assert_eq!(key.unlock(&locked, "here").unwrap(), b"secret");
        assert!(key.unlock(&locked, "there").is_err());
        assert!(other.unlock(&locked, "here").is_err());
        for end in 0..locked.len() {
            assert!(key.unlock(&locked[..end], "here").is_err());
        }
    }
}
