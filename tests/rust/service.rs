//! The service over the reference store: the examples. The model test is `model.rs`.

use doorward::model::{Action, AuditEntry, Code, Secret, TokenKind};
use doorward::rules::UserDraft;
use doorward::service::{NewUser, UserChanges, WorldToken};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::support::{door, run};

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

#[test]
fn first_run_then_log_in() {
    run(async {
        let (door, host) = door("doorward").await;
        assert!(door.needs_setup());
        let draft = UserDraft { name: "Ann".into(), ..UserDraft::default() };
        let (admin, value) = door.set_up(draft.clone(), &secret("correct horse"), "desk").await.unwrap();
        assert!(!door.needs_setup());
        assert!(admin.can(0, -1));
        let again = door.set_up(draft, &secret("correct horse"), "desk").await.unwrap_err();
        assert_eq!(again.code(), Code::SetupDone);

        let by_token = door.authenticate(value.reveal()).await.unwrap();
        assert_eq!(by_token.me().unwrap().user.unwrap().name, "Ann");
        let wrong = door.log_in("ann", &secret("wrong horse"), None, "").await.unwrap_err();
        assert_eq!(wrong.code(), Code::BadCredentials);
        let nobody = door.log_in("nobody", &secret("wrong horse"), None, "").await.unwrap_err();
        assert_eq!((nobody.code(), nobody.by()), (wrong.code(), wrong.by()));
        door.log_in("ANN", &secret("correct horse"), None, "").await.unwrap();

        for _ in 0..5 {
            assert_eq!(
                door.log_in("ann", &secret("x"), None, "").await.unwrap_err().code(),
                Code::BadCredentials
            );
        }
        let locked = door.log_in("ann", &secret("correct horse"), None, "").await.unwrap_err();
        assert_eq!((locked.code(), locked.retry_after_ms()), (Code::LockedOut, Some(1000)));
        host.pass(1000);
        door.log_in("ann", &secret("correct horse"), None, "").await.unwrap();
    });
}

#[test]
fn a_demotion_bites_at_once() {
    run(async {
        let (door, _) = door("doorward").await;
        let draft = UserDraft { name: "ann".into(), ..UserDraft::default() };
        let (admin, _) = door.set_up(draft, &secret("correct horse"), "").await.unwrap();
        let mut bob = NewUser { password: Some(secret("battery staple")), ..NewUser::default() };
        bob.draft.name = "bob".into();
        bob.draft.admin = true;
        admin.create_user(bob).await.unwrap();
        let (bob, _) = door.log_in("bob", &secret("battery staple"), None, "").await.unwrap();
        assert!(bob.can(0, -1));
        let mut changes = UserChanges::default();
        changes.patch.admin = Some(false);
        admin.edit_user("bob", changes).await.unwrap();
        assert!(!bob.can(0, -1));
        assert_eq!(bob.get_user("ann").await.unwrap_err().code(), Code::Denied);
        assert_eq!(bob.get_user("ghost").await.unwrap_err().code(), Code::Denied);
        assert!(bob.get_user("bob").await.is_ok());
    });
}

#[test]
fn removing_a_user_leaves_nothing_of_him() {
    run(async {
        let (door, host) = door("doorward").await;
        let draft = UserDraft { name: "ann".into(), ..UserDraft::default() };
        let (admin, _) = door.set_up(draft, &secret("correct horse"), "").await.unwrap();
        let before: Vec<_> = host.store.dump().into_iter().map(|(key, _)| key).collect();
        let mut bob = NewUser { password: Some(secret("battery staple")), ..NewUser::default() };
        bob.draft.name = "bob".into();
        bob.draft.email = "bob@example.org".into();
        admin.create_user(bob).await.unwrap();
        admin.set_link("bob", "thing", "t1", Some(2)).await.unwrap();
        let (bob, value) = door.log_in("bob", &secret("battery staple"), None, "").await.unwrap();
        bob.generate_api_key("bob").await.unwrap();
        admin.delete_user("bob").await.unwrap();
        assert_eq!(door.authenticate(value.reveal()).await.unwrap_err().code(), Code::UnknownToken);
        assert_eq!(bob.get_user("bob").await.unwrap_err().code(), Code::UnknownToken);
        let kept = |key: &&Vec<String>| !["audit", "auditCount", "seq"].contains(&key[0].as_str());
        let after: Vec<_> = host.store.dump().into_iter().map(|(key, _)| key).collect();
        assert_eq!(
            before.iter().filter(kept).collect::<Vec<_>>(),
            after.iter().filter(kept).collect::<Vec<_>>()
        );
    });
}

#[test]
fn one_session_too_many_puts_the_oldest_out() {
    run(async {
        let (door, _) = door("doorward").await;
        let draft = UserDraft { name: "ann".into(), ..UserDraft::default() };
        let (oldest, value) = door.set_up(draft, &secret("correct horse"), "").await.unwrap();
        let mut others = Vec::new();
        for _ in 0..100 {
            others.push(door.log_in("ann", &secret("correct horse"), None, "").await.unwrap());
        }
        assert!(!oldest.can(0, -1), "a session that was put out holds nothing");
        assert_eq!(door.authenticate(value.reveal()).await.unwrap_err().code(), Code::UnknownToken);
        assert!(others.iter().all(|(session, _)| session.can(0, -1)));
    });
}

#[test]
fn a_declared_key_ends_the_one_before() {
    run(async {
        let (door, host) = door("doorward").await;
        let draft = UserDraft { name: "ann".into(), ..UserDraft::default() };
        let (ann, _) = door.set_up(draft, &secret("correct horse"), "").await.unwrap();
        let old = ann.generate_api_key("ann").await.unwrap();
        let by_key = door.authenticate(old.reveal()).await.unwrap();
        let world = WorldToken {
            user: "ann".into(),
            kind: TokenKind::ApiKey,
            value: secret("a-key-from-a-world-file"),
            name: "declared".into(),
            scopes: None,
            reach: None,
            expires: None,
            primary: true,
        };
        door.local().put_token(world, false).await.unwrap();
        assert!(!by_key.can(0, -1), "the old key holds nothing");
        assert_eq!(door.authenticate(old.reveal()).await.unwrap_err().code(), Code::UnknownToken);
        let revoked = |entry: &&AuditEntry| entry.action == Action::TokenRevoked;
        assert_eq!(host.emitted.borrow().iter().filter(revoked).count(), 1, "its end is in the audit");
    });
}
