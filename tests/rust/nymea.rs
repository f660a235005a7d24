//! The nymea face as a state machine: any cut of a stream gives the same replies, garbage is bounded and never a panic,
//! and the push button follows its model whatever several connections do.

use std::collections::BTreeMap;

use doorward::faces::nymea::{ConnectionId, Nymea, Settings};
use doorward::rules::{Catalogue, Policy, Preset};
use doorward::service::{Config, Door};
use doorward::store::memory::Memory;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::random::kept_in;
use crate::support::{Handle, run};

const LONGEST: usize = 1 << 20;

/// A server, and what each connection has got.
struct Server {
    host: Handle,
    face: Nymea<Memory, Handle>,
    got: BTreeMap<ConnectionId, Vec<String>>,
    closed: Vec<ConnectionId>,
}

impl Server {
    fn new() -> Self {
        Self::under(Preset::Nymea)
    }

    fn under(preset: Preset) -> Self {
        let host = Handle::default();
        host.pass(1_700_000_000_000);
        let catalogue =
            Catalogue::compile(&doorward::faces::scopes()).unwrap().with_seeds(doorward::faces::seeds());
        let config = Config { policy: Policy::of(preset), catalogue };
        let door = run(Door::open(host.store.clone(), host.clone(), config)).unwrap();
        let face = Nymea::new(door, Settings::default());
        Self { host, face, got: BTreeMap::new(), closed: Vec::new() }
    }

    fn drain(&mut self) {
        for output in self.face.drain() {
            self.got.entry(output.connection).or_default().extend(output.writes);
            if output.close {
                self.closed.push(output.connection);
            }
        }
    }

    fn open(&mut self, auth: bool) -> ConnectionId {
        let id = self.face.open(auth);
        self.drain();
        id
    }

    fn send(&mut self, id: ConnectionId, bytes: &[u8]) {
        run(self.face.data(id, bytes));
        self.drain();
    }

    /// What a connection has got since the last time it was asked for.
    fn take(&mut self, id: ConnectionId) -> Vec<Value> {
        let texts = self.got.remove(&id).unwrap_or_default();
        texts.iter().map(|text| serde_json::from_str(text).unwrap()).collect()
    }

    /// The reply to a request, and what came before it.
    fn ask(
        &mut self,
        id: ConnectionId,
        method: &str,
        params: Value,
        token: Option<&str>,
    ) -> (Vec<Value>, Value) {
        let request = json!({"id": 7, "method": method, "params": params, "token": token});
        self.send(id, request.to_string().as_bytes());
        let mut all = self.take(id);
        let reply = all.pop().expect("an answer");
        assert_eq!(reply["id"], 7, "{reply}");
        (all, reply)
    }
}

/// Pieces of a stream that mean something, and pieces that do not.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let request = |method: &str, params: Value| {
        json!({"id": 3, "method": method, "params": params}).to_string().into_bytes()
    };
    let ann = json!({"username": "Ann}{", "password": "Annie123\"\\"});
    let known = vec![
        request("JSONRPC.Hello", json!({"locale": "de_DE"})),
        request("JSONRPC.CreateUser", ann),
        request("JSONRPC.CreateUser", json!({"username": "ann", "password": "Annie123"})),
        request(
            "JSONRPC.Authenticate",
            json!({"username": "ANN", "password": "Annie123", "deviceName": "é"}),
        ),
        request("JSONRPC.RequestPushButtonAuth", json!({"deviceName": "}{"})),
        request("Users.GetUsers", json!({})),
        request("Users.CreateUser", json!({"username": "bob", "password": "Bobby123", "scopes": []})),
        request("JSONRPC.SetNotificationStatus", json!({"enabled": true})),
        b"{\n \"id\": 4,\r\n \"method\":\t\"JSONRPC.Version\" }".to_vec(),
        b"{\"id\":5,\"method\":\"JSONRPC.Ver\nsion\"}\n".to_vec(),
        b"{\"id\":5,,}".to_vec(),
        b"\n\n ".to_vec(),
        b"]]} x\n".to_vec(),
        b"\xff\xfe{\"\xff\":1}".to_vec(),
    ];
    prop_oneof![8 => prop::sample::select(known), 1 => prop::collection::vec(any::<u8>(), 0..12)]
}

/// What a connection is told of a stream in these chunks, and whether it is closed.
fn told(chunks: &[&[u8]], auth: bool) -> (Vec<String>, bool) {
    let mut server = Server::new();
    let id = server.open(auth);
    chunks.iter().for_each(|chunk| server.send(id, chunk));
    (server.got.remove(&id).unwrap_or_default(), server.closed.contains(&id))
}

proptest! {
    #![proptest_config(kept_in("tests/rust/regressions/nymea.txt", 256))]

    #[test]
    fn any_cut_of_a_stream_gives_the_same_replies(
        pieces in prop::collection::vec(piece(), 0..12),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        auth in any::<bool>(),
        hello in prop::bool::weighted(0.9),
    ) {
        let mut stream = if hello { b"{\"id\":0,\"method\":\"JSONRPC.Hello\"}".to_vec() } else { Vec::new() };
        pieces.iter().for_each(|piece| stream.extend_from_slice(piece));
        let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        places.extend([0, stream.len()]);
        places.sort_unstable();
        let chunks: Vec<&[u8]> = places.windows(2).map(|pair| &stream[pair[0]..pair[1]]).collect();
        let whole = told(&[&stream], auth);
        prop_assert_eq!(&told(&chunks, auth), &whole);
        if hello {
            prop_assert!(whole.0[0].contains("\"server\":\"nymea\""));
        }
    }

    #[test]
    fn what_never_ends_is_closed_within_a_mebibyte(
        opening in "[\\[\\]{}\"\\\\a: ]{0,6}",
        filler in prop::sample::select(vec!["a", "{", "[", "\\\\", "{\"a\":", "\"", "\u{e9}"]),
        size in prop::sample::select(vec![1000_usize, 65_536, 300_000, 2_000_000]),
    ) {
        let mut server = Server::new();
        let id = server.open(true);
        server.send(id, opening.as_bytes());
        // Whatever it is, no object ever closes in it: quotes only ever begin or end a text.
        let chunk: Vec<u8> = filler.bytes().cycle().take(size).collect();
        let mut sent = 0;
        while !server.closed.contains(&id) && sent <= LONGEST + 2 * size {
            server.send(id, &chunk);
            sent += size;
        }
        let messages = server.take(id);
        prop_assert!(server.closed.contains(&id), "open after {sent} bytes of {filler:?} behind {opening:?}: {messages:?}");
        // An empty object is a request without an id.
        prop_assert!(messages.iter().all(|message| message["status"] == "error"), "{messages:?}");
        // A connection that is gone takes no more.
        server.send(id, b"{\"id\":1,\"method\":\"JSONRPC.Hello\"}");
        prop_assert!(server.take(id).is_empty());
    }
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Open,
    Leave(prop::sample::Index),
    Ask(prop::sample::Index),
    Press,
    Greet(prop::sample::Index),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => Just(Step::Open),
        2 => any::<prop::sample::Index>().prop_map(Step::Leave),
        6 => any::<prop::sample::Index>().prop_map(Step::Ask),
        4 => Just(Step::Press),
        1 => any::<prop::sample::Index>().prop_map(Step::Greet),
    ]
}

/// What a client knows.
#[derive(Debug)]
struct Client {
    id: ConnectionId,
    token: Option<String>,
}

/// The two notifications of one end of a transaction, in their order; the token where it succeeded.
fn finished(messages: &[Value], transaction: u64, success: bool) -> Option<String> {
    let names: Vec<&str> = messages.iter().map(|one| one["notification"].as_str().unwrap()).collect();
    assert_eq!(names, ["JSONRPC.PushButtonAuthFinished", "Users.PushButtonAuthFinished"]);
    let [first, second] = messages else { panic!("two of them") };
    assert_eq!(first["params"], second["params"]);
    assert_eq!(second["id"].as_u64(), first["id"].as_u64().map(|id| id + 1));
    assert_eq!(first["params"]["transactionId"], transaction);
    assert_eq!(first["params"]["success"], success);
    let token = first["params"].get("token").map(|token| token.as_str().unwrap().to_owned());
    assert_eq!(token.is_some(), success);
    token
}

proptest! {
    #![proptest_config(kept_in("tests/rust/regressions/nymea.txt", 256))]

    #[test]
    fn the_push_button_follows_its_model(steps in prop::collection::vec(step(), 1..40)) {
        let mut server = Server::new();
        let mut clients: Vec<Client> = Vec::new();
        // The model: at most one waits.
        let mut pending: Option<(u64, ConnectionId)> = None;
        let (mut transactions, mut tokens) = (0, 0_usize);
        for step in steps {
            match step {
                Step::Open => {
                    let id = server.open(true);
                    let (_, reply) = server.ask(id, "JSONRPC.Hello", json!({}), None);
                    prop_assert_eq!(&reply["params"]["initialSetupRequired"], tokens == 0);
                    clients.push(Client { id, token: None });
                }
                Step::Leave(which) if !clients.is_empty() => {
                    let client = clients.swap_remove(which.index(clients.len()));
                    server.face.close(client.id);
                    server.drain();
                    pending = pending.filter(|(_, id)| *id != client.id);
                }
                Step::Ask(which) if !clients.is_empty() => {
                    let client = &clients[which.index(clients.len())];
                    let params = json!({"deviceName": "d"});
                    let (before, reply) =
                        server.ask(client.id, "JSONRPC.RequestPushButtonAuth", params, client.token.as_deref());
                    transactions += 1;
                    prop_assert_eq!(&reply["params"], &json!({"success": true, "transactionId": transactions}));
                    match pending.replace((transactions, client.id)) {
                        // The same connection hears of it before the reply.
                        Some((beaten, id)) if id == client.id => {
                            finished(&before, beaten, false);
                        }
                        Some((beaten, id)) => {
                            prop_assert!(before.is_empty());
                            finished(&server.take(id), beaten, false);
                        }
                        None => prop_assert!(before.is_empty()),
                    }
                }
                Step::Press => {
                    run(server.face.press());
                    server.drain();
                    if let Some((transaction, id)) = pending.take() {
                        let token = finished(&server.take(id), transaction, true);
                        tokens += 1;
                        clients.iter_mut().find(|client| client.id == id).unwrap().token = token;
                    }
                }
                Step::Greet(which) if !clients.is_empty() => {
                    let client = &clients[which.index(clients.len())];
                    let (_, reply) = server.ask(client.id, "JSONRPC.Hello", json!({}), client.token.as_deref());
                    let known = client.token.as_ref().map(|_| json!(true) == reply["params"]["authenticated"]);
                    prop_assert!(known != Some(false), "{}", reply);
                }
                Step::Leave(_) | Step::Ask(_) | Step::Greet(_) => {}
            }
            // Nobody is told anything else.
            prop_assert!(server.got.values().all(Vec::is_empty), "{:?}", server.got);
            prop_assert!(server.closed.is_empty());
        }
        // Every token is good, and there is one for each press that somebody waited for.
        for client in &clients {
            let Some(token) = &client.token else { continue };
            let (_, reply) = server.ask(client.id, "Users.GetTokens", json!({}), Some(token));
            prop_assert_eq!(reply["params"]["tokenInfoList"].as_array().unwrap().len(), tokens);
        }
    }
}

#[test]
fn the_deadline_and_the_brake_are_of_the_host_s_clock() {
    let mut server = Server::new();
    let silent = server.open(true);
    server.host.pass(9_999);
    server.face.tick();
    server.drain();
    assert!(server.closed.is_empty());
    server.host.pass(1);
    server.face.tick();
    server.drain();
    assert_eq!(server.closed, [silent]);
    let guesser = server.open(true);
    server.ask(guesser, "JSONRPC.Hello", json!({}), Some("bm9wZQ=="));
    server.host.pass(2_999);
    let refused = server.open(false);
    assert_eq!(server.closed, [silent, refused]);
    server.host.pass(1);
    let taken = server.open(true);
    assert!(!server.closed.contains(&taken) && server.take(refused).is_empty());
}

/// A server with an administrator, his connection, and his token.
fn with_admin(preset: Preset) -> (Server, ConnectionId, String) {
    let mut server = Server::under(preset);
    let id = server.open(true);
    server.ask(id, "JSONRPC.Hello", json!({}), None);
    server.ask(id, "JSONRPC.CreateUser", json!({"username": "admin", "password": "Admin123"}), None);
    let token = log_in(&mut server, id, "Admin123", None).expect("the right password");
    (server, id, token)
}

fn log_in(server: &mut Server, id: ConnectionId, password: &str, token: Option<&str>) -> Option<String> {
    let params = json!({"username": "admin", "password": password, "deviceName": "d"});
    let (_, reply) = server.ask(id, "JSONRPC.Authenticate", params, token);
    reply["params"].get("token").map(|token| token.as_str().unwrap().to_owned())
}

#[test]
fn an_own_password_is_changed_under_every_policy_and_asks_for_none() {
    for preset in [Preset::Doorward, Preset::Octoprint, Preset::Nymea, Preset::Devicehive, Preset::Vrm] {
        let (mut server, id, token) = with_admin(preset);
        let params = json!({"newPassword": "Fresh1234"});
        let (told, reply) = server.ask(id, "Users.ChangePassword", params, Some(&token));
        assert!(told.is_empty());
        assert_eq!(reply["params"]["error"], "UserErrorNoError", "{preset:?}");
        // His tokens stay.
        let fresh = log_in(&mut server, id, "Fresh1234", Some(&token)).expect("the new password");
        assert_eq!(log_in(&mut server, id, "Admin123", Some(&fresh)), None);
    }
}

#[test]
fn a_log_in_too_many_ends_the_oldest() {
    let (mut server, id, first) = with_admin(Preset::Nymea);
    let mut token = first.clone();
    for _ in 0..500 {
        token = log_in(&mut server, id, "Admin123", Some(&token)).expect("always let in");
    }
    let (_, reply) = server.ask(id, "Users.GetTokens", json!({}), Some(&token));
    assert_eq!(reply["params"]["tokenInfoList"].as_array().unwrap().len(), 500);
    let (_, reply) = server.ask(id, "JSONRPC.Hello", json!({}), Some(&first));
    assert_eq!(reply["params"]["authenticated"], false);
}
