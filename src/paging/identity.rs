//! What tells the items of a list apart.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::io;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use siphasher::sip::SipHasher13;

/// What tells an item of a list from another.
pub trait Identify: Serialize {
    /// Whether an item keeps its identity when its other fields change.
    #[doc(hidden)]
    const STABLE: bool = false;

    /// A number that is the same for the same item, under one key.
    #[doc(hidden)]
    #[allow(private_interfaces)]
    fn identity(&self, key: Key) -> u64 {
        key.of_whole(self)
    }
}

impl Identify for String {
    const STABLE: bool = true;

    #[allow(private_interfaces)]
    fn identity(&self, key: Key) -> u64 {
        key.of(self)
    }
}

impl Identify for Value {}
impl Identify for i64 {}

/// The key of a walk's identities. Each walk draws its own: whoever chooses names on the server cannot
/// make two that are taken for one. A position carries it to other processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Key(u64);

impl Key {
    pub(crate) fn draw() -> Self {
        Self(fastrand::u64(..))
    }

    /// The identity by one field.
    pub(crate) fn of<T: Hash + ?Sized>(self, field: &T) -> u64 {
        let mut hasher = self.hasher();
        field.hash(&mut hasher);
        hasher.finish()
    }

    /// The identity by all that an item holds.
    pub(crate) fn of_whole<T: Serialize + ?Sized>(self, item: &T) -> u64 {
        let mut writer = Written(self.hasher());
        // Writing into a hasher cannot fail; an item that cannot be written has no identity to compare.
        let _ = serde_json::to_writer(&mut writer, item);
        writer.0.finish()
    }

    /// Not std's: its hash may be another in the process that a position is taken up in.
    fn hasher(self) -> SipHasher13 {
        SipHasher13::new_with_keys(self.0, 0)
    }
}

/// Hashes what is written to it.
struct Written(SipHasher13);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A set of identities, which are hashes already.
pub(crate) type Identities = HashSet<u64, BuildHasherDefault<Itself>>;

/// The hash of an identity: itself.
#[derive(Default)]
pub(crate) struct Itself(u64);

impl Hasher for Itself {
    fn write(&mut self, bytes: &[u8]) {
        // Only numbers are hashed; others would still be told apart, slowly.
        self.0 = bytes
            .iter()
            .fold(self.0, |hash, byte| hash.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, identity: u64) {
        self.0 = identity;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_the_same_under_its_key_and_another_under_another() {
        let (one, other) = (Key(1), Key(2));
        assert_eq!(one.of("morgan"), one.of(&"morgan".to_owned()));
        assert_ne!(one.of("morgan"), one.of("robin"));
        assert_ne!(one.of("morgan"), other.of("morgan"));
        let item = serde_json::json!({ "name": "morgan" });
        assert_eq!(one.of_whole(&item), item.identity(one));
        assert_ne!(item.identity(one), item.identity(other));
    }

    #[test]
    fn a_key_that_was_kept_gives_the_same_identities() {
        let key = Key::draw();
        let kept = serde_json::to_string(&key).unwrap();
        let kept: Key = serde_json::from_str(&kept).unwrap();
        assert_eq!(kept.of("morgan"), key.of("morgan"));
    }
}
