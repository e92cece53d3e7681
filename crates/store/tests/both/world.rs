//! A fresh database for one story.

use centre::settings::{FlowNode, Step};
use centre::{FlowId, NodeName, SdkAppId, SkillGroupId, SoundFileId, TrunkId};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use store::{KeyFile, NewFlow, NewSkillGroup, NewTrunk, Store};

/// Where CI and `scripts/with-postgres.sh` say which server to use.
const POSTGRES: &str = "CALLYARD_TEST_POSTGRES";

pub struct World {
    pub store: Store,
    pub url: String,
    pub dir: PathBuf,
    schema: Option<(String, String)>,
}

impl World {
    pub async fn on_sqlite() -> World {
        let dir = folder();
        let url = format!("sqlite:{}", dir.join("callyard.db").display());
        World::open(url, dir, None).await
    }

    /// `None` where there is no PostgreSQL and nobody insists on it.
    pub async fn on_postgres() -> Option<World> {
        let Ok(server) = std::env::var(POSTGRES) else {
            let insist = std::env::var("CI").is_ok_and(|ci| ci == "true");
            assert!(!insist, "{POSTGRES} is not set: run the tests through scripts/with-postgres.sh");
            eprintln!("no {POSTGRES}: this story was not told on PostgreSQL");
            return None;
        };
        let dir = folder();
        let schema = format!("story_{}", uuid_like(&dir));
        let mut connection = PgConnection::connect(&server).await.expect("the test's PostgreSQL answers");
        run(&mut connection, format!("CREATE SCHEMA {schema}")).await;
        let join = if server.contains('?') { '&' } else { '?' };
        let url = format!("{server}{join}options=-csearch_path%3D{schema}&application_name={schema}");
        Some(World::open(url, dir, Some((server, schema))).await)
    }

    async fn open(url: String, dir: PathBuf, schema: Option<(String, String)>) -> World {
        let key = KeyFile::open(&dir.join("key")).unwrap();
        let store = Store::open(&url, &key).await.unwrap();
        World { store, url, dir, schema }
    }

    /// Opens the same database again, as after a restart.
    pub async fn again(&self) -> Store {
        Store::open(&self.url, &KeyFile::open(&self.dir.join("key")).unwrap()).await.unwrap()
    }

    /// Changes the database behind the store's back.
    pub async fn tamper(&self, sql: &str) {
        match &self.schema {
            Some(_) => run(&mut PgConnection::connect(&self.url).await.unwrap(), sql.to_owned()).await,
            None => {
                let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
                sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
            }
        }
    }

    /// Cuts the store's connections from the other side, as a restarted server would.
    pub async fn cut_connections(&self) {
        if let Some((server, schema)) = &self.schema {
            let sql =
                format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{schema}'");
            run(&mut PgConnection::connect(server).await.unwrap(), sql).await;
        }
    }

    pub async fn end(self) {
        self.store.close().await;
        if let Some((server, schema)) = &self.schema {
            run(&mut PgConnection::connect(server).await.unwrap(), format!("DROP SCHEMA {schema} CASCADE")).await;
        }
        std::fs::remove_dir_all(&self.dir).unwrap();
    }

    /// An application with a trunk, a group, a sound and a flow that leads to the group.
    pub async fn shop(&self, name: &str) -> Shop {
        let app = self.store.create_application(name).await.unwrap().id;
        let sources = vec!["127.0.0.0/8".parse().unwrap()];
        let trunk = NewTrunk { max_calls: Some(30), ..NewTrunk::inward("carrier", sources) };
        let trunk = self.store.create_trunk(app, trunk).await.unwrap();
        let group = self.store.create_skill_group(app, NewSkillGroup::phone("Sales")).await.unwrap();
        let sound = self.store.put_sound(app, "welcome", &[0, 1000, -1000, i16::MAX, i16::MIN]).await.unwrap();
        let flow = self.store.create_flow(app, flow("main", sound, group)).await.unwrap();
        Shop { app, trunk, group, sound, flow }
    }
}

/// The ids of one application's things.
#[derive(Clone, Copy)]
pub struct Shop {
    pub app: SdkAppId,
    pub trunk: TrunkId,
    pub group: SkillGroupId,
    pub sound: SoundFileId,
    pub flow: FlowId,
}

/// A welcome, then an agent.
pub fn flow(name: &str, sound: SoundFileId, group: SkillGroupId) -> NewFlow {
    let welcome = Step::Prompt { sound, times: 1, interruptible: true, next: NodeName("queue".into()) };
    let queue = Step::ToAgent {
        group,
        prompt: None,
        music: None,
        max_wait_s: 60,
        timeout_prompt: None,
        nobody_prompt: None,
        failure: None,
    };
    let nodes = [("start", "Welcome", welcome), ("queue", "To sales", queue)];
    NewFlow {
        name: name.into(),
        start: NodeName("start".into()),
        nodes: nodes
            .into_iter()
            .map(|(node, label, step)| (NodeName(node.into()), FlowNode { label: label.into(), step }))
            .collect(),
    }
}

async fn run(connection: &mut PgConnection, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.unwrap();
}

fn folder() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("callyard-store-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let dir = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

fn uuid_like(dir: &Path) -> String {
    dir.file_name().unwrap().to_string_lossy().replace('-', "_")
}
