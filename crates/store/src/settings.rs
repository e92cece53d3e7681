//! All that call control knows of an application, read at one moment.

use crate::{Store, StoreError, applications, flows, skill_groups, sounds, staff, trunks};
use centre::SdkAppId;
use centre::settings::Settings;

impl Store {
    /// Everything of one application, as it was at one moment.
    pub async fn settings(&self, app: SdkAppId) -> Result<Settings, StoreError> {
        let mut tx = self.look().await?;
        Ok(Settings {
            application: applications::one_application(&mut tx, app).await?,
            staff: staff::all_staff(&mut tx, app).await?,
            skill_groups: skill_groups::all_groups(&mut tx, app).await?,
            trunks: self.all_trunks(&mut tx, app).await?,
            phones: self.all_phones(&mut tx, app).await?,
            numbers: trunks::all_numbers(&mut tx, app).await?,
            flows: flows::all_flows(&mut tx, app).await?,
            sounds: sounds::all_sounds(&mut tx, app).await?,
        })
    }
}
