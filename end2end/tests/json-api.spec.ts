// The JSON API for developers and for clients in other languages.
import { createRemoteJWKSet, errors, jwtVerify } from "jose";
import { expect, test } from "../fixtures.js";
import { servers } from "../servers.js";

test.use({ baseURL: servers.plain.url });

const issuer = servers.plain.url;
const rules = { issuer, audience: issuer, typ: "at+jwt", algorithms: ["EdDSA"] };

test("a JavaScript JWT library verifies the access token with the JWKS", async ({ request }) => {
  const guest = await (await request.post("/auth/try_it", { headers: { "sec-fetch-site": "same-origin" } })).json();
  const keys = createRemoteJWKSet(new URL("/.well-known/jwks.json", issuer));
  const { payload, protectedHeader } = await jwtVerify(guest.access_token, keys, rules);
  expect(protectedHeader).toMatchObject({ alg: "EdDSA", typ: "at+jwt", kid: expect.any(String) });
  expect(payload.sub).toBe(guest.user.id);
  expect(payload.exp! - payload.iat!).toBeGreaterThanOrEqual(900);
  for (const claim of ["iss", "aud", "sub", "sid", "jti", "iat", "exp", "auth_time", "client_id"]) expect(payload).toHaveProperty(claim);

  const [head, body, signature] = guest.access_token.split(".");
  const changed = `${head}.${body}.${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`;
  await expect(jwtVerify(changed, keys, rules)).rejects.toThrow(errors.JWSSignatureVerificationFailed);
  await expect(jwtVerify(guest.access_token, keys, { ...rules, audience: "https://elsewhere.example" })).rejects.toThrow(
    errors.JWTClaimValidationFailed,
  );
});

test("Swagger UI lists the routes of the JSON API, and sends a request", async ({ page }) => {
  await page.goto("/api/docs/");
  await expect(page.getByRole("heading", { name: /Handstamp, the JSON API/ })).toBeVisible();
  for (const path of ["/api/login", "/api/refresh", "/api/logout", "/api/profile", "/api/sessions"])
    await expect(page.getByText(path, { exact: true }).first()).toBeVisible();

  await page.getByRole("button", { name: /\/healthz/ }).first().click();
  await page.getByRole("button", { name: "Try it out" }).click();
  await page.getByRole("button", { name: "Execute" }).click();
  await expect(page.getByText('"status": "ok"').last()).toBeVisible();
});
