//! Every method, notification and type there is: what dispatches, what checks parameters, and what `Introspect` shows.

use super::scopes::{self, ADMINISTRATOR, Mask, NONE};
use crate::json::Writer;

/// The type of a value (spec §1.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Int,
    Uint,
    Text,
    Uuid,
    Uuids,
    Texts,
    Object,
    /// A named type.
    Ref(&'static str),
}

use Kind::{Bool, Int, Object, Ref, Text, Texts, Uint, Uuid, Uuids};

/// A member of an object: its key with the prefixes of §1.8, and its type.
pub(super) type Field = (&'static str, Kind);

const SCOPES: Kind = Ref("PermissionScopes");
const ERROR: Field = ("error", Ref("UserError"));

/// Which piece of code answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    Authenticate,
    CreateAdmin,
    Hello,
    Introspect,
    KeepAlive,
    RequestPushButtonAuth,
    SetNotificationStatus,
    Version,
    ChangePassword,
    ChangeUserPassword,
    CreateUser,
    GetTokens,
    GetUserInfo,
    GetUserTokens,
    GetUsers,
    RemoveToken,
    RemoveUser,
    SetUserInfo,
    SetUserScopes,
}

#[derive(Debug)]
pub(super) struct Method {
    pub(super) name: &'static str,
    pub(super) call: Call,
    pub(super) scope: Mask,
    description: &'static str,
    pub(super) params: &'static [Field],
    returns: &'static [Field],
}

const fn method(
    name: &'static str,
    call: Call,
    scope: Mask,
    description: &'static str,
    params: &'static [Field],
    returns: &'static [Field],
) -> Method {
    Method { name, call, scope, description, params, returns }
}

pub(super) const METHODS: [Method; 19] = [
    method(
        "JSONRPC.Authenticate",
        Call::Authenticate,
        NONE,
        "Log in by name and password. The connection is bound to the new token.",
        &[("deviceName", Text), ("password", Text), ("username", Text)],
        &[("o:scopes", SCOPES), ("success", Bool), ("o:token", Text), ("o:username", Text)],
    ),
    method(
        "JSONRPC.CreateUser",
        Call::CreateAdmin,
        ADMINISTRATOR,
        "Create an administrator; without a token only while there is no user.",
        &[("o:displayName", Text), ("o:email", Text), ("password", Text), ("username", Text)],
        &[ERROR],
    ),
    method(
        "JSONRPC.Hello",
        Call::Hello,
        NONE,
        "Begin. The connection is bound to the token of this request.",
        &[("o:locale", Text)],
        &[
            ("o:authenticated", Bool),
            ("authenticationRequired", Bool),
            ("initialSetupRequired", Bool),
            ("d:language", Text),
            ("locale", Text),
            ("name", Text),
            ("o:permissionScopes", SCOPES),
            ("protocol version", Text),
            ("pushButtonAuthAvailable", Bool),
            ("server", Text),
            ("o:username", Text),
            ("uuid", Uuid),
            ("version", Text),
        ],
    ),
    method(
        "JSONRPC.Introspect",
        Call::Introspect,
        NONE,
        "Everything there is to call, to hear of, and to read.",
        &[],
        &[
            ("enums", Object),
            ("flags", Object),
            ("methods", Object),
            ("notifications", Object),
            ("types", Object),
        ],
    ),
    method(
        "JSONRPC.KeepAlive",
        Call::KeepAlive,
        NONE,
        "Answers, so that the connection is seen to be alive.",
        &[("sessionId", Text)],
        &[("sessionId", Text), ("success", Bool)],
    ),
    method(
        "JSONRPC.RequestPushButtonAuth",
        Call::RequestPushButtonAuth,
        NONE,
        "Wait for the button. A transaction that was pending ends without success.",
        &[("deviceName", Text)],
        &[("success", Bool), ("transactionId", Int)],
    ),
    method(
        "JSONRPC.SetNotificationStatus",
        Call::SetNotificationStatus,
        NONE,
        "Choose the namespaces whose notifications this connection gets.",
        &[("d:o:enabled", Bool), ("o:namespaces", Texts)],
        &[("d:enabled", Bool), ("namespaces", Texts)],
    ),
    method(
        "JSONRPC.Version",
        Call::Version,
        NONE,
        "The versions of the server and of the protocol.",
        &[],
        &[("protocol version", Text), ("qtBuildVersion", Text), ("qtVersion", Text), ("version", Text)],
    ),
    method(
        "Users.ChangePassword",
        Call::ChangePassword,
        ADMINISTRATOR,
        "Change the caller's password. Tokens stay valid.",
        &[("newPassword", Text)],
        &[ERROR],
    ),
    method(
        "Users.ChangeUserPassword",
        Call::ChangeUserPassword,
        ADMINISTRATOR,
        "Change a user's password. All tokens of that user are removed.",
        &[("newPassword", Text), ("username", Text)],
        &[ERROR],
    ),
    method(
        "Users.CreateUser",
        Call::CreateUser,
        ADMINISTRATOR,
        "Create a user; an administrator where no scopes are given.",
        &[
            ("o:allowedThingIds", Uuids),
            ("o:displayName", Text),
            ("o:email", Text),
            ("password", Text),
            ("o:scopes", SCOPES),
            ("username", Text),
        ],
        &[ERROR],
    ),
    method(
        "Users.GetTokens",
        Call::GetTokens,
        ADMINISTRATOR,
        "The tokens of the caller.",
        &[],
        &[ERROR, ("o:tokenInfoList", Ref("TokenInfoList"))],
    ),
    method(
        "Users.GetUserInfo",
        Call::GetUserInfo,
        NONE,
        "The caller.",
        &[],
        &[ERROR, ("o:userInfo", Ref("UserInfo"))],
    ),
    method(
        "Users.GetUserTokens",
        Call::GetUserTokens,
        ADMINISTRATOR,
        "The tokens of a user.",
        &[("username", Text)],
        &[ERROR, ("o:tokenInfoList", Ref("TokenInfoList"))],
    ),
    method(
        "Users.GetUsers",
        Call::GetUsers,
        ADMINISTRATOR,
        "All users, in order of creation.",
        &[],
        &[("users", Ref("UserInfoList"))],
    ),
    method(
        "Users.RemoveToken",
        Call::RemoveToken,
        ADMINISTRATOR,
        "Remove a token: one's own, or anybody's as an administrator.",
        &[("tokenId", Uuid)],
        &[ERROR],
    ),
    method(
        "Users.RemoveUser",
        Call::RemoveUser,
        ADMINISTRATOR,
        "Remove a user and all his tokens.",
        &[("username", Text)],
        &[ERROR],
    ),
    method(
        "Users.SetUserInfo",
        Call::SetUserInfo,
        ADMINISTRATOR,
        "Change the display name or the e-mail address of a user; of the caller where no name is given.",
        &[("o:displayName", Text), ("o:email", Text), ("o:username", Text)],
        &[ERROR],
    ),
    method(
        "Users.SetUserScopes",
        Call::SetUserScopes,
        ADMINISTRATOR,
        "Replace the scopes of a user, and the things allowed where a list is given.",
        &[("o:allowedThingIds", Uuids), ("scopes", SCOPES), ("username", Text)],
        &[ERROR],
    ),
];

/// A notification: its name, what it is for, and its parameters.
pub(super) struct Notification(pub(super) &'static str, &'static str, &'static [Field]);

const FINISHED: &[Field] = &[("success", Bool), ("o:token", Text), ("transactionId", Int)];

pub(super) const THING_ADDED: Notification = Notification(
    "Integrations.ThingAdded",
    "A thing has become visible to the user of the connection.",
    &[("thing", Ref("Thing"))],
);
pub(super) const THING_REMOVED: Notification = Notification(
    "Integrations.ThingRemoved",
    "A thing is no longer visible to the user of the connection.",
    &[("thingId", Uuid)],
);
pub(super) const JSONRPC_FINISHED: Notification =
    Notification("JSONRPC.PushButtonAuthFinished", "Push-button authentication has finished.", FINISHED);
pub(super) const USERS_FINISHED: Notification =
    Notification("Users.PushButtonAuthFinished", "Push-button authentication has finished.", FINISHED);
pub(super) const USER_ADDED: Notification =
    Notification("Users.UserAdded", "A user was added.", &[("userInfo", Ref("UserInfo"))]);
pub(super) const USER_CHANGED: Notification =
    Notification("Users.UserChanged", "A user was changed.", &[("userInfo", Ref("UserInfo"))]);
pub(super) const USER_REMOVED: Notification =
    Notification("Users.UserRemoved", "A user was removed.", &[("username", Text)]);

const NOTIFICATIONS: [&Notification; 7] = [
    &THING_ADDED,
    &THING_REMOVED,
    &JSONRPC_FINISHED,
    &USERS_FINISHED,
    &USER_ADDED,
    &USER_CHANGED,
    &USER_REMOVED,
];

/// The namespaces there are notifications of.
pub(super) const NAMESPACES: [&str; 3] = ["Integrations", "JSONRPC", "Users"];

pub(super) const USER_ERRORS: [&str; 8] = [
    "UserErrorNoError",
    "UserErrorBackendError",
    "UserErrorInvalidUserId",
    "UserErrorDuplicateUserId",
    "UserErrorBadPassword",
    "UserErrorTokenNotFound",
    "UserErrorPermissionDenied",
    "UserErrorInconsistantScopes",
];

const OBJECTS: [(&str, &[Field]); 3] = [
    ("Thing", &[("r:id", Uuid), ("r:name", Text)]),
    ("TokenInfo", &[("r:creationTime", Uint), ("r:deviceName", Text), ("r:id", Uuid), ("r:username", Text)]),
    (
        "UserInfo",
        &[
            ("r:allowedThingIds", Uuids),
            ("r:displayName", Text),
            ("r:email", Text),
            ("r:scopes", SCOPES),
            ("r:username", Text),
        ],
    ),
];

const LISTS: [(&str, &str); 2] = [("TokenInfoList", "$ref:TokenInfo"), ("UserInfoList", "$ref:UserInfo")];

/// A key without its prefixes, and whether it may be left out.
pub(super) fn bare(key: &str) -> (&str, bool) {
    let (mut rest, mut optional) = (key, false);
    while let Some((prefix @ ("o" | "r" | "d"), more)) = rest.split_once(':') {
        optional |= prefix == "o";
        rest = more;
    }
    (rest, optional)
}

fn write_kind(out: &mut Writer, kind: Kind) {
    match kind {
        Bool => out.text("Bool"),
        Int => out.text("Int"),
        Uint => out.text("Uint"),
        Text => out.text("String"),
        Uuid => out.text("Uuid"),
        Texts => out.text("StringList"),
        Object => out.text("Object"),
        Ref(name) => out.text(&format!("$ref:{name}")),
        Uuids => {
            out.open('[').text("Uuid");
            out.close(']');
        }
    }
}

fn write_fields(out: &mut Writer, fields: &[Field]) {
    out.open('{');
    for (key, kind) in fields {
        out.name(key);
        write_kind(out, *kind);
    }
    out.close('}');
}

/// The parameters of `Introspect`'s reply.
pub(super) fn introspect(out: &mut Writer) {
    out.name("enums").open('{');
    out.name("PermissionScope").texts(&scopes::names().collect::<Vec<_>>());
    out.name("UserError").texts(&USER_ERRORS.map(str::to_owned));
    out.close('}');
    out.name("flags").open('{').name("PermissionScopes").texts(&["$ref:PermissionScope".to_owned()]);
    out.close('}');
    out.name("methods").open('{');
    for method in &METHODS {
        let scope = if method.scope.is_admin() { "PermissionScopeAdmin" } else { "PermissionScopeNone" };
        out.name(method.name).open('{').name("description").text(method.description);
        out.name("params");
        write_fields(out, method.params);
        out.name("permissionScope").text(scope);
        out.name("returns");
        write_fields(out, method.returns);
        out.close('}');
    }
    out.close('}');
    out.name("notifications").open('{');
    for Notification(name, description, params) in NOTIFICATIONS {
        out.name(name).open('{').name("description").text(description);
        out.name("params");
        write_fields(out, params);
        out.close('}');
    }
    out.close('}');
    out.name("types").open('{');
    for (name, fields) in OBJECTS {
        out.name(name);
        write_fields(out, fields);
    }
    for (name, of) in LISTS {
        out.name(name).texts(&[of.to_owned()]);
    }
    out.close('}');
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::json::Value;

    #[test]
    fn fields_stand_in_the_order_in_which_they_are_checked() {
        for method in &METHODS {
            let keys: Vec<&str> = method.params.iter().map(|(key, _)| bare(key).0).collect();
            assert!(keys.is_sorted(), "{}", method.name);
            assert_eq!(method.name.matches('.').count(), 1);
        }
        assert_eq!(bare("d:o:enabled"), ("enabled", true));
        assert_eq!(bare("protocol version"), ("protocol version", false));
    }

    #[test]
    fn what_is_referred_to_is_there() {
        let mut out = Writer::default();
        out.open('{');
        introspect(&mut out);
        out.close('}');
        let text = out.end();
        assert!(Value::parse(&text).is_some());
        let refs = text.split("\"$ref:").skip(1).map(|rest| rest.split('"').next().unwrap());
        for name in refs {
            assert!(text.contains(&format!("\"{name}\":")), "{name}");
        }
        for notification in NOTIFICATIONS {
            assert!(NAMESPACES.contains(&notification.0.split('.').next().unwrap()));
        }
    }
}
