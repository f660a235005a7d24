//! Requests of any bytes to the HTTP faces: an answer below 500, and no panic.

use doorward::faces::{self, Faces};
use doorward::model::Secret;
use doorward::rules::{Catalogue, Policy, Preset, UserDraft};
use doorward::service::{Config, Door};
use doorward::store::memory::Memory;
use http::Request;

use super::{Still, run};

const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/// The first line: the number of a method and the path; then headers, one a line; behind an empty line the body.
pub fn request(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
    let mut lines = head.split('\n');
    let first = lines.next().unwrap_or_default();
    let method = METHODS[usize::from(first.bytes().next().unwrap_or(0)) % METHODS.len()];
    let path = first.get(1..).unwrap_or("/");
    let mut request = Request::builder().method(method).uri(path);
    for line in lines {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        request = request.header(name.trim(), value.trim());
    }
    // What is no request of HTTP does not come this far.
    let Ok(request) = request.body(body.as_bytes().to_vec()) else { return };
    let config = Config {
        policy: Policy::of(Preset::Octoprint),
        catalogue: Catalogue::compile(&faces::scopes()).unwrap().with_seeds(faces::seeds()),
    };
    let door = run(Door::open(Memory::new(), Still(std::cell::Cell::new(7)), config)).unwrap();
    let ann = UserDraft { name: "ann".into(), ..UserDraft::default() };
    run(door.set_up(ann, &Secret::new("ann-password".into()), "")).unwrap();
    let answer = run(Faces::new(&door, faces::Settings::default()).handle(&request));
    assert!(answer.status().as_u16() < 500, "{}", answer.status());
}
