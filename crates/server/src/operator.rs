//! `callyard operator`: what has to be done from the machine itself, because
//! nobody can sign in any more. It works beside a running server.

use crate::config::Config;
use crate::luck;
use std::path::Path;
use store::{KeyFile, Store};

/// What was done.
#[derive(Debug, PartialEq, Eq)]
pub struct PasswordSet {
    /// Whose password it is.
    pub account: String,
    /// The password, if it was made up here.
    pub made_up: Option<String>,
}

/// Sets an operator's password: the one that is given, or a random one. The account
/// need not be named where there is only one. The operator's sessions end.
pub async fn set_password(
    config: &Config,
    data: &Path,
    account: Option<&str>,
    password: Option<&str>,
) -> Result<PasswordSet, String> {
    let key = data.join("key");
    if !key.exists() {
        return Err(format!("{} is no data folder; name the server's with --data", data.display()));
    }
    let key = KeyFile::open(&key).map_err(|error| error.to_string())?;
    let default = || format!("sqlite:{}", data.join("callyard.db").display());
    let database = config.database.clone().unwrap_or_else(default);
    let store = Store::open(&database, &key).await.map_err(|error| error.to_string())?;
    let done = set(&store, account, password).await;
    store.close().await;
    done
}

async fn set(store: &Store, account: Option<&str>, password: Option<&str>) -> Result<PasswordSet, String> {
    let operators = store.operators().await.map_err(|error| error.to_string())?;
    let operator = match (account, operators.as_slice()) {
        (_, []) => return Err("there is no operator yet; start the server once without --demo".into()),
        (None, [only]) => only,
        (None, _) => {
            let names: Vec<&str> = operators.iter().map(|operator| operator.user_id.as_str()).collect();
            return Err(format!("there are several operators; name one with --account: {}", names.join(", ")));
        }
        (Some(account), _) => operators
            .iter()
            .find(|operator| operator.user_id.eq_ignore_ascii_case(account.trim()))
            .ok_or_else(|| format!("there is no operator {account}"))?,
    };
    let made_up = match password {
        Some(_) => None,
        None => Some(luck::text(20)),
    };
    let text = password.or(made_up.as_deref()).unwrap_or_default();
    store.set_operator_password(operator.id, text).await.map_err(|error| error.to_string())?;
    Ok(PasswordSet { account: operator.user_id.clone(), made_up })
}
