//! Names and passwords as tables: what each preset makes of them.

/// Login names, good and bad.
pub const NAMES: [&str; 10] = ["ann", "Bob", "bob", "EVE", "dora", "frank", "cy", " ann", "ann b", ""];

pub const PASSWORDS: [&str; 5] = ["Correct1", "Battery22", "lowercase9", "short", ""];

pub const EMAILS: [&str; 4] = ["", "ann@example.org", "Ann@Example.org", "no address"];

/// The name as it is kept, and the form it is compared in; `None` where the preset refuses it.
pub fn kept(preset: &str, name: &str) -> Option<(String, String)> {
    let pair = |kept: &str, key: &str| Some((kept.to_owned(), key.to_owned()));
    match (preset, name) {
        (_, "") => None,
        ("doorward", " ann") | ("octoprint", " ann") => None,
        ("nymea" | "devicehive", "cy") => None,
        ("devicehive", "ann b") => None,
        ("devicehive", " ann") => pair("ann", "ann"),
        ("doorward", "Bob") => pair("Bob", "bob"),
        ("doorward", "EVE") => pair("EVE", "eve"),
        ("nymea", "Bob") => pair("bob", "bob"),
        ("nymea", "EVE") => pair("eve", "eve"),
        (_, good) => pair(good, good),
    }
}

/// What a log-in or look-up by this name looks for.
pub fn looked_up(preset: &str, name: &str) -> String {
    match preset {
        "octoprint" => name.to_owned(),
        "devicehive" => name.trim().to_owned(),
        _ => name.to_lowercase(),
    }
}

pub fn good_password(preset: &str, password: &str) -> bool {
    match password {
        "" => false,
        "short" => preset == "octoprint",
        "lowercase9" => preset != "nymea",
        _ => true,
    }
}

pub fn good_email(email: &str) -> bool {
    email != "no address"
}
