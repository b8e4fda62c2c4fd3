"""Values of properties that a server's rules leave little choice for: random ones would all be refused."""

FEW = range(1, 7)
KEYS = [f"NEW{number}" for number in FEW]
NAMES = [f"New thing {number}" for number in FEW]

THEME = (
    "topBarColor topBarMenuSelectedBgColor topBarMenuSelectedTextColor breadcrumbsTextColor headerButtonBgColor "
    "headerButtonTextColor searchFieldTextColor searchFieldBgColor menuItemSelectedBgColor "
    "menuItemSelectedTextColor menuItemTextColor headingTextColor linkColor"
)

CONFLUENCE = {
    "NewSpace.key": KEYS,
    "NewSpace.name": NAMES,
    "NewContent.title": NAMES,
    "NewContent.type": ["page", "blogpost"],
    "ContentUpdate.title": NAMES,
    "ContentUpdate.type": ["page"],
    "NewProperty.key": ["size", "weight"],
    "NewVersion.number": [2, 3],
    "NewUser.userName": [f"new{number}" for number in FEW],
    "NewUser.fullName": NAMES,
    "NewUser.email": ["new@example.com"],
    "NewUser.password": ["correct horse"],
    "NewWebhook.url": ["https://hooks.example.com/confluence"],
    "NewWebhook.name": NAMES,
    "SpaceRef.key": ["DOCS"],
    "SpaceColorSchemeType.type": ["global", "custom"],
} | {f"ThemeColors.{name}": ["#0052cc", "#fff"] for name in THEME.split()}
ONEZONE = {
    "NewSpace.name": NAMES,
    "NewGroup.name": NAMES,
    "NewNamedToken.name": NAMES,
}

VALUES = {
    "confluence-dc": CONFLUENCE,
    "confluence-cloud/v1": CONFLUENCE,
    "confluence-cloud/v2": CONFLUENCE
    | {
        "NewPage.spaceId": ["70000"],
        "NewPage.title": NAMES,
        "PageUpdate.title": NAMES,
        "PageUpdate.status": ["current"],
        "NewBlogPost.spaceId": ["70000"],
        "NewBlogPost.title": NAMES,
        "BlogPostUpdate.title": NAMES,
        "BlogPostUpdate.status": ["current"],
    },
    "onezone": ONEZONE,
}
