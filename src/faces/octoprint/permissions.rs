//! The core permissions and the built-in groups (spec §4), as scopes and groups of the model.

use crate::model::sorted::Set;
use crate::rules::{ADMIN, Catalogue, ScopeDef, Seed, SeedGroup};

/// What stands before a permission's key in the catalogue.
pub(super) const PREFIX: &str = "octoprint:";

/// The group everybody is in who is not logged in.
pub(super) const GUESTS: &str = "guests";
pub(super) const USERS: &str = "users";

struct Core {
    key: &'static str,
    name: &'static str,
    description: &'static str,
    dangerous: bool,
    users: bool,
    readonly: bool,
}

const fn core(key: &'static str, name: &'static str, flags: &str, description: &'static str) -> Core {
    let flags = flags.as_bytes();
    Core {
        key,
        name,
        description,
        dangerous: has(flags, b'D'),
        users: has(flags, b'U'),
        readonly: has(flags, b'R'),
    }
}

const fn has(flags: &[u8], flag: u8) -> bool {
    let mut rest = flags;
    while let [first, more @ ..] = rest {
        if *first == flag {
            return true;
        }
        rest = more;
    }
    false
}

/// Spec §4.2, in registry order. D: dangerous, U: default in `users`, R: default in `readonly`.
const CORE: [Core; 22] = [
    core("ADMIN", "Admin", "D", "Everything"),
    core("STATUS", "Status", "UR", "See the printer's state and temperatures"),
    core("CONNECTION", "Connection", "U", "Connect to the printer and disconnect from it"),
    core("WEBCAM", "Webcam", "UR", "Watch the webcam"),
    core("SYSTEM", "System", "D", "Run system commands"),
    core("FILES_LIST", "File List", "UR", "See the list of files"),
    core("FILES_UPLOAD", "File Upload", "U", "Upload files"),
    core("FILES_DOWNLOAD", "File Download", "UR", "Download files"),
    core("FILES_DELETE", "File Delete", "U", "Delete files"),
    core("FILES_SELECT", "File Select", "U", "Select a file"),
    core("PRINT", "Print", "U", "Start, pause and cancel print jobs"),
    core("GCODE_VIEWER", "GCODE viewer", "UR", "Look at files in the viewer"),
    core("MONITOR_TERMINAL", "Terminal", "UR", "Watch the terminal"),
    core("CONTROL", "Control", "U", "Move the printer and set temperatures by hand"),
    core("SLICE", "Slice", "U", "Slice models"),
    core("TIMELAPSE_LIST", "Timelapse List", "UR", "See the list of timelapses"),
    core("TIMELAPSE_DOWNLOAD", "Timelapse Download", "UR", "Download timelapses"),
    core("TIMELAPSE_DELETE", "Timelapse Delete", "U", "Delete timelapses"),
    core(
        "TIMELAPSE_MANAGE_UNRENDERED",
        "Timelapse Manage Unrendered",
        "U",
        "Render and delete unrendered timelapses",
    ),
    core("TIMELAPSE_ADMIN", "Timelapse Admin", "U", "Change how timelapses are made"),
    core("SETTINGS_READ", "Settings Access", "UR", "Read the settings"),
    core("SETTINGS", "Settings Admin", "D", "Change the settings"),
];

fn scope_of(core: &Core) -> String {
    format!("{PREFIX}{}", core.key)
}

/// The scopes of the face. `ADMIN` is the one notion of an administrator, by another spelling.
pub(crate) fn scopes() -> Vec<ScopeDef> {
    let scope = |core: &Core| ScopeDef {
        name: scope_of(core),
        implies: if core.key == "ADMIN" { vec![ADMIN.to_owned()] } else { Vec::new() },
        dangerous: core.dangerous,
        description: core.description.to_owned(),
    };
    CORE.iter().map(scope).collect()
}

/// The built-in groups of §4.1. Those there are already get the scopes; their flags agree.
pub(crate) fn seed() -> Seed {
    let scopes = |wanted: fn(&Core) -> bool| CORE.iter().filter(|core| wanted(core)).map(scope_of).collect();
    let group = |key: &str, scopes, default, changeable, assignable| {
        let (name, description) = builtin_texts(key).unwrap_or_default();
        SeedGroup {
            key: key.to_owned(),
            name: name.to_owned(),
            description: description.to_owned(),
            scopes,
            default,
            changeable,
            assignable,
        }
    };
    let groups = vec![
        group("admins", Set::new(), false, false, true),
        group(USERS, scopes(|core| core.users), true, true, true),
        group(GUESTS, Set::new(), false, true, false),
        group("readonly", scopes(|core| core.readonly), false, false, true),
    ];
    Seed { name: "octoprint".to_owned(), groups }
}

/// The fixed name and description of a built-in group.
pub(super) fn builtin_texts(key: &str) -> Option<(&'static str, &'static str)> {
    match key {
        "admins" => Some(("Admins", "Administrators")),
        "users" => Some(("Operator", "Who works with the printer")),
        GUESTS => Some(("Guests", "Everybody who is not logged in")),
        "readonly" => Some(("Read-only Access", "Who may look, and change nothing")),
        _ => None,
    }
}

/// A permission as the face shows it: the core ones, and those a host or plugin has registered under the prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Permission<'a> {
    pub(super) key: &'a str,
    pub(super) name: &'a str,
    pub(super) description: &'a str,
    pub(super) dangerous: bool,
    /// Keys of the groups it is in by default.
    pub(super) default_groups: &'static [&'static str],
    /// The plugin it comes from.
    pub(super) plugin: Option<String>,
}

/// The keys of all permissions there are, in registry order, each with its number in the catalogue.
pub(super) fn keys(catalogue: &Catalogue) -> impl Iterator<Item = (usize, &str)> {
    let defs = catalogue.defs().iter().enumerate();
    defs.filter_map(|(number, def)| Some((number, def.name.strip_prefix(PREFIX)?)))
}

/// All permissions there are, in registry order.
pub(super) fn all(catalogue: &Catalogue) -> impl Iterator<Item = Permission<'_>> {
    catalogue.defs().iter().filter_map(|def| {
        let key = def.name.strip_prefix(PREFIX)?;
        let core = CORE.iter().find(|core| core.key == key);
        let default_groups: &'static [&'static str] = match core {
            Some(Core { key: "ADMIN", .. }) => &["admins"],
            Some(Core { users: true, readonly: true, .. }) => &["users", "readonly"],
            Some(Core { users: true, .. }) => &["users"],
            _ => &[],
        };
        let plugin = key.strip_prefix("PLUGIN_").and_then(|rest| rest.split('_').next());
        Some(Permission {
            key,
            name: core.map_or(key, |core| core.name),
            description: &def.description,
            dangerous: def.dangerous,
            default_groups,
            plugin: plugin.map(str::to_ascii_lowercase),
        })
    })
}

/// The role a permission needs (§4.2): its key in lower case, but for one.
pub(super) fn role(key: &str) -> String {
    if key == "GCODE_VIEWER" { "gcodeviewer".to_owned() } else { key.to_ascii_lowercase() }
}

/// The key under which a scope that is held directly is shown; none for scopes of others.
pub(super) fn key_of(scope: &str) -> Option<&str> {
    if scope == ADMIN { Some("ADMIN") } else { scope.strip_prefix(PREFIX) }
}

/// The scope behind a key, if there is such a permission.
pub(super) fn scope_named(catalogue: &Catalogue, key: &str) -> Option<String> {
    if key == "ADMIN" {
        return Some(ADMIN.to_owned());
    }
    let scope = format!("{PREFIX}{key}");
    catalogue.number(&scope).is_ok().then_some(scope)
}

/// Is it a permission nobody may hold without a name?
pub(super) fn is_dangerous(catalogue: &Catalogue, key: &str) -> bool {
    scope_named(catalogue, key)
        .and_then(|scope| catalogue.number(&scope).ok())
        .and_then(|number| catalogue.defs().get(number))
        .is_none_or(|def| def.dangerous)
}

/// Scopes by key, beside those of others that were there before; keys that name nothing are dropped (§3.2).
pub(super) fn scopes_named(catalogue: &Catalogue, keys: &[String], before: &Set<String>) -> Set<String> {
    let named = keys.iter().filter_map(|key| scope_named(catalogue, key));
    let others = before.iter().filter(|scope| key_of(scope).is_none()).cloned();
    named.chain(others).collect()
}
