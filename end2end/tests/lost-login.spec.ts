// Logins that succeed at the server, and whose answer is lost on the way to the page.
import { request as apiRequest, type BrowserContext, type Page } from "@playwright/test";
import { expect, open, outbox, password, refreshCookie, signUp, test } from "../fixtures.js";
import { servers } from "../servers.js";

test.use({ baseURL: servers.plain.url });

/** Lets the server answer the next request to `path`, so that the browser gets its cookies and the page no body. */
async function loseAnswer(page: Page, context: BrowserContext, path: string) {
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

async function expectLoggedIn(page: Page, name: string | RegExp) {
  await expect(page.getByRole("banner").getByText(name)).toBeVisible();
  await expect(page.getByRole("button", { name: "Log out", exact: true })).toBeVisible();
  await expect(page.getByText("The server is out of reach.")).toBeHidden();
  await expect(page).toHaveURL("/");
}

test("a sign-up whose answer is lost goes on as logged in", { tag: "@stored-cookies" }, async ({ page, context, person }) => {
  const lost = await loseAnswer(page, context, "/auth/sign_up");
  await open(page, "/signup");
  await page.getByLabel("User name").fill(person.name);
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("main").getByRole("button", { name: "Sign up" }).click();
  await expectLoggedIn(page, person.name);
  expect(lost()).toBe(1);
});

test("a login whose answer is lost goes on as logged in, with one session", { tag: "@stored-cookies" }, async ({ page, context, person, wire }) => {
  await signUp(page, person);
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await expect.poll(() => wire.lines()).toContain("POST /auth/log_out 200");
  const lost = await loseAnswer(page, context, "/auth/log_in");
  await open(page, "/login");
  await page.getByLabel("User name or e-mail").fill(person.name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await expectLoggedIn(page, person.name);
  expect(lost()).toBe(1);
  await page.getByRole("link", { name: "Sessions" }).click();
  await expect(page.getByRole("list", { name: /^Sessions/ }).getByRole("listitem")).toHaveCount(1);
});

test("a guest account whose answer is lost is there", { tag: "@stored-cookies" }, async ({ page, context }) => {
  const lost = await loseAnswer(page, context, "/auth/try_it");
  await open(page, "/");
  await page.getByRole("button", { name: "Try it" }).click();
  await expectLoggedIn(page, /^guest-/);
  expect(lost()).toBe(1);
});

test("a link whose answer is lost has logged in", { tag: "@stored-cookies" }, async ({ page, context, person, request }) => {
  await open(page, "/magic");
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByRole("button", { name: "Send the link" }).click();
  await expect(page.getByText("The link is on its way.")).toBeVisible();
  const { link } = (await outbox(request, servers.plain.url)).find((mail) => mail.to === person.email)!;
  const lost = await loseAnswer(page, context, "/auth/redeem_magic_link");
  await open(page, link);
  await page.getByRole("button", { name: "Log in" }).click();
  await expectLoggedIn(page, /^member-/);
  expect(lost()).toBe(1);
});

test("a login that did not reach the server says so, and asks once what became of it", async ({ page, person }) => {
  await open(page, "/login");
  await page.route("**/auth/log_in", (route) => route.abort());
  let refreshed = 0;
  page.on("request", (request) => {
    if (request.url().endsWith("/auth/refresh")) refreshed++;
  });
  await page.getByLabel("User name or e-mail").fill(person.name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "The server is out of reach." })).toBeVisible();
  expect(refreshed).toBe(1);
  await expect(page).toHaveURL("/login");
});

/** Lets the server answer the next request to `path`, and keeps everything of the answer from the browser. */
async function loseAnswerAndCookies(page: Page, path: string) {
  const ids: (string | undefined)[] = [];
  page.on("request", async (request) => {
    if (request.url().endsWith(path)) ids.push((await request.allHeaders()).cookie?.match(/handstamp_login_\d+=([^;]+)/)?.[1]);
  });
  const answering = await apiRequest.newContext();
  await page.route(`**${path}`, async (route) => {
    await answering.fetch(route.request().url(), {
      method: "POST", headers: await route.request().allHeaders(), data: route.request().postData() ?? "", maxRetries: 2,
    });
    await route.abort();
  }, { times: 1 });
  return ids;
}

test("a sign-up that is sent again after a lost answer logs in", async ({ page, person }) => {
  const ids = await loseAnswerAndCookies(page, "/auth/sign_up");
  await open(page, "/signup");
  await page.getByLabel("User name").fill(person.name);
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByLabel("Password").fill(password);
  const send = page.getByRole("main").getByRole("button", { name: "Sign up" });
  await send.click();
  await expect(page.getByText("The server is out of reach.").first()).toBeVisible();
  await send.click();
  await expectLoggedIn(page, person.name);
  expect(ids).toHaveLength(2);
  expect(ids[0]).toMatch(/^[\w-]{22}$/);
  expect(ids[1]).toBe(ids[0]);
  expect(await page.evaluate(() => document.cookie)).not.toContain("handstamp_login");
});

test("a link that is opened again after a lost answer logs in", async ({ page, person, request }) => {
  await open(page, "/magic");
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByRole("button", { name: "Send the link" }).click();
  await expect(page.getByText("The link is on its way.")).toBeVisible();
  const { link } = (await outbox(request, servers.plain.url)).find((mail) => mail.to === person.email)!;
  const ids = await loseAnswerAndCookies(page, "/auth/redeem_magic_link");
  await open(page, link);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByText("The server is out of reach.").first()).toBeVisible();
  await page.getByRole("button", { name: "Log in" }).click();
  await expectLoggedIn(page, /^member-/);
  expect(ids).toHaveLength(2);
  expect(ids[1]).toBe(ids[0]);
});
