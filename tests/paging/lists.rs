//! The lists of all services as one kind: what the caller wants, and the ids that come.

use futures_util::{Stream, StreamExt};
use spacewright::onezone::types::MarketplaceQuery;
use spacewright::{Error, Position};
use spacewright::{confluence_cloud as cloud, confluence_dc as dc, onezone, workspaces};

use super::list_server::ListServer;
use super::ways::Style;

/// What the caller wants.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    pub size: i64,
    pub ahead: usize,
    pub make_sure: bool,
    pub max_items: Option<u64>,
    pub max_pages: Option<u64>,
    pub resume: Option<Position>,
}

impl Wish {
    /// Pages of this size, one after the other.
    pub fn of(size: i64) -> Self {
        Self {
            size,
            ..Self::default()
        }
    }

    pub fn ahead(self, ahead: usize) -> Self {
        Self { ahead, ..self }
    }

    pub fn resume(self, position: Position) -> Self {
        Self {
            resume: Some(position),
            ..self
        }
    }
}

/// A list as all styles have it: ids, a position, another try.
pub trait List: Stream<Item = Result<String, Error>> + Send + Unpin {
    fn at(&self) -> Position;
    fn again(&mut self);
}

struct Ids<S, F>(S, F);

macro_rules! ids {
    ($request:expr, $wish:expr, $item:ident: $type:ty => $id:expr) => {{
        let wish: &Wish = $wish;
        let mut request = $request
            .limit(wish.size.try_into().unwrap())
            .fetch_ahead(wish.ahead)
            .make_sure(wish.make_sure);
        if let Some(most) = wish.max_items {
            request = request.max_items(most);
        }
        if let Some(most) = wish.max_pages {
            request = request.max_pages(most);
        }
        if let Some(position) = &wish.resume {
            request = request.resume(position.clone());
        }
        Box::new(Ids(request.items(), |$item: $type| $id)) as Box<dyn List>
    }};
}

impl<B, F> Stream for Ids<spacewright::Items<B>, F>
where
    B: spacewright::paging::PageBody,
    F: Fn(B::Item) -> String + Unpin,
{
    type Item = Result<String, Error>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        self.0
            .poll_next_unpin(cx)
            .map(|item| item.map(|item| item.map(|item| (self.1)(item))))
    }
}

impl<B, F> List for Ids<spacewright::Items<B>, F>
where
    B: spacewright::paging::PageBody,
    F: Fn(B::Item) -> String + Unpin + Send,
    B::Item: Send,
{
    fn at(&self) -> Position {
        self.0.position()
    }

    fn again(&mut self) {
        self.0.try_again();
    }
}

pub fn list(style: Style, server: &ListServer, wish: &Wish) -> Box<dyn List> {
    let clients = server.clients();
    match style {
        Style::Offset => {
            ids!(clients.dc().group().list(), wish, group: dc::types::Group => group.name.unwrap_or_default())
        }
        Style::Cursor => {
            ids!(clients.dc().content().scan(), wish, content: dc::types::Content => content.id)
        }
        Style::NextLink | Style::LinkHeader => {
            ids!(clients.cloud().space().list(), wish, space: cloud::types::Space => space.id)
        }
        Style::Token => {
            ids!(clients.onezone().spaces().list_marketplace(MarketplaceQuery::new()), wish, space: onezone::types::MarketplaceEntry => space.space_id)
        }
        Style::Page => {
            ids!(clients.workspaces().workspaces().list(), wish, workspace: workspaces::types::Workspace => workspace.id)
        }
    }
}

/// Takes all that comes up to the end or an error.
pub async fn drain(list: &mut Box<dyn List>) -> (Vec<String>, Option<Error>) {
    let mut given = Vec::new();
    while let Some(item) = list.next().await {
        match item {
            Ok(id) => given.push(id),
            Err(error) => return (given, Some(error)),
        }
    }
    (given, None)
}
