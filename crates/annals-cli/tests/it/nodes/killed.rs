//! Nodes that are killed at random under load: the log does not fork, and loses, doubles and reorders nothing.

use std::time::{Duration, Instant};

use annals_testkit::{keep_line, rounds};

use super::Nodes;
use super::load::Load;
use crate::bed::{Bed, lasting_port};
use crate::serve::running::Running;

const N_NODES: usize = 3;
/// So many durable answers between two kills, at least.
const N_BETWEEN: usize = 60;

/// Kills a node at random, again and again, and starts it again.
fn kill(beds: &[&Bed], what: &str) {
    let n_kills = rounds(6, 20);
    let lasting = Duration::from_secs(rounds(0, 120) as u64);
    let listen = |bed: &&Bed| Running::start(bed, &format!("127.0.0.1:{}", lasting_port()), &[], &[]);
    let mut servers: Vec<Running> = beds.iter().map(listen).collect();
    let addresses: Vec<_> = servers.iter().map(|server| server.address).collect();
    let load = Load::on(&addresses);
    let (mut n_killed, began) = (0, Instant::now());
    while n_killed < n_kills || began.elapsed() < lasting {
        let random = usize::try_from(getrandom::u32().unwrap()).unwrap();
        load.wait_for(N_BETWEEN + random % N_BETWEEN);
        let n = random / N_BETWEEN % N_NODES;
        servers[n].kill_and_start(beds[n]);
        n_killed += 1;
    }
    load.wait_for(N_BETWEEN);
    let n_seconds = began.elapsed().as_secs();
    let said = load.end();
    for server in &mut servers {
        assert!(server.stop().success());
    }
    let n_events = said.check(beds[0]);
    keep_line(&format!(
        "- {N_NODES} {what} were killed {n_killed} times in {n_seconds} s under eight producers: {} events were answered, each is among the {n_events} of the log once and in its producer's order, and the log verifies.",
        said.n_answered()
    ));
}

#[test]
fn nodes_of_one_database_neither_fork_nor_lose() {
    let nodes = Nodes::sharing(N_NODES);
    kill(&nodes.beds.iter().collect::<Vec<_>>(), "nodes on one database of PostgreSQL");
}

#[test]
fn processes_on_one_file_neither_fork_nor_lose() {
    let bed = Bed::new();
    kill(&[&bed; N_NODES], "processes on one file");
}
