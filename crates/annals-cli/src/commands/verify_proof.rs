//! `annals verify-proof`: whether a proof holds, and what it says. Nothing is opened for it but the proof.

use annals::proof::{Proven, verify_proof};
use annals_event::json::write_string;

use crate::arguments::{Common, VerifyProof};
use crate::failure::{Exit, Failure};
use crate::input;
use crate::output::{Format, Output, harmless};

/// Checks it and tells.
pub(super) fn run(common: &Common, request: &VerifyProof) -> Result<Exit, Failure> {
    let key = request.key.as_deref().map(input::key).transpose()?;
    let text = input::whole(&request.file)?;
    let mut output = Output::new(common);
    let is_json = output.format() != Format::Table;
    match verify_proof(&text, key.as_deref()) {
        Ok(proven) if is_json => output.json(&object(&proven))?,
        Ok(proven) => tell(&mut output, &proven)?,
        Err(problem) if problem.is_about_key() => return Err(Failure::usage(format!("`--key`: {problem}"))),
        Err(problem) if is_json => {
            let mut object = String::from("{\"holds\":false,\"problem\":");
            write_string(&problem.to_string(), &mut object);
            object.push('}');
            output.json(&object)?;
            output.flush()?;
            return Ok(Exit::Partly);
        }
        Err(problem) => return Err(Failure::new(Exit::Partly, format!("the proof does not hold: {problem}"))),
    }
    output.flush()?;
    Ok(Exit::Done)
}

/// Each field on its line, and last what that is worth.
fn tell(output: &mut Output, proven: &Proven) -> Result<(), Failure> {
    let width = "operation_id".len();
    output.line(&format!("{:width$}  {}", "seq", proven.seq))?;
    for (name, value) in &proven.entry {
        if !matches!(name.as_str(), "v" | "who" | "context" | "details") {
            output.line(&format!("{name:width$}  {}", harmless(value)))?;
        }
    }
    for (group, bytes) in &proven.disclosed {
        output.line(&format!("{:width$}  {}", group.name(), harmless(bytes)))?;
    }
    for group in &proven.withheld {
        output.line(&format!("{:width$}  (not shown)", group.name()))?;
    }
    let log = format!("`{}`, which had {} events", harmless(&proven.origin), proven.size);
    match &proven.signer {
        Some(key) => output.line(&format!("The proof holds: signed by `{key}` for the log {log}."))?,
        None => output.line(&format!(
            "The proof is sound in itself; the signer was not checked (hint: give `--key`). It says it is of the log {log}."
        ))?,
    }
    Ok(())
}

/// The same as one JSON object.
fn object(proven: &Proven) -> String {
    let mut object = format!("{{\"holds\":true,\"signer_checked\":{}", proven.signer.is_some());
    let mut text = |name: &str, value: &str| {
        object.push_str(",\"");
        object.push_str(name);
        object.push_str("\":");
        write_string(value, &mut object);
    };
    if let Some(signer) = &proven.signer {
        text("signer", signer);
    }
    text("origin", &proven.origin);
    let mut entry = String::from("{");
    for (name, value) in &proven.entry {
        if 1 < entry.len() {
            entry.push(',');
        }
        write_string(name, &mut entry);
        entry.push(':');
        write_string(value, &mut entry);
    }
    // A group's bytes were JSON when they were recorded; what a forger without a key put there is shown as a text all the same.
    let groups = proven.disclosed.iter().map(|(group, bytes)| {
        let mut member = format!("\"{group}\":");
        write_string(bytes, &mut member);
        member
    });
    let groups: Vec<String> = groups.collect();
    let withheld: Vec<String> = proven.withheld.iter().map(|group| format!("\"{group}\"")).collect();
    object.push_str(
        &format_args!(
            ",\"size\":{},\"seq\":{},\"entry\":{entry}}},\"disclosed\":{{{}}},\"withheld\":[{}]}}",
            proven.size,
            proven.seq,
            groups.join(","),
            withheld.join(",")
        )
        .to_string(),
    );
    object
}
