//! Resources: what is known, by address. The list is always the same; what is at an address is the caller's.

use annals_awareness::resources::{self, LISTED, SCHEME, TEMPLATES};
use rmcp::model::{ErrorData, ReadResourceResult, Resource, ResourceContents, ResourceTemplate};

use super::{ask, error, failed};
use crate::mcp::calling::Calling;

/// What the contents are said to be. They are JSON, as text, and clients of the original expect this word.
const TEXT: &str = "text/plain";

/// The addresses that stand for themselves.
pub(crate) fn list() -> Vec<Resource> {
    let listed = LISTED
        .into_iter()
        .map(|(address, about)| Resource::new(address, name_of(address)).with_description(about).with_mime_type(TEXT));
    listed.collect()
}

/// The addresses with a source in them.
pub(crate) fn templates() -> Vec<ResourceTemplate> {
    let templates = TEMPLATES.into_iter().map(|(address, about)| {
        ResourceTemplate::new(address, name_of(address)).with_description(about).with_mime_type(TEXT)
    });
    templates.collect()
}

/// What an address names, or that it names nothing.
pub(crate) fn named(address: &str) -> Result<resources::Resource, ErrorData> {
    resources::Resource::read(address).ok_or_else(|| {
        let shown = annals_ask::shortened(address);
        let message = format!("there is no resource `{shown}` (hint: `resources/list` and its templates name all)");
        // The specification asks for the address as it was given.
        ErrorData::resource_not_found(message, Some(serde_json::json!({ "uri": address })))
    })
}

/// What is at an address.
pub(crate) async fn read(calling: &Calling, address: String) -> Result<ReadResourceResult, ErrorData> {
    let resource = named(&address)?;
    let asked = ask(calling, move |service, context| {
        let answer = resources::answer(service, context, &address, &resource);
        answer.map(|answer| ResourceContents::text(answer.to_string(), address))
    });
    let contents = asked.await.map_err(|failure| failed(&failure))?.map_err(|refusal| error(&refusal))?;
    Ok(ReadResourceResult::new(vec![contents]))
}

/// `awareness://alerts/{source}` is `alerts/source` to a program.
fn name_of(address: &str) -> String {
    address.trim_start_matches(SCHEME).replace(['{', '}'], "")
}
