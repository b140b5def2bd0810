// Verifies an access token with jose, as a service in JavaScript would: the key set's address
// is the argument, the token is read from standard input, and the subject is printed.
import { readFileSync } from "node:fs";
import { createRemoteJWKSet, jwtVerify } from "jose";

const keys = createRemoteJWKSet(new URL(process.argv[2]));
const token = readFileSync(0, "utf8").trim();
const { payload } = await jwtVerify(token, keys, {
  algorithms: ["EdDSA"],
  audience: "marketmesh",
  issuer: "marketmesh",
  typ: "at+jwt",
});
console.log(payload.sub);
