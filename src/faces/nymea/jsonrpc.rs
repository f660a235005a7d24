//! The methods of `JSONRPC` (spec §6).

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use super::params::Params;
use super::schema::{self, Call, JSONRPC_FINISHED, NAMESPACES, USERS_FINISHED};
use super::scopes::{Mask, NONE};
use super::settings::PushButtonNotifications;
use super::state::{Pending, Seen, State};
use super::users::Outcome;
use super::{Caller, ConnectionId, Server, locale};
use crate::json::Writer;
use crate::model::{Code, Error, KindReach, Reach, Result, Secret, TokenId, TokenKind, UserId, lower};
use crate::rules::{MAX_DEVICE_NAME, UserDraft, is_plain};
use crate::service::{Created, Host, KeyForm, Limits, NewToken, Revocation, Session, Store, Whom};

/// What is served: the version whose interface this is.
const VERSION: &str = "1.15.2";

/// The parameters of a reply, and whether the connection ends with it.
pub(super) struct Handled {
    pub(super) params: String,
    pub(super) close: bool,
}

impl From<String> for Handled {
    fn from(params: String) -> Self {
        Self { params, close: false }
    }
}

/// An object of parameters.
pub(super) fn object(write: impl FnOnce(&mut Writer)) -> String {
    let mut out = Writer::default();
    out.open('{');
    write(&mut out);
    out.close('}');
    out.end()
}

fn failed() -> String {
    object(|out| out.name("success").flag(false))
}

/// The ids of the things a reach names, in the order they were given in: the level of a link to a thing is its place.
pub(super) fn things(reach: &Reach) -> Vec<String> {
    let Some(KindReach::Only(ids)) = reach.0.get("thing") else { return Vec::new() };
    let mut placed: Vec<_> = ids.iter().collect();
    // Those without a place come last, by their ids.
    placed.sort_by_key(|(_, place)| place.unwrap_or(i64::MAX));
    placed.into_iter().map(|(id, _)| id.clone()).collect()
}

impl<S: Store, H: Host> Server<S, H> {
    pub(super) async fn handle(
        &self,
        id: ConnectionId,
        call: Call,
        params: &Params,
        token: Option<Secret>,
        caller: Option<Caller<S, H>>,
    ) -> Handled {
        match call {
            Call::Hello => self.hello(id, params, token, caller).await,
            Call::Authenticate => self.authenticate(id, params).await,
            Call::CreateAdmin => self.create_admin(params, caller).await.reply().into(),
            Call::RequestPushButtonAuth => self.request_button(id, params).into(),
            Call::SetNotificationStatus => self.subscribe(id, params).into(),
            Call::KeepAlive => object(|out| {
                out.name("success").flag(true);
                out.name("sessionId").text(params.text("sessionId"));
            })
            .into(),
            Call::Version => object(|out| {
                out.name("version").text(VERSION);
                out.name("protocol version").text(&self.settings.protocol_version);
                out.name("qtVersion").text("");
                out.name("qtBuildVersion").text("");
            })
            .into(),
            Call::Introspect => object(schema::introspect).into(),
            _ => self.users(id, call, params, caller).await.into(),
        }
    }

    /// The server's id: the setting's, or one that is made with the store.
    async fn uuid(&self) -> Result<String> {
        if let Some(uuid) = &self.settings.uuid {
            return Ok(uuid.clone());
        }
        if let Some(uuid) = &*self.uuid.borrow() {
            return Ok(uuid.clone());
        }
        // A secret for nothing else: what is shown of it gives nothing away.
        let secret = self.door.secret("nymea").await?;
        let random = BASE64_URL_SAFE_NO_PAD.decode(secret.reveal()).unwrap_or_default();
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(random).for_each(|(byte, random)| *byte = random);
        let uuid = TokenId::from_random(bytes).to_string();
        *self.uuid.borrow_mut() = Some(uuid.clone());
        Ok(uuid)
    }

    /// Binds the connection, and remembers what its user may see.
    async fn bind(&self, id: ConnectionId, token: Option<Secret>, user: Option<UserId>) {
        let reach = match user {
            Some(user) => {
                self.door.reaches(&[user]).await.ok().and_then(|reaches| reaches.into_iter().next())
            }
            None => None,
        };
        if let Some(connection) = self.state().live(id) {
            connection.bound = token;
            connection.seen =
                user.map(|user| Seen { user, things: reach.as_ref().map(things).unwrap_or_default() });
        }
    }

    async fn hello(
        &self,
        id: ConnectionId,
        params: &Params,
        token: Option<Secret>,
        caller: Option<Caller<S, H>>,
    ) -> Handled {
        let named = token.is_some();
        self.bind(id, token, caller.as_ref().map(|caller| caller.user.id)).await;
        let uuid = self.uuid().await.unwrap_or_default();
        let needs_setup = self.door.needs_setup_now().await.unwrap_or(false);
        let now = self.now();
        let mut state = self.state();
        let agent = state.agent;
        let (auth, locale) = state.live(id).map_or((false, String::new()), |connection| {
            connection.hello = true;
            if let Some(asked) = params.maybe_text("locale") {
                connection.locale = locale::named(asked);
            }
            (connection.auth, connection.locale.clone())
        });
        let close = named && caller.is_none() && state.lock_down(now);
        let params = object(|out| {
            out.name("server").text("nymea");
            out.name("name").text(&self.settings.name);
            out.name("version").text(VERSION);
            out.name("uuid").text(&format!("{{{uuid}}}"));
            out.name("locale").text(&locale);
            out.name("language").text(&locale);
            out.name("protocol version").text(&self.settings.protocol_version);
            out.name("initialSetupRequired").flag(auth && needs_setup);
            out.name("authenticationRequired").flag(auth);
            out.name("pushButtonAuthAvailable").flag(agent);
            if named {
                out.name("authenticated").flag(caller.is_some());
                out.name("permissionScopes");
                caller.as_ref().map_or(NONE, |caller| caller.mask).write(out, true);
                out.name("username").text(caller.as_ref().map_or("", |caller| &caller.user.name));
            }
        });
        Handled { params, close }
    }

    async fn authenticate(&self, id: ConnectionId, params: &Params) -> Handled {
        let password = Secret::new(params.text("password").to_owned());
        let entered = self.enter(params.text("username"), &password, params.text("deviceName")).await;
        let (session, created) = match entered {
            Ok(entered) => entered,
            Err(error) => {
                self.bind(id, None, None).await;
                // What is not the guesser's doing puts no brake on anybody.
                let guess = matches!(
                    error.code(),
                    Code::BadCredentials | Code::AccountDisabled | Code::LockedOut | Code::InvalidPassword
                );
                let now = self.now();
                return Handled { params: failed(), close: guess && self.state().lock_down(now) };
            }
        };
        let Created { view, value } = created;
        self.bind(id, Some(value.clone()), Some(view.token.user)).await;
        let mask = Mask::of(self.door.catalogue(), &session.bits());
        object(|out| {
            out.name("success").flag(true);
            out.name("token").text(value.reveal());
            out.name("username").text(&view.owner);
            out.name("scopes");
            mask.write(out, true);
        })
        .into()
    }

    async fn enter(&self, name: &str, password: &Secret, device: &str) -> Result<(Session<S, H>, Created)> {
        let stored = self.find(name).await?.map(|user| user.name);
        let session = self.door.prove(stored.as_deref().unwrap_or(name), password).await?;
        let created = self.issue(&session, device).await?;
        Ok((session, created))
    }

    /// A token for whom the session is, in place of the oldest of its kind where there are too many.
    async fn issue(&self, session: &Session<S, H>, device: &str) -> Result<Created> {
        let new = || NewToken {
            user: None,
            // What no record takes is no reason to let nobody in.
            name: device.chars().filter(|&c| is_plain(c)).take(MAX_DEVICE_NAME).collect(),
            kind: TokenKind::Device,
            scopes: None,
            reach: None,
            expires: None,
            form: KeyForm::Doorward,
        };
        match session.create_token(new()).await {
            Err(error) if error.code() == Code::LimitExceeded => {
                let oldest: Option<TokenId> = session
                    .list_tokens(None)
                    .await?
                    .into_iter()
                    .map(|view| view.token)
                    .find(|token| token.kind == TokenKind::Device)
                    .map(|token| token.id);
                let Some(oldest) = oldest else { return Err(error) };
                session.revoke_tokens(Revocation::One(oldest), None).await?;
                session.create_token(new()).await
            }
            created => created,
        }
    }

    /// §6.2: the first one without a token, further ones as an administrator.
    async fn create_admin(&self, params: &Params, caller: Option<Caller<S, H>>) -> Outcome {
        let setup = caller.is_none() && self.door.needs_setup_now().await.unwrap_or(false);
        if !setup {
            return self.create_user(params, caller.as_ref(), super::ADMINISTRATOR).await;
        }
        let name = match self.check_credentials(params.text("username"), params.text("password")) {
            Ok(name) => name,
            Err(outcome) => return outcome,
        };
        let draft = UserDraft {
            name,
            email: params.maybe_text("email").unwrap_or_default().to_owned(),
            display_name: params.maybe_text("displayName").unwrap_or_default().to_owned(),
            free_email: true,
            ..UserDraft::default()
        };
        let password = Secret::new(params.text("password").to_owned());
        let made = async {
            // The session that set-up makes ends here: the client logs in next.
            let (session, _) = self.door.set_up(draft, &password, "").await?;
            session.log_out().await
        };
        made.await.into()
    }

    fn subscribe(&self, id: ConnectionId, params: &Params) -> String {
        let mut state = self.state();
        let mut subscribed = [false; NAMESPACES.len()];
        match (params.flag("enabled"), params.texts("namespaces")) {
            (Some(all), _) => subscribed.fill(all),
            (None, names) => {
                for (name, on) in NAMESPACES.iter().zip(&mut subscribed) {
                    *on = names.unwrap_or_default().iter().any(|given| given == name);
                }
            }
        }
        if let Some(connection) = state.live(id) {
            connection.subscribed = subscribed;
        }
        object(|out| {
            out.name("namespaces").open('[');
            NAMESPACES.iter().zip(subscribed).filter(|(_, on)| *on).for_each(|(name, _)| out.text(name));
            out.close(']');
            out.name("enabled").flag(subscribed.contains(&true));
        })
    }

    fn request_button(&self, id: ConnectionId, params: &Params) -> String {
        let mut state = self.state();
        if let Some(before) = state.pending.take() {
            self.finish(&mut state, &before, None);
        }
        state.transactions += 1;
        let transaction = state.transactions;
        let device = params.text("deviceName").to_owned();
        state.pending = Some(Pending { transaction, device, connection: id });
        object(|out| {
            out.name("success").flag(true);
            out.name("transactionId").number(transaction);
        })
    }

    /// Tells the connection that asked how its transaction has ended.
    fn finish(&self, state: &mut State, pending: &Pending, token: Option<&Secret>) {
        let params = object(|out| {
            out.name("transactionId").number(pending.transaction);
            out.name("success").flag(token.is_some());
            out.text_if("token", token.map(Secret::reveal));
        });
        let told = self.settings.push_button_notifications;
        if told != PushButtonNotifications::Users {
            state.notify(pending.connection, &JSONRPC_FINISHED, &params);
        }
        if told != PushButtonNotifications::Jsonrpc {
            state.notify(pending.connection, &USERS_FINISHED, &params);
        }
    }

    pub(super) async fn pressed(&self) {
        let Some(pending) = self.state().pending.take() else { return };
        let minted = async {
            let user = self.door.nameless().await?;
            let session = self.door.act_as(user, Limits::default()).await?;
            let created = self.issue(&session, &pending.device).await?;
            Ok::<_, Error>((session, created))
        };
        let Ok((session, created)) = minted.await else {
            return self.finish(&mut self.state(), &pending, None);
        };
        let token = created.view.token;
        if self.state().live(pending.connection).is_none() {
            // Whom it was for has gone meanwhile: nobody may hold it.
            let _ = session.revoke_tokens(Revocation::One(token.id), None).await;
            return;
        }
        self.bind(pending.connection, Some(created.value.clone()), Some(token.user)).await;
        self.finish(&mut self.state(), &pending, Some(&created.value));
    }

    /// The user of that name. This face writes names in lower case; others may have spelled one otherwise.
    pub(super) async fn find(&self, name: &str) -> Result<Option<crate::model::User>> {
        let lower = lower(name);
        if let Some(user) = self.door.user(Whom::Name(&lower)).await? {
            return Ok(Some(user));
        }
        if lower == name { Ok(None) } else { self.door.user(Whom::Name(name)).await }
    }
}
