//! The few file operations that the spool and the recordings are built of,
//! behind a trait, so that tests can pull the plug or fill the disk at any byte.

use crate::StoreError;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// Where append-only files are made.
pub(crate) trait Disk: Send + Sync {
    /// A new file that only its owner may read; its name is durable.
    fn create(&self, path: &Path) -> io::Result<Box<dyn AppendFile>>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes everything durable that was written to the file system of a folder.
    fn sync_all_of(&self, folder: &Path) -> io::Result<()>;
}

/// A file that grows at its end.
pub(crate) trait AppendFile: Send {
    /// Writes at the end; after an error some of it may be there.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Makes what was written durable.
    fn sync(&mut self) -> io::Result<()>;
    /// Cuts the file to a length.
    fn cut(&mut self, length: u64) -> io::Result<()>;
}

/// The machine's own disk.
pub(crate) struct RealDisk;

impl Disk for RealDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn AppendFile>> {
        let file = OpenOptions::new().append(true).create_new(true).mode(0o600).open(path)?;
        sync_folder_of(path)?;
        Ok(Box::new(RealFile(file)))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn sync_all_of(&self, folder: &Path) -> io::Result<()> {
        Ok(rustix::fs::syncfs(File::open(folder)?)?)
    }
}

struct RealFile(File);

impl AppendFile for RealFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.0.set_len(length)
    }
}

/// Makes a folder, and those above it, that only its owner may enter; durable.
pub(crate) fn make_folder(path: &Path) -> Result<(), StoreError> {
    let missing: Vec<&Path> =
        path.ancestors().take_while(|path| !path.as_os_str().is_empty() && !path.is_dir()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.and_then(|()| missing.into_iter().try_for_each(sync_folder_of)).map_err(|error| StoreError::file(path, error))
}

/// Makes an empty file that only its owner may read, unless there is one.
pub(crate) fn make_private_file(path: &Path) -> Result<(), StoreError> {
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        make_folder(parent)?;
    }
    let made = OpenOptions::new().append(true).create(true).mode(0o600).open(path);
    made.map(|_| ()).map_err(|error| StoreError::file(path, error))
}

/// Makes the names in the folder of a file durable: a new or renamed file is
/// only there after a power cut when its folder was synced.
pub(crate) fn sync_folder_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => File::open(parent)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{AppendFile, Disk, RealDisk, RealFile};
    use std::fs::OpenOptions;
    use std::io;
    use std::ops::Deref;
    use std::path::{Path, PathBuf};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

    /// A folder that is gone after the test.
    pub(crate) struct Folder(PathBuf);

    pub(crate) fn folder(name: &str) -> Folder {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("callyard-{name}-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    impl Deref for Folder {
        type Target = Path;

        fn deref(&self) -> &Path {
            &self.0
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    /// A real disk with little room and moods: writes stop in the middle when it
    /// is full, and fsync, cutting and removing can be made to fail.
    #[derive(Clone, Default)]
    pub(crate) struct PoorDisk {
        pub(crate) room: Arc<AtomicU64>,
        pub(crate) no_sync: Arc<AtomicBool>,
        pub(crate) no_cut: Arc<AtomicBool>,
    }

    impl PoorDisk {
        pub(crate) fn with_room(bytes: u64) -> PoorDisk {
            let disk = PoorDisk::default();
            disk.room.store(bytes, Ordering::SeqCst);
            disk
        }
    }

    impl Disk for PoorDisk {
        fn create(&self, path: &Path) -> io::Result<Box<dyn AppendFile>> {
            let file = Box::new(RealFile(OpenOptions::new().append(true).create_new(true).open(path)?));
            Ok(Box::new(PoorFile { file, length: 0, disk: self.clone() }))
        }

        fn remove(&self, path: &Path) -> io::Result<()> {
            let length = std::fs::metadata(path)?.len();
            RealDisk.remove(path)?;
            self.room.fetch_add(length, Ordering::SeqCst);
            Ok(())
        }

        fn sync_all_of(&self, folder: &Path) -> io::Result<()> {
            match self.no_sync.load(Ordering::SeqCst) {
                true => Err(io::Error::other("the cable fell out")),
                false => RealDisk.sync_all_of(folder),
            }
        }
    }

    struct PoorFile {
        file: Box<dyn AppendFile>,
        length: u64,
        disk: PoorDisk,
    }

    impl AppendFile for PoorFile {
        fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
            let room = self.disk.room.load(Ordering::SeqCst);
            let fits = bytes.len().min(usize::try_from(room).unwrap());
            self.file.append(&bytes[..fits])?;
            self.length += fits as u64;
            self.disk.room.fetch_sub(fits as u64, Ordering::SeqCst);
            match fits == bytes.len() {
                true => Ok(()),
                false => Err(io::ErrorKind::StorageFull.into()),
            }
        }

        fn sync(&mut self) -> io::Result<()> {
            match self.disk.no_sync.load(Ordering::SeqCst) {
                true => Err(io::Error::other("the cable fell out")),
                // The machine that runs the tests will not lose its power.
                false => Ok(()),
            }
        }

        fn cut(&mut self, length: u64) -> io::Result<()> {
            if self.disk.no_cut.load(Ordering::SeqCst) {
                return Err(io::Error::other("the cable fell out"));
            }
            self.file.cut(length)?;
            self.disk.room.fetch_add(self.length - length, Ordering::SeqCst);
            self.length = length;
            Ok(())
        }
    }
}
