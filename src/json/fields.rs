use super::value::{Members, Value};

/// What is wrong with an object, by the path of the member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is no object at all.
    Malformed,
    /// A member nobody asked for.
    Unknown(String),
    /// A member that has to be there.
    Missing(String),
    /// Of the wrong type, or out of bounds.
    Wrong(String),
}

/// An object being read by the names of its members. What is wrong is told at the end, by [`Fields::done`]; until then
/// empty values stand in. Of two members of one name the last counts.
pub(crate) struct Fields<'a> {
    members: Members<'a>,
    path: &'static str,
    fault: Option<Fault>,
}

impl<'a> Fields<'a> {
    pub(crate) fn parse(text: &'a str) -> Self {
        Self::of(Value::parse(text), "")
    }

    /// `path` stands before the names in what is told.
    pub(crate) fn of(object: Option<Value<'a>>, path: &'static str) -> Self {
        match object.and_then(Value::members) {
            Some(members) => Self { members, path, fault: None },
            None => Self { members: Vec::new(), path, fault: Some(Fault::Malformed) },
        }
    }

    /// All has been asked for: is there more, or was something wrong?
    pub(crate) fn done(self) -> Result<(), Fault> {
        match (self.fault, self.members.into_iter().next()) {
            (Some(fault), _) => Err(fault),
            (None, Some((name, _))) => Err(Fault::Unknown(name.into_owned())),
            (None, None) => Ok(()),
        }
    }

    /// A member as it is, null included.
    pub(crate) fn given(&mut self, name: &str) -> Option<Value<'a>> {
        let mut found = None;
        self.members.retain(|(key, value)| {
            let hit = key == name;
            if hit {
                found = Some(*value);
            }
            !hit
        });
        found
    }

    /// Is there such a member, and is it not null?
    pub(crate) fn has(&self, name: &str) -> bool {
        self.members.iter().any(|(key, value)| key == name && !value.is_null())
    }

    /// A member that is there and not null.
    fn some(&mut self, name: &str) -> Option<Value<'a>> {
        self.given(name).filter(|value| !value.is_null())
    }

    pub(crate) fn wrong(&mut self, name: &str) {
        let path = format!("{}{name}", self.path);
        self.fault.get_or_insert(Fault::Wrong(path));
    }

    fn missing(&mut self, name: &str) {
        let path = format!("{}{name}", self.path);
        self.fault.get_or_insert(Fault::Missing(path));
    }

    /// An optional member, read by `read`; null is the same as absent.
    pub(crate) fn maybe<T>(&mut self, name: &str, read: impl FnOnce(Value<'a>) -> Option<T>) -> Option<T> {
        let value = self.some(name)?;
        let read = read(value);
        if read.is_none() {
            self.wrong(name);
        }
        read
    }

    /// A member that has to be there.
    pub(crate) fn need(&mut self, name: &str) -> Option<Value<'a>> {
        let value = self.given(name);
        if value.is_none() {
            self.missing(name);
        }
        value
    }

    fn read<T: Default>(&mut self, name: &str, read: fn(Value<'a>) -> Option<T>) -> T {
        let Some(value) = self.need(name) else { return T::default() };
        read(value).unwrap_or_else(|| {
            self.wrong(name);
            T::default()
        })
    }

    pub(crate) fn text(&mut self, name: &str) -> String {
        self.read(name, Value::text)
    }

    pub(crate) fn number(&mut self, name: &str) -> u64 {
        self.read(name, Value::number)
    }

    pub(crate) fn small(&mut self, name: &str) -> u32 {
        self.read(name, Value::small)
    }

    pub(crate) fn flag(&mut self, name: &str) -> bool {
        self.read(name, Value::flag)
    }

    #[cfg(any(feature = "faces", test))]
    pub(crate) fn items(&mut self, name: &str) -> Vec<Value<'a>> {
        self.read(name, Value::items)
    }

    pub(crate) fn maybe_text(&mut self, name: &str) -> Option<String> {
        self.maybe(name, Value::text)
    }

    pub(crate) fn maybe_number(&mut self, name: &str) -> Option<u64> {
        self.maybe(name, Value::number)
    }

    pub(crate) fn maybe_flag(&mut self, name: &str) -> Option<bool> {
        self.maybe(name, Value::flag)
    }

    pub(crate) fn maybe_texts(&mut self, name: &str) -> Option<Vec<String>> {
        self.maybe(name, Value::texts)
    }

    /// Empty where it is absent; null is wrong.
    pub(crate) fn text_or_empty(&mut self, name: &str) -> String {
        match self.given(name).map(Value::text) {
            None => String::new(),
            Some(Some(text)) => text,
            Some(None) => {
                self.wrong(name);
                String::new()
            }
        }
    }
}
