//! The journal from outside: laws over arbitrary damage, a file system that runs full, and more leftovers than a
//! process may open files.
#![cfg(test)]

#[cfg(not(shuttle))]
mod damage;
#[cfg(all(target_os = "linux", not(shuttle)))]
mod full_disk;
#[cfg(all(unix, not(shuttle)))]
mod many;
