//! The servers that do nothing: what a call costs before anybody has written a line of a product.
//!
//! `rmcp` with one tool that answers at once, and `axum` with a handler that parses the body; both with the settings that `annals serve` has: answers in one piece, no sessions, no
//! delay on sockets, one thread a core.

use std::sync::Arc;

use axum::extract::Json;
use axum::http::StatusCode;
use axum::routing::post;
use axum::serve::ListenerExt;
use axum::{Router, response::IntoResponse};
use clap::ValueEnum;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ErrorData, ListToolsResult,
    PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::RequestContext;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{RoleServer, ServerHandler};
use serde_json::{Value, json};

/// Which of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Bare {
    Mcp,
    Http,
}

impl Bare {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Mcp => "mcp",
            Self::Http => "http",
        }
    }
}

/// Serves on a free port, which it says on its standard output, until it is killed.
pub(crate) fn serve_bare(kind: Bare) -> anyhow::Result<()> {
    let n_threads = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 4);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(n_threads).enable_all().build()?;
    runtime.block_on(async {
        let router = match kind {
            Bare::Mcp => mcp(),
            Bare::Http => Router::new().route("/v1/events", post(parse)),
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("listening on http://{}/", listener.local_addr()?);
        let listener = listener.tap_io(|socket| {
            let _ = socket.set_nodelay(true);
        });
        axum::serve(listener, router).await?;
        Ok(())
    })
}

/// Parses the body and answers as much as `annals serve` does.
async fn parse(Json(event): Json<Value>) -> impl IntoResponse {
    let is_event = event.get("event_type").is_some();
    (StatusCode::ACCEPTED, Json(json!({ "id": "01890a5d-ac96-774b-bcce-b302099a8057", "state": is_event })))
}

fn mcp() -> Router {
    let config = StreamableHttpServerConfig::default().with_legacy_session_mode(false).with_json_response(true);
    let tool = Tool::new("record_event", "Does nothing.", Arc::new(serde_json::Map::new()));
    let handler = Empty { tool: Arc::new(tool) };
    let service =
        StreamableHttpService::new(move || Ok(handler.clone()), Arc::new(NeverSessionManager::default()), config);
    Router::new().route_service("/mcp", service)
}

/// One tool, which answers at once.
#[derive(Clone)]
struct Empty {
    tool: Arc<Tool>,
}

impl ServerHandler for Empty {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        (name == self.tool.name).then(|| Tool::clone(&self.tool))
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(vec![Tool::clone(&self.tool)]))
    }

    async fn call_tool(
        &self,
        _: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        Ok(CallToolResponse::Complete(CallToolResult::success(vec![ContentBlock::text("{}")])))
    }
}
