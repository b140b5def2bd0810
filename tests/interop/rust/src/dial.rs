use std::{env, error::Error, fs};

use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

/// Opens a channel to a service, whose address is in the environment: with mutual TLS where
/// `MESH_CA_FILE` is set, in plaintext otherwise.
pub fn dial(service: &str) -> Result<Channel, Box<dyn Error>> {
    let target = env::var(format!("{}_TARGET", service.to_uppercase()))?;
    let Ok(authority) = env::var("MESH_CA_FILE") else {
        return Ok(Endpoint::from_shared(format!("http://{target}"))?.connect_lazy());
    };
    let certificate = fs::read(env::var("MESH_CERT_FILE")?)?;
    let key = fs::read(env::var("MESH_KEY_FILE")?)?;
    let tls = ClientTlsConfig::new()
        .ca_certificate(Certificate::from_pem(fs::read(authority)?))
        .identity(Identity::from_pem(certificate, key))
        .domain_name(format!("{}.market.internal", service.replace('_', "-")));
    let endpoint = Endpoint::from_shared(format!("https://{target}"))?;
    Ok(endpoint.tls_config(tls)?.connect_lazy())
}
