//! First run (spec §2.9).

use http::StatusCode;

use super::body::Body;
use super::caller::Caller;
use super::fault::Fault;
use super::{Octoprint, Reply};
use crate::faces::web::{Asked, bare_reply, is_form, parameter};
use crate::model::{Code, Secret};
use crate::rules::UserDraft;
use crate::service::{Host, Store};

impl<S: Store, H: Host> Octoprint<S, H> {
    /// Makes the first administrator. Unequal or incomplete passwords make nobody, and are no error.
    pub(super) async fn first_admin(&self, request: &Asked, caller: &Caller<S, H>) -> Reply {
        if !self.first_run().await? {
            return Err(if caller.is_admin() { Fault::missing() } else { Fault::forbidden() });
        }
        let field = |name| {
            if is_form(request) {
                return parameter(request.body(), name);
            }
            Body::parse(request.body()).and_then(|body| body.text(name).ok().flatten())
        };
        let done = Ok(bare_reply(StatusCode::NO_CONTENT));
        let (Some(name), Some(first), Some(second)) = (field("user"), field("pass1"), field("pass2")) else {
            return done;
        };
        let (first, second) = (Secret::new(first), Secret::new(second));
        if name.is_empty() || first.reveal().is_empty() || first != second {
            return done;
        }
        let draft = UserDraft { name, ..UserDraft::default() };
        match self.door.set_up(draft, &first, "").await {
            // The wizard logs nobody in: the session that set-up makes ends here.
            Ok((session, _)) => session.log_out().await?,
            Err(error) if error.code() == Code::SetupDone => return Err(Fault::forbidden()),
            Err(error) => return Err(error.into()),
        }
        done
    }

    /// Ends the first run.
    pub(super) async fn wizard(&self, request: &Asked, caller: &Caller<S, H>) -> Reply {
        if !self.first_run().await? && !caller.is_admin() {
            return Err(Fault::forbidden());
        }
        let body = Body::read(request)?;
        if body.get("handled").and_then(crate::json::Value::texts).is_none() {
            return Err(Fault::bad("handled is missing"));
        }
        self.wizard_done.set(true);
        Ok(bare_reply(StatusCode::NO_CONTENT))
    }
}
