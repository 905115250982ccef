//! Posts.

use serde::{Deserialize, Serialize};

/// A post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Post {
    /// A UUID, time-ordered.
    #[cfg_attr(feature = "openapi", schema(format = Uuid))]
    pub id: String,
    /// The user name of the author.
    pub author: String,
    /// The text.
    pub body: String,
    /// When it was written.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub created_at: String,
}

/// A page of posts, newest first.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Posts {
    /// The posts.
    #[cfg_attr(feature = "openapi", schema(max_items = 100))]
    pub posts: Vec<Post>,
    /// The value of `before` for the next page; null on the last page.
    #[cfg_attr(feature = "openapi", schema(format = Uuid))]
    pub next: Option<String>,
}

/// The body of a request that creates a post.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewPost {
    /// The text. Spaces around it are removed. Line breaks are allowed, other control characters are not.
    #[cfg_attr(
        feature = "openapi",
        schema(
            min_length = 1,
            max_length = 500,
            pattern = r"^\s*[^\s\x00-\x1f\x7f-\x9f]([^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f])?\s*$"
        )
    )]
    pub body: String,
}
