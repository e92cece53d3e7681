//! Passwords: Argon2id with 46 MiB, off the async threads, a few at a time.
//! Checking an account that does not exist costs the same as one that does.

use crate::StoreError;
use crate::limits::{PASSWORD_BYTES, PASSWORDS_AT_ONCE, PASSWORDS_WAITING};
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// 46 MiB, one pass, one lane (OWASP Password Storage, first choice).
const MEMORY_KIB: u32 = 46 * 1024;
/// Checked in place of a hash that does not exist. It has the same cost; nobody
/// knows a password for it, because its output was never computed.
const NOBODY: &str =
    "$argon2id$v=19$m=47104,t=1,p=1$bm9ib2R5IGhhcyB0aGlzIQ$ZXZlbiBsZXNzIGRvZXMgYW55Ym9keSBrbm93IHRoaXM";

/// Shortest password in characters. (NIST SP 800-63B, 5.1.1.2)
const SHORTEST: usize = 8;

pub(crate) struct Passwords {
    running: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl Passwords {
    pub(crate) fn new() -> Passwords {
        Passwords {
            running: Arc::new(Semaphore::new(PASSWORDS_AT_ONCE)),
            waiting: Arc::new(Semaphore::new(PASSWORDS_AT_ONCE + PASSWORDS_WAITING)),
        }
    }

    /// The text to keep of a new password.
    pub(crate) async fn hash(&self, password: &str) -> Result<String, StoreError> {
        if password.len() > PASSWORD_BYTES || password.chars().count() < SHORTEST {
            return Err(StoreError::Invalid {
                what: "password",
                why: format!("must have {SHORTEST} characters or more, and {PASSWORD_BYTES} bytes at most"),
            });
        }
        let password = password.to_owned();
        self.in_turn(move || {
            let hash =
                engine().hash_password(password.as_bytes()).map_err(|error| StoreError::Failed(error.to_string()))?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether the password is right; `None` takes the same time and never is.
    pub(crate) async fn check(&self, password: &str, hash: Option<&str>) -> Result<bool, StoreError> {
        // A password that could never have been set is wrong; the time is spent anyway.
        let possible = password.len() <= PASSWORD_BYTES && hash.is_some();
        let password = if password.len() <= PASSWORD_BYTES { password.to_owned() } else { String::new() };
        let text = hash.unwrap_or(NOBODY).to_owned();
        self.in_turn(move || {
            let hash = PasswordHash::new(&text).map_err(|error| StoreError::damaged("a password's hash", error))?;
            Ok(engine().verify_password(password.as_bytes(), &hash).is_ok() && possible)
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let _place = self.waiting.clone().try_acquire_owned().map_err(|_| StoreError::Busy)?;
        let turn = self.running.clone().acquire_owned().await.map_err(|_| StoreError::Busy)?;
        let done = tokio::task::spawn_blocking(move || {
            // Held by the work itself: a caller that goes away frees no memory.
            let _turn = turn;
            work()
        });
        done.await.map_err(|error| StoreError::Failed(format!("the password's check broke off: {error}")))?
    }
}

fn engine() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, 1, 1, None).expect("46 MiB, one pass and one lane are within Argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_opens_its_hash_and_no_other() {
        let passwords = Passwords::new();
        let hash = passwords.hash("correct horse").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=47104,t=1,p=1$"), "{hash}");
        assert!(passwords.check("correct horse", Some(&hash)).await.unwrap());
        assert!(!passwords.check("correct house", Some(&hash)).await.unwrap());
        assert!(!passwords.check("", None).await.unwrap());
        assert!(!passwords.check(&"x".repeat(PASSWORD_BYTES + 1), Some(&hash)).await.unwrap());
        assert!(matches!(passwords.hash("short").await, Err(StoreError::Invalid { .. })));
    }

    #[test]
    fn the_stand_in_costs_as_much_as_a_real_hash() {
        let nobody = PasswordHash::new(NOBODY).unwrap();
        let params = Params::try_from(&nobody).unwrap();
        assert_eq!((params.m_cost(), params.t_cost(), params.p_cost()), (MEMORY_KIB, 1, 1));
        assert_eq!(nobody.hash.unwrap().len(), 32);
    }

    #[tokio::test]
    async fn too_many_at_once_are_told_so() {
        let passwords = Passwords::new();
        let _all =
            passwords.waiting.clone().acquire_many_owned((PASSWORDS_AT_ONCE + PASSWORDS_WAITING) as u32).await.unwrap();
        assert!(matches!(passwords.check("x", None).await, Err(StoreError::Busy)));
    }
}
