//! What the parameters of an address mean: PostgreSQL's by the names of `libpq`, and ours.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{ChannelBinding, Host, LoadBalanceHosts, TargetSessionAttrs};

use super::Limits;
use super::pairs::Pair;
use crate::encryption::{Authorities, Encryption};

/// For so long may what was sent stay unacknowledged by the other machine, and may nothing come before that is asked whether it is there.
const UNACKNOWLEDGED: Duration = Duration::from_secs(5);
/// How often it is asked then, and how long apart.
const BETWEEN_BEATS: Duration = Duration::from_secs(2);
const N_BEATS: u32 = 3;

/// So many hosts are asked at most.
const MAX_SERVERS: usize = 64;

/// Everything that an address says.
#[derive(Clone, Default, Debug)]
pub(super) struct Settings {
    /// Without a host: one is added for each server.
    pub(super) config: Config,
    pub(super) servers: Vec<Server>,
    pub(super) encryption: Encryption,
    pub(super) connect_timeout: Option<Duration>,
    pub(super) limits: Limits,
    /// Whether one of several servers is drawn, rather than the first that will do.
    pub(super) is_shuffled: bool,
}

/// One of the servers that an address names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Server {
    pub(crate) host: Option<Host>,
    /// Where it is, unless its name says that.
    pub(crate) at: Option<IpAddr>,
    pub(crate) port: u16,
}

/// As messages call it: its name and its port.
impl fmt::Display for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.host, self.at) {
            (Some(Host::Tcp(name)), _) if name.contains(':') => write!(formatter, "[{name}]")?,
            (Some(Host::Tcp(name)), _) => formatter.write_str(name)?,
            #[cfg(unix)]
            (Some(Host::Unix(folder)), _) => write!(formatter, "{}", folder.display())?,
            (None, Some(IpAddr::V6(at))) => write!(formatter, "[{at}]")?,
            (None, Some(IpAddr::V4(at))) => write!(formatter, "{at}")?,
            (None, None) => {}
        }
        write!(formatter, ":{}", self.port)
    }
}

/// A parameter that cannot be used, and why, without a word of its value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Problem(pub(super) String);

impl Settings {
    pub(super) fn read(pairs: Vec<Pair>) -> Result<Self, Problem> {
        let mut settings = Self::default();
        // A machine that is gone says nothing: unless told otherwise, it is given up after so long, and not when the system does so, which may be hours later.
        let beats = settings.config.tcp_user_timeout(UNACKNOWLEDGED).keepalives_idle(UNACKNOWLEDGED);
        beats.keepalives_interval(BETWEEN_BEATS).keepalives_retries(N_BEATS);
        let (mut hosts, mut ats, mut ports) = (String::new(), String::new(), String::new());
        let (mut mode, mut authorities) = (None, None);
        for (name, value) in pairs {
            let config = &mut settings.config;
            let (name, value) = (name.as_str(), value.as_str());
            match name {
                "user" => drop(config.user(value)),
                "password" => drop(config.password(value)),
                "dbname" => drop(config.dbname(value)),
                "options" => drop(config.options(value)),
                "application_name" => drop(config.application_name(value)),
                "host" => value.clone_into(&mut hosts),
                "hostaddr" => value.clone_into(&mut ats),
                "port" => value.clone_into(&mut ports),
                "sslmode" => mode = Some(one_of(name, value, &Encryption::MODES)?),
                "sslrootcert" => {
                    authorities = Some(match value {
                        "system" => Authorities::System,
                        file => Authorities::File(PathBuf::from(file)),
                    });
                }
                "target_session_attrs" => {
                    let known = [
                        ("any", TargetSessionAttrs::Any),
                        ("read-write", TargetSessionAttrs::ReadWrite),
                        ("read-only", TargetSessionAttrs::ReadOnly),
                    ];
                    config.target_session_attrs(one_of(name, value, &known)?);
                }
                "load_balance_hosts" => {
                    let known = [("disable", LoadBalanceHosts::Disable), ("random", LoadBalanceHosts::Random)];
                    let chosen = one_of(name, value, &known)?;
                    settings.is_shuffled = chosen == LoadBalanceHosts::Random;
                    config.load_balance_hosts(chosen);
                }
                "channel_binding" => {
                    let known = [
                        ("disable", ChannelBinding::Disable),
                        ("prefer", ChannelBinding::Prefer),
                        ("require", ChannelBinding::Require),
                    ];
                    config.channel_binding(one_of(name, value, &known)?);
                }
                "connect_timeout" => settings.connect_timeout = seconds(name, value)?,
                "tcp_user_timeout" => {
                    config.tcp_user_timeout(Duration::from_millis(number(name, value)?));
                }
                "keepalives" => drop(config.keepalives(number::<u8>(name, value)? != 0)),
                "keepalives_idle" => {
                    config.keepalives_idle(seconds(name, value)?.unwrap_or(Duration::from_hours(2)));
                }
                "keepalives_interval" => {
                    if let Some(interval) = seconds(name, value)? {
                        config.keepalives_interval(interval);
                    }
                }
                "keepalives_count" => drop(config.keepalives_retries(number(name, value)?)),
                "pool_size" => {
                    let size = number(name, value)?;
                    if !(1..=1_000).contains(&size) {
                        return Err(Problem(format!("`{name}` is not from 1 to 1000")));
                    }
                    settings.limits.pool_size = Some(size);
                }
                "statement_timeout" => settings.limits.statement_timeout = Some(bounded(name, value)?),
                "idle_in_transaction_session_timeout" => {
                    settings.limits.idle_in_transaction_session_timeout = Some(bounded(name, value)?);
                }
                "idle_timeout" => settings.limits.idle_timeout = Some(time(name, value)?),
                unknown => return Err(strange(unknown)),
            }
        }
        settings.encryption = Encryption::new(mode, authorities).map_err(|problem| Problem(problem.to_owned()))?;
        settings.servers = servers(&hosts, &ats, &ports)?;
        if settings.config.get_application_name().is_none() {
            settings.config.application_name("annals");
        }
        Ok(settings)
    }
}

/// The servers of three lists, of which the last may have one for all.
fn servers(hosts: &str, ats: &str, ports: &str) -> Result<Vec<Server>, Problem> {
    let listed = |list: &str| -> Vec<String> {
        if list.is_empty() { Vec::new() } else { list.split(',').map(|one| one.trim().to_owned()).collect() }
    };
    let (hosts, ats, ports) = (listed(hosts), listed(ats), listed(ports));
    let n = hosts.len().max(ats.len());
    let fits = |list: &[String]| list.is_empty() || list.len() == n;
    if !fits(&hosts) || !fits(&ats) {
        return Err(Problem("`hostaddr` has not as many addresses as `host` has names".to_owned()));
    }
    if n == 0 {
        return Err(Problem("`host` is missing".to_owned()));
    }
    if n > MAX_SERVERS {
        return Err(Problem(format!("`host` names more than {MAX_SERVERS} servers")));
    }
    if ports.len() > 1 && ports.len() != n {
        return Err(Problem("`port` has neither one port nor one for each host".to_owned()));
    }
    let server = |nth: usize| {
        let port = match ports.get(nth).or(ports.first()).map(String::as_str) {
            None | Some("") => 5432,
            Some(port) => number("port", port)?,
        };
        let host = match hosts.get(nth).map(String::as_str) {
            None => None,
            Some("") => return Err(Problem("`host` has an empty name".to_owned())),
            Some(folder) if folder.starts_with('/') => Some(Host::Unix(PathBuf::from(folder))),
            Some(name) => Some(Host::Tcp(name.to_owned())),
        };
        let at = match ats.get(nth).map(String::as_str) {
            None | Some("") => None,
            Some(at) => Some(at.parse().map_err(|_| Problem("`hostaddr` is no IP address".to_owned()))?),
        };
        Ok(Server { host, at, port })
    };
    (0..n).map(server).collect()
}

/// Names the parameter, unless that is no parameter's name: it may be the rest of a password that was not escaped.
fn strange(name: &str) -> Problem {
    let is_name = name.len() <= 40 && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let named = if is_name && !name.is_empty() { format!(" `{name}`") } else { String::new() };
    Problem(format!(
        "the parameter{named} is not known (hint: a password's `&`, `=`, `%` and `?` are written `%26`, `%3D`, `%25` and `%3F`)"
    ))
}

fn one_of<T: Copy>(name: &str, value: &str, known: &[(&str, T)]) -> Result<T, Problem> {
    let found = known.iter().find(|(word, _)| *word == value);
    found.map(|(_, meaning)| *meaning).ok_or_else(|| {
        let words = known.iter().map(|(word, _)| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        Problem(format!("`{name}` is none of {words}"))
    })
}

fn number<T: std::str::FromStr>(name: &str, value: &str) -> Result<T, Problem> {
    value.parse().map_err(|_| Problem(format!("`{name}` is no number that can be used")))
}

/// Whole seconds, of which 0 are as good as none.
fn seconds(name: &str, value: &str) -> Result<Option<Duration>, Problem> {
    let n: u32 = number(name, value)?;
    Ok((n > 0).then(|| Duration::from_secs(n.into())))
}

/// Milliseconds, or a number with a unit, as PostgreSQL's settings are written.
fn time(name: &str, value: &str) -> Result<Duration, Problem> {
    let digits = value.len() - value.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
    let (n, unit) = value.split_at(digits);
    let unit = match unit.trim_start() {
        "" | "ms" => Some(1),
        "s" => Some(1_000),
        "min" => Some(60_000),
        "h" => Some(3_600_000),
        _ => None,
    };
    let millis = unit.and_then(|unit| n.parse::<u64>().ok()?.checked_mul(unit));
    // PostgreSQL's own bound.
    let millis = millis.filter(|millis| *millis <= i32::MAX.unsigned_abs().into());
    millis
        .map(Duration::from_millis)
        .ok_or_else(|| Problem(format!("`{name}` is no time such as `500ms`, `30s` or `10min`")))
}

/// A time that may not be left out: what waits under the write lock for ever holds everybody.
fn bounded(name: &str, value: &str) -> Result<Duration, Problem> {
    let time = time(name, value)?;
    if time.is_zero() { Err(Problem(format!("`{name}` is 0, and must have an end"))) } else { Ok(time) }
}

#[cfg(test)]
mod tests;
