// Logins that succeed on the server, and whose response does not reach the page.
import { request as apiRequest, type BrowserContext, type Page } from "@playwright/test";
import { accountMenu, expect, leaveWelcome, logOut, open, password, refreshCookie, signUp, test, visit } from "../fixtures.js";
import { linkTo, requestLink } from "../mail.js";
import { servers } from "../servers.js";

test.use({ baseURL: servers.plain.url });

/** Sends the next request to `path` to the server, so that the browser gets its cookies, and the page no response. */
async function loseResponse(page: Page, context: BrowserContext, path: string) {
  let lost = 0;
  await page.route(`**${path}`, async (route) => {
    lost++;
    await route.fetch({ headers: await route.request().allHeaders(), maxRetries: 2 });
    const names = (await context.cookies(`${servers.plain.url}/auth`)).map(({ name }) => name);
    expect(names).toContain(refreshCookie(servers.plain.url));
    await route.abort();
  }, { times: 1 });
  return () => lost;
}

async function expectLoggedIn(page: Page, name: string) {
  await expect(accountMenu(page, name)).toBeVisible();
  await expect(accountMenu(page)).toBeVisible();
  await expect(page.getByText("Can't reach the server.")).toBeHidden();
  await expect(page).toHaveURL("/");
}

test("a sign-up whose response is lost continues as logged in", { tag: "@stored-cookies" }, async ({ page, context, user }) => {
  const lost = await loseResponse(page, context, "/auth/sign_up");
  await open(page, "/signup");
  await page.getByLabel("Username").fill(user.name);
  await page.getByLabel("Email").fill(user.email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("main").getByRole("button", { name: "Sign up" }).click();
  await leaveWelcome(page, user.name);
  await expectLoggedIn(page, user.name);
  expect(lost()).toBe(1);
});

test("a login whose response is lost continues as logged in, with one session", { tag: "@stored-cookies" }, async ({ page, context, user, traffic }) => {
  await signUp(page, user);
  await logOut(page);
  await expect.poll(() => traffic.lines()).toContain("POST /auth/log_out 200");
  const lost = await loseResponse(page, context, "/auth/log_in");
  await open(page, "/login");
  await page.getByLabel("Username or email").fill(user.name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await expectLoggedIn(page, user.name);
  expect(lost()).toBe(1);
  await visit(page, "Sessions", "Your sessions");
  await expect(page.getByRole("list", { name: /^Sessions/ }).getByRole("listitem")).toHaveCount(1);
});

test("a guest login whose response is lost continues as logged in", { tag: "@stored-cookies" }, async ({ page, context }) => {
  const lost = await loseResponse(page, context, "/auth/try_it");
  await open(page, "/");
  await page.getByRole("button", { name: "Try it as a guest" }).click();
  await expectLoggedIn(page, "guest-");
  expect(lost()).toBe(1);
});

test("a magic link whose response is lost continues as logged in", { tag: "@stored-cookies" }, async ({ page, context, user, request }) => {
  await requestLink(page, user.email);
  const link = await linkTo(request, servers.plain.url, user.email);
  const lost = await loseResponse(page, context, "/auth/redeem_magic_link");
  await open(page, link);
  await page.getByRole("button", { name: "Log in" }).click();
  await expectLoggedIn(page, "member-");
  expect(lost()).toBe(1);
});

test("a login that does not reach the server shows an error, and checks once whether it succeeded", async ({ page, user }) => {
  await open(page, "/login");
  await page.route("**/auth/log_in", (route) => route.abort());
  let refreshed = 0;
  page.on("request", (request) => {
    if (request.url().endsWith("/auth/refresh")) refreshed++;
  });
  await page.getByLabel("Username or email").fill(user.name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "Can't reach the server." })).toBeVisible();
  expect(refreshed).toBe(1);
  await expect(page).toHaveURL("/login");
});

/** Sends the next request to `path` to the server; neither the browser nor the page gets its response. */
async function loseResponseAndCookies(page: Page, path: string) {
  const ids: (string | undefined)[] = [];
  page.on("request", async (request) => {
    if (request.url().endsWith(path)) ids.push((await request.allHeaders()).cookie?.match(/handstamp_login_\d+=([^;]+)/)?.[1]);
  });
  const withoutBrowser = await apiRequest.newContext();
  await page.route(`**${path}`, async (route) => {
    await withoutBrowser.fetch(route.request().url(), {
      method: "POST", headers: await route.request().allHeaders(), data: route.request().postData() ?? "", maxRetries: 2,
    });
    await route.abort();
  }, { times: 1 });
  return ids;
}

test("a sign-up that is sent again after a lost response logs in", async ({ page, user }) => {
  const ids = await loseResponseAndCookies(page, "/auth/sign_up");
  await open(page, "/signup");
  await page.getByLabel("Username").fill(user.name);
  await page.getByLabel("Email").fill(user.email);
  await page.getByLabel("Password").fill(password);
  const submit = page.getByRole("main").getByRole("button", { name: "Sign up" });
  await submit.click();
  await expect(page.getByText("Can't reach the server.").first()).toBeVisible();
  await submit.click();
  await leaveWelcome(page, user.name);
  await expectLoggedIn(page, user.name);
  expect(ids).toHaveLength(2);
  expect(ids[0]).toMatch(/^[\w-]{22}$/);
  expect(ids[1]).toBe(ids[0]);
  expect(await page.evaluate(() => document.cookie)).not.toContain("handstamp_login");
});

test("a magic link that is opened again after a lost response logs in", async ({ page, user, request }) => {
  await requestLink(page, user.email);
  const link = await linkTo(request, servers.plain.url, user.email);
  const ids = await loseResponseAndCookies(page, "/auth/redeem_magic_link");
  await open(page, link);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByText("Can't reach the server.").first()).toBeVisible();
  await page.getByRole("button", { name: "Log in" }).click();
  await expectLoggedIn(page, "member-");
  expect(ids).toHaveLength(2);
  expect(ids[1]).toBe(ids[0]);
});
