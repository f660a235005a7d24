//! No secret is ever seen, and nobody learns from an answer or its cost whether a name exists.

use std::cell::{Cell, RefCell};
use std::fmt::Debug;
use std::rc::Rc;

use doorward::model::{AuditEntry, Code, Millis, Phc, Result, Secret, TokenKind};
use doorward::rules::{Catalogue, Policy, Preset, UserDraft};
use doorward::service::{
    Config, Door, Host, KeyForm, NewToken, NewUser, Showing, UserQuery, WorldToken, WorldUser,
};
use doorward::store::memory::Memory;

use crate::invariants;
use crate::support::{Handle, run, scopes};

const PASSWORD: &str = "Pa55word-of-Ann";
const OTHER: &str = "Pa55word-of-Bob";
const THIRD: &str = "Pa55word-to-come";
const WRONG: &str = "Pa55word-mistyped";

/// Counts what costs time, and hides passwords as a real hash does.
#[derive(Debug, Clone, Default)]
struct Meter {
    handle: Handle,
    hashes: Rc<Cell<u32>>,
    /// The parameters of each comparison, and how long the compared string was.
    verifies: Rc<RefCell<Vec<(String, usize)>>>,
}

fn scrambled(password: &str) -> String {
    let sum = password
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    // As long as 32 bytes in base64.
    format!("{sum:043}")
}

impl Host for Meter {
    fn now(&self) -> Millis {
        self.handle.now()
    }

    fn random(&self, bytes: &mut [u8]) {
        self.handle.random(bytes);
    }

    async fn sleep(&self, _: u32) {}

    async fn hash(&self, password: &str, (memory, passes, lanes): (u32, u32, u32)) -> Result<Phc> {
        self.hashes.set(self.hashes.get() + 1);
        let salt = "c2FsdHNhbHRzYWx0c2FsdA";
        let hash = scrambled(password);
        Ok(Phc::new(format!("$argon2id$v=19$m={memory},t={passes},p={lanes}${salt}${hash}")))
    }

    async fn verify(&self, password: &str, phc: &Phc) -> Result<bool> {
        let text = phc.reveal();
        let parameters = text.split('$').nth(3).unwrap_or_default().to_owned();
        self.verifies.borrow_mut().push((parameters, text.len()));
        Ok(text.ends_with(&scrambled(password)))
    }

    fn emit(&self, entries: &[AuditEntry]) {
        self.handle.emit(entries);
    }
}

async fn open(preset: &str) -> (Door<Memory, Meter>, Meter) {
    let host = Meter::default();
    host.handle.pass(1_700_000_000_000);
    let policy = Policy::of(Preset::parse(preset).unwrap());
    let catalogue = Catalogue::compile(&scopes()).unwrap();
    let door =
        Door::open(host.handle.store.clone(), host.clone(), Config { policy, catalogue }).await.unwrap();
    (door, host)
}

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

fn draft(name: &str) -> UserDraft {
    UserDraft { name: name.into(), ..UserDraft::default() }
}

/// Everything anybody could print.
#[derive(Default)]
struct Seen(String);

impl Seen {
    fn see<T: Debug>(&mut self, what: T) -> T {
        self.0.push_str(&format!("{what:?}\n{what:#?}\n"));
        what
    }

    fn error<T: Debug>(&mut self, result: Result<T>) -> Code {
        let error = result.unwrap_err();
        self.see(&error);
        self.0.push_str(&format!("{error}\n{:?} {:?}", error.by(), error.field()));
        error.code()
    }
}

#[test]
fn no_command_shows_a_secret() {
    for preset in ["doorward", "octoprint", "nymea", "devicehive", "vrm"] {
        run(no_command_of(preset));
    }
}

/// What an authenticator shows.
fn code_of(shared: &str, now: Millis) -> Secret {
    let shared: totp_rs::Secret = totp_rs::Secret::try_from_base32(shared).unwrap();
    let totp = totp_rs::Builder::new().with_secret(shared).build_noncompliant();
    secret(&totp.generate(now / 1000).to_string())
}

async fn no_command_of(preset: &str) {
    let (door, host) = open(preset).await;
    let mut seen = Seen::default();
    let mut secrets: Vec<String> = [PASSWORD, OTHER, THIRD, WRONG].map(str::to_owned).to_vec();
    let mut keep = |value: &Secret| secrets.push(value.reveal().to_owned());

    let (ann, value) = seen.see(door.set_up(draft("anna"), &secret(PASSWORD), "desk").await.unwrap());
    keep(&value);
    seen.error(door.set_up(draft("anna"), &secret(PASSWORD), "desk").await);
    let (_, value) = seen.see(door.log_in("anna", &secret(PASSWORD), None, "").await.unwrap());
    keep(&value);
    for name in ["anna", "nobody", WRONG] {
        assert_eq!(seen.error(door.log_in(name, &secret(WRONG), None, "").await), Code::BadCredentials);
    }
    let new = NewUser { draft: draft("bobby"), password: Some(secret(OTHER)), groups: None };
    seen.see(&new);
    seen.see(ann.create_user(new.clone()).await.unwrap());
    assert_eq!(seen.error(ann.create_user(new).await), Code::AlreadyExists);
    let totp = "JBSWY3DPEHPK3PXP";
    keep(&secret(totp));
    let mut changes = doorward::service::UserChanges::default();
    changes.patch.totp = Some(secret(totp));
    seen.see(&changes);
    seen.see(ann.edit_user("bobby", changes).await.unwrap());

    assert_eq!(seen.error(door.log_in("bobby", &secret(OTHER), None, "").await), Code::SecondFactorRequired);
    let wrong = secret("000000");
    assert_eq!(
        seen.error(door.log_in("bobby", &secret(OTHER), Some(&wrong), "").await),
        Code::SecondFactorWrong
    );
    let code = code_of(totp, host.now());
    let (bob, value) = seen.see(door.log_in("bobby", &secret(OTHER), Some(&code), "").await.unwrap());
    keep(&value);
    let showing = Showing { password: Some(secret(OTHER)), ..Showing::default() };
    seen.see(&showing);
    seen.see(bob.renew_recovery_codes(&showing).await.unwrap()).iter().for_each(&mut keep);
    bob.remove_second_factor(&showing).await.unwrap();
    let (shared, _) = seen.see(bob.start_second_factor().await.unwrap());
    keep(&shared);
    let code = code_of(shared.reveal(), host.now());
    let codes = seen.see(bob.confirm_second_factor(shared.clone(), &code).await.unwrap());
    codes.iter().for_each(&mut keep);
    seen.see(bob.second_factor(None).await.unwrap());
    seen.error(bob.change_password("bobby", &secret(THIRD), Some(&secret(WRONG))).await);
    bob.change_password("bobby", &secret(THIRD), Some(&secret(OTHER))).await.unwrap();
    ann.change_password("bobby", &secret(OTHER), None).await.unwrap();
    let key = seen.see(ann.generate_api_key("bobby").await.unwrap());
    keep(&key);
    let new = NewToken {
        user: None,
        name: "key".into(),
        kind: TokenKind::Access,
        scopes: None,
        reach: None,
        expires: Some(host.now() + 10),
        form: KeyForm::Doorward,
    };
    let created = seen.see(ann.create_token(new).await.unwrap());
    keep(&created.value);
    seen.see(ann.list_tokens(None).await.unwrap());
    seen.see(ann.list_tokens(Some("bobby")).await.unwrap());
    seen.see(ann.list_users(&UserQuery { limit: 10, ..UserQuery::default() }).await.unwrap());
    seen.see(ann.get_user("bobby").await.unwrap());
    seen.see(ann.rights("bobby").await.unwrap());
    seen.see(ann.me().unwrap());
    seen.see(ann.list_audit(1000, None).await.unwrap());

    let mut typo = created.value.reveal().to_owned();
    let last = typo.pop().unwrap();
    typo.push(if last == 'A' { 'B' } else { 'A' });
    assert_eq!(seen.error(door.authenticate(&typo).await), Code::InvalidToken);
    host.handle.pass(10);
    assert_eq!(seen.error(door.authenticate(created.value.reveal()).await), Code::ExpiredToken);
    ann.reset_api_key("bobby").await.unwrap();
    assert_eq!(seen.error(door.authenticate(key.reveal()).await), Code::UnknownToken);

    let value = "A_key_that_OctoPrint_once_gave_out";
    keep(&secret(value));
    let token = WorldToken {
        user: "anna".into(),
        kind: TokenKind::ApiKey,
        value: secret(value),
        name: "old".into(),
        scopes: None,
        reach: None,
        expires: None,
        primary: true,
    };
    let user =
        WorldUser { name: "carla".into(), password: Some(Some(secret(THIRD))), ..WorldUser::default() };
    seen.see((&token, &user));
    seen.see(door.local().put_user(user.clone(), false).await.unwrap());
    seen.see(door.local().put_user(user, true).await.unwrap());
    seen.see(door.local().put_token(token.clone(), false).await.unwrap());
    let elsewhere = WorldToken { user: "carla".into(), ..token };
    assert_eq!(seen.error(door.local().put_token(elsewhere, false).await), Code::AlreadyExists);
    let hash = host
        .handle
        .store
        .dump()
        .into_iter()
        .find_map(|(_, value)| Some(value.split_once("$argon2id")?.1.split('"').next()?.to_owned()));
    seen.see(host.handle.emitted.borrow().clone());

    seen.see(&door);
    let store = format!("{:?}", host.handle.store.dump());
    let told = seen.0;
    for secret in &secrets {
        assert!(!told.contains(secret.as_str()), "{preset}: `{secret}` was shown");
        let kept = secret == shared.reveal();
        assert_eq!(store.contains(secret.as_str()), kept, "{preset}: `{secret}` is in the store");
    }
    let hash = hash.expect("there are hashes in the store");
    assert!(!told.contains(&hash), "{preset}: a hash was shown");
    invariants::check(&host.handle.store);
}

#[test]
fn a_name_nobody_has_costs_as_much_as_a_wrong_password() {
    for preset in ["doorward", "octoprint", "nymea", "devicehive", "vrm"] {
        run(async {
            let (door, host) = open(preset).await;
            door.set_up(draft("anna"), &secret(PASSWORD), "").await.unwrap();
            let local = door.local();
            local.create_user(NewUser { draft: draft("keyonly"), ..NewUser::default() }).await.unwrap();
            let off = UserDraft { status: Some(doorward::model::Status::Disabled), ..draft("disabled") };
            local
                .create_user(NewUser { draft: off, password: Some(secret(OTHER)), groups: None })
                .await
                .unwrap();
            let mut answers = Vec::new();
            for name in [
                "anna",
                "keyonly",
                "disabled",
                "nobody",
                "",
                " ",
                "\0",
                &"x".repeat(5000),
                &"\0".repeat(1000),
            ] {
                // Under the default policy the sixth has to wait: so it does whoever it is.
                let mut answer = Vec::new();
                for _ in 0..8 {
                    host.verifies.borrow_mut().clear();
                    let hashes = host.hashes.get();
                    let error = door.log_in(name, &secret(WRONG), None, "").await.unwrap_err();
                    assert_eq!(host.hashes.get(), hashes, "nothing is hashed anew");
                    answer.push((error, host.verifies.borrow().clone()));
                }
                answers.push((name.chars().take(10).collect::<String>(), answer));
            }
            let (_, first) = &answers[0];
            for (name, answer) in &answers {
                assert_eq!(answer, first, "{preset}: {name:?} is told apart");
            }
            assert_eq!(first[0].1.len(), 1, "one comparison a log-in");
        });
    }
}

#[test]
fn who_may_not_see_others_does_not_learn_who_exists() {
    run(async {
        let (door, _) = open("doorward").await;
        let (ann, _) = door.set_up(draft("anna"), &secret(PASSWORD), "").await.unwrap();
        ann.create_user(NewUser { draft: draft("bobby"), password: Some(secret(OTHER)), groups: None })
            .await
            .unwrap();
        let (bob, _) = door.log_in("bobby", &secret(OTHER), None, "").await.unwrap();
        let mut answers = Vec::new();
        for name in ["anna", "ghost"] {
            answers.push([
                bob.get_user(name).await.unwrap_err(),
                bob.edit_user(name, Default::default()).await.unwrap_err(),
                bob.delete_user(name).await.unwrap_err(),
                bob.change_password(name, &secret(THIRD), None).await.unwrap_err(),
                bob.clear_password(name).await.unwrap_err(),
                bob.generate_api_key(name).await.unwrap_err(),
                bob.reset_api_key(name).await.unwrap_err(),
                bob.settings(name).await.unwrap_err(),
                bob.save_settings(name, Default::default()).await.unwrap_err(),
                bob.rights(name).await.unwrap_err(),
                bob.list_tokens(Some(name)).await.unwrap_err(),
                bob.set_link(name, "thing", "t", None).await.unwrap_err(),
                bob.remove_link(name, "thing", "t").await.unwrap_err(),
                bob.add_resource("thing", "t", Default::default(), Some(Some(name.into())))
                    .await
                    .unwrap_err(),
            ]);
        }
        assert_eq!(answers[0], answers[1]);
    });
}
