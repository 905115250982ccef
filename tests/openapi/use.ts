// Uses the types and functions that three generators produce from the document, so that `tsc` checks the names of the
// operations and the types of the values.
import createClient from "openapi-fetch";
import type { components, operations, paths } from "./schema.js";
import * as hey from "./hey/index.js";
import * as orval from "./orval/client.js";

const client = createClient<paths>({ baseUrl: "http://localhost" });

/** Logs in, refreshes with an attempt id, and writes a post. */
export async function wholeFlow(): Promise<string | undefined> {
  const body: components["schemas"]["Login"] = { username: "ada", password: "correct horse battery" };
  const login = await client.POST("/api/login", { body });
  if (login.error) return login.error.code;
  const type: "Bearer" = login.data.token_type;
  const refreshed = await client.POST("/api/refresh", {
    params: { header: { "Idempotency-Key": crypto.randomUUID() } },
    body: { refresh_token: login.data.refresh_token },
  });
  const access = refreshed.data?.access_token;
  const headers = { authorization: `${type} ${access}` };
  const post = await client.POST("/api/posts", { body: { body: "Hello." }, headers });
  const posts = await client.GET("/api/posts", { params: { query: { limit: 20 } }, headers });
  return post.data?.id ?? posts.data?.posts[0]?.id;
}

// Event kinds and error codes are closed lists.
export const kind: components["schemas"]["EventKind"] = "refresh_token_reused";
export const code: components["schemas"]["ErrorCode"] = "session_revoked";
// @ts-expect-error: the server never sends this code
export const offline: components["schemas"]["ErrorCode"] = "offline";
export const ready: operations["get_readiness"]["responses"][200]["content"]["application/json"] = { status: "ready" };

// Every operation has a function in the generated clients that consist of functions.
type Name = keyof operations;
type Camel<S extends string> = S extends `${infer A}_${infer B}` ? `${A}${Capitalize<Camel<B>>}` : S;
export const heyFunctions: Record<Camel<Name>, unknown> = hey;
export const orvalFunctions: Record<Camel<Name>, unknown> = orval;
