//! The server.

use notes::server;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    server::builder().serve().await
}
