//! A page of users as one string and one array of numbers: the other side builds the records in a fraction of the time
//! that parsing them from JSON takes. `pkg/src/core/columns.ts` is the reader.
//!
//! Text: four sections joined by U+001C: `1` and the cursor, or `0`; the distinct lists of effective groups; the distinct
//! lists of effective scopes; the users. Lists are joined by U+001E, their items by U+001F; the fields of all users, eight
//! each, by U+001F, so that one split finds them; the items of a field by U+001D. Numbers: eight a user.

use crate::model::sorted::Map;

use super::replies;
use crate::model::Status;
use crate::rules::Catalogue;
use crate::service::{UserPage, UserView};

const SECTION: &str = "\u{1c}";
const ITEM: &str = "\u{1d}";
const LIST: &str = "\u{1e}";
const FIELD: &str = "\u{1f}";

/// Lists that many users share, each kept once.
#[derive(Default)]
struct Table {
    numbers: Map<String, usize>,
    lists: Vec<String>,
}

impl Table {
    fn number(&mut self, list: String) -> f64 {
        if let Some(number) = self.numbers.get(&list) {
            return *number as f64;
        }
        let next = self.lists.len();
        self.numbers.insert(list.clone(), next);
        self.lists.push(list);
        next as f64
    }
}

pub(super) fn pack(catalogue: &Catalogue, page: &UserPage) -> (String, Vec<f64>) {
    // One policy lets names hold anything; a page with such a name travels as JSON.
    if page.users.iter().any(|view| view.user.name.bytes().any(|byte| (0x1c..0x20).contains(&byte))) {
        let json =
            replies::listed("users", &page.users, |out, view| replies::user(out, catalogue, view, None));
        return (json, Vec::new());
    }
    let (mut groups, mut scopes) = (Table::default(), Table::default());
    let mut numbers = Vec::with_capacity(page.users.len() * 8);
    let mut records = Vec::with_capacity(page.users.len());
    for view in &page.users {
        let user = &view.user;
        let held = catalogue.names(&view.bits);
        numbers.extend([
            user.id.get() as f64,
            f64::from(flags(view)),
            f64::from(user.failed_logins),
            user.last_login.map_or(f64::NAN, |at| at as f64),
            user.created as f64,
            user.updated as f64,
            groups.number(view.effective_groups.join(FIELD)),
            scopes.number(held.join(FIELD)),
        ]);
        let settings = if user.settings.is_empty() {
            String::new()
        } else {
            replies::one(&user.settings, replies::settings)
        };
        let direct: Vec<&str> = user.scopes.iter().map(String::as_str).collect();
        let fields = [
            user.name.as_str(),
            &user.display_name,
            &user.email,
            &user.country,
            &settings,
            user.data.as_deref().unwrap_or_default(),
            &direct.join(ITEM),
            &view.groups.join(ITEM),
        ];
        records.push(fields.join(FIELD));
    }
    let next = page.next.as_ref().map_or_else(|| "0".to_owned(), |next| format!("1{next}"));
    let sections = [next, groups.lists.join(LIST), scopes.lists.join(LIST), records.join(FIELD)];
    (sections.join(SECTION), numbers)
}

fn flags(view: &UserView) -> u8 {
    let user = &view.user;
    [
        user.status == Status::Active,
        view.admin(),
        user.password.is_some(),
        user.api_key.is_some(),
        user.intro_reviewed,
        user.status == Status::Locked,
    ]
    .into_iter()
    .enumerate()
    .fold(0, |flags, (bit, set)| flags | u8::from(set) << bit)
}
