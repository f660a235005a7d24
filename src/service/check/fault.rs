use crate::store::Key;

/// What is wrong with a record or an index entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// An index entry that a record asks for is not there.
    Missing,
    /// An index entry says something else than its record.
    Wrong,
    /// An index entry, or what hangs on a record, without a record that asks for it.
    Leftover,
    /// A record of a user who is gone.
    Orphan,
    /// A record refers to something that is gone.
    Dangling,
    /// A count is not that of what is counted.
    Miscounted,
    /// A sequence is behind a number that was given out.
    Behind,
    /// The record cannot be read.
    Unreadable,
    /// The record is that of another key.
    Misplaced,
    /// Two records claim one index entry.
    Clash,
    /// A record refers to what there cannot be.
    Senseless,
    /// Nothing that Doorward writes.
    Foreign,
}

impl Fault {
    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Wrong => "wrong",
            Self::Leftover => "leftover",
            Self::Orphan => "orphan",
            Self::Dangling => "dangling",
            Self::Miscounted => "miscounted",
            Self::Behind => "behind",
            Self::Unreadable => "unreadable",
            Self::Misplaced => "misplaced",
            Self::Clash => "clash",
            Self::Senseless => "senseless",
            Self::Foreign => "foreign",
        }
    }

    /// Can it be mended from what the store holds? What cannot is for people to decide.
    pub fn mendable(self) -> bool {
        match self {
            Self::Missing
            | Self::Wrong
            | Self::Leftover
            | Self::Orphan
            | Self::Dangling
            | Self::Miscounted
            | Self::Behind => true,
            Self::Unreadable | Self::Misplaced | Self::Clash | Self::Senseless | Self::Foreign => false,
        }
    }
}

/// Something that is wrong with a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where.
    pub key: Key,
    /// What.
    pub fault: Fault,
    /// It is right by now.
    pub mended: bool,
}

impl Finding {
    /// The family, and what stands in it, for people to read: of a digest only its beginning.
    pub fn place(&self) -> (&str, String) {
        let mut elements = self.key.iter().map(String::as_str);
        let family = elements.next().unwrap_or_default();
        let shown = elements.map(|element| match element.get(..8) {
            Some(begin) if family == "token" => format!("{begin}…"),
            _ => element.chars().take(128).collect(),
        });
        (family, shown.collect::<Vec<_>>().join("/"))
    }
}
