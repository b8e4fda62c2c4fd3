//! The caveats of tokens: what they look like, and whether they hold.

use std::net::Ipv4Addr;

use serde_json::{Value, json};

use super::failure::{Failure, bad};

/// The continents, and the European Union.
const REGIONS: &[&str] = &[
    "Africa",
    "Antarctica",
    "Asia",
    "Europe",
    "EU",
    "NorthAmerica",
    "Oceania",
    "SouthAmerica",
];

/// The interfaces that tokens are used by.
pub(super) const INTERFACES: &[&str] = &["rest", "oneclient", "graphsync"];

/// The zone among services.
pub(super) const ZONE: &str = "ozw-onezone";

/// What is known of the use of a token. What is not known counts as not fulfilled.
#[derive(Debug, Clone, Default)]
pub(super) struct Circumstances {
    /// In seconds since 1970.
    pub(super) now: i64,
    /// Where it comes from. The place is never known: no address is looked up anywhere.
    pub(super) peer: Option<Ipv4Addr>,
    pub(super) interface: Option<String>,
    /// The service that was given the token, such as `ozw-onezone`.
    pub(super) service: Option<String>,
    /// Who uses it, in all the ways that a caveat can name: the user, and the groups of the user.
    pub(super) consumers: Vec<String>,
    /// Whether tokens for some operations only, or some data only, are taken.
    pub(super) confined: Confined,
}

/// The caveats that confine a token to operations or data.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Confined {
    /// Neither kind is taken.
    #[default]
    Refused,
    /// Those for operations are. Which they name is not judged.
    Operations,
    /// Both are.
    Data,
}

impl Circumstances {
    /// Those of a call to the zone from this computer, by nobody in particular.
    pub(super) fn of_a_call(now: i64) -> Self {
        Self {
            now,
            peer: Some(Ipv4Addr::LOCALHOST),
            interface: Some("rest".to_owned()),
            service: Some(ZONE.to_owned()),
            confined: Confined::Operations,
            ..Self::default()
        }
    }

    /// An error that names the first caveat that does not hold.
    pub(super) fn check(&self, caveats: &[Value]) -> Result<(), Failure> {
        match caveats.iter().find(|caveat| !self.meet(caveat)) {
            Some(caveat) => Err(unverified(caveat)),
            None => Ok(()),
        }
    }

    fn meet(&self, caveat: &Value) -> bool {
        match kind(caveat) {
            "time" => ends(caveat).is_some_and(|end| end >= self.now),
            "ip" => self
                .peer
                .is_some_and(|peer| listed(caveat).any(|network| contains(network, peer))),
            "interface" => {
                self.interface.as_deref() == caveat.get("interface").and_then(Value::as_str)
            }
            "service" => self
                .service
                .as_deref()
                .is_some_and(|service| listed(caveat).any(|pattern| matches(pattern, service))),
            "consumer" => listed(caveat).any(|pattern| {
                self.consumers
                    .iter()
                    .any(|consumer| matches(pattern, consumer))
            }),
            "api" => self.confined != Confined::Refused,
            kind if kind.starts_with("data.") => self.confined == Confined::Data,
            // Places, which are not known.
            _ => false,
        }
    }
}

/// A caveat does not hold.
pub(super) fn unverified(caveat: &Value) -> Failure {
    bad(
        "tokenCaveatUnverified",
        "a caveat of the token does not hold",
    )
    .details(json!({ "caveat": caveat }))
}

pub(super) fn kind(caveat: &Value) -> &str {
    caveat
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// When the first caveat of time ends, in seconds since 1970.
pub(super) fn first_end(caveats: &[Value]) -> Option<i64> {
    caveats.iter().filter_map(ends).min()
}

fn ends(caveat: &Value) -> Option<i64> {
    caveat.get("validUntil").and_then(Value::as_i64)
}

/// The texts in the caveat's list.
pub(super) fn listed(caveat: &Value) -> impl Iterator<Item = &str> {
    let list = caveat.get("whitelist").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str)
}

/// `opw-*` stands for any id behind the hyphen.
fn matches(pattern: &str, name: &str) -> bool {
    pattern == name
        || pattern
            .strip_suffix('*')
            .is_some_and(|kind| kind.ends_with('-') && name.starts_with(kind))
}

/// A network as its first address and the length of its prefix. An address is a network of one.
fn network(text: &str) -> Option<(Ipv4Addr, u32)> {
    let (address, prefix) = text.split_once('/').unwrap_or((text, "32"));
    let prefix = prefix.parse().ok().filter(|prefix| *prefix <= 32)?;
    Some((address.parse().ok()?, prefix))
}

fn contains(text: &str, address: Ipv4Addr) -> bool {
    network(text).is_some_and(|(first, prefix)| {
        let mask = u32::MAX.checked_shl(32 - prefix).unwrap_or(0);
        first.to_bits() & mask == address.to_bits() & mask
    })
}

/// Whether this is a caveat at all.
pub(super) fn is_caveat(value: &Value) -> bool {
    let list_of = |key: &str, fits: &dyn Fn(&Value) -> bool| {
        value
            .get(key)
            .and_then(Value::as_array)
            .is_some_and(|list| !list.is_empty() && list.iter().all(fits))
    };
    let text = |one: &Value| one.is_string();
    let among = |key: &str, known: &[&str]| {
        value
            .get(key)
            .and_then(Value::as_str)
            .is_some_and(|text| known.contains(&text))
    };
    match kind(value) {
        "time" => ends(value).is_some(),
        "ip" => list_of("whitelist", &|one| one.as_str().and_then(network).is_some()),
        "asn" => list_of("whitelist", &Value::is_i64),
        "geo.country" => {
            let country = |one: &Value| one.as_str().is_some_and(|text| text.len() == 2);
            among("filter", &["whitelist", "blacklist"]) && list_of("list", &country)
        }
        "geo.region" => {
            let region = |one: &Value| one.as_str().is_some_and(|text| REGIONS.contains(&text));
            among("filter", &["whitelist", "blacklist"]) && list_of("list", &region)
        }
        "interface" => among("interface", INTERFACES),
        "service" | "consumer" | "api" | "data.path" | "data.objectid" => {
            list_of("whitelist", &text)
        }
        "data.readonly" => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caveat_holds_where_it_says() {
        let jane = Circumstances {
            consumers: vec!["usr-jane".to_owned(), "grp-team".to_owned()],
            ..Circumstances::of_a_call(1_767_225_600)
        };
        let cases = [
            (json!({ "type": "time", "validUntil": i64::MAX }), true),
            (json!({ "type": "time", "validUntil": 1 }), false),
            (
                json!({ "type": "ip", "whitelist": ["10.0.0.1", "127.0.0.0/8"] }),
                true,
            ),
            (json!({ "type": "ip", "whitelist": ["0.0.0.0/0"] }), true),
            (json!({ "type": "ip", "whitelist": ["127.0.0.2"] }), false),
            (json!({ "type": "interface", "interface": "rest" }), true),
            (
                json!({ "type": "interface", "interface": "oneclient" }),
                false,
            ),
            (
                json!({ "type": "service", "whitelist": ["opw-1", "ozw-*"] }),
                true,
            ),
            (json!({ "type": "service", "whitelist": ["opw-*"] }), false),
            (
                json!({ "type": "consumer", "whitelist": ["grp-team"] }),
                true,
            ),
            (json!({ "type": "consumer", "whitelist": ["usr-*"] }), true),
            (
                json!({ "type": "consumer", "whitelist": ["prv-*", "usr-joe"] }),
                false,
            ),
            (
                json!({ "type": "api", "whitelist": ["oz-worker/get/*.*.*:*"] }),
                true,
            ),
            (json!({ "type": "data.readonly" }), false),
            (
                json!({ "type": "geo.country", "filter": "blacklist", "list": ["PL"] }),
                false,
            ),
            (json!({ "type": "asn", "whitelist": [64500] }), false),
        ];
        for (caveat, holds) in cases {
            assert!(is_caveat(&caveat), "{caveat}");
            assert_eq!(
                jane.check(std::slice::from_ref(&caveat)).is_ok(),
                holds,
                "{caveat}"
            );
        }
    }

    #[test]
    fn what_is_no_caveat_is_told_from_one() {
        for value in [
            json!({}),
            json!(1),
            json!({ "type": "tiem" }),
            json!({ "type": "time" }),
            json!({ "type": "ip", "whitelist": [] }),
            json!({ "type": "ip", "whitelist": ["1.2.3.4.5"] }),
            json!({ "type": "ip", "whitelist": ["1.2.3.4/33"] }),
            json!({ "type": "asn", "whitelist": ["one"] }),
            json!({ "type": "geo.region", "filter": "whitelist", "list": ["Atlantis"] }),
            json!({ "type": "interface", "interface": "telnet" }),
        ] {
            assert!(!is_caveat(&value), "{value}");
        }
    }
}
