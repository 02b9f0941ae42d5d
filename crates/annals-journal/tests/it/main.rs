//! The journal from outside: laws over arbitrary damage, and a file system that runs full.
#![cfg(test)]

#[cfg(not(shuttle))]
mod damage;
#[cfg(all(target_os = "linux", not(shuttle)))]
mod full_disk;
