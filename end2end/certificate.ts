// A self-signed certificate for servers with TLS. Browsers accept it only with `ignoreHTTPSErrors`.
import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "./servers.js";

/** The settings of a server with a new self-signed certificate for `localhost`. */
export function tlsSettings() {
  const folder = mkdtempSync(join(scratchFolder, "tls-"));
  const [certificate, key] = [join(folder, "certificate.pem"), join(folder, "key.pem")];
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  const keyType = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  execFileSync("openssl", ["req", "-x509", "-days", "30", ...keyType, ...names, "-keyout", key, "-out", certificate], { stdio: "pipe" });
  return { HANDSTAMP_TLS_CERT: certificate, HANDSTAMP_TLS_KEY: key };
}
