//! Makes the demo application, piece by piece, each only if it is missing: a
//! start that was interrupted is completed by the next one.

use super::facts::{Account, Facts, PhoneFacts, Secrets};
use super::sounds::{self, OF_THE_FLOW};
use super::{NAME, NUMBER};
use crate::api::views::realm;
use crate::luck;
use crate::serve::{ServeError, While};
use centre::settings::{Asking, BranchKey, CallerId, FlowNode, Number, Outward, Role, Settings, Step, Trunk};
use centre::{FlowId, NodeName, Pii, SdkAppId, SkillGroupId, SoundFileId, StaffId, TrunkId};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use store::{NewFlow, NewPhone, NewSkillGroup, NewStaff, NewTrunk, OwnPurpose, Store, StoreError};

const FLOW: &str = "Welcome 欢迎";
const TRUNK: &str = "Demo carrier 演示运营商";
const SALES: &str = "Sales 销售";
const SERVICE: &str = "Service 服务";
const ADMIN: &str = "admin@demo.callyard";

/// Extensions of the demo's telephones, and what they are called.
const PHONES: &[(&str, &str)] = &[("8001", "Phone 1 话机一"), ("8002", "Phone 2 话机二")];

/// An agent of the demo.
struct DemoAgent {
    user_id: &'static str,
    name: &'static str,
    nick: &'static str,
    staff_number: &'static str,
    extension: &'static str,
    /// Priority in sales and in service.
    priorities: (u8, u8),
}

const AGENTS: &[DemoAgent] = &[
    DemoAgent {
        user_id: "alice@demo.callyard",
        name: "Alice 李爱丽",
        nick: "Alice",
        staff_number: "1001",
        extension: "1001",
        priorities: (1, 3),
    },
    DemoAgent {
        user_id: "bob@demo.callyard",
        name: "Bob 王博",
        nick: "Bob",
        staff_number: "1002",
        extension: "1002",
        priorities: (3, 1),
    },
];

/// Makes what is missing, and reads (or renews) the passwords.
pub async fn prepare(store: &Store, demo_json: &Path) -> Result<Facts, ServeError> {
    make(store, demo_json).await.when("making the demo application")
}

/// Aims the demo's calls out at the virtual carrier, whose port is new with each start.
/// A gateway elsewhere is one that somebody set, and stays.
pub async fn aim(store: &Store, facts: &Facts, gateway: SocketAddr) -> Result<(), ServeError> {
    let aim = async || {
        let settings = store.settings(facts.app).await?;
        let Some(trunk) = settings.trunks.get(&facts.trunk) else { return Ok(()) };
        let host = gateway.ip().to_string();
        if trunk.outward.as_ref().is_some_and(|outward| outward.host != host) {
            return Ok(());
        }
        let outward = Outward {
            host,
            port: Some(gateway.port()),
            transport: sip::Transport::Udp,
            user: String::new(),
            password: Pii::default(),
            registers: false,
            caller_id: CallerId::From,
            rewrites: Vec::new(),
            asking: Asking::default(),
        };
        store.update_trunk(facts.app, &Trunk { outward: Some(outward), ..trunk.clone() }).await
    };
    aim().await.when("aiming the demo's calls out at the virtual carrier")
}

async fn make(store: &Store, demo_json: &Path) -> Result<Facts, StoreError> {
    let app = application(store, demo_json).await?;
    let held = store.settings(app).await?;
    let builder = Builder { store, app, held };
    let sounds = builder.sounds().await?;
    let sales = builder.group(SALES).await?;
    let service = builder.group(SERVICE).await?;
    let staff = builder.staff(sales, service).await?;
    let trunk = builder.trunk().await?;
    let flow = builder.flow(&sounds, sales, service).await?;
    builder.number(trunk, flow, &[sales, service]).await?;
    let phones = builder.phones().await?;
    let secrets = match Secrets::read(demo_json) {
        Some(secrets) if builder.still_holds(&secrets).await? => secrets,
        Some(_) | None => builder.new_secrets(&staff).await?,
    };
    Ok(Facts { app, number: NUMBER.to_owned(), trunk, phones, secrets })
}

/// The demo's application. Where nothing remembers it, the key in `demo.json` still
/// tells whose it is; a name would not.
async fn application(store: &Store, demo_json: &Path) -> Result<SdkAppId, StoreError> {
    if let Some(app) = store.own_application(OwnPurpose::Demo).await? {
        return Ok(app);
    }
    let app = match key_owner(store, demo_json).await? {
        Some(app) => app,
        None => store.create_application(NAME).await?.id,
    };
    store.set_own_application(OwnPurpose::Demo, app).await?;
    Ok(app)
}

async fn key_owner(store: &Store, demo_json: &Path) -> Result<Option<SdkAppId>, StoreError> {
    let Some(secrets) = Secrets::read(demo_json) else { return Ok(None) };
    let key = store.api_key(&secrets.secret_id).await?;
    Ok(key.filter(|key| key.secret_key.expose() == secrets.secret_key).map(|key| key.app))
}

struct Builder<'a> {
    store: &'a Store,
    app: SdkAppId,
    held: Settings,
}

impl Builder<'_> {
    async fn sounds(&self) -> Result<BTreeMap<&'static str, SoundFileId>, StoreError> {
        let mut ids = BTreeMap::new();
        for sound in OF_THE_FLOW {
            let id = match self.held.sounds.values().find(|held| held.name == sound.name) {
                Some(held) => held.id,
                None => self.store.put_sound(self.app, sound.name, &sound.samples()).await?,
            };
            ids.insert(sound.name, id);
        }
        Ok(ids)
    }

    async fn group(&self, name: &str) -> Result<SkillGroupId, StoreError> {
        match self.held.skill_groups.values().find(|held| held.name == name) {
            Some(held) => Ok(held.id),
            None => self.store.create_skill_group(self.app, NewSkillGroup::phone(name)).await,
        }
    }

    /// The administrator first, then the agents in the table's order.
    async fn staff(&self, sales: SkillGroupId, service: SkillGroupId) -> Result<Vec<StaffId>, StoreError> {
        let admin = NewStaff { role: Role::Administrator, ..NewStaff::agent(ADMIN, "Administrator 管理员") };
        let mut ids = vec![self.person(admin).await?];
        for agent in AGENTS {
            let groups = BTreeMap::from([(sales, agent.priorities.0), (service, agent.priorities.1)]);
            let person = NewStaff {
                nick: agent.nick.to_owned(),
                staff_number: agent.staff_number.to_owned(),
                extension: Some(agent.extension.to_owned()),
                groups,
                ..NewStaff::agent(agent.user_id, agent.name)
            };
            ids.push(self.person(person).await?);
        }
        Ok(ids)
    }

    async fn person(&self, person: NewStaff) -> Result<StaffId, StoreError> {
        match self.held.staff.values().find(|held| held.user_id == person.user_id) {
            Some(held) => Ok(held.id),
            None => self.store.create_staff(self.app, person, None).await,
        }
    }

    /// Any loopback address may call, so that any SIP tool on this machine is a customer.
    async fn trunk(&self) -> Result<TrunkId, StoreError> {
        if let Some(held) = self.held.trunks.values().find(|held| held.name == TRUNK) {
            return Ok(held.id);
        }
        let network = |text: &str| text.parse().expect("a network, as it stands here");
        let trunk = NewTrunk::inward(TRUNK, vec![network("127.0.0.0/8"), network("::1/128")]);
        self.store.create_trunk(self.app, trunk).await
    }

    async fn flow(
        &self,
        sounds: &BTreeMap<&'static str, SoundFileId>,
        sales: SkillGroupId,
        service: SkillGroupId,
    ) -> Result<FlowId, StoreError> {
        if let Some(held) = self.held.flows.values().find(|held| held.name == FLOW) {
            return Ok(held.id);
        }
        let nodes = nodes(sounds, sales, service);
        let flow = NewFlow { name: FLOW.to_owned(), start: NodeName("welcome".into()), nodes };
        self.store.create_flow(self.app, flow).await
    }

    async fn number(&self, trunk: TrunkId, flow: FlowId, shown_by: &[SkillGroupId]) -> Result<(), StoreError> {
        if self.held.numbers.contains_key(NUMBER) {
            return Ok(());
        }
        let number = Number {
            number: NUMBER.to_owned(),
            trunk,
            flow: Some(flow),
            state: 1,
            call_out_groups: shown_by.to_vec(),
            modified_at: 0,
        };
        self.store.create_number(self.app, &number).await.map(drop)
    }

    async fn phones(&self) -> Result<Vec<PhoneFacts>, StoreError> {
        let mut phones = Vec::new();
        for (extension, name) in PHONES {
            let phone = match self.held.phones.values().find(|held| held.extension == *extension) {
                Some(held) => held.clone(),
                None => {
                    let (extension, name) = ((*extension).to_owned(), (*name).to_owned());
                    self.store.create_phone(self.app, NewPhone { extension, name, agent: None, enabled: true }).await?
                }
            };
            phones.push(PhoneFacts {
                extension: phone.extension,
                password: phone.password.into_exposed(),
                realm: realm(self.app),
            });
        }
        Ok(phones)
    }

    /// Whether what `demo.json` says still opens this application: it may have
    /// been copied here from another data folder.
    async fn still_holds(&self, secrets: &Secrets) -> Result<bool, StoreError> {
        let key = self.store.api_key(&secrets.secret_id).await?;
        Ok(key.is_some_and(|key| key.app == self.app && key.secret_key.expose() == secrets.secret_key))
    }

    async fn new_secrets(&self, staff: &[StaffId]) -> Result<Secrets, StoreError> {
        let mut accounts = Vec::new();
        let names =
            [(ADMIN, None)].into_iter().chain(AGENTS.iter().map(|agent| (agent.user_id, Some(agent.extension))));
        for (id, (user_id, extension)) in staff.iter().zip(names) {
            let password = luck::text(16);
            self.store.set_password(self.app, *id, &password).await?;
            accounts.push(Account { user_id: user_id.to_owned(), password, extension: extension.map(str::to_owned) });
        }
        let key = self.store.create_api_key(self.app, "demo.json").await?;
        let admin = accounts.remove(0);
        Ok(Secrets {
            secret_id: key.secret_id,
            secret_key: key.secret_key.expose().to_owned(),
            agents: accounts,
            admin,
        })
    }
}

fn nodes(
    sounds: &BTreeMap<&'static str, SoundFileId>,
    sales: SkillGroupId,
    service: SkillGroupId,
) -> BTreeMap<NodeName, FlowNode> {
    let name = |text: &str| NodeName(text.to_owned());
    let sound = |sound: sounds::DemoSound| sounds.get(sound.name).copied();
    let must = |wanted: sounds::DemoSound| sound(wanted).expect("every sound of the flow was made before it");
    let key = |key, label: &str, next| BranchKey { key, label: label.to_owned(), next: name(next) };
    let to_agent = |group| Step::ToAgent {
        group,
        prompt: sound(sounds::CONNECTING),
        music: sound(sounds::MUSIC),
        max_wait_s: 300,
        timeout_prompt: sound(sounds::WAITED_TOO_LONG),
        nobody_prompt: sound(sounds::NOBODY),
        failure: Some(name("goodbye")),
    };
    let welcome = Step::Prompt { sound: must(sounds::WELCOME), times: 1, interruptible: true, next: name("menu") };
    let menu = Step::Branch {
        prompt: must(sounds::MENU),
        timeout_s: 8,
        timeout_prompt: sound(sounds::NO_KEY),
        invalid_prompt: sound(sounds::INVALID),
        max_errors: 3,
        keys: vec![key('1', SALES, "sales"), key('2', SERVICE, "service")],
    };
    let all = [
        ("welcome", "Welcome 欢迎语", welcome),
        ("menu", "Menu 主菜单", menu),
        ("sales", SALES, to_agent(sales)),
        ("service", SERVICE, to_agent(service)),
        ("goodbye", "Goodbye 结束语", Step::End { prompt: sound(sounds::GOODBYE) }),
    ];
    all.into_iter().map(|(node, label, step)| (name(node), FlowNode { label: label.to_owned(), step })).collect()
}
