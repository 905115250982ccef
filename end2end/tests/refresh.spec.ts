import { attemptCookie, expect, refreshCookie, signUp, test, untilExpired, visit } from "../fixtures.js";
import { servers } from "../servers.js";

test("use past expiry: the 401, the refresh and the retry, and the person sees the data", async ({ page, person, wire, request }) => {
  await signUp(page, person);
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(person.email)).toBeVisible();
  await untilExpired(page, request, wire.token());
  wire.clear();
  await page.getByRole("button", { name: "Load again" }).click();
  await expect.poll(() => wire.lines()).toEqual([
    "GET /api/profile 401",
    "POST /auth/refresh 200",
    "GET /api/profile 200",
  ]);
  const [refused, refresh, retried] = wire.seen;
  expect(retried.bearer).not.toBe(refused.bearer);
  expect(refresh.bearer).toBeUndefined();
  await expect(page.getByText(person.email)).toBeVisible();
  await expect(page.getByRole("alert")).toHaveText(["", ""]);
});

test("the same where the server answers expired with 403", async ({ page, person, wire, request }) => {
  await signUp(page, person, servers.forbidden.url);
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(person.email)).toBeVisible();
  await untilExpired(page, request, wire.token());
  wire.clear();
  await page.getByRole("button", { name: "Load again" }).click();
  await expect.poll(() => wire.lines()).toEqual([
    "GET /api/profile 403",
    "POST /auth/refresh 200",
    "GET /api/profile 200",
  ]);
});

test("ten calls at once on an expired token: one refresh, and all succeed", async ({ page, person, wire, request }) => {
  await signUp(page, person);
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(person.email)).toBeVisible();
  await untilExpired(page, request, wire.token());
  wire.clear();
  await page.getByRole("button", { name: "Load again" }).evaluate((button: HTMLButtonElement) => {
    for (let i = 0; i < 10; i++) button.click();
  });
  const count = (line: string) => wire.lines().filter((other) => other === line).length;
  await expect.poll(() => count("GET /api/profile 200")).toBe(10);
  expect(count("GET /api/profile 401")).toBe(10);
  expect(count("POST /auth/refresh 200")).toBe(1);
  expect(wire.seen.length).toBe(21);
});

test("a post on an expired token survives the retry, exactly once", async ({ page, person, wire, request }) => {
  await signUp(page, person);
  await visit(page, "Posts", "Posts");
  await expect.poll(() => wire.lines()).toContain("GET /api/posts 200");
  await untilExpired(page, request, wire.token());
  wire.clear();
  const text = `written by ${person.name}`;
  await page.getByLabel("Say something").fill(text);
  await page.getByRole("button", { name: "Post" }).click();
  await expect(page.getByRole("listitem").filter({ hasText: text })).toHaveCount(1);
  expect(wire.lines()).toEqual(["POST /api/posts 401", "POST /auth/refresh 200", "POST /api/posts 201"]);
  await expect(page.getByLabel("Say something")).toHaveValue("");
  await page.reload();
  await expect(page.getByRole("listitem").filter({ hasText: text })).toHaveCount(1);
});

test("a reload keeps the person logged in and on the page, and rotates the refresh token", async ({ page, person, wire, context }) => {
  await signUp(page, person);
  const name = refreshCookie(servers.short.url);
  const cookie = async () => (await context.cookies(`${servers.short.url}/auth`)).find((other) => other.name === name);
  const before = await cookie();
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(person.email)).toBeVisible();
  wire.clear();
  await page.reload();
  await expect(page.getByText(person.email)).toBeVisible();
  expect(wire.lines()).toEqual(["POST /auth/refresh 200", "GET /api/profile 200"]);
  const after = await cookie();
  expect(after?.value).not.toBe(before?.value);
  expect(after?.expires).toBeLessThanOrEqual((before?.expires ?? 0) + 1);
  // WebKit stores no Secure cookie from http://localhost.
  const secure = servers.short.url.startsWith("https:");
  expect(after).toMatchObject({ httpOnly: true, secure, sameSite: "Strict", path: "/auth" });
});

test("a refresh whose answer was lost is repeated after the window with the same attempt, and nobody is logged out", async ({ page, person, wire, context }) => {
  await signUp(page, person);
  const attempts: string[] = [];
  const [refreshName, attemptName] = [refreshCookie(servers.short.url), attemptCookie(servers.short.url)];
  await page.route("**/auth/refresh", async (route) => {
    const headers = await route.request().allHeaders();
    attempts.push(new RegExp(`${attemptName}=([\\w-]{22})`).exec(headers["cookie"])?.[1] ?? "none");
    // The server answers the first one, and the answer gets lost; the next ones don't reach it. The
    // waits between them add up to more than the reuse window of 0.75 s.
    if (attempts.length === 1) {
      const answer = await fetch(route.request().url(), { method: "POST", headers });
      expect(answer.headers.get("set-cookie")).toContain(refreshName);
    }
    return attempts.length <= 3 ? route.abort() : route.continue();
  });
  await page.reload();
  await expect(page.getByText("The server is out of reach.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Log out", exact: true })).toBeVisible();
  await expect(page.getByText("The server is out of reach.")).toBeHidden();
  expect(wire.lines().at(-1)).toBe("POST /auth/refresh 200");
  expect(attempts[0]).not.toBe("none");
  expect(new Set(attempts).size).toBe(1);
  expect((await context.cookies()).map(({ name }) => name)).not.toContain(attemptName);
});

for (const status of [409, 429, 500, 503]) {
  test(`a refresh answered with ${status} is trouble, not a logout`, async ({ page, person }) => {
    await signUp(page, person);
    let answered = 0;
    await page.route("**/auth/refresh", (route) => (answered++ < 3 ? route.fulfill({ status, body: "busy" }) : route.continue()));
    await page.reload();
    await expect(page.getByRole("button", { name: "Log out", exact: true })).toBeVisible();
    expect(answered).toBeGreaterThan(3);
  });
}
