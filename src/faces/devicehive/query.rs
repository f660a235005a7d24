//! Parameters of lists (spec §2.2), and the order they ask for.

use super::fault::Fault;
use crate::faces::web::{Asked, parameter};

/// The column a list is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// By id: the order of creation.
    Id,
    /// By login or by name.
    Name,
}

/// Of what a list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Listed {
    Users,
    /// Networks or device types.
    Places,
}

impl Listed {
    /// What the exact parameter and the field to sort by are called.
    fn name(self) -> &'static str {
        match self {
            Self::Users => "login",
            Self::Places => "name",
        }
    }
}

/// What a list is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) name: Option<String>,
    pub(super) pattern: Option<Pattern>,
    pub(super) role: Option<i64>,
    pub(super) status: Option<i64>,
    pub(super) sort: Sort,
    pub(super) descending: bool,
    pub(super) take: usize,
    pub(super) skip: usize,
}

fn given(request: &Asked, key: &str) -> Option<String> {
    request.uri().query().and_then(|query| parameter(query.as_bytes(), key))
}

fn number(request: &Asked, key: &str) -> Result<Option<i64>, Fault> {
    given(request, key).map(|text| text.parse().map_err(|_| Fault::parameters())).transpose()
}

impl Query {
    /// What a count is asked for: all that fits; how a list would be cut and sorted is ignored.
    ///
    /// # Errors
    /// 400
    pub(super) fn filters(request: &Asked, of: Listed) -> Result<Self, Fault> {
        let name = of.name();
        // Roles and statuses are users' alone: elsewhere they are parameters nobody knows.
        let users = |key| if of == Listed::Users { number(request, key) } else { Ok(None) };
        Ok(Self {
            name: given(request, name),
            pattern: given(request, &format!("{name}Pattern")).map(|text| Pattern::parse(&text)),
            role: users("role")?,
            status: users("status")?,
            descending: false,
            sort: Sort::Id,
            take: usize::MAX,
            skip: 0,
        })
    }

    /// What a list is asked for.
    ///
    /// # Errors
    /// 400
    pub(super) fn of(request: &Asked, of: Listed) -> Result<Self, Fault> {
        let given = |key: &str| given(request, key);
        let size = |key: &str| match number(request, key)? {
            None => Ok(None),
            Some(size) => usize::try_from(size).map(Some).map_err(|_| Fault::parameters()),
        };
        let sort = match given("sortField") {
            None => None,
            Some(field) if field.eq_ignore_ascii_case("id") => Some(Sort::Id),
            Some(field) if field.eq_ignore_ascii_case(of.name()) => Some(Sort::Name),
            Some(_) => return Err(Fault::parameters()),
        };
        let descending = match given("sortOrder") {
            None => false,
            Some(order) if order.eq_ignore_ascii_case("asc") => false,
            Some(order) if order.eq_ignore_ascii_case("desc") => true,
            Some(order) => return Err(Fault::bad(format!("Unparseable sort order : {order}"))),
        };
        Ok(Self {
            descending: descending && sort.is_some(),
            sort: sort.unwrap_or(Sort::Id),
            take: size("take")?.unwrap_or(usize::MAX),
            skip: size("skip")?.unwrap_or(0),
            ..Self::filters(request, of)?
        })
    }
}

/// A pattern of SQL's LIKE, over the whole text, case-sensitive: `%` any run, `_` one character, a backslash before either
/// takes its meaning away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern(Vec<Part>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Exactly(char),
    One,
    Run,
}

impl Pattern {
    pub(super) fn parse(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            let part = match c {
                '%' => Part::Run,
                '_' => Part::One,
                '\\' => Part::Exactly(chars.next().unwrap_or('\\')),
                c => Part::Exactly(c),
            };
            // Two runs in a row are one.
            if part != Part::Run || parts.last() != Some(&Part::Run) {
                parts.push(part);
            }
        }
        Self(parts)
    }

    /// What every text that fits begins with.
    pub(super) fn prefix(&self) -> String {
        let literal = |part: &Part| match part {
            Part::Exactly(c) => Some(*c),
            Part::One | Part::Run => None,
        };
        self.0.iter().map_while(literal).collect()
    }

    /// Goes back to the last run only, so that it takes at most as many steps as text and pattern multiplied.
    pub(super) fn fits(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let (mut at, mut part, mut back) = (0, 0, None);
        while let Some(&c) = text.get(at) {
            match self.0.get(part) {
                Some(Part::Run) => {
                    back = Some((at, part));
                    part += 1;
                }
                Some(Part::One) => (at, part) = (at + 1, part + 1),
                Some(Part::Exactly(wanted)) if *wanted == c => (at, part) = (at + 1, part + 1),
                _ => match &mut back {
                    Some((from, run)) => {
                        *from += 1;
                        (at, part) = (*from, *run + 1);
                    }
                    None => return false,
                },
            }
        }
        self.0.get(part..).is_some_and(|rest| rest.iter().all(|part| *part == Part::Run))
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, word by word.
    fn naive(pattern: &[Part], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some((Part::Run, rest)) => (0..=text.len()).any(|at| naive(rest, &text[at..])),
            Some((Part::One, rest)) => !text.is_empty() && naive(rest, &text[1..]),
            Some((Part::Exactly(c), rest)) => text.first() == Some(c) && naive(rest, &text[1..]),
        }
    }

    proptest! {
        #[test]
        fn fits_as_defined(pattern in "[ab%_]{0,8}", text in "[ab]{0,8}") {
            let pattern = Pattern::parse(&pattern);
            let chars: Vec<char> = text.chars().collect();
            prop_assert_eq!(pattern.fits(&text), naive(&pattern.0, &chars));
        }
    }

    #[test]
    fn escapes_and_prefixes() {
        assert!(Pattern::parse("a\\%b").fits("a%b") && !Pattern::parse("a\\%b").fits("axb"));
        assert_eq!(Pattern::parse("it-%").prefix(), "it-");
        assert_eq!(Pattern::parse("%x").prefix(), "");
        assert_eq!(Pattern::parse("a\\_b%").prefix(), "a_b");
        assert!(Pattern::parse("it-").fits("it-") && !Pattern::parse("it-").fits("it-a"));
    }
}
