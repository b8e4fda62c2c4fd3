//! User properties as values of the caller's own types.

use std::future::ready;

use futures_core::stream::BoxStream;
use futures_util::TryStreamExt as _;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::v1::types::UserPropertyValue;
use super::v1::user_property::UserProperty;
use crate::error::Error;
use crate::transport::decode;
use crate::{AccountId, Sending};

/// The most keys that the server sends at once.
const KEYS_PER_PAGE: i32 = 25;

/// The part of a property that the caller's type is read from.
#[derive(Deserialize)]
struct Valued<T> {
    value: T,
}

impl UserProperty {
    /// The keys of all properties of a user, as a `Stream`. Their order is not defined.
    ///
    /// It asks for the largest pages; `list` has every setting.
    #[must_use]
    pub fn keys(&self, account: impl Into<AccountId>) -> BoxStream<'static, Result<String, Error>> {
        let keys = self.list(account).limit(KEYS_PER_PAGE).items();
        Box::pin(keys.try_filter_map(|key| ready(Ok(key.key))))
    }

    /// The value of a property as a type of one's own; `None` where there is no such property.
    ///
    /// The server says the same of an account that is not there, or that the caller may not see.
    ///
    /// ```no_run
    /// # async fn example(site: spacewright::confluence_cloud::Client) -> Result<(), spacewright::Error> {
    /// #[derive(Default, serde::Serialize, serde::Deserialize)]
    /// struct Settings {
    ///     columns: u8,
    /// }
    ///
    /// let (account, key) = ("5b10ac8d82e05b22cc7d4ef5", "settings");
    /// let mut settings: Settings = site.user_property().get_as(account, key).await?.unwrap_or_default();
    /// settings.columns += 1;
    /// site.user_property().set(account, key, &settings).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When the key breaks the server's rules (nothing is sent then), when the request fails, and with
    /// [`ErrorKind::Mismatch`](crate::ErrorKind::Mismatch) when the value does not fit the type: the
    /// message says where.
    pub async fn get_as<T: DeserializeOwned>(
        &self,
        account: impl Into<AccountId>,
        key: impl AsRef<str>,
    ) -> Result<Option<T>, Error> {
        let request = self.get(account, key);
        match Sending::new(request.call, decode::json::<Valued<T>>).await {
            Ok(property) => Ok(Some(property.value)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Keeps a value with a user, whether the property is there already or not.
    ///
    /// It is updated first, and created only where it is missing: a property is set more often than it
    /// is new, and an update can be tried again after a broken connection, which a create cannot. When
    /// somebody else creates it in between, it is updated once more. The last one who sets it wins.
    ///
    /// # Errors
    /// When the key breaks the server's rules or the value cannot be written as JSON (nothing is sent
    /// then), and when a request fails.
    pub async fn set<T: Serialize + ?Sized>(
        &self,
        account: impl Into<AccountId>,
        key: impl AsRef<str>,
        value: &T,
    ) -> Result<(), Error> {
        let (account, key) = (account.into(), key.as_ref());
        let value = serde_json::to_value(value).map_err(|error| {
            Error::invalid_input("the value cannot be written as JSON; nothing was sent")
                .with_source(error)
        })?;
        let value = UserPropertyValue::new(value);
        match self.update(&account, key, value.clone()).await {
            Err(error) if error.is_not_found() => {}
            updated => return updated,
        }
        match self.create(&account, key, value.clone()).await {
            Err(error) if error.is_conflict() => self.update(&account, key, value).await,
            created => created,
        }
    }
}
