//! Sound files: 8 kHz, one channel, 16 bits, in the database, so that a backup
//! of it is whole and every node finds them.

use crate::limits::{SOUND_SAMPLES, SOUNDS};
use crate::sql::{Tx, values};
use crate::store::{check_name, next_id, require_application, require_free, require_room};
use crate::{Store, StoreError};
use centre::settings::SoundFile;
use centre::{SdkAppId, SoundFileId};
use std::collections::BTreeMap;

impl Store {
    /// A new sound of 8 kHz samples; its id is unique on the whole platform.
    pub async fn put_sound(&self, app: SdkAppId, name: &str, samples: &[i16]) -> Result<SoundFileId, StoreError> {
        check_name("name", name)?;
        if samples.is_empty() || samples.len() > SOUND_SAMPLES {
            let why = format!("has {} samples; a sound has between 1 and {SOUND_SAMPLES} (ten minutes)", samples.len());
            return Err(StoreError::Invalid { what: "sound", why });
        }
        let mut tx = self.begin().await?;
        require_application(&mut tx, app).await?;
        require_room(&mut tx, ("SELECT COUNT(*) FROM sounds WHERE app = ?", values![app]), "sounds", SOUNDS).await?;
        let taken = "SELECT COUNT(*) FROM sounds WHERE app = ? AND name = ?";
        require_free(&mut tx, (taken, values![app, name]), "sound", name).await?;
        let id = SoundFileId(next_id(&mut tx, "sound").await?);
        let length = u64::try_from(samples.len()).unwrap_or(u64::MAX);
        tx.execute("INSERT INTO sounds (app, id, name, samples) VALUES (?, ?, ?, ?)", values![app, id, name, length])
            .await?;
        let pcm: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        tx.execute("INSERT INTO sound_samples (app, sound, pcm) VALUES (?, ?, ?)", values![app, id, pcm]).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// The samples of a sound.
    pub async fn sound_samples(&self, app: SdkAppId, sound: SoundFileId) -> Result<Option<Vec<i16>>, StoreError> {
        let mut tx = self.look().await?;
        let row = tx.row("SELECT pcm FROM sound_samples WHERE app = ? AND sound = ?", values![app, sound]).await?;
        let Some(row) = row else { return Ok(None) };
        let pcm = row.bytes(0)?;
        Ok(Some(pcm.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()))
    }

    /// Deletes a sound that no flow plays.
    pub async fn delete_sound(&self, app: SdkAppId, sound: SoundFileId) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        require_sound(&mut tx, app, sound).await?;
        let user = "SELECT name FROM flows JOIN flow_sounds ON flow_sounds.app = flows.app AND flow_sounds.flow = flows.id \
            WHERE flow_sounds.app = ? AND flow_sounds.sound = ? ORDER BY id LIMIT 1";
        if let Some(row) = tx.row(user, values![app, sound]).await? {
            return Err(StoreError::InUse { what: format!("sound {sound}"), by: format!("flow {}", row.text(0)?) });
        }
        tx.execute("DELETE FROM sounds WHERE app = ? AND id = ?", values![app, sound]).await?;
        tx.commit().await
    }
}

/// All sounds of an application, without their samples.
pub(crate) async fn all_sounds(tx: &mut Tx, app: SdkAppId) -> Result<BTreeMap<SoundFileId, SoundFile>, StoreError> {
    let rows = tx.rows("SELECT id, name, samples FROM sounds WHERE app = ?", values![app]).await?;
    rows.iter()
        .map(|row| {
            let id = SoundFileId(row.id(0)?);
            Ok((id, SoundFile { id, name: row.text(1)?, duration_ms: row.id(2)? / 8 }))
        })
        .collect()
}

pub(crate) async fn require_sound(tx: &mut Tx, app: SdkAppId, sound: SoundFileId) -> Result<(), StoreError> {
    match tx.number("SELECT COUNT(*) FROM sounds WHERE app = ? AND id = ?", values![app, sound]).await? {
        0 => Err(StoreError::not_found("sound", sound)),
        _ => Ok(()),
    }
}
