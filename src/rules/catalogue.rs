use crate::model::sorted::{Map, Set};

use super::{ScopeBits, Seed};
use crate::model::{Code, Error, Result};

/// The scope that implies all others, in every face.
pub const ADMIN: &str = "admin";

const MAX_SCOPES: usize = 1024;
const MAX_NAME: usize = 128;
const MAX_DESCRIPTION: usize = 1024;

/// A scope as plain data.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScopeDef {
    /// 1 to 128 characters of `A-Z a-z 0-9 _ - . : /`, beginning with a letter.
    pub name: String,
    /// Scopes that come with it.
    pub implies: Vec<String>,
    /// To be marked where people assign it.
    pub dangerous: bool,
    /// For people to read.
    pub description: String,
}

/// The built-in scopes: what Doorward itself asks for.
pub fn builtin() -> Vec<ScopeDef> {
    let scope = |name: &str, implies: &[&str], dangerous, description: &str| ScopeDef {
        name: name.to_owned(),
        implies: implies.iter().map(|&name| name.to_owned()).collect(),
        dangerous,
        description: description.to_owned(),
    };
    vec![
        scope(ADMIN, &[], true, "Everything, in every face"),
        scope("self.read", &[], false, "Read one's own record, settings and tokens; every user holds it"),
        scope(
            "self.manage",
            &["self.read"],
            false,
            "Change one's own settings, password and tokens; every user holds it",
        ),
        scope("users.read", &[], false, "List and read all users"),
        scope(
            "users.manage",
            &["users.read"],
            true,
            "Add, change and remove users who hold no more than oneself",
        ),
        scope("groups.read", &[], false, "List and read groups"),
        scope(
            "groups.manage",
            &["groups.read"],
            true,
            "Add, change and remove groups that hold no more than oneself",
        ),
        scope("resources.read", &[], false, "List all resources and links"),
        scope("resources.manage", &["resources.read"], true, "Add, change and remove resources and links"),
        scope("audit.read", &[], false, "Read the audit"),
    ]
}

/// The scopes everybody holds on the own account. A token with scopes of its own has to name them.
pub(super) const SELF_MANAGE: &str = "self.manage";
pub(super) const SELF_READ: &str = "self.read";

/// Scopes compiled to bits: implications are transitive, cycles and unknown names are refused when it is made.
#[derive(Debug, Clone)]
pub struct Catalogue {
    defs: Vec<ScopeDef>,
    numbers: Map<String, usize>,
    closures: Vec<ScopeBits>,
    seeds: Vec<Seed>,
}

impl Catalogue {
    /// Compiles the built-in scopes and the host's own.
    ///
    /// # Errors
    /// `invalidCatalogue` for a malformed or duplicate name or a cycle, `unknownScope` for an implication that names
    /// no scope, `limitExceeded` beyond 1,024 scopes.
    pub fn compile(own: &[ScopeDef]) -> Result<Self> {
        let defs: Vec<ScopeDef> = builtin().into_iter().chain(own.iter().cloned()).collect();
        if defs.len() > MAX_SCOPES {
            return Err(Error::new(
                Code::LimitExceeded,
                format!("{} scopes; at most {MAX_SCOPES} fit", defs.len()),
            ));
        }
        let mut numbers = Map::new();
        for (number, def) in defs.iter().enumerate() {
            check_name(&def.name)?;
            if def.description.chars().count() > MAX_DESCRIPTION {
                let message = format!(
                    "the description of scope `{}` is longer than {MAX_DESCRIPTION} characters",
                    def.name
                );
                return Err(Error::new(Code::LimitExceeded, message));
            }
            if numbers.insert(def.name.clone(), number).is_some() {
                return Err(Error::new(
                    Code::InvalidCatalogue,
                    format!("scope `{}` is defined twice", def.name),
                ));
            }
        }
        let mut edges = Vec::with_capacity(defs.len());
        for def in &defs {
            let mut implied = Vec::with_capacity(def.implies.len());
            for name in &def.implies {
                implied.push(number_of(&numbers, name)?);
            }
            edges.push(implied);
        }
        let mut closures = closures(&defs, &edges)?;
        for closure in closures.iter_mut().filter(|closure| closure.contains(0)) {
            (0..defs.len()).for_each(|number| closure.insert(number));
        }
        Ok(Self { defs, numbers, closures, seeds: Vec::new() })
    }

    /// With the groups that come along.
    #[must_use]
    pub fn with_seeds(self, seeds: Vec<Seed>) -> Self {
        Self { seeds, ..self }
    }

    /// The groups that come along.
    pub fn seeds(&self) -> &[Seed] {
        &self.seeds
    }

    /// The definitions; a scope's number is its position.
    pub fn defs(&self) -> &[ScopeDef] {
        &self.defs
    }

    /// # Errors
    /// `unknownScope`
    pub fn number(&self, name: &str) -> Result<usize> {
        number_of(&self.numbers, name)
    }

    /// The name behind a number.
    pub fn name(&self, number: usize) -> Option<&str> {
        self.defs.get(number).map(|def| def.name.as_str())
    }

    /// The names of scopes, in the catalogue's order.
    pub fn names(&self, bits: &ScopeBits) -> Vec<&str> {
        let mut names = Vec::new();
        for number in bits.iter() {
            names.extend(self.name(number));
        }
        names
    }

    /// The scopes and all they imply. A name that is not (any more) in the catalogue grants nothing: a host may open
    /// a store without a scope it had before.
    pub fn expand<'a>(&self, names: impl IntoIterator<Item = &'a String>) -> ScopeBits {
        let mut bits = self.none();
        for name in names {
            if let Some(closure) = self.numbers.get(name).and_then(|&number| self.closures.get(number)) {
                bits.union(closure);
            }
        }
        bits
    }

    /// The empty set.
    pub fn none(&self) -> ScopeBits {
        ScopeBits::none(self.defs.len())
    }

    /// Does the scope come with `granted`, itself included?
    pub fn implied_by(&self, granted: &str, number: usize) -> bool {
        self.numbers
            .get(granted)
            .and_then(|&granted| self.closures.get(granted))
            .is_some_and(|bits| bits.contains(number))
    }

    /// Names as given by a caller, known and without duplicates.
    ///
    /// # Errors
    /// `unknownScope`
    pub fn check(&self, names: impl IntoIterator<Item = String>) -> Result<Set<String>> {
        let mut known = Set::new();
        for name in names {
            self.number(&name)?;
            known.insert(name);
        }
        Ok(known)
    }

    /// Is one of these scopes, or one that comes with them, dangerous?
    pub fn dangerous(&self, bits: &ScopeBits) -> bool {
        bits.iter().any(|number| self.defs.get(number).is_some_and(|def| def.dangerous))
    }
}

fn number_of(numbers: &Map<String, usize>, name: &str) -> Result<usize> {
    numbers.get(name).copied().ok_or_else(|| {
        Error::new(
            Code::UnknownScope,
            format!("`{}` is no scope of the catalogue", super::checks::excerpt(name)),
        )
        .at("scopes")
    })
}

fn check_name(name: &str) -> Result<()> {
    let good = name.len() <= MAX_NAME
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '/'));
    if good {
        return Ok(());
    }
    let message = format!("`{}` cannot be a scope's name", super::checks::excerpt(name));
    Err(Error::new(Code::InvalidCatalogue, message))
}

/// Depth-first, without recursion: a chain may be as long as the catalogue.
fn closures(defs: &[ScopeDef], edges: &[Vec<usize>]) -> Result<Vec<ScopeBits>> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done,
    }
    let mut marks = vec![Mark::New; defs.len()];
    let mut closures = vec![ScopeBits::none(defs.len()); defs.len()];
    for root in 0..defs.len() {
        let mut stack = vec![root];
        while let Some(&at) = stack.last() {
            let implied = edges.get(at).map_or(&[][..], Vec::as_slice);
            match marks.get(at).copied() {
                Some(Mark::New) => {
                    set(&mut marks, at, Mark::Open);
                    for &next in implied {
                        match marks.get(next).copied() {
                            Some(Mark::Open) => {
                                let name = defs.get(next).map_or("", |def| def.name.as_str());
                                return Err(Error::new(
                                    Code::InvalidCatalogue,
                                    format!("scope `{name}` implies itself"),
                                ));
                            }
                            Some(Mark::New) => stack.push(next),
                            _ => {}
                        }
                    }
                }
                Some(Mark::Open) => {
                    let mut bits = ScopeBits::none(defs.len());
                    bits.insert(at);
                    for &next in implied {
                        if let Some(closure) = closures.get(next) {
                            bits.union(closure);
                        }
                    }
                    set(&mut closures, at, bits);
                    set(&mut marks, at, Mark::Done);
                    stack.pop();
                }
                _ => {
                    stack.pop();
                }
            }
        }
    }
    Ok(closures)
}

fn set<T>(list: &mut [T], at: usize, value: T) {
    if let Some(slot) = list.get_mut(at) {
        *slot = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn def(name: &str, implies: &[&str]) -> ScopeDef {
        ScopeDef {
            name: name.into(),
            implies: implies.iter().map(|&n| n.into()).collect(),
            ..ScopeDef::default()
        }
    }

    #[test]
    fn implications_are_transitive() -> Result<()> {
        let catalogue =
            Catalogue::compile(&[def("a", &["b"]), def("b", &["c"]), def("c", &[]), def("d", &["a", "c"])])?;
        let bits = catalogue.expand([&"a".to_owned()]);
        let names: Vec<_> = bits.iter().filter_map(|number| catalogue.name(number)).collect();
        assert_eq!(names, ["a", "b", "c"]);
        Ok(())
    }

    #[test]
    fn admin_implies_all() -> Result<()> {
        let catalogue = Catalogue::compile(&[def("printer.start", &[])])?;
        let bits = catalogue.expand([&ADMIN.to_owned()]);
        assert_eq!(bits.iter().count(), catalogue.defs().len());
        Ok(())
    }

    #[test]
    fn cycles_and_bad_names_are_refused() {
        let code = |defs: &[ScopeDef]| Catalogue::compile(defs).err().map(|error| error.code());
        assert_eq!(code(&[def("a", &["b"]), def("b", &["a"])]), Some(Code::InvalidCatalogue));
        assert_eq!(code(&[def("a", &["a"])]), Some(Code::InvalidCatalogue));
        assert_eq!(
            code(&[def("x", &["a"]), def("a", &["b"]), def("b", &["c"]), def("c", &["a"])]),
            Some(Code::InvalidCatalogue)
        );
        assert_eq!(code(&[def("a", &["nope"])]), Some(Code::UnknownScope));
        assert_eq!(code(&[def("a", &[]), def("a", &[])]), Some(Code::InvalidCatalogue));
        assert_eq!(code(&[def("admin", &[])]), Some(Code::InvalidCatalogue));
        for name in ["", "1a", "a b", "a\u{1f}", "ä"] {
            assert_eq!(code(&[def(name, &[])]), Some(Code::InvalidCatalogue), "{name:?}");
        }
    }

    #[test]
    fn a_scope_that_left_the_catalogue_grants_nothing() -> Result<()> {
        let catalogue = Catalogue::compile(&[])?;
        assert_eq!(catalogue.expand([&"gone".to_owned()]), catalogue.none());
        Ok(())
    }
}
