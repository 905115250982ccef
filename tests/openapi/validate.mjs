// Verifies an access token like another service: with the public keys, and a library that enforces RFC 9068.
import assert from "node:assert";
import * as oauth from "oauth4webapi";

const issuer = process.env.HANDSTAMP_URL;
const signUp = await fetch(`${issuer}/auth/sign_up`, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ username: "validated", email: "validated@example.org", password: "correct horse battery" }),
});
const { access_token: token, user } = await signUp.json();
const server = { issuer, jwks_uri: `${issuer}/.well-known/jwks.json` };
const options = { [oauth.allowInsecureRequests]: true }; // plain http, on this machine

const request = (text) => new Request(`${issuer}/elsewhere`, { headers: { authorization: `Bearer ${text}` } });
const claims = await oauth.validateJwtAccessToken(server, request(token), issuer, options);
assert.equal(claims.client_id, "handstamp");
assert.equal(claims.sub, user.id);

const [head, body, signature] = token.split(".");
const forged = `${head}.${body}.${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`;
await assert.rejects(oauth.validateJwtAccessToken(server, request(forged), issuer, options));
await assert.rejects(oauth.validateJwtAccessToken(server, request(token), "https://elsewhere.example", options));
