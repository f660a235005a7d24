//! More of what faces ask of a door, with no rule in the way.

use super::door::{Door, subject};
use super::records::corrupt;
use super::{Host, keys};
use crate::model::{Action, Digest, Reach, Resource, Result, Token, TokenId, UserId};
use crate::rules;
use crate::store::Store;

impl<S: Store, H: Host> Door<S, H> {
    /// A token's record, by its id.
    ///
    /// # Errors
    /// Those of the store
    pub async fn token(&self, id: TokenId) -> Result<Option<Token>> {
        self.0
            .look(|tx| match tx.record::<String>("tokenId", &keys::token_id(id))? {
                Some(hex) => {
                    let digest = Digest::from_hex(&hex).ok_or_else(|| corrupt("tokenId"))?;
                    tx.record("token", &keys::token(digest))
                }
                None => Ok(None),
            })
            .await
    }

    /// What users reach, in the order they are asked for.
    ///
    /// # Errors
    /// Those of the store
    pub async fn reaches(&self, users: &[UserId]) -> Result<Vec<Reach>> {
        self.0
            .look(|tx| {
                tx.fetch(users.iter().map(|&user| keys::reach(user)))?;
                users.iter().map(|&user| tx.reach(user)).collect()
            })
            .await
    }

    /// Those of the resources that exist.
    ///
    /// # Errors
    /// `unknownKind`, `invalidId`
    pub async fn resources_of(&self, kind: &str, ids: &[String]) -> Result<Vec<Resource>> {
        rules::check_kind(kind)?;
        ids.iter().try_for_each(|id| rules::check_id(id))?;
        self.0
            .look(|tx| {
                tx.fetch(ids.iter().map(|id| keys::resource(kind, id)))?;
                let mut found = Vec::new();
                for id in ids {
                    found.extend(tx.resource(kind, id)?);
                }
                Ok(found)
            })
            .await
    }

    /// The administrator without a name and a password; made when first asked for. No other way leads to him.
    ///
    /// # Errors
    /// `unknownGroup`, and those of the store
    pub async fn nameless(&self) -> Result<UserId> {
        self.0
            .change(|tx| {
                tx.expect_audit();
                tx.want(vec![keys::name(""), keys::sequence("user"), keys::groups()]);
                if let Some(known) = tx.user_id_of("")? {
                    return Ok(known);
                }
                let id = UserId::new(tx.next("user")?)?;
                let groups = tx.groups()?;
                let door = tx.door;
                let user = rules::add_nameless(&door.catalogue, &door.policy, &groups, id, tx.now)?;
                tx.put_user(None, Some(&user))?;
                tx.audit(None, Action::UserAdded, subject(&user));
                Ok(id)
            })
            .await
    }
}
