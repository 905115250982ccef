import { accountMenu, attemptCookie, expect, refreshCookie, signUp, test, visit, waitUntilExpired } from "../fixtures.js";
import { servers } from "../servers.js";

test("an expired token causes a 401, a refresh and a retry", async ({ page, user, traffic, request }) => {
  await signUp(page, user);
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(user.email)).toBeVisible();
  await waitUntilExpired(page, request, traffic.token());
  traffic.clear();
  await page.getByRole("button", { name: "Reload" }).click();
  await expect.poll(() => traffic.lines()).toEqual([
    "GET /api/profile 401",
    "POST /auth/refresh 200",
    "GET /api/profile 200",
  ]);
  const [refused, refresh, retried] = traffic.exchanges;
  expect(retried.bearer).not.toBe(refused.bearer);
  expect(refresh.bearer).toBeUndefined();
  await expect(page.getByText(user.email)).toBeVisible();
  await expect(page.getByRole("alert")).toHaveText(["", ""]);
});

test("an expired token is refreshed if the server reports it with 403", async ({ page, user, traffic, request }) => {
  await signUp(page, user, servers.forbidden.url);
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(user.email)).toBeVisible();
  await waitUntilExpired(page, request, traffic.token());
  traffic.clear();
  await page.getByRole("button", { name: "Reload" }).click();
  await expect.poll(() => traffic.lines()).toEqual([
    "GET /api/profile 403",
    "POST /auth/refresh 200",
    "GET /api/profile 200",
  ]);
});

test("ten concurrent calls with an expired token succeed with one refresh", async ({ page, user, traffic, request }) => {
  await signUp(page, user);
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(user.email)).toBeVisible();
  await waitUntilExpired(page, request, traffic.token());
  traffic.clear();
  await page.getByRole("button", { name: "Reload" }).evaluate((button: HTMLButtonElement) => {
    for (let i = 0; i < 10; i++) button.click();
  });
  const count = (line: string) => traffic.lines().filter((other) => other === line).length;
  await expect.poll(() => count("GET /api/profile 200")).toBe(10);
  expect(count("GET /api/profile 401")).toBe(10);
  expect(count("POST /auth/refresh 200")).toBe(1);
  expect(traffic.exchanges.length).toBe(21);
});

test("a post with an expired token is written exactly once", async ({ page, user, traffic, request }) => {
  await signUp(page, user);
  await visit(page, "Posts", "Posts");
  await expect.poll(() => traffic.lines()).toContain("GET /api/posts 200");
  await waitUntilExpired(page, request, traffic.token());
  traffic.clear();
  const text = `written by ${user.name}`;
  await page.getByLabel("What's on your mind?").fill(text);
  await page.getByRole("button", { name: "Post" }).click();
  await expect(page.getByRole("listitem").filter({ hasText: text })).toHaveCount(1);
  expect(traffic.lines()).toEqual(["POST /api/posts 401", "POST /auth/refresh 200", "POST /api/posts 201"]);
  await expect(page.getByLabel("What's on your mind?")).toHaveValue("");
  await page.reload();
  await expect(page.getByRole("listitem").filter({ hasText: text })).toHaveCount(1);
});

test("a reload keeps the session and the page, and rotates the refresh token", async ({ page, user, traffic, context }) => {
  await signUp(page, user);
  const name = refreshCookie(servers.short.url);
  const cookie = async () => (await context.cookies(`${servers.short.url}/auth`)).find((other) => other.name === name);
  const before = await cookie();
  await visit(page, "Profile", "Your profile");
  await expect(page.getByText(user.email)).toBeVisible();
  traffic.clear();
  await page.reload();
  await expect(page.getByText(user.email)).toBeVisible();
  expect(traffic.lines()).toEqual(["POST /auth/refresh 200", "GET /api/profile 200"]);
  const after = await cookie();
  expect(after?.value).not.toBe(before?.value);
  expect(after?.expires).toBeLessThanOrEqual((before?.expires ?? 0) + 1);
  // WebKit stores no Secure cookie from http://localhost.
  const secure = servers.short.url.startsWith("https:");
  expect(after).toMatchObject({ httpOnly: true, secure, sameSite: "Strict", path: "/auth" });
});

test("a refresh whose response was lost is repeated after the reuse window with the same attempt, and keeps the session", async ({ page, user, traffic, context }) => {
  await signUp(page, user);
  const attempts: string[] = [];
  const [refreshName, attemptName] = [refreshCookie(servers.short.url), attemptCookie(servers.short.url)];
  await page.route("**/auth/refresh", async (route) => {
    const headers = await route.request().allHeaders();
    attempts.push(new RegExp(`${attemptName}=([\\w-]{22})`).exec(headers["cookie"])?.[1] ?? "none");
    // The server handles the first refresh, and the response is lost; the next two don't reach it. The delays between
    // them add up to more than the reuse window of 0.75 s.
    if (attempts.length === 1) {
      const response = await fetch(route.request().url(), { method: "POST", headers });
      expect(response.headers.get("set-cookie")).toContain(refreshName);
    }
    return attempts.length <= 3 ? route.abort() : route.continue();
  });
  await page.reload();
  await expect(page.getByText("Can't reach the server.")).toBeVisible();
  await expect(accountMenu(page)).toBeVisible();
  await expect(page.getByText("Can't reach the server.")).toBeHidden();
  // The home page loads its content after that.
  expect(traffic.lines().findLast((line) => line.startsWith("POST"))).toBe("POST /auth/refresh 200");
  expect(attempts[0]).not.toBe("none");
  expect(new Set(attempts).size).toBe(1);
  expect((await context.cookies()).map(({ name }) => name)).not.toContain(attemptName);
});

for (const status of [409, 429, 500, 503]) {
  test(`a refresh answered with ${status} is retried and keeps the session`, async ({ page, user }) => {
    await signUp(page, user);
    let count = 0;
    await page.route("**/auth/refresh", (route) => (count++ < 3 ? route.fulfill({ status, body: "busy" }) : route.continue()));
    await page.reload();
    await expect(accountMenu(page)).toBeVisible();
    expect(count).toBeGreaterThan(3);
  });
}
