//! Peers of the bench that are crates. Memory is kept from hash to hash, as ours is, so that kernels are compared.

use std::cell::RefCell;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use serde::Serialize;
use wasm_bindgen::prelude::*;

thread_local! {
    static BLOCKS: RefCell<Vec<Block>> = const { RefCell::new(Vec::new()) };
    static USERS: RefCell<Vec<User>> = const { RefCell::new(Vec::new()) };
}

/// Argon2id by the crate `argon2`; the memory is wiped after it.
#[wasm_bindgen]
pub fn argon2id(password: &[u8], salt: &[u8], memory: u32, passes: u32, lanes: u32) -> Vec<u8> {
    let params = Params::new(memory, passes, lanes, Some(32)).expect("parameters");
    let mut tag = vec![0; 32];
    BLOCKS.with_borrow_mut(|blocks| {
        if blocks.len() < params.block_count() {
            blocks.resize(params.block_count(), Block::default());
        }
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(password, salt, &mut tag, blocks.as_mut_slice())
            .expect("a hash");
        blocks.fill(Block::default());
        std::hint::black_box(blocks);
    });
    tag
}

/// Ten fields of a user.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct User {
    id: f64,
    name: String,
    display_name: String,
    email: String,
    country: String,
    active: bool,
    admin: bool,
    groups: Vec<String>,
    created: f64,
    updated: f64,
}

/// Keeps `count` users to give out; their text has to be there already, as it is in ours.
#[wasm_bindgen]
pub fn prepare(count: u32) {
    let users = (0..count).map(|at| User {
        id: f64::from(at + 1),
        name: format!("user{}", (u64::from(at) * 7919 + 13) % 1_000_000),
        display_name: format!("User {at}"),
        email: format!("user{}@example.org", (u64::from(at) * 7919 + 13) % 1_000_000),
        country: "NL".into(),
        active: true,
        admin: false,
        groups: vec!["users".into()],
        created: 1_795_973_485_295.0,
        updated: 1_795_973_485_295.0,
    });
    USERS.set(users.collect());
}

/// The users as JavaScript values, by serde-wasm-bindgen.
#[wasm_bindgen(js_name = bySerde)]
pub fn by_serde() -> JsValue {
    USERS.with_borrow(|users| serde_wasm_bindgen::to_value(users).expect("values"))
}

/// The same as one string and one array of numbers, as the core packs its pages: U+001F between the fields of all users.
#[wasm_bindgen(getter_with_clone)]
pub struct Columns {
    pub text: String,
    pub numbers: Vec<f64>,
}

#[wasm_bindgen(js_name = byColumns)]
pub fn by_columns() -> Columns {
    USERS.with_borrow(|users| {
        let mut text = String::with_capacity(users.len() * 80);
        let mut numbers = Vec::with_capacity(users.len() * 4);
        for user in users {
            if !text.is_empty() {
                text.push('\u{1f}');
            }
            for (at, field) in [&user.name, &user.display_name, &user.email, &user.country].into_iter().enumerate() {
                if at > 0 {
                    text.push('\u{1f}');
                }
                text.push_str(field);
            }
            text.push('\u{1f}');
            text.push_str(&user.groups.join("\u{1d}"));
            let flags = u8::from(user.active) | u8::from(user.admin) << 1;
            numbers.extend([user.id, f64::from(flags), user.created, user.updated]);
        }
        Columns { text, numbers }
    })
}
