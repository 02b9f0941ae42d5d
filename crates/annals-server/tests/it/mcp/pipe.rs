//! A client of each life over a pipe in process.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use annals::Audit;
use annals_server::{Config, Witnessed};
use rmcp::model::{
    CallToolRequestParams, CallToolResult, ClientCapabilities, ClientConfig, Implementation, ProgressNotificationParam,
    ProtocolVersion, ResourceUpdatedNotificationParam,
};
use rmcp::service::{ClientLifecycleMode, NotificationContext, RunningService, serve_client_with_lifecycle};
use rmcp::{ClientHandler, RoleClient};
use serde_json::{Map, Value};
use tokio::sync::Notify;

/// No test waits longer for anything.
const DEADLINE: Duration = Duration::from_mins(1);

/// A life of the protocol.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Life {
    /// With a handshake, until 2025-11-25.
    Handshake,
    /// With each request for itself, from 2026-07-28 on.
    Stateless,
}

/// The client, who writes down the progress that it is told, and the news.
#[derive(Clone, Default)]
pub(crate) struct Told(pub(crate) Arc<Mutex<Vec<Progress>>>, pub(crate) News);

/// What changed as far as the client was told: addresses of resources, and `prompts` for their list.
#[derive(Clone, Default)]
pub(crate) struct News(Arc<(Mutex<Vec<String>>, Notify)>);

impl News {
    pub(crate) fn push(&self, what: String) {
        self.0.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(what);
        self.0.1.notify_one();
    }

    /// What came since the last time.
    pub(crate) fn taken(&self) -> Vec<String> {
        std::mem::take(&mut self.0.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// Waits until this is among what came, which is taken.
    pub(crate) async fn until(&self, what: &str) {
        let waiting = async {
            while !self.taken().iter().any(|known| known == what) {
                self.0.1.notified().await;
            }
        };
        tokio::time::timeout(DEADLINE, waiting).await.unwrap_or_else(|_| panic!("nobody told of `{what}`"));
    }
}

/// How much is done, and how much there is.
type Progress = (f64, Option<f64>);

impl ClientHandler for Told {
    fn get_info(&self) -> ClientConfig {
        ClientConfig::new(ClientCapabilities::default(), Implementation::new("probe", "7.1"))
    }

    async fn on_progress(&self, told: ProgressNotificationParam, _: NotificationContext<RoleClient>) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((told.progress, told.total));
    }

    async fn on_resource_updated(&self, told: ResourceUpdatedNotificationParam, _: NotificationContext<RoleClient>) {
        self.1.push(told.uri);
    }

    async fn on_prompt_list_changed(&self, _: NotificationContext<RoleClient>) {
        self.1.push("prompts".to_owned());
    }
}

/// One end of a pipe to a server of its own.
pub(crate) struct Pipe {
    pub(crate) client: RunningService<RoleClient, Told>,
    pub(crate) told: Told,
    pub(crate) audit: Audit,
    pub(crate) life: Life,
    _data: tempfile::TempDir,
}

impl Pipe {
    /// Calls a tool.
    pub(crate) async fn call(&self, tool: &'static str, arguments: Value) -> CallToolResult {
        self.client.call_tool(params(tool, arguments)).await.unwrap_or_else(|error| panic!("{tool}: {error}"))
    }

    /// Calls a tool that succeeds, and answers its object.
    pub(crate) async fn good(&self, tool: &'static str, arguments: Value) -> Value {
        let result = self.call(tool, arguments).await;
        assert_eq!(result.is_error, Some(false), "{result:?}");
        object(&result)
    }

    /// Calls a tool that does not, and answers its error.
    pub(crate) async fn bad(&self, tool: &'static str, arguments: Value) -> Value {
        let result = self.call(tool, arguments).await;
        assert_eq!(result.is_error, Some(true), "{result:?}");
        let object = object(&result);
        assert_eq!(object["status"], "error");
        object["error"].clone()
    }
}

pub(crate) fn params(tool: &'static str, arguments: Value) -> CallToolRequestParams {
    let arguments = if let Value::Object(members) = arguments { members } else { Map::new() };
    CallToolRequestParams::new(tool).with_arguments(arguments)
}

/// The object of a result, which its one text says, too.
fn object(result: &CallToolResult) -> Value {
    let [block] = result.content.as_slice() else { panic!("one block: {result:?}") };
    let text = &block.as_text().expect("the block is text").text;
    let object = result.structured_content.clone().expect("there is an object");
    assert_eq!(serde_json::from_str::<Value>(text).expect("the text is JSON"), object);
    object
}

/// Runs a test in both lives, each over a log of its own.
pub(crate) fn in_both_lives<F: Future<Output = ()>>(config: &Config, test: impl Fn(Pipe) -> F) {
    for life in [Life::Handshake, Life::Stateless] {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("set up");
        runtime.block_on(async {
            let data = tempfile::tempdir().expect("set up");
            let audit = Audit::open(data.path().join("trail")).expect("set up");
            let (ours, theirs) = tokio::io::duplex(1 << 16);
            let (input, output) = tokio::io::split(theirs);
            let mut config = config.clone();
            config.witnessed = Witnessed::Nothing;
            let serving = annals_server::serve_mcp(input, output, audit.clone(), config, std::future::pending());
            let server = tokio::spawn(serving);
            let told = Told::default();
            let mode = match life {
                Life::Handshake => ClientLifecycleMode::Initialize,
                Life::Stateless => {
                    ClientLifecycleMode::Discover { preferred_versions: vec![ProtocolVersion::V_2026_07_28] }
                }
            };
            let client = serve_client_with_lifecycle(told.clone(), ours, mode).await.expect("set up");
            let pipe = Pipe { client, told, audit, life, _data: data };
            tokio::time::timeout(DEADLINE, test(pipe)).await.unwrap_or_else(|_| panic!("{life:?} takes too long"));
            // The client is gone, and with it the server's input.
            tokio::time::timeout(DEADLINE, server)
                .await
                .expect("it ends with its input")
                .expect("set up")
                .expect("set up");
        });
    }
}
