//! Prompts: those that are ours, and those that somebody of the caller's space wrote.

use annals_awareness::prompts::{self, Offered};
use rmcp::model::{ErrorData, GetPromptRequestParams, GetPromptResult, Prompt, PromptArgument, PromptMessage, Role};

use super::{ask, error, failed};
use crate::mcp::calling::Calling;

/// All prompts that the caller has.
pub(crate) async fn list(calling: &Calling) -> Result<Vec<Prompt>, ErrorData> {
    let offered = ask(calling, prompts::list).await.map_err(|failure| failed(&failure))?;
    Ok(offered.map_err(|refusal| error(&refusal))?.into_iter().map(described).collect())
}

/// One of them, filled in.
pub(crate) async fn get(calling: &Calling, request: GetPromptRequestParams) -> Result<GetPromptResult, ErrorData> {
    let arguments = request.arguments.unwrap_or_default();
    let got = ask(calling, move |service, context| prompts::get(service, context, &request.name, arguments));
    let composed = got.await.map_err(|failure| failed(&failure))?.map_err(|refusal| error(&refusal))?;
    let message = PromptMessage::new_text(Role::User, composed.text);
    Ok(GetPromptResult::new(vec![message]).with_description(composed.description))
}

fn described(offered: Offered) -> Prompt {
    let arguments: Vec<PromptArgument> = offered
        .arguments
        .into_iter()
        .map(|argument| PromptArgument::new(argument.name).with_required(argument.is_needed))
        .collect();
    Prompt::new(offered.name, Some(offered.description), (!arguments.is_empty()).then_some(arguments))
}
