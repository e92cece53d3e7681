//! The store's door. (Signatures first; bodies follow.)
#![allow(missing_docs, unused_variables)]

use crate::*;
use centre::journal::JournalEntry;
use centre::record::Record;
use centre::settings::*;
use centre::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A handle to the database; cheap to clone.
#[derive(Clone)]
pub struct Store { _inner: Arc<()> }

fn later<T>() -> Result<T, StoreError> { Err(StoreError::Failed("not built yet".into())) }

impl Store {
    /// `sqlite:/path/file.db` or `postgres://…`. Runs the migrations.
    pub async fn open(database: &str, key: &KeyFile) -> Result<Store, StoreError> { later() }
    pub async fn ping(&self) -> Result<(), StoreError> { later() }
    pub async fn close(&self) {}

    pub async fn applications(&self) -> Result<Vec<Application>, StoreError> { later() }
    pub async fn application(&self, app: SdkAppId) -> Result<Application, StoreError> { later() }
    pub async fn create_application(&self, name: &str) -> Result<Application, StoreError> { later() }
    pub async fn update_application(&self, application: &Application) -> Result<(), StoreError> { later() }
    pub async fn settings(&self, app: SdkAppId) -> Result<Settings, StoreError> { later() }

    pub async fn create_staff(&self, app: SdkAppId, staff: NewStaff, password: Option<&str>) -> Result<StaffId, StoreError> { later() }
    pub async fn staff(&self, app: SdkAppId, staff: StaffId) -> Result<Staff, StoreError> { later() }
    /// Replaces all editable fields and the groups; sets `modified_at`.
    pub async fn update_staff(&self, app: SdkAppId, staff: &Staff) -> Result<(), StoreError> { later() }
    /// Ends the person's sessions too.
    pub async fn delete_staff(&self, app: SdkAppId, staff: StaffId) -> Result<(), StoreError> { later() }
    /// Adds the person to groups, or changes the priority there.
    pub async fn bind_groups(&self, app: SdkAppId, staff: StaffId, groups: &BTreeMap<SkillGroupId, u8>) -> Result<(), StoreError> { later() }
    /// Removes the person from groups; one they are not in changes nothing.
    pub async fn unbind_groups(&self, app: SdkAppId, staff: StaffId, groups: &[SkillGroupId]) -> Result<(), StoreError> { later() }
    /// Ends the person's sessions too.
    pub async fn set_password(&self, app: SdkAppId, staff: StaffId, password: &str) -> Result<(), StoreError> { later() }
    /// `app` `None`: the account is looked for in all applications. `None` for a wrong password and for an unknown account alike, after the same time.
    pub async fn check_password(&self, app: Option<SdkAppId>, user_id: &str, password: &str) -> Result<Option<SignedIn>, StoreError> { later() }

    pub async fn operators(&self) -> Result<Vec<Operator>, StoreError> { later() }
    pub async fn operator(&self, operator: OperatorId) -> Result<Operator, StoreError> { later() }
    pub async fn create_operator(&self, user_id: &str, name: &str, password: &str) -> Result<OperatorId, StoreError> { later() }
    pub async fn set_operator_password(&self, operator: OperatorId, password: &str) -> Result<(), StoreError> { later() }
    pub async fn check_operator_password(&self, user_id: &str, password: &str) -> Result<Option<Operator>, StoreError> { later() }

    pub async fn create_skill_group(&self, app: SdkAppId, group: NewSkillGroup) -> Result<SkillGroupId, StoreError> { later() }
    pub async fn update_skill_group(&self, app: SdkAppId, group: &SkillGroup) -> Result<(), StoreError> { later() }
    pub async fn delete_skill_group(&self, app: SdkAppId, group: SkillGroupId) -> Result<(), StoreError> { later() }

    pub async fn create_trunk(&self, app: SdkAppId, trunk: NewTrunk) -> Result<TrunkId, StoreError> { later() }
    pub async fn update_trunk(&self, app: SdkAppId, trunk: &Trunk) -> Result<(), StoreError> { later() }
    pub async fn delete_trunk(&self, app: SdkAppId, trunk: TrunkId) -> Result<(), StoreError> { later() }

    /// `modified_at` is ignored and set here; the number is brought to its canonical form, which is returned.
    pub async fn create_number(&self, app: SdkAppId, number: &Number) -> Result<String, StoreError> { later() }
    pub async fn update_number(&self, app: SdkAppId, number: &Number) -> Result<(), StoreError> { later() }
    pub async fn delete_number(&self, app: SdkAppId, number: &str) -> Result<(), StoreError> { later() }

    pub async fn create_flow(&self, app: SdkAppId, flow: NewFlow) -> Result<FlowId, StoreError> { later() }
    /// `version` and `modified_at` are ignored and set here; the new version is returned.
    pub async fn update_flow(&self, app: SdkAppId, flow: &Flow) -> Result<u32, StoreError> { later() }
    pub async fn delete_flow(&self, app: SdkAppId, flow: FlowId) -> Result<(), StoreError> { later() }

    /// 8 kHz, one channel.
    pub async fn put_sound(&self, app: SdkAppId, name: &str, samples: &[i16]) -> Result<SoundFileId, StoreError> { later() }
    pub async fn sound_samples(&self, app: SdkAppId, sound: SoundFileId) -> Result<Option<Vec<i16>>, StoreError> { later() }
    pub async fn delete_sound(&self, app: SdkAppId, sound: SoundFileId) -> Result<(), StoreError> { later() }

    pub async fn create_api_key(&self, app: SdkAppId, note: &str) -> Result<ApiKey, StoreError> { later() }
    pub async fn api_key(&self, secret_id: &str) -> Result<Option<ApiKey>, StoreError> { later() }
    pub async fn api_keys(&self, app: SdkAppId) -> Result<Vec<ApiKeyRow>, StoreError> { later() }
    pub async fn enable_api_key(&self, app: SdkAppId, secret_id: &str) -> Result<(), StoreError> { later() }
    pub async fn disable_api_key(&self, app: SdkAppId, secret_id: &str) -> Result<(), StoreError> { later() }
    pub async fn delete_api_key(&self, app: SdkAppId, secret_id: &str) -> Result<(), StoreError> { later() }

    /// `expires_at` in Unix seconds. The token is shown once; only its hash is kept.
    pub async fn create_session(&self, owner: SessionOwner, kind: SessionKind, expires_at: i64) -> Result<Secret, StoreError> { later() }
    /// A live cookie session. An SDK token is no cookie.
    pub async fn session(&self, token: &str) -> Result<Option<Session>, StoreError> { later() }
    /// A live SDK token; one that is good only once is gone afterwards.
    pub async fn redeem_sdk_token(&self, token: &str) -> Result<Option<Session>, StoreError> { later() }
    pub async fn delete_session(&self, token: &str) -> Result<(), StoreError> { later() }
    pub async fn delete_sessions_of(&self, owner: SessionOwner) -> Result<u64, StoreError> { later() }
    /// Removes what has expired; how many.
    pub async fn purge_expired(&self) -> Result<u64, StoreError> { later() }

    pub async fn append_journal(&self, entries: &[JournalEntry]) -> Result<(), StoreError> { later() }
    pub async fn put_records(&self, records: &[Record]) -> Result<(), StoreError> { later() }
    /// Journal entries and records of the spool, in one transaction, idempotent.
    pub async fn put_spooled(&self, items: &[spool::SpoolItem]) -> Result<(), StoreError> { later() }
    pub async fn journal(&self, app: SdkAppId, call: CallId) -> Result<Vec<JournalEntry>, StoreError> { later() }
    pub async fn unfinished_journals(&self) -> Result<Vec<Vec<JournalEntry>>, StoreError> { later() }
    pub async fn records(&self, app: SdkAppId, query: &RecordQuery) -> Result<RecordPage, StoreError> { later() }
    pub async fn record(&self, app: SdkAppId, call: CallId) -> Result<Option<Record>, StoreError> { later() }

    /// Inserts or replaces.
    pub async fn put_recording(&self, row: &RecordingRow) -> Result<(), StoreError> { later() }
    pub async fn recording(&self, app: SdkAppId, recording: RecordingId) -> Result<Option<RecordingRow>, StoreError> { later() }
    pub async fn recordings_of(&self, app: SdkAppId, call: CallId) -> Result<Vec<RecordingRow>, StoreError> { later() }

    pub async fn append_audit(&self, entry: NewAudit) -> Result<(), StoreError> { later() }
    /// Newest first.
    pub async fn audit(&self, app: Option<SdkAppId>, limit: u32, offset: u64) -> Result<Vec<AuditEntry>, StoreError> { later() }
    pub async fn check_audit(&self, app: Option<SdkAppId>) -> Result<AuditCheck, StoreError> { later() }
}
