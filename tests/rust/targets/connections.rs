//! Bytes of any kind to connections of the nymea face: what comes back is the same however they are cut.

use doorward::faces::nymea::{Nymea, Settings};
use doorward::model::Secret;
use doorward::rules::{Catalogue, Policy, Preset, UserDraft};
use doorward::service::{Config, Door};
use doorward::store::memory::Memory;

use super::{Still, run};

/// The messages a connection gets, and whether it is closed in the end.
fn answers(chunks: &[&[u8]], auth: bool, set_up: bool) -> (Vec<String>, bool) {
    let config = Config {
        policy: Policy::of(Preset::Nymea),
        catalogue: Catalogue::compile(&doorward::faces::scopes())
            .unwrap()
            .with_seeds(doorward::faces::seeds()),
    };
    let door = run(Door::open(Memory::new(), Still(std::cell::Cell::new(7)), config)).unwrap();
    if set_up {
        let ann = UserDraft { name: "ann".into(), ..UserDraft::default() };
        run(door.set_up(ann, &Secret::new("Password1".into()), "")).unwrap();
    }
    let face = Nymea::new(door, Settings::default());
    let connection = face.open(auth);
    let (mut messages, mut closed) = (Vec::new(), false);
    for chunk in chunks {
        run(face.data(connection, chunk));
        for output in face.drain() {
            messages.extend(output.writes);
            closed |= output.close;
        }
    }
    run(face.press());
    for output in face.drain() {
        messages.extend(output.writes);
        closed |= output.close;
    }
    (messages, closed)
}

/// The first two bytes say what is asked of whom, and where the rest is cut.
pub fn stream(bytes: &[u8]) {
    let Some(([how, place], stream)) = bytes.split_first_chunk() else { return };
    let (auth, set_up) = (how & 1 == 0, how & 2 == 0);
    let (first, second) = stream.split_at(usize::from(*place) * stream.len() / 255);
    let whole = answers(&[stream], auth, set_up);
    assert_eq!(answers(&[first, second], auth, set_up), whole);
    let single: Vec<&[u8]> = stream.chunks(1).collect();
    assert_eq!(answers(&single, auth, set_up), whole);
    for message in &whole.0 {
        assert!(message.ends_with("}\n") && message.matches('\n').count() == 1, "{message}");
        assert!(serde_json::from_str::<serde_json::Value>(message).is_ok(), "{message}");
    }
}
