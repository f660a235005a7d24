//! Messages out of a stream of bytes (spec §1.2): complete top-level objects by brace depth, however the stream is cut.

/// A message that is longer closes its connection.
pub(super) const LONGEST: usize = 1 << 20;

/// What a stream holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Frame {
    /// An object that is complete by its braces.
    Object(Vec<u8>),
    /// Something no object can be made of.
    Garbage(&'static str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum At {
    /// Between objects.
    #[default]
    Between,
    /// In an object, outside of texts.
    Inside,
    /// In a text.
    Text,
    /// Behind a backslash in a text.
    Escape,
    /// In what is no object.
    Junk,
}

/// The scanner of one connection. It keeps at most one message that is not complete.
#[derive(Debug, Default)]
pub(super) struct Frames {
    at: At,
    depth: usize,
    held: Vec<u8>,
    junk: usize,
}

impl Frames {
    /// Takes bytes up to the end of the next frame: the frame, and how many were taken. `Err`: the message is too long.
    pub(super) fn next(&mut self, bytes: &[u8]) -> Result<(Option<Frame>, usize), ()> {
        let mut from = 0;
        for (index, &byte) in bytes.iter().enumerate() {
            let ended = match (self.at, byte) {
                (At::Between, b' ' | b'\t' | b'\r' | b'\n') => {
                    from = index + 1;
                    continue;
                }
                (At::Between, b'{') => {
                    (self.at, self.depth) = (At::Inside, 1);
                    None
                }
                (At::Between, _) => {
                    (self.at, self.junk) = (At::Junk, 1);
                    None
                }
                (At::Junk, b'\n') => Some((Frame::Garbage("a message has to be an object"), index + 1)),
                // An object may begin in the middle of a line.
                (At::Junk, b'{') => Some((Frame::Garbage("a message has to be an object"), index)),
                (At::Junk, _) => {
                    self.junk += 1;
                    if self.junk > LONGEST {
                        return Err(());
                    }
                    continue;
                }
                (At::Inside, b'"') => {
                    self.at = At::Text;
                    None
                }
                (At::Inside, b'{') => {
                    self.depth += 1;
                    None
                }
                (At::Inside, b'}') if self.depth == 1 => {
                    self.hold(bytes, from, index + 1)?;
                    Some((Frame::Object(core::mem::take(&mut self.held)), index + 1))
                }
                (At::Inside, b'}') => {
                    self.depth -= 1;
                    None
                }
                (At::Text, b'\n') => Some((Frame::Garbage("unterminated string"), index + 1)),
                (At::Text, b'"') => {
                    self.at = At::Inside;
                    None
                }
                (At::Text, b'\\') => {
                    self.at = At::Escape;
                    None
                }
                // A newline is raw behind a backslash as well.
                (At::Escape, b'\n') => Some((Frame::Garbage("unterminated string"), index + 1)),
                (At::Escape, _) => {
                    self.at = At::Text;
                    None
                }
                (At::Inside | At::Text, _) => None,
            };
            if let Some((frame, taken)) = ended {
                *self = Self::default();
                return Ok((Some(frame), taken));
            }
            if self.at != At::Junk && self.held.len() + (index + 1 - from) > LONGEST {
                return Err(());
            }
        }
        if matches!(self.at, At::Inside | At::Text | At::Escape) {
            self.hold(bytes, from, bytes.len())?;
        }
        Ok((None, bytes.len()))
    }

    fn hold(&mut self, bytes: &[u8], from: usize, to: usize) -> Result<(), ()> {
        let part = bytes.get(from..to).unwrap_or_default();
        if self.held.len() + part.len() > LONGEST {
            return Err(());
        }
        self.held.extend_from_slice(part);
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    fn all(chunks: &[&[u8]]) -> Vec<Frame> {
        let (mut frames, mut found) = (Frames::default(), Vec::new());
        for chunk in chunks {
            let mut rest = *chunk;
            while !rest.is_empty() {
                let (frame, taken) = frames.next(rest).unwrap();
                found.extend(frame);
                rest = &rest[taken..];
            }
        }
        found
    }

    fn object(text: &str) -> Frame {
        Frame::Object(text.as_bytes().to_vec())
    }

    #[test]
    fn objects_by_depth() {
        assert_eq!(all(&[b" {}\n\n{\"a\":{}} {"]), [object("{}"), object("{\"a\":{}}")]);
        assert_eq!(all(&[b"{\"a\":\"}{\\\"}\"}"]), [object("{\"a\":\"}{\\\"}\"}")]);
        assert_eq!(all(&[b"{\"a\"", b":{", b"}}"]), [object("{\"a\":{}}")]);
    }

    #[test]
    fn garbage_ends_with_its_line() {
        let garbage = Frame::Garbage("a message has to be an object");
        assert_eq!(all(&[b"xy}\n{}"]), [garbage.clone(), object("{}")]);
        assert_eq!(all(&[b"xy{}"]), [garbage, object("{}")]);
        assert_eq!(all(&[b"{\"a\n\":1}\n{}"])[0], Frame::Garbage("unterminated string"));
    }

    #[test]
    fn too_long_is_told_however_it_comes() {
        let long = vec![b'a'; LONGEST + 1];
        assert!(Frames::default().next(&long).is_err());
        let mut frames = Frames::default();
        assert!(frames.next(&long[..LONGEST]).is_ok() && frames.next(b"a").is_err());
        let open = [b"{\"".as_slice(), &long].concat();
        assert!(Frames::default().next(&open).is_err());
        let mut exact = [b"{\"".as_slice(), &long[..LONGEST - 6], b"\":1}"].concat();
        assert_eq!(exact.len(), LONGEST);
        assert!(matches!(Frames::default().next(&exact), Ok((Some(Frame::Object(_)), LONGEST))));
        exact.insert(2, b'a');
        assert!(Frames::default().next(&exact).is_err());
    }
}
