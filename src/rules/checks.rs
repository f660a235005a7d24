use crate::model::{Code, Error, Result};

/// Longest free text of a record: display names, descriptions, e-mail addresses.
const MAX_TEXT: usize = 1024;
/// Largest settings or data object, in bytes of JSON text.
const MAX_JSON: usize = 65_536;

/// The beginning of something a caller sent, fit for a one-line message.
pub(super) fn excerpt(text: &str) -> String {
    let mut short: String =
        text.chars().take(40).map(|c| if c.is_control() || c == '`' { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(40).is_some() {
        short.push('…');
    }
    short
}

/// May a text hold this character?
pub fn is_plain(c: char) -> bool {
    !c.is_control() || matches!(c, '\n' | '\t' | '\r')
}

/// Free text: at most 1,024 characters, no control characters but line breaks and tabs.
///
/// # Errors
/// `invalidArgument`
pub fn check_text(field: &str, text: &str) -> Result<()> {
    if text.chars().count() > MAX_TEXT {
        let message = format!("`{field}` is longer than {MAX_TEXT} characters");
        return Err(Error::new(Code::InvalidArgument, message).at(field));
    }
    if !text.chars().all(is_plain) {
        return Err(
            Error::new(Code::InvalidArgument, format!("`{field}` holds a control character")).at(field)
        );
    }
    Ok(())
}

/// The size limit of JSON objects of the host's.
///
/// # Errors
/// `invalidSettings`
pub fn check_json_size(field: &str, bytes: usize) -> Result<()> {
    if bytes > MAX_JSON {
        let message = format!("`{field}` is {bytes} bytes of JSON; at most {MAX_JSON} fit");
        return Err(Error::new(Code::InvalidSettings, message).at(field));
    }
    Ok(())
}

/// An e-mail address is only checked for what would break a log-in by it: one `@` with something on both sides, no
/// blanks. Empty means none.
pub(super) fn check_email(email: &str) -> Result<()> {
    check_text("email", email)?;
    let good = email.is_empty()
        || email.bytes().rposition(|byte| byte == b'@').is_some_and(|at| {
            (1..email.len() - 1).contains(&at) && !email.chars().any(|c| c.is_whitespace() || c.is_control())
        });
    if good {
        return Ok(());
    }
    Err(Error::new(Code::InvalidEmail, format!("`{}` cannot be an e-mail address", excerpt(email)))
        .at("email"))
}
