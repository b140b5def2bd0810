//! Generates messages and clients from the descriptor set of the bundle: it takes no protoc.
use std::{env, error::Error, fs, path::PathBuf};

use prost::Message;
use prost_types::FileDescriptorSet;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed=CONTRACTS");
    let set = PathBuf::from(env::var("CONTRACTS")?).join("descriptors/market.binpb");
    println!("cargo::rerun-if-changed={}", set.display());
    let files = FileDescriptorSet::decode(fs::read(set)?.as_slice())?;
    tonic_prost_build::configure()
        .build_server(false)
        .include_file("contracts.rs")
        .compile_fds(files)?;
    Ok(())
}
