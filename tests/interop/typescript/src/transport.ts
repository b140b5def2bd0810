import { readFileSync } from "node:fs";
import { createGrpcTransport } from "@connectrpc/connect-node";

const { env } = process;

/** Connects to a service, whose address is in the environment: with mutual TLS where MESH_CA_FILE is set. */
export function transport(service: string) {
  const target = env[`${service.toUpperCase()}_TARGET`];
  if (!env.MESH_CA_FILE) return createGrpcTransport({ baseUrl: `http://${target}` });
  const nodeOptions = {
    ca: readFileSync(env.MESH_CA_FILE),
    cert: readFileSync(env.MESH_CERT_FILE ?? ""),
    key: readFileSync(env.MESH_KEY_FILE ?? ""),
    servername: `${service.replaceAll("_", "-")}.market.internal`,
  };
  return createGrpcTransport({ baseUrl: `https://${target}`, nodeOptions });
}
