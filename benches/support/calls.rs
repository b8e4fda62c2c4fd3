//! Each call twice: through the crate, and by hand.

use std::sync::Arc;

use futures_util::TryStreamExt as _;
use futures_util::future::try_join_all;
use reqwest::ClientBuilder;
use reqwest::dns::{Name, Resolve, Resolving};
use spacewright::Auth;
use spacewright::confluence_dc::{Client, types};
use tokio::runtime::Runtime;

use super::by_hand::{ByHand, Problem};
use super::{models, server};

const TOKEN: &str = "NjQ5MzI4NzEyMzQ1OkFiQ2RFZkdoSWpLbE1uT3A";

/// Both clients, and the thread that they run in.
pub struct Bench {
    pub runtime: Runtime,
    pub ours: Client,
    pub by_hand: ByHand,
}

/// How a call is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    Ours,
    ByHand,
}

impl Bench {
    /// Clients of a server on the loopback, with their connections open.
    pub fn new() -> Self {
        let bench = Self::with(&server::start(), |builder| builder);
        // The first calls also connect and fill caches; the long ones come first, as what they leave behind
        // is tidied up by the allocator in the calls after them.
        for way in [Way::Ours, Way::ByHand] {
            bench.list(way, 400);
        }
        for way in [Way::Ours, Way::ByHand] {
            (0..3).for_each(|_| bench.get(way));
            bench.create(way);
            bench.fail(way);
        }
        bench
    }

    /// Clients whose server's address is never found: a request is put together and goes no further.
    pub fn without_server() -> Self {
        let bench = Self::with("http://bench.invalid/confluence", |builder| {
            builder.dns_resolver(Arc::new(Never))
        });
        for way in [Way::Ours, Way::ByHand] {
            (0..3).for_each(|_| bench.request_path(way));
        }
        bench
    }

    /// Runs a call, and lets its connection go back to the pool, or the next call would open another.
    fn run<T>(&self, call: impl Future<Output = T>) -> T {
        self.runtime.block_on(async {
            let result = call.await;
            for _ in 0..4 {
                tokio::task::yield_now().await;
            }
            result
        })
    }

    fn with(base: &str, http: fn(ClientBuilder) -> ClientBuilder) -> Self {
        let ours = Client::builder(base)
            .auth(Auth::personal_access_token(TOKEN))
            .allow_http("bench.invalid")
            .http(http)
            .build();
        let by_hand = ByHand::new(http(reqwest::Client::builder().no_proxy()), base, TOKEN);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        Self {
            runtime: runtime.unwrap(),
            ours: ours.unwrap(),
            by_hand,
        }
    }

    /// One object.
    pub fn get(&self, way: Way) {
        self.run(async {
            match way {
                Way::Ours => drop(self.our_space().await.unwrap()),
                Way::ByHand => drop(self.by_hand.space("TEST").await.unwrap()),
            }
        });
    }

    async fn our_space(&self) -> Result<types::Space, spacewright::Error> {
        self.ours
            .space()
            .get("TEST")
            .expand("homepage")
            .expand("description.plain")
            .await
    }

    /// A request with a body.
    pub fn create(&self, way: Way) {
        self.run(async {
            match way {
                Way::Ours => {
                    let user = types::NewUser::new("morgan", "Morgan Lee", "morgan@example.com");
                    let request = self
                        .ours
                        .admin_user()
                        .create(user.password("a long password"));
                    assert!(request.await.unwrap().user_key.is_some());
                }
                Way::ByHand => {
                    let user = models::NewUser {
                        user_name: "morgan",
                        full_name: "Morgan Lee",
                        email: "morgan@example.com",
                        password: "a long password",
                    };
                    assert!(
                        self.by_hand
                            .create_user(&user)
                            .await
                            .unwrap()
                            .user_key
                            .is_some()
                    );
                }
            }
        });
    }

    /// An error answer.
    pub fn fail(&self, way: Way) {
        self.run(async {
            match way {
                Way::Ours => {
                    let request = self.ours.space().get("NONE");
                    assert!(request.await.is_err_and(|error| error.is_not_found()));
                }
                Way::ByHand => {
                    let result = self.by_hand.space("NONE").await;
                    assert!(matches!(result, Err(Problem::Refused(status, _)) if status == 404));
                }
            }
        });
    }

    /// The first users of a long list, page by page.
    pub fn list(&self, way: Way, users: u64) {
        let count = self.run(async {
            match way {
                Way::Ours => {
                    let items = self
                        .ours
                        .admin_users()
                        .list_active()
                        .limit(200)
                        .max_items(users)
                        .items();
                    let count = items.try_fold(0, |count, _| std::future::ready(Ok(count + 1)));
                    count.await.unwrap()
                }
                Way::ByHand => {
                    let mut count = 0;
                    while count < users {
                        let page = self.by_hand.users(count, 200).await.unwrap();
                        count += page.results.len() as u64;
                        if page.links.is_none_or(|links| links.next.is_none()) {
                            break;
                        }
                    }
                    count
                }
            }
        });
        assert_eq!(count, users);
    }

    /// Many calls at once.
    pub fn at_once(&self, way: Way, calls: usize) {
        self.run(async {
            let count = match way {
                Way::Ours => try_join_all((0..calls).map(|_| self.our_space()))
                    .await
                    .unwrap()
                    .len(),
                Way::ByHand => {
                    let calls = (0..calls).map(|_| self.by_hand.space("TEST"));
                    try_join_all(calls).await.unwrap().len()
                }
            };
            assert_eq!(count, calls);
        });
    }

    /// Everything up to the request that would be sent: the call is polled once and given up.
    pub fn request_path(&self, way: Way) {
        self.run(async {
            match way {
                Way::Ours => assert!(futures_util::poll!(Box::pin(self.our_space())).is_pending()),
                Way::ByHand => {
                    assert!(futures_util::poll!(Box::pin(self.by_hand.space("TEST"))).is_pending())
                }
            }
        });
    }
}

/// A resolver that never finds an address.
struct Never;

impl Resolve for Never {
    fn resolve(&self, _: Name) -> Resolving {
        Box::pin(std::future::pending())
    }
}
